/** Reading whole files. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  MAX_PROBLEMS,
  problemText,
  readRecording,
} from "../../lib/learn/read_recording.ts";
import {
  lineText,
  MAX_LINE,
  type RecordingLine,
} from "../../lib/learn/recording.ts";
import { entry, recordingText, runStart } from "./recordings.ts";

function read(text: string): { lines: RecordingLine[]; problems: string[] } {
  const lines: RecordingLine[] = [];
  const problems = readRecording("r.jsonl", text, (line) => lines.push(line));
  return { lines, problems: problems.map(problemText) };
}

Deno.test("several runs in one file are read one after the other", () => {
  const text = recordingText({}, [{}]) +
    recordingText({ run: "b".repeat(32) }, [{}, {}], null);
  const { lines, problems } = read(text);
  assertEquals(lines.length, 6);
  assertEquals(problems, []);
  assertEquals(lines.map(lineText).join(""), text);
});

Deno.test("a last line that is cut is named, and the rest is used", () => {
  const whole = recordingText({}, [{}, {}]);
  for (const cut of [2, 40]) {
    const { lines, problems } = read(whole.slice(0, -cut));
    assertEquals(lines.length, 3);
    assertEquals(problems, [
      "r.jsonl:4 is cut: it has no end, and is left out",
    ]);
  }
  assertEquals(read(whole.slice(0, -1)).problems, []);
});

Deno.test("a run that was appended to a line that is cut is used", () => {
  const killed = recordingText({}, [{}, {}], null).slice(0, -30);
  const { lines, problems } = read(
    killed + recordingText({ run: "b".repeat(32) }, [{}]),
  );
  assertEquals(lines.length, 5);
  assertEquals(problems, [
    "r.jsonl:3 begins with a line that is cut and left out",
  ]);
});

Deno.test("a line that is none is named, and the rest is used", () => {
  const { lines, problems } = read(
    lineText(runStart()) + "nonsense\n[]\n\n" + lineText(entry()),
  );
  assertEquals(lines.length, 2);
  assertEquals(problems, [
    "r.jsonl:2 is no line of a recording, and is left out",
    "r.jsonl:3 is no line of a recording, and is left out",
  ]);
});

Deno.test("a run of a later version is left out as a whole, the others are used", () => {
  const later = recordingText({ run: "c".repeat(32) }, [{}, {}])
    .replace('"recording":1', '"recording":2');
  const { lines, problems } = read(later + recordingText({}, [{}]));
  assertEquals(lines.length, 3);
  assertEquals(problems.length, 1);
  assert(problems[0]!.startsWith("r.jsonl:1 begins a run of another version"));
});

Deno.test("a line that is too long is left out", () => {
  const long = `{"run":"a","seq":1,"x":"${"x".repeat(MAX_LINE)}"}\n`;
  const { lines, problems } = read(lineText(runStart()) + long);
  assertEquals(lines.length, 1);
  assertStringIncludes(
    problems[0]!,
    "r.jsonl:2 has more than 65536 characters",
  );
});

Deno.test("after some problems only their number is told", () => {
  const { problems } = read(lineText(runStart()) + "x\n".repeat(50));
  assertEquals(problems.length, MAX_PROBLEMS + 1);
  assertEquals(
    problems.at(-1),
    "r.jsonl has 30 further lines that cannot be read",
  );
});

Deno.test("a file of another type is told for what it is", () => {
  for (
    const [text, what] of [
      ["", "is empty"],
      ["\n\n", "is empty"],
      ["\x7fELF\x02\0\0", "is binary"],
      ["\ufffd\ufffd PNG", "is binary"],
      ["\x1f\ufffd\b", "is compressed"],
      [
        "2026-11-25T10:00:00.000Z info ci@172.18.0.3 container.list GET /containers/json 200 1.3ms in=0 out=5120\n",
        "is the log as text",
      ],
      ["# mine\nclients:\n  ci: {}\n", "is a policy file"],
      ['{ "clients": {} }', "is a policy file"],
      ["default: { allow: [] }", "is a policy file"],
      ["hello\n", "is no recording"],
      ['{"a":1}\n', "is no recording"],
    ] as const
  ) {
    const { lines, problems } = read(text);
    assertEquals(lines, []);
    assertEquals(problems.length, 1, text);
    assertStringIncludes(problems[0]!, `r.jsonl ${what}`);
  }
});
