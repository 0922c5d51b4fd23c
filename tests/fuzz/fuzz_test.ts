/**
 * A short run of `deno task fuzz`, the same one each time; longer ones take
 * other seeds.
 */

import { assert, assertEquals } from "@std/assert";
import { fuzz } from "./run.ts";
import { TARGETS } from "./targets.ts";

const SEED = 21;
/** Batches of each target. */
const BATCHES = 5;

/** What must have come at least that often, so that the run proves something. */
const LEAST: readonly (readonly [
  target: string,
  what: string,
  least: number,
])[] = [
  ["paths", "operation", 300],
  ["json", "taken", 500],
  ["policies", "taken", 200],
  ["recordings", "read", 500],
];

Deno.test({
  name:
    `fuzz: of ${BATCHES} batches of each target nothing is read otherwise by others`,
  // The last engine may end a moment after the run.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: runShort,
});

async function runShort(): Promise<void> {
  const { findings, counts, cases } = await fuzz(
    SEED,
    [],
    (batches) => batches < BATCHES,
  );
  assertEquals(
    findings.map(({ target, problem, bytes }) => [
      target,
      problem,
      String.fromCharCode(...bytes),
    ]),
    [],
  );
  assertEquals([...cases.keys()], TARGETS.map(({ name }) => name));
  for (const [target, what, least] of LEAST) {
    const times = counts.get(target)?.get(what) ?? 0;
    assert(times >= least, `${target}: only ${times} ${what}`);
  }
  for (const target of ["requests", "answers"]) {
    const read = [...counts.get(target)!]
      .filter(([what]) => what.startsWith("passed, read by"));
    for (const [what, times] of read) {
      assert(times >= 300, `${target}: only ${times} ${what}`);
    }
  }
}
