/** A run that is kept in memory. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { doubtsOf } from "../../lib/learn/doubts.ts";
import {
  createLive,
  keep,
  type Live,
  lose,
  textOf,
} from "../../lib/learn/live.ts";
import { readRecording } from "../../lib/learn/read_recording.ts";
import type { Entry } from "../../lib/learn/recording.ts";
import { createTally } from "../../lib/learn/tally.ts";
import { runStart } from "./recordings.ts";

function entryOf(path: string): Entry {
  return {
    run: "a",
    seq: 1,
    client: "",
    operation: "-",
    method: "GET",
    path,
    status: 403,
    code: "policy.unknown_operation",
    n: 1,
    first: "2026-11-20T10:00:00Z",
    last: "2026-11-20T10:00:00Z",
  };
}

function lostIn({ lost }: Live): number {
  return [...lost.values()].reduce((sum, calls) => sum + calls, 0);
}

Deno.test("keep: one client has a quarter of a run in memory", () => {
  const live = createLive(runStart());
  for (let i = 0; i < 5001; i++) {
    keep(live, { ...entryOf(`/x/${i}`), client: "flood" });
  }
  keep(live, { ...entryOf("/y"), client: "quiet" });
  assertEquals([live.kinds.size, lostIn(live)], [5001, 1]);
});

Deno.test("keep: a run in memory is bounded, and says what had no room", () => {
  const live = createLive(runStart());
  for (let i = 0; i < 20_001; i++) {
    keep(live, entryOf(`/x/${i}`));
  }
  assertEquals([live.kinds.size, lostIn(live)], [20_000, 1]);
});

Deno.test("keep: long kinds are bounded by their characters", () => {
  const live = createLive(runStart());
  const fields = Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(200, "x"));
  for (let i = 0; i < 1000; i++) {
    keep(live, { ...entryOf(`/x/${i}`), body: { fields } });
  }
  assert(live.kinds.size > 300 && live.kinds.size < 500, `${live.kinds.size}`);
  assertEquals(live.kinds.size + lostIn(live), 1000);
  // A kind that is kept goes on counting.
  keep(live, { ...entryOf("/x/0"), body: { fields } });
  assertEquals(live.kinds.size + lostIn(live), 1000);
});

Deno.test("textOf: calls that the recorder had no room for are told with why, beside those of the run's own", () => {
  const live = createLive(runStart());
  keep(live, { ...entryOf("/x"), run: live.start.run });
  lose(live, 900, "too many came");
  lose(live, 4, "too many came");
  lose(live, 1, "no room");
  const tally = createTally();
  const text = textOf(live, 906, "2026-11-20T11:00:00Z");
  assertEquals(readRecording("live", text, tally.take), []);
  const [run] = tally.result().runs;
  assertEquals([run!.calls, run!.dropped, run!.counted], [1, 905, 906]);
  assertEquals(run!.why, ["no room", "too many came"]);
  // As the proposal says it.
  const [said] = doubtsOf(tally.result());
  assertStringIncludes(said!, "905 calls could not be recorded");
});
