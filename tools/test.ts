/**
 * Runs the tests and closes with one line that says how many passed, failed
 * and were skipped; arguments go to `deno test` in place of the whole folder.
 *
 * Exit code: that of the first run of `deno test` that failed; 1 where a run
 * held no test at all, or wrote no report that can be read.
 *
 * @module
 */

import { readJunit, type Results } from "./junit.ts";

/** A run of `deno test`. */
interface Outcome extends Results {
  readonly code: number;
}

/** Measures memory and time: it runs when nothing else does. */
const ALONE = "tests/base/budgets_test.ts";

const runs = Deno.args.length > 0
  ? [["--parallel", ...Deno.args]]
  : [["--parallel", `--ignore=${ALONE}`, "tests/"], [ALONE]];
const outcomes: Outcome[] = [];
for (const args of runs) outcomes.push(await run(args));

const skipped = outcomes.flatMap((outcome) => outcome.skipped);
if (skipped.length > 0) {
  console.log(`Skipped:\n${skipped.map((name) => `  ${name}\n`).join("")}`);
}
const sum = (of: (outcome: Outcome) => number) =>
  outcomes.reduce((total, outcome) => total + of(outcome), 0);
console.log(
  `${sum(({ passed }) => passed)} passed, ${
    sum(({ failed }) => failed)
  } failed, ${skipped.length} skipped`,
);
Deno.exit(outcomes.find(({ code }) => code !== 0)?.code ?? 0);

async function run(args: readonly string[]): Promise<Outcome> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "-A", `--junit-path=${report}`, ...args],
    cwd: new URL("../", import.meta.url).pathname,
    env: { DENO_JOBS: "2" },
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  const text = await Deno.readTextFile(report);
  await Deno.remove(report);
  return outcomeOf(code, text);
}

function outcomeOf(code: number, report: string): Outcome {
  try {
    const results = readJunit(report);
    const { passed, failed, skipped } = results;
    if (passed + failed + skipped.length === 0) {
      console.error("error: this run held no test");
      return { ...results, code: code || 1, failed: 1 };
    }
    // A file that fails outside of its tests is in no report.
    return code !== 0 && failed === 0
      ? { ...results, code, failed: 1 }
      : { ...results, code };
  } catch (error) {
    console.error(
      `error: the report of this run cannot be read: ${
        error instanceof Error ? error.message : error
      }`,
    );
    return { code: code || 1, passed: 0, failed: 1, skipped: [] };
  }
}
