/**
 * Whether the program fell behind its last ratios to HAProxy: the CPU time that a
 * request takes, not requests a second, which what else runs on the machine
 * changes many times over.
 *
 * @module
 */

import { exists } from "../../tools/exists.ts";
import { ARCHITECTURE, binaryPath } from "../../tools/runtimes.ts";
import { createFigures, measureRow, ROWS } from "./compare.ts";
import { ratioOf } from "./figures.ts";
import { wrk } from "./loads.ts";
import { STOCK } from "./pages.ts";
import { type Proxy, startHaproxy, startSockwarden } from "./proxies.ts";

const LAST = new URL("last.json", import.meta.url).pathname;

/**
 * What counts as a fall: so many times the last ratio. While other work filled
 * both cores, the lean binary's ratios differed by a tenth from run to run, once by
 * a quarter; those on V8, which compiles meanwhile, by a third.
 */
const MARGINS: Readonly<Record<string, number>> = { lean: 1.5, [STOCK]: 1.8 };
/** How often a row that is beyond it is measured before it counts. */
const ROUNDS = 3;
const TURNS = 3;
const SECONDS = 1;

/** The connections at which rows are compared. */
const CONNECTIONS = 16;

/** The last ratios. */
export interface Last {
  /** The version of HAProxy that they are to, as in `2.6`. */
  readonly haproxy: string;
  readonly architecture: string;
  /** The processor and how many of it: another one has other ratios. */
  readonly processor: string;
  /** CPU time for a request ÷ HAProxy's, by runtime and row. */
  readonly cpu: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * The rows of one runtime that fell behind.
 *
 * @param last The last ratios, by row.
 * @param now Today's.
 * @param margin So many times the last one is a fall.
 * @returns The names of rows whose ratio is more than that, or is missing.
 */
export function fallen(
  last: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
  margin: number,
): string[] {
  return Object.entries(last)
    .filter(([row, ratio]) => !((now[row] ?? NaN) <= ratio * margin))
    .map(([row]) => row);
}

/**
 * Measures, compares with the last ratios, and prints both.
 *
 * @param record Whether today's ratios become the last ones instead.
 * @returns Whether nothing fell behind. Where a program or a base of comparison is
 *   missing there is nothing to compare, which is said.
 */
export async function checkRatios(
  folder: string,
  socket: string,
  record: boolean,
): Promise<boolean> {
  const last = JSON.parse(Deno.readTextFileSync(LAST)) as Last;
  const version = haproxyVersion();
  const missing = version === null
    ? "haproxy is missing"
    : !exists("/usr/bin/wrk")
    ? "wrk is missing"
    : !exists(binaryPath("lean"))
    ? "the lean binary is missing (deno task base, deno task compile)"
    : record
    ? null
    : differenceOf(last, version!);
  if (missing !== null) {
    console.log(`The last ratios were not compared: ${missing}.`);
    return !record;
  }
  const haproxy = (await startHaproxy(folder, socket, 23901))!;
  const ours = [
    await startSockwarden("lean", binaryPath("lean"), socket, 23902),
    await startSockwarden(STOCK, null, socket, 23903),
  ];
  try {
    const cpu: Record<string, Record<string, number>> = {};
    let same = true;
    for (const proxy of ours) {
      const before = record ? {} : last.cpu[proxy.name] ?? {};
      const now = await ratiosOf([haproxy, proxy], before);
      same = show(proxy.name, before, now) && same;
      cpu[proxy.name] = now;
    }
    if (record) {
      const text: Last = {
        haproxy: version!,
        architecture: ARCHITECTURE,
        processor: processor(),
        cpu,
      };
      Deno.writeTextFileSync(LAST, `${JSON.stringify(text, null, 2)}\n`);
    }
    return same;
  } finally {
    for (const proxy of [haproxy, ...ours]) await proxy.stop();
  }
}

/** Why today's ratios say nothing beside the last ones; null where they do. */
function differenceOf(last: Last, version: string): string | null {
  const before =
    `HAProxy ${last.haproxy} on ${last.architecture}, ${last.processor}`;
  const now = `HAProxy ${version} on ${ARCHITECTURE}, ${processor()}`;
  return before === now
    ? null
    : `the last ratios are those of ${before}, this is ${now}`;
}

/** The processors of this machine, as in `2 × AMD EPYC`. */
function processor(): string {
  const names = Deno.readTextFileSync("/proc/cpuinfo")
    .matchAll(/^model name\s*:\s*(.*)$/gm).map(([, name]) => name!).toArray();
  return `${names.length} × ${names[0] ?? "unknown"}`;
}

/** Today's ratios of one proxy; rows that fell behind are measured again, and the best counts. */
async function ratiosOf(
  pair: readonly [haproxy: Proxy, ours: Proxy],
  last: Readonly<Record<string, number>>,
): Promise<Record<string, number>> {
  const best: Record<string, number> = {};
  let rows = ROWS.filter(({ connections }) => connections === CONNECTIONS);
  for (const proxy of pair) await wrk(proxy, rows[0]!.path, CONNECTIONS, 2);
  for (let round = 0; round < ROUNDS && rows.length > 0; round++) {
    const figures = createFigures();
    for (let turn = 0; turn < TURNS; turn++) {
      for (const row of rows) {
        await measureRow(figures, pair, row, turn, SECONDS);
      }
    }
    for (const figure of figures.all) {
      if (!figure.what.startsWith("CPU: ")) continue;
      const row = figure.what.slice("CPU: ".length);
      const ratio = Number(ratioOf(figure, pair[1].name).toFixed(3));
      best[row] = Math.min(best[row] ?? Infinity, ratio);
    }
    const behind = fallen(last, best, MARGINS[pair[1].name]!);
    rows = rows.filter(({ name }) => behind.includes(name));
  }
  return best;
}

/** Prints the ratios of one proxy; returns whether none fell behind. */
function show(
  name: string,
  last: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): boolean {
  const margin = MARGINS[name]!;
  const behind = fallen(last, now, margin);
  for (const [row, ratio] of Object.entries(now)) {
    const before = last[row];
    console.log(
      `CPU time for a request, ${name}, ${row}: ${ratio} of HAProxy's${
        before === undefined ? "" : ` (last ${before})`
      }${
        behind.includes(row)
          ? `: more than ${margin} times the last: find what made it slower, or, where that is meant, run deno task bench --record`
          : ""
      }`,
    );
  }
  return behind.length === 0;
}

/** The first two numbers of HAProxy's version; null where it is not installed. */
function haproxyVersion(): string | null {
  try {
    const { stdout } = new Deno.Command("haproxy", { args: ["-v"] })
      .outputSync();
    return /version ([0-9]+\.[0-9]+)/.exec(new TextDecoder().decode(stdout))
      ?.[1] ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
