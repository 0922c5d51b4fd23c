/** A JSON log, read as a recording. */

import { assert, assertEquals } from "@std/assert";
import { problemText, readRecording } from "../../lib/learn/read_recording.ts";
import type {
  Entry,
  RecordingLine,
  RunStart,
} from "../../lib/learn/recording.ts";
import { jsonLine } from "../../lib/observe/log_line.ts";
import type { RequestRecord } from "../../lib/observe/record.ts";

const CALL: RequestRecord = {
  remote: "172.18.0.3",
  client: "ci",
  container: "",
  operation: "container.restart",
  method: "POST",
  path: "/v1.41/containers/web/restart",
  status: 204,
  engineMs: 1,
  ownMs: 0.1,
  bytesIn: 0,
  bytesOut: 10,
  code: "request.completed",
  rule: "",
  message: "",
  wouldRefuse: null,
};

function log(...calls: Partial<RequestRecord>[]): string {
  return jsonLine("notice", { message: "serving" }) +
    calls.map((call) => jsonLine("info", { ...CALL, ...call })).join("");
}

function read(text: string): { lines: RecordingLine[]; problems: string[] } {
  const lines: RecordingLine[] = [];
  const problems = readRecording("log", text, (line) => lines.push(line));
  return { lines, problems: problems.map(problemText) };
}

Deno.test("a log is one run; its calls have the name in the path and no more", () => {
  const { lines, problems } = read(log(
    {},
    { wouldRefuse: "policy.not_granted" },
    { path: `/containers/${"0123456789ab".repeat(2)}/restart` },
    {
      operation: "exec.start",
      path: "/exec/abc/start",
    },
    {
      operation: "-",
      method: "-",
      path: "-",
      status: 400,
      code: "http.bad_target",
    },
  ));
  assertEquals(problems, []);
  const [start, ...entries] = lines as [RunStart, ...Entry[]];
  assertEquals(start.log, true);
  assertEquals(entries.map(({ run, seq }) => [run, seq]), [
    [start.run, 2],
    [start.run, 3],
    [start.run, 4],
    [start.run, 5],
    [start.run, 6],
  ]);
  assertEquals(entries.map(({ object }) => object), [
    { kind: "container", name: "web" },
    { kind: "container", name: "web" },
    { kind: "container", name: "" },
    { kind: "container", name: "" },
    undefined,
  ]);
  assertEquals(entries[1]!.would, "policy.not_granted");
});

Deno.test("a log that has grown is the same run, another log is another", () => {
  const text = log({}, {});
  const runOf = (text: string) => (read(text).lines[0] as RunStart).run;
  assert(/^[0-9a-f]{32}$/.test(runOf(text)));
  assertEquals(runOf(text), runOf(text + log({})));
  assert(runOf(text) !== runOf(text.replace("serving", "started")));
});

Deno.test("a log of a later version is left out from its line on", () => {
  const { lines, problems } = read(
    log({}) + log({}, {}).replaceAll('"schema":1', '"schema":2'),
  );
  assertEquals(lines.length, 2);
  assertEquals(problems.length, 1);
  assert(problems[0]!.startsWith("log:3 is a log of another version"));
});
