/** What makes recordings less than the whole truth. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { doubtsOf } from "../../lib/learn/doubts.ts";
import { readRecording } from "../../lib/learn/read_recording.ts";
import { createTally, MAX_KINDS } from "../../lib/learn/tally.ts";
import { asLog, entry, recordingText, tallyOf } from "./recordings.ts";

function doubts(text: string): string {
  const tally = createTally();
  readRecording("r", text, tally.take);
  return doubtsOf(tally.result()).join("\n");
}

Deno.test("of a recording that is whole nothing is said", () => {
  assertEquals(doubtsOf(tallyOf([{}, {}])), []);
});

Deno.test("runs without an end or a beginning, and lines that are missing, are told", () => {
  const lines = recordingText({}, [{}, {}], null).split("\n");
  assertStringIncludes(
    doubts(lines.join("\n")),
    "1 of 1 runs ended without an end",
  );
  assertStringIncludes(
    doubts(lines.slice(1).join("\n")),
    "the beginning of 1 of 1 runs is missing",
  );
  assertStringIncludes(
    doubts([lines[0], lines[2]].join("\n")),
    "lines of 1 of 1 runs are missing",
  );
});

Deno.test("a log has no end, and says nothing of it", () => {
  const tally = createTally();
  readRecording("r", recordingText({}, [{}], null), tally.take);
  assertEquals(doubtsOf(asLog(tally.result())), []);
});

Deno.test("calls that were lost, and kinds beyond the bound, are told", () => {
  const { run } = entry();
  const lost = { run, seq: 2, dropped: 12, why: "No space left on device" };
  assertStringIncludes(
    doubts(recordingText({}, [{}], null) + JSON.stringify(lost)),
    "12 calls could not be recorded (No space left on device)",
  );
  const many = createTally();
  for (let i = 1; i <= MAX_KINDS + 5; i++) {
    many.take(entry({ seq: i, client: `c${i}` }));
  }
  assertStringIncludes(
    doubtsOf(many.result()).join(),
    "5 lines were left out: there are too many kinds",
  );
});
