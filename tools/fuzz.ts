/**
 * `deno task fuzz`: makes cases until the time is over, and says in which of
 * them something is wrong.
 *
 *     deno task fuzz --for 10m [--seed N] [TARGET…]
 *
 * A finding becomes a file of `tests/corpus/`, which a test reads from then on.
 * The same seed makes the same cases, as long as the corpus is the same.
 *
 * Exit code: 1 where something was found, 2 where the words are wrong.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { CORPUS, type Finding, fuzz } from "../tests/fuzz/run.ts";
import { TARGETS } from "../tests/fuzz/targets.ts";
import { readSpan } from "./span.ts";

/** Seconds between two lines that say how far it is. */
const REPORT_SECONDS = 60;

const names = TARGETS.map(({ name }) => name);
const { _: words, ...options } = parseArgs(Deno.args, {
  string: ["for", "seed"],
  default: { for: "10m", seed: String(Date.now() % 1_000_000_000) },
});
const seconds = readSpan(options.for);
const seed = Number(options.seed);
const targets: string[] = words.map(String);
const strange = targets.filter((name) => !names.includes(name));
if (seconds === null || !Number.isSafeInteger(seed) || strange.length > 0) {
  console.error(
    `usage: deno task fuzz --for 10m [--seed N] [${names.join("|")}]…`,
  );
  Deno.exit(2);
}

console.log(`seed ${seed}`);
const start = performance.now();
const since = () => (performance.now() - start) / 1000;
let told = 0;
const { cases, counts, findings } = await fuzz(
  seed,
  targets,
  (batches) => {
    if (since() - told > REPORT_SECONDS) {
      told = since();
      console.log(`${Math.round(told)} s: ${batches} batches of each`);
    }
    return since() < seconds;
  },
  keep,
);
for (const [name, number] of cases) {
  console.log(`${name}: ${number} cases`);
  for (const [what, times] of [...counts.get(name)!].sort()) {
    console.log(`  ${times} ${what}`);
  }
}
console.log(
  `${findings.length} findings in ${Math.round(since())} s, seed ${seed}`,
);
Deno.exit(findings.length > 0 ? 1 : 0);

/** Puts a finding into the corpus. */
function keep({ target, bytes, problem }: Finding): void {
  const folder = `${CORPUS}${target}`;
  Deno.mkdirSync(folder, { recursive: true });
  const file = `${folder}/found-${seed}-${Math.round(since())}`;
  Deno.writeFileSync(file, bytes);
  console.log(`${file}: ${problem}`);
}
