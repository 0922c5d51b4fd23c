/**
 * Runs the tests and closes with one line that says how many passed, failed
 * and were skipped; arguments go to `deno test` in place of the whole folder.
 *
 * @module
 */

/** What a run of `deno test` came to. */
interface Outcome {
  readonly code: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
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
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "-A", ...args],
    cwd: new URL("../", import.meta.url).pathname,
    env: { DENO_JOBS: "2" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of child.stdout) {
    await Deno.stdout.write(bytes);
    text += decoder.decode(bytes, { stream: true });
  }
  const { code } = await child.status;
  // deno-lint-ignore no-control-regex -- colours
  const plain = text.replace(/\x1b\[[0-9;]*m/g, "");
  const count = (word: string) =>
    Number(
      new RegExp(`^(?:ok|FAILED) \\|.*?([0-9]+) ${word}`, "m")
        .exec(plain)?.[1] ?? 0,
    );
  return {
    code,
    passed: count("passed"),
    failed: count("failed"),
    skipped: [...plain.matchAll(/^(.*?) \.\.\. ignored/gm)]
      .map(([, name]) => name!),
  };
}
