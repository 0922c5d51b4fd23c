/** An audit, read as a recording. */

import { assertEquals, assertMatch } from "@std/assert";
import { problemText, readRecording } from "../../lib/learn/read_recording.ts";
import type {
  Entry,
  RecordingLine,
  RunEnd,
  RunStart,
} from "../../lib/learn/recording.ts";
import { createTally } from "../../lib/learn/tally.ts";

const RUN = "a".repeat(32);
let seq = 0;

function line(event: string, more: Record<string, unknown> = {}): string {
  const time = `2026-11-26T12:00:0${Math.min(seq, 9)}.000Z`;
  return JSON.stringify({ audit: 1, event, time, ...more, seq: ++seq }) + "\n";
}

function start(run = RUN): string {
  return line("started", { run, sockwarden: "0.1.0", chain: "none" });
}

const CALL = {
  client: "ci",
  remote: "172.18.0.3",
  listener: "tcp://0.0.0.0:2375",
  operation: "container.restart",
  method: "POST",
  path: "/v1.41/containers/web/restart",
  query_keys: ["t"],
  decision: "allowed",
};

function call(id: string, more: Record<string, unknown> = {}): string {
  return line("decided", { id, ...CALL, ...more });
}

function end(id: string, more: Record<string, unknown> = {}): string {
  const done = { status: 204, code: "request.completed", in: 0, out: 9 };
  return line("ended", { id, ...done, ...more });
}

function read(...rows: string[]) {
  seq = 0;
  const lines: RecordingLine[] = [];
  const problems = readRecording("a", rows.join(""), (one) => lines.push(one));
  return { lines, problems: problems.map(problemText) };
}

function entries(lines: readonly RecordingLine[]): Entry[] {
  return lines.filter((one): one is Entry => "operation" in one);
}

Deno.test("a call is one entry, with what its end says", () => {
  const { lines, problems } = read(
    start(),
    call("1"),
    call("2", { path: "/v1.41/containers/db/restart" }),
    end("2", { status: 404 }),
    end("1"),
    line("stopped", { dropped: 0 }),
  );
  assertEquals(problems, []);
  const [begun, second, first, ended] = lines as [
    RunStart,
    Entry,
    Entry,
    RunEnd,
  ];
  assertEquals([begun.run, begun.mode, begun.log], [RUN, "grants", true]);
  assertEquals(
    [first.client, first.operation, first.query, first.object, first.status],
    ["ci", CALL.operation, ["t"], { kind: "container", name: "web" }, 204],
  );
  assertEquals([second.object?.name, second.status], ["db", 404]);
  assertEquals([ended.ended, ended.calls], ["2026-11-26T12:00:05Z", 2]);
});

Deno.test("a call that has not ended counts, by what was decided", () => {
  const { lines } = read(
    start(),
    call("1"),
    call("2", { decision: "refused", code: "policy.not_granted" }),
  );
  assertEquals(
    entries(lines).map(({ status, code }) => [status, code]),
    [[200, "request.completed"], [403, "policy.not_granted"]],
  );
});

Deno.test("a restart is another run, and leaves no call to it", () => {
  const { lines } = read(start(), call("1"), start("b".repeat(32)), end("1"));
  assertEquals(lines.map((one) => [one.run[0], "operation" in one]), [
    ["a", false],
    ["a", true],
    ["b", false],
  ]);
});

Deno.test("files of one run that were rotated are one run, however often they are given", () => {
  seq = 0;
  const first = start() + call("1") + end("1");
  const second = line("opened", { run: RUN, why: "moved" }) + call("2") +
    end("2");
  const tallying = createTally();
  for (const text of [second, first, second]) {
    assertEquals(readRecording("a", text, tallying.take), []);
  }
  const { runs } = tallying.result();
  assertEquals(runs.map(({ run, calls }) => [run, calls]), [[RUN, 2]]);
});

Deno.test("lines that could not be written are a loss, and a dry run says what it would have refused", () => {
  const { lines } = read(
    line("started", { run: RUN, sockwarden: "0.1.0", dry_run: true }),
    call("1", { decision: "would_refuse", code: "policy.scope" }),
    end("1"),
    line("dropped", { lines: 3 }),
  );
  const [begun, entry, loss] = lines as [RunStart, Entry, { dropped: number }];
  assertEquals(begun.mode, "dry-run");
  assertEquals([entry.would, loss.dropped], ["policy.scope", 3]);
});

Deno.test("what is no line of this version is named, and the rest is read", () => {
  const { problems, lines } = read(
    start(),
    `{"audit":1,"event":"decided","ti\n`,
    call("1"),
    end("1"),
    `{"audit":2}\n`,
    call("2"),
  );
  assertMatch(
    problems.join("\n"),
    /^a:2 is no line .*\na:5 is an audit of another/,
  );
  assertEquals(entries(lines).length, 1);
});
