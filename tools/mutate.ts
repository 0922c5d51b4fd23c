/**
 * Changes the program in small ways and counts how many of the changes the
 * tests notice.
 *
 * ```sh
 * deno task mutate                       # every room in scope; takes minutes
 * deno task mutate lib/net lib/http1/chunked.ts
 * deno task mutate --wide lib/policy     # survivors also meet every test of their room
 * deno task mutate --write-survivors     # adds what survived to the list, without a reason
 * deno task mutate --write-docs          # writes the table to docs/mutation.md
 * ```
 *
 * Exit code 1: fewer than {@link MIN_KILLED_PERCENT} of all mutants were
 * killed, or a survivor has no reason in `tests/mutate/survivors.json`.
 *
 * @module
 */

import { format } from "./format.ts";
import { type Mutant, mutantsOf, OPERATORS } from "./mutate/operators.ts";
import {
  entryOf,
  keyOf,
  readSurvivors,
  type Survivor,
  SURVIVORS_PATH,
  writeSurvivors,
} from "./mutate/survivors.ts";
import { filesBelow, roomOf, SCOPE, testsOf } from "./mutate/targets.ts";
import {
  judge,
  openWorkshops,
  timeLimit,
  type Verdict,
  type Workshop,
} from "./mutate/workers.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const DOCS_PATH = "docs/mutation.md";
const MIN_KILLED_PERCENT = 95;

/** What became of the mutants of one file. */
export interface FileResult {
  readonly file: string;
  readonly mutants: readonly Mutant[];
  readonly verdicts: readonly Verdict[];
}

/** Numbers of one row of the table. */
export interface Row {
  readonly made: number;
  /** Noticed by a failing test. */
  readonly killed: number;
  /** Noticed by a run that did not end in time. */
  readonly timeout: number;
  /** Survived, and not in the list. */
  readonly survived: number;
  /** Survived, and in the list with a reason. */
  readonly accepted: number;
}

/** A row as percent of what was made, before any exclusion; 100 of nothing. */
export function percentOf({ made, killed, timeout }: Row): number {
  return made === 0 ? 100 : (killed + timeout) / made * 100;
}

/** The numbers of a file. */
export function rowOf(
  { file, mutants, verdicts }: FileResult,
  reasons: ReadonlySet<string>,
): Row {
  const count = (verdict: Verdict) =>
    verdicts.filter((one) => one === verdict).length;
  const accepted =
    mutants.filter((mutant, i) =>
      verdicts[i] === "survived" && reasons.has(keyOf(file, mutant))
    ).length;
  return {
    made: mutants.length,
    killed: count("killed"),
    timeout: count("timeout"),
    survived: count("survived") - accepted,
    accepted,
  };
}

/** The sum of rows. */
export function totalOf(rows: readonly Row[]): Row {
  const sum = (of: (row: Row) => number) =>
    rows.reduce((total, row) => total + of(row), 0);
  return {
    made: sum(({ made }) => made),
    killed: sum(({ killed }) => killed),
    timeout: sum(({ timeout }) => timeout),
    survived: sum(({ survived }) => survived),
    accepted: sum(({ accepted }) => accepted),
  };
}

/** Keys of the entries that have a reason. */
export function reasonsOf(list: readonly Survivor[]): ReadonlySet<string> {
  return new Set(
    list.filter(({ reason }) => reason.trim() !== "")
      .map((entry) => keyOf(entry.file, entry)),
  );
}

// ------------------------------------------------------------------ report

function line(name: string, row: Row): string {
  const numbers = [
    `${row.made} made`,
    `${row.killed} killed`,
    `${row.timeout} timeout`,
    `${row.survived} survived`,
    `${row.accepted} survived with reason`,
  ];
  return `${name}: ${numbers.join(", ")}: ${
    percentOf(row).toFixed(1)
  } % killed`;
}

function survivorLine(file: string, mutant: Mutant): string {
  const { line, operator, before, after } = mutant;
  const name = mutant.function === "" ? "top level" : mutant.function;
  return `  ${file}:${line} (${name}) ${operator}: ${before} -> ${after}`;
}

/** The page with the table, as `deno fmt` wants it. */
export async function page(
  rows: readonly (readonly [string, Row])[],
): Promise<string> {
  const total = totalOf(rows.map(([, row]) => row));
  const cells = ([name, row]: readonly [string, Row]) =>
    `| ${
      [
        name,
        row.made,
        row.killed,
        row.timeout,
        row.survived,
        row.accepted,
        `${percentOf(row).toFixed(1)} %`,
      ].join(" | ")
    } |`;
  return await format(
    `# Mutation testing

<!-- Written by \`deno task mutate --write-docs\`: do not edit. -->

\`deno task mutate\` changes the program in small ways and counts how many of the
changes the tests notice. The operators: ${OPERATORS.join(", ")}. A change that
no test notices stands in [the list of survivors](../${SURVIVORS_PATH}) with the
reason why it changes nothing. "Killed %" counts every mutant that was made,
those in the list too.

| File | Made | Killed | Timeout | Survived | Survived with reason | Killed % |
| --- | --- | --- | --- | --- | --- | --- |
${rows.map(([file, row]) => cells([`\`${file}\``, row])).join("\n")}
${cells(["Total", total])}
`,
    "md",
  );
}

// --------------------------------------------------------------------- run

interface Options {
  readonly files: readonly string[];
  readonly isWhole: boolean;
  readonly isWide: boolean;
  readonly writesDocs: boolean;
  readonly writesSurvivors: boolean;
  readonly workers: number;
}

function readOptions(args: readonly string[]): Options {
  const paths: string[] = [];
  const flags = new Set<string>();
  let workers = navigator.hardwareConcurrency;
  for (const arg of args) {
    const jobs = /^--jobs=([1-9][0-9]?)$/.exec(arg)?.[1];
    if (jobs !== undefined) workers = Number(jobs);
    else if (
      arg === "--wide" || arg === "--write-docs" || arg === "--write-survivors"
    ) flags.add(arg);
    else if (arg.startsWith("-")) usage(`unknown option '${arg}'`);
    else paths.push(arg.replace(/^\.\//, ""));
  }
  const isWhole = paths.length === 0;
  const files = new Set<string>();
  for (const path of isWhole ? SCOPE : paths) {
    const found = filesBelow(ROOT, path);
    if (found.length === 0 && !isWhole) usage(`no source file at '${path}'`);
    for (const file of found) files.add(file);
  }
  if (flags.has("--write-docs") && !isWhole) {
    usage("--write-docs needs a run over every room: name no file");
  }
  return {
    files: [...files],
    isWhole,
    isWide: flags.has("--wide"),
    writesDocs: flags.has("--write-docs"),
    writesSurvivors: flags.has("--write-survivors"),
    workers,
  };
}

function usage(problem: string): never {
  console.error(
    `error: ${problem}\nusage: deno task mutate [--wide] [--write-survivors] [--write-docs] [--jobs=N] [FILE or FOLDER ...]`,
  );
  Deno.exit(2);
}

async function runFile(
  workshops: readonly Workshop[],
  file: string,
  isWide: boolean,
): Promise<FileResult> {
  const mutants = mutantsOf(file, await Deno.readTextFile(ROOT + file));
  if (mutants.length === 0) return { file, mutants, verdicts: [] };
  const tests = testsOf(ROOT, file);
  const limit = await timeLimit(workshops[0]!, tests);
  const verdicts = await judge(workshops, file, mutants, tests, limit);
  const room = roomOf(file);
  const left = mutants.filter((_, i) => verdicts[i] === "survived");
  if (!isWide || left.length === 0 || tests.includes(room)) {
    return { file, mutants, verdicts };
  }
  const wideLimit = await timeLimit(workshops[0]!, [room]);
  const second = await judge(workshops, file, left, [room], wideLimit);
  const later = new Map(left.map((mutant, i) => [mutant, second[i]!]));
  return {
    file,
    mutants,
    verdicts: mutants.map((mutant, i) => later.get(mutant) ?? verdicts[i]!),
  };
}

async function runAll(options: Options): Promise<FileResult[]> {
  const reasons = reasonsOf(readSurvivors(ROOT));
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-mutate-" });
  const results: FileResult[] = [];
  const leave = () => {
    Deno.removeSync(folder, { recursive: true });
    Deno.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, leave);
  }
  try {
    const workshops = await openWorkshops(ROOT, folder, options.workers);
    for (const file of options.files) {
      const result = await runFile(workshops, file, options.isWide);
      results.push(result);
      console.log(line(file, rowOf(result, reasons)));
      for (const [i, mutant] of result.mutants.entries()) {
        if (
          result.verdicts[i] === "survived" &&
          !reasons.has(keyOf(file, mutant))
        ) console.log(survivorLine(file, mutant));
      }
    }
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.removeSignalListener(signal, leave);
    }
    await Deno.remove(folder, { recursive: true });
  }
  return results;
}

/** Entries of the files that were run that fit no mutant any more. */
export function staleEntries(
  list: readonly Survivor[],
  results: readonly FileResult[],
): Survivor[] {
  const files = new Set(results.map(({ file }) => file));
  const keys = new Set(
    results.flatMap(({ file, mutants }) =>
      mutants.map((mutant) => keyOf(file, mutant))
    ),
  );
  return list.filter((entry) =>
    files.has(entry.file) && !keys.has(keyOf(entry.file, entry))
  );
}

/** The list with every new survivor, and without what is stale or was killed. */
export function updatedList(
  list: readonly Survivor[],
  results: readonly FileResult[],
): Survivor[] {
  const files = new Set(results.map(({ file }) => file));
  const known = new Map(list.map((entry) => [keyOf(entry.file, entry), entry]));
  return [
    ...list.filter(({ file }) => !files.has(file)),
    ...results.flatMap(({ file, mutants, verdicts }) =>
      mutants.filter((_, i) => verdicts[i] === "survived")
        .map((mutant) =>
          known.get(keyOf(file, mutant)) ?? entryOf(file, mutant)
        )
    ),
  ];
}

async function main(): Promise<number> {
  const options = readOptions(Deno.args);
  const start = performance.now();
  const results = await runAll(options);
  const list = readSurvivors(ROOT);
  const reasons = reasonsOf(list);
  const rows = results.map((result) =>
    [result.file, rowOf(result, reasons)] as const
  );
  const total = totalOf(rows.map(([, row]) => row));
  const minutes = (performance.now() - start) / 60_000;
  console.log(`${line("total", total)} (${minutes.toFixed(1)} minutes)`);

  if (options.writesSurvivors) {
    await writeSurvivors(ROOT, updatedList(list, results));
  }
  if (options.writesDocs) {
    await Deno.writeTextFile(ROOT + DOCS_PATH, await page(rows));
  }
  const problems: string[] = [];
  if (percentOf(total) < MIN_KILLED_PERCENT) {
    problems.push(`fewer than ${MIN_KILLED_PERCENT} % were killed`);
  }
  if (total.survived > 0) {
    problems.push(
      `${total.survived} survivors have no reason in ${SURVIVORS_PATH}: kill them with a test, or say there why they change nothing`,
    );
  }
  if (!options.writesSurvivors) {
    for (const entry of staleEntries(list, results)) {
      problems.push(
        `${SURVIVORS_PATH}: no mutant fits '${entry.before} -> ${entry.after}' of ${entry.file}: remove the entry`,
      );
    }
  }
  for (const problem of problems) console.error(`error: ${problem}`);
  return problems.length > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main());
