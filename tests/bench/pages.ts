/**
 * Prints the tables of the bench, and puts them into the pages.
 *
 * @module
 */

import type { Measured } from "./compare.ts";
import {
  ratioTable,
  replaceBetween,
  shortTable,
  valueTable,
} from "./figures.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGE = `${ROOT}docs/performance.md`;
const README = `${ROOT}README.md`;

/** The name of the program from source, in tables. */
export const STOCK = "stock Deno (V8)";

/**
 * Prints the tables of a comparison.
 *
 * @param names The proxies, HAProxy first.
 * @param write Whether to put them into `README.md` and `docs/performance.md`.
 */
export async function showTables(
  names: readonly string[],
  { rates, cpu, rest }: Measured,
  write: boolean,
): Promise<void> {
  const ours = names.filter((name) =>
    name === names[0] || name === STOCK || name === "lean"
  );
  const tables = {
    rates: ratioTable(names, rates),
    cpu: ratioTable(names, cpu),
    rest: ratioTable(names, rest),
    values: valueTable(names, [...rates, ...cpu, ...rest]),
  };
  const short = shortTable(ours, [...rates, ...cpu, ...rest]);
  for (const table of Object.values(tables)) console.log(`\n${table}`);
  console.log(`\n${short}`);
  if (!write) return;
  const { rates: first, cpu: second, rest: third } = tables;
  await put(PAGE, "bench", [today(), first, second, third].join("\n\n"));
  await put(README, "bench", short);
}

/** Puts the tables of growth into `docs/performance.md`. */
export async function writeGrowth(text: string): Promise<void> {
  await put(PAGE, "growth", `${today()}\n\n${text}`);
}

/** The load average when the bench began. */
const LOAD = Deno.loadavg()[0] ?? 0;

/** When it was measured, and whether the machine was busy with other work. */
function today(): string {
  const day = new Date().toISOString().slice(0, 10);
  const busy = LOAD > navigator.hardwareConcurrency / 2
    ? `, while other work kept the machine busy (load average ${
      LOAD.toFixed(0)
    }): requests/s and p99 are noisy`
    : "";
  return `Measured on ${day}${busy}.`;
}

async function put(page: string, name: string, text: string): Promise<void> {
  const before = await Deno.readTextFile(page);
  await Deno.writeTextFile(page, replaceBetween(before, name, text));
  const format = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", page],
    cwd: ROOT,
  });
  await format.output();
}
