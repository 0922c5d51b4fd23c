/**
 * Measures several proxies side by side, in turns: what slows the machine slows
 * all of them.
 *
 * @module
 */

import { type Figure, HAPROXY } from "./figures.ts";
import { download, idleStreams, LOADS, STREAMS, upload, wrk } from "./loads.ts";
import type { Proxy } from "./proxies.ts";

/** A load, and over how many connections it comes. */
export interface Row {
  readonly name: string;
  readonly path: string;
  readonly connections: number;
  /** Whether each request has a connection of its own. */
  readonly close: boolean;
}

const [SMALL, LARGE, REFUSED] = LOADS;

function row(
  [name, path]: typeof LOADS[number],
  connections: number,
  close = false,
): Row {
  return {
    name: `${name}, ${connections} ${close ? "new" : "kept"}`,
    ...{ path, connections, close },
  };
}

/** What is measured: small answers, larger ones, refusals. */
export const ROWS: readonly Row[] = [
  ...[1, 16, 64].map((connections) => row(SMALL, connections)),
  ...[1, 16, 64].map((connections) => row(SMALL, connections, true)),
  ...[1, 16, 64].map((connections) => row(LARGE, connections)),
  row(REFUSED, 16),
  row(REFUSED, 16, true),
];

/** Figures that grow as they are measured. */
export interface Figures {
  readonly all: Figure[];
  /** Notes a value of one proxy. */
  add(
    what: string,
    unit: string,
    more: boolean,
    proxy: Proxy,
    value: number | null | undefined,
  ): void;
}

/** Makes figures of nothing yet. */
export function createFigures(): Figures {
  const all: Figure[] = [];
  return {
    all,
    add(what, unit, more, proxy, value) {
      let figure = all.find((one) => one.what === what);
      if (figure === undefined) {
        figure = { what, unit, more, values: new Map() };
        all.push(figure);
      }
      const values = figure.values.get(proxy.name) ?? [];
      figure.values.set(proxy.name, [...values, value ?? NaN]);
    },
  };
}

/**
 * Loads proxies with one row, one after the other: requests a second, the 99th
 * percentile, and the CPU time that the proxy took for a request.
 *
 * @param turn In every other turn the order is the other way round.
 */
export async function measureRow(
  figures: Figures,
  proxies: readonly Proxy[],
  row: Row,
  turn: number,
  seconds: number,
): Promise<void> {
  const { name, path, connections, close } = row;
  for (const proxy of turn % 2 === 0 ? proxies : proxies.toReversed()) {
    const before = proxy.cpu();
    const load = await wrk(proxy, path, connections, seconds, { close });
    const cpu = (proxy.cpu() - before) * 1000 / (load?.requests ?? NaN);
    figures.add(name, "requests/s", true, proxy, load?.rate);
    figures.add(`CPU: ${name}`, "µs", false, proxy, cpu);
    figures.add(`p99: ${name}`, "ms", false, proxy, load?.p99);
  }
}

/** What is measured of proxies: the figures, by their tables. */
export interface Measured {
  readonly rates: Figure[];
  readonly cpu: Figure[];
  readonly rest: Figure[];
}

/** Notes what all proxies hold at the moment. */
function noteResident(
  figures: Figures,
  proxies: readonly Proxy[],
  when: string,
): void {
  for (const proxy of proxies) {
    figures.add(`resident, ${when}`, "MiB", false, proxy, proxy.resident());
  }
}

/**
 * Measures idle event streams. The proxies are to be new: one that was loaded has
 * room for streams in the memory that it keeps.
 *
 * @param proxies HAProxy is among them, for ratios.
 */
export async function measureStreams(
  proxies: readonly Proxy[],
): Promise<Figure[]> {
  const figures = createFigures();
  noteResident(figures, proxies, "idle");
  for (const proxy of proxies) {
    const { setUp, each, after } = await idleStreams(proxy);
    const streams = `${STREAMS.toLocaleString("en")} idle event streams`;
    figures.add(`memory of each of ${streams}`, "KiB", false, proxy, each);
    figures.add(`setting up ${streams}`, "s", false, proxy, setUp);
    figures.add("resident, after streams", "MiB", false, proxy, after);
  }
  return figures.all;
}

/**
 * Measures all loads, and bodies of 1 GiB.
 *
 * @param proxies HAProxy is among them, for ratios.
 * @param turns How often each is measured.
 * @param seconds How long one load is.
 */
export async function measureLoads(
  proxies: readonly Proxy[],
  turns: number,
  seconds: number,
): Promise<Measured> {
  const loads = createFigures();
  const rest = createFigures();
  for (const proxy of proxies) await wrk(proxy, SMALL[1], 16, 1);
  for (let turn = 0; turn < turns; turn++) {
    for (const row of ROWS) {
      console.error(`Turn ${turn + 1} of ${turns}: ${row.name}`);
      await measureRow(loads, proxies, row, turn, seconds);
    }
  }
  noteResident(rest, proxies, "after load");
  for (let turn = 0; turn < turns; turn++) {
    console.error(`Turn ${turn + 1} of ${turns}: 1 GiB`);
    for (const proxy of turn % 2 === 0 ? proxies : proxies.toReversed()) {
      rest.add("1 GiB down", "MB/s", true, proxy, await download(proxy));
      rest.add("1 GiB up", "MB/s", true, proxy, await upload(proxy));
    }
  }
  noteResident(rest, proxies, "after 1 GiB");
  const begins = (word: string) => (figure: Figure) =>
    figure.what.startsWith(word);
  return {
    rates: loads.all.filter(({ unit }) => unit === "requests/s"),
    cpu: loads.all.filter(begins("CPU: ")),
    rest: [...rest.all, ...loads.all.filter(begins("p99: "))],
  };
}

/** The names of proxies, HAProxy first. */
export function namesOf(proxies: readonly Proxy[]): string[] {
  const names = proxies.map(({ name }) => name);
  return [HAPROXY, ...names.filter((name) => name !== HAPROXY)];
}
