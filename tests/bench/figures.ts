/**
 * What is measured of several proxies side by side, and the tables of it.
 *
 * @module
 */

/** The proxy that all others are compared with. */
export const HAPROXY = "HAProxy";

/** One thing that was measured, of every proxy. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** Whether more is better. */
  readonly more: boolean;
  /** By proxy: a value for each turn; NaN where it could not be measured. */
  readonly values: Map<string, number[]>;
}

/** The middle value; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half)
    ? (sorted[half - 1]! + sorted[half]!) / 2
    : sorted[Math.floor(half)] ?? NaN;
}

/**
 * What a proxy does for each 1 of HAProxy's: the median of the ratios of each
 * turn, since what slows the machine in one slows both.
 */
export function ratioOf({ values }: Figure, name: string): number {
  const base = values.get(HAPROXY) ?? [];
  return median(
    (values.get(name) ?? []).map((value, turn) => value / (base[turn] ?? NaN)),
  );
}

/** A number with as many digits as mean something; "–" where there is none. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value >= 100
    ? value.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ",")
    : value.toFixed(value >= 10 ? 1 : 2);
}

/** A table in Markdown. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head!), line(head!.map(() => "---")), ...body.map(line)]
    .join("\n");
}

/**
 * The table of figures: HAProxy's own, and the others' ratios to it.
 *
 * @param names The proxies, HAProxy first.
 */
export function ratioTable(
  names: readonly string[],
  figures: readonly Figure[],
): string {
  return markdown([
    ["", names[0]!, ...names.slice(1).map((name) => `${name} ÷`)],
    ...figures.map((figure) => [
      `${figure.what}${figure.more ? "" : " (less is better)"}`,
      `${shown(median(figure.values.get(HAPROXY) ?? []))} ${figure.unit}`,
      ...names.slice(1).map((name) => shown(ratioOf(figure, name))),
    ]),
  ]);
}

/** The table of figures as they are. */
export function valueTable(
  names: readonly string[],
  figures: readonly Figure[],
): string {
  return markdown([
    ["", ...names],
    ...figures.map(({ what, unit, values }) => [
      `${what}, ${unit}`,
      ...names.map((name) => shown(median(values.get(name) ?? []))),
    ]),
  ]);
}

/** Rows of the short table: what they say, and the figures that they are of. */
const SHORT: readonly (readonly [what: string, figures: readonly string[]])[] =
  [
    [
      "requests/s, small JSON, kept connections: 1 / 16 / 64",
      ["small JSON, 1 kept", "small JSON, 16 kept", "small JSON, 64 kept"],
    ],
    [
      "requests/s, small JSON, a connection for each: 1 / 16 / 64",
      ["small JSON, 1 new", "small JSON, 16 new", "small JSON, 64 new"],
    ],
    [
      "requests/s, 64 KiB JSON: 1 / 16 / 64",
      ["64 KiB JSON, 1 kept", "64 KiB JSON, 16 kept", "64 KiB JSON, 64 kept"],
    ],
    [
      "requests/s, refused: 16 kept / a connection for each",
      ["refused, 16 kept", "refused, 16 new"],
    ],
    ["1 GiB down / up", ["1 GiB down", "1 GiB up"]],
    [
      "CPU time a request: 16 kept / a connection for each ▼",
      ["CPU: small JSON, 16 kept", "CPU: small JSON, 16 new"],
    ],
    [
      "p99 of small JSON: 16 kept / a connection for each ▼",
      ["p99: small JSON, 16 kept", "p99: small JSON, 16 new"],
    ],
    [
      "idle event streams: memory / time to set up ▼",
      ["memory of each", "setting up"],
    ],
    [
      "resident: idle / after load / after streams ▼",
      ["resident, idle", "resident, after load", "resident, after streams"],
    ],
  ];

/**
 * The short table: ratios alone. A row names its figures by how they begin.
 *
 * @throws {Error} Where a figure is missing.
 */
export function shortTable(
  names: readonly string[],
  figures: readonly Figure[],
): string {
  const find = (what: string) => {
    const figure = figures.find((one) => one.what.startsWith(what));
    if (figure === undefined) throw new Error(`There is no figure '${what}'`);
    return figure;
  };
  return markdown([
    ["", ...names.slice(1)],
    ...SHORT.map(([what, of]) => [
      what,
      ...names.slice(1).map((name) =>
        of.map((one) => shown(ratioOf(find(one), name))).join(" / ")
      ),
    ]),
  ]);
}

/**
 * Puts a text between two comments of a page, `<!-- NAME -->` and
 * `<!-- /NAME -->`, in place of what stands there.
 *
 * @throws {Error} Where the page does not hold both.
 */
export function replaceBetween(
  page: string,
  name: string,
  text: string,
): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = page.indexOf(from);
  const end = page.indexOf(to);
  if (start < 0 || end < start) {
    throw new Error(`The page has no ${from} with ${to} after it`);
  }
  return `${page.slice(0, start + from.length)}\n\n${text}\n\n${
    page.slice(end)
  }`;
}
