/**
 * Runs tests against mutants, each worker in its own copy of the project.
 *
 * @module
 */

import { applyMutant, type Mutant } from "./operators.ts";

/** What the tests made of a mutant. */
export type Verdict = "killed" | "timeout" | "survived";

/** A copy of the project that one worker changes. */
export interface Workshop {
  /** The folder of the copy, with a slash at its end. */
  readonly root: string;
  readonly cache: string;
}

/** How much longer than the unmutated run a mutant may take: the machine may be busy. */
const TIME_FACTOR = 5;
const TIME_GRACE_MS = 3000;

/**
 * Copies the project once for each worker: every file that Git knows or would
 * add.
 *
 * @param root The folder of the project, with a slash at its end.
 * @param into A folder for the copies, which exists.
 */
export async function openWorkshops(
  root: string,
  into: string,
  workers: number,
): Promise<Workshop[]> {
  const listed = await output("git", [
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
  ], root);
  const files = listed.split("\0").filter((file) =>
    file !== "" && !file.startsWith("base/")
  );
  const cache = `${into}/cache`;
  await linkPackages(cache, root);
  const workshops: Workshop[] = [];
  for (let i = 0; i < workers; i++) {
    const copy = `${into}/${i}/`;
    for (const file of files) {
      // A file that was removed and not yet committed is still listed.
      const stat = await Deno.stat(root + file).catch(() => null);
      if (stat === null || !stat.isFile) continue;
      await Deno.mkdir(copy + file.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.copyFile(root + file, copy + file);
    }
    workshops.push({ root: copy, cache });
  }
  return workshops;
}

/** A cache for what is compiled, so that the user's does not fill; the packages are the user's. */
async function linkPackages(cache: string, root: string): Promise<void> {
  const info = JSON.parse(
    await output(Deno.execPath(), ["info", "--json"], root),
  ) as { npmCache: string };
  await Deno.mkdir(cache, { recursive: true });
  await Deno.symlink(info.npmCache, `${cache}/npm`);
}

async function output(
  command: string,
  args: string[],
  cwd: string,
): Promise<string> {
  const { success, stdout } = await new Deno.Command(command, {
    args,
    cwd,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout);
}

/**
 * Runs the tests on the project as it is.
 *
 * @returns The time that a mutant may take, in milliseconds.
 * @throws Where they fail, or where there are none.
 */
export async function timeLimit(
  workshop: Workshop,
  tests: readonly string[],
): Promise<number> {
  // The first run compiles what the others find in the cache.
  if (!await passes(workshop, tests)) {
    throw new Error(`${tests.join(" ")}: fails without any change`);
  }
  const start = performance.now();
  await passes(workshop, tests);
  return (performance.now() - start) * TIME_FACTOR + TIME_GRACE_MS;
}

/**
 * Judges mutants of one file by the same tests.
 *
 * @param file Relative to the root.
 * @param limit For one mutant, in milliseconds.
 * @returns The verdicts, in the order of the mutants.
 */
export async function judge(
  workshops: readonly Workshop[],
  file: string,
  mutants: readonly Mutant[],
  tests: readonly string[],
  limit: number,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  let next = 0;
  await Promise.all(workshops.map(async (workshop) => {
    const path = workshop.root + file;
    const original = await Deno.readTextFile(path);
    try {
      while (next < mutants.length) {
        const i = next++;
        await Deno.writeTextFile(path, applyMutant(original, mutants[i]!));
        verdicts[i] = await verdictOf(workshop, tests, limit);
      }
    } finally {
      await Deno.writeTextFile(path, original);
    }
  }));
  return verdicts;
}

async function verdictOf(
  workshop: Workshop,
  tests: readonly string[],
  limit: number,
): Promise<Verdict> {
  const passed = await passes(workshop, tests, limit);
  return passed === null ? "timeout" : passed ? "survived" : "killed";
}

/** Whether the tests pass; null where they took longer than the limit. */
async function passes(
  workshop: Workshop,
  tests: readonly string[],
  limit?: number,
): Promise<boolean | null> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--quiet",
      "--no-check",
      "--no-prompt",
      "--fail-fast",
      "-A",
      // A mutant that fills the memory must not take the machine's.
      "--v8-flags=--max-old-space-size=1024",
      "--preload=./tools/mutate/preload.ts",
      ...tests,
    ],
    cwd: workshop.root,
    env: { DENO_DIR: workshop.cache, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let late = false;
  const timer = limit === undefined ? undefined : setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limit);
  const { success } = await child.status;
  clearTimeout(timer);
  return late ? null : success;
}
