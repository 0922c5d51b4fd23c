/** Cases that were found or written once: what passes is what others read. */

import { assertEquals } from "@std/assert";
import { startOracles } from "./oracle.ts";
import { corpusOf } from "./run.ts";
import { TARGETS } from "./targets.ts";

const oracles = await startOracles();
const without = oracles.missing.length === 0
  ? ""
  : `, in part (${oracles.missing.join(", ")})`;

for (const target of TARGETS) {
  Deno.test({
    name: `corpus: nothing is wrong with any case of ${target.name}${without}`,
    // The oracles are started for all tests at once.
    sanitizeResources: false,
    sanitizeOps: false,
    async fn() {
      const cases = [...corpusOf(target.name)].sort();
      const judge = await target.open(oracles);
      try {
        const problems = await judge.judge(cases.map(([, bytes]) => bytes));
        assertEquals(
          cases.map(([name], i) => [name, problems[i]]),
          cases.map(([name]) => [name, null]),
        );
      } finally {
        await judge.stop();
      }
    },
  });
}

Deno.test({
  name: "corpus: the oracles end",
  sanitizeResources: false,
  sanitizeOps: false,
  fn: () => oracles.stop(),
});
