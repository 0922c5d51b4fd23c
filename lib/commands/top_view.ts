/**
 * What `sockwarden top` shows, as lines. Pure.
 *
 * @module
 */

import type { Decision, State, Stream } from "../admin/api.ts";
import { columns } from "./columns.ts";

/** What the admin listener has said. */
export interface TopReport {
  readonly format: "top/1";
  readonly state: State;
  /** The streams that are open, oldest first. */
  readonly streams: readonly Stream[];
  /** The last refusals, newest first. */
  readonly refused: readonly Decision[];
}

/** One line, and whether it stands out. */
export interface Line {
  readonly text: string;
  readonly look: "plain" | "title" | "good" | "bad";
}

/** Lines of the streams that are kept free for refusals, on a small screen. */
const SHARE = 0.5;
/** Lines for what would allow refusals, of all that tables have; and how many there must be. */
const REMEDY_SHARE = 0.25;
const MIN_SPACE = 12;

/**
 * The view.
 *
 * @param rows How many lines there is room for; null for all.
 */
export function topLines(
  { state, streams, refused }: TopReport,
  rows: number | null,
): Line[] {
  const head = headLines(state);
  const space = rows === null ? Infinity : Math.max(0, rows - head.length - 6);
  const remedies = remedyRows(refused);
  const forRemedies = roomForRemedies(space, remedies.length - 1);
  const room = space - (forRemedies === 0 ? 0 : forRemedies + 3);
  const few = Math.min(refused.length, Math.floor(room * SHARE));
  const forStreams = Math.max(0, room - few);
  return [
    ...head,
    ...part("STREAMS", state.streams, streamRows(streams), forStreams),
    ...part(
      "REFUSED",
      state.totals.refused,
      refusedRows(refused),
      rows === null ? Infinity : room - Math.min(streams.length, forStreams),
    ),
    ...(forRemedies === 0
      ? []
      : part("TO ALLOW IT", null, remedies, forRemedies)),
  ];
}

/** Lines for what would allow the refusals, beside the title and the names; 0 where there are none, or the screen is small. */
function roomForRemedies(space: number, wanted: number): number {
  if (space < MIN_SPACE) return 0;
  return Math.min(wanted, Math.max(1, Math.floor(space * REMEDY_SHARE)));
}

function headLines(state: State): Line[] {
  const { engine, policy, connections, totals, rates, memory, audit } = state;
  const age = ageText(
    (Date.parse(state.now) - Date.parse(state.started)) / 1000,
  );
  const resident = memory.resident_bytes;
  const lines: Line[] = [
    plain(
      `sockwarden ${state.version} (${state.runtime}), up ${age}, policy ${
        policy.hash || "unknown"
      }, ${policy.clients} clients`,
    ),
    {
      text: `engine ${engine.address}: ${
        engine.up
          ? `${engine.version}, API ${engine.api_version}`
          : "does not answer"
      }`,
      look: engine.up ? "good" : "bad",
    },
    plain(
      `${rates.requests_per_second.toFixed(1)} requests/s, ${
        rates.refused_per_second.toFixed(1)
      } refused/s; since the start ${totals.requests}: ${totals.allowed} allowed, ${totals.refused} refused, ${totals.failed} failed`,
    ),
    plain(
      `connections ${connections.open} of ${connections.max}; in ${
        bytesText(totals.bytes_in)
      }, out ${bytesText(totals.bytes_out)}${
        resident === null ? "" : `; memory ${bytesText(resident)}`
      }`,
    ),
    ...[
      policy.dry_run
        ? `dry run: ${totals.would_refuse} requests would have been refused`
        : "",
      policy.reload?.ok === false
        ? `the policy file is not valid: ${policy.reload.message}`
        : "",
      totals.log_lines_dropped > 0
        ? `${totals.log_lines_dropped} lines of the log were dropped`
        : "",
      (audit?.dropped ?? 0) > 0
        ? `${audit!.dropped} lines of the audit were dropped`
        : "",
    ].filter((text) => text !== "")
      .map((text) => ({ text, look: "bad" as const })),
  ];
  return lines.map(({ text, look }) => ({ text: printable(text), look }));
}

/** A table below its title, or nothing where there is no room. */
function part(
  title: string,
  total: number | null,
  rows: readonly (readonly string[])[],
  room: number,
): Line[] {
  const [names, ...entries] = columns([
    ...rows.slice(0, 1),
    ...rows.slice(1, 1 + Math.max(0, room)).map((row) => row.map(printable)),
  ]).trimEnd().split("\n");
  return [
    plain(""),
    {
      text: printable(total === null ? title : `${title} (${total})`),
      look: "title",
    },
    plain(names!),
    ...entries.map(plain),
  ];
}

function streamRows(streams: readonly Stream[]): string[][] {
  return [
    ["AGE", "CLIENT", "OPERATION", "KIND", "IN", "OUT", "RATE", "PATH"],
    ...streams.map((one) => [
      ageText(one.age_seconds),
      whoOf(one),
      one.operation,
      one.kind,
      bytesText(one.bytes_in),
      bytesText(one.bytes_out),
      `${bytesText(one.bytes_per_second)}/s`,
      one.path,
    ]),
  ];
}

function refusedRows(refused: readonly Decision[]): string[][] {
  return [
    ["TIME", "CLIENT", "OPERATION", "CODE", "REQUEST"],
    ...refused.map((one) => [
      one.time.slice(11, 19),
      whoOf(one),
      one.operation,
      one.code,
      `${one.method} ${one.path}`,
    ]),
  ];
}

/** What would allow each kind of refusal, or why nothing does; each once, the newest first. */
function remedyRows(refused: readonly Decision[]): string[][] {
  const seen = new Set<string>();
  const rows = refused.flatMap((one) => {
    const who = whoOf(one);
    const [remedy] = one.remedies;
    const text = remedy?.text ?? `nothing to copy: ${one.no_remedy}`;
    const kind = JSON.stringify([who, one.operation, text]);
    if (seen.has(kind)) return [];
    seen.add(kind);
    // A guard has several lines.
    return text.split("\n").map((line, i) =>
      i === 0
        ? [who, one.operation, line, placeOf(remedy?.where ?? "")]
        : ["", "", line, ""]
    );
  });
  return [["CLIENT", "OPERATION", "ADD", "WHERE"], ...rows];
}

function placeOf(where: string): string {
  return where === "" || where.startsWith("and ") ? where : `in ${where}`;
}

/** The client by what is known of it. */
function whoOf(
  { client, container, remote }: Pick<
    Stream,
    "client" | "container" | "remote"
  >,
): string {
  return client || container || remote || "-";
}

function plain(text: string): Line {
  return { text, look: "plain" };
}

/** A time such as `3h12m`. */
export function ageText(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [
    Math.floor(all / 86_400),
    Math.floor(all / 3600) % 24,
    Math.floor(all / 60) % 60,
  ] as const;
  return days > 0
    ? `${days}d${hours}h`
    : hours > 0
    ? `${hours}h${minutes}m`
    : minutes > 0
    ? `${minutes}m${all % 60}s`
    : `${all}s`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size such as `1.5 MiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/**
 * A text of clients as a terminal may have it: whatever is no printable ASCII
 * is written as its number, so that it can neither move the cursor nor turn the
 * direction, nor be wider than it looks.
 */
export function printable(text: string): string {
  return text.replace(
    /[^ -~]/g,
    (one) => `\\u{${one.charCodeAt(0).toString(16)}}`,
  );
}

const LOOKS: Readonly<Record<Line["look"], string>> = {
  plain: "",
  title: "\x1b[1m",
  good: "\x1b[32m",
  bad: "\x1b[31m",
};

/**
 * Lines as text, each with a line feed.
 *
 * @param width Characters of the longest line; longer ones are cut.
 */
export function linesText(
  lines: readonly Line[],
  width: number,
  colours: boolean,
): string {
  return lines.map(({ text, look }) => {
    const cut = text.slice(0, width);
    return colours && look !== "plain"
      ? `${LOOKS[look]}${cut}\x1b[0m\n`
      : `${cut}\n`;
  }).join("");
}
