/**
 * A recording that is being made: what it came to so far, as the text of a
 * recording, so that a proposal reads one form alone.
 *
 * It is not the tally of recordings, although both merge entries of one kind:
 * this one is bounded by characters and by a client's share, as calls come,
 * and what a union of files leaves out must not depend on their order so.
 *
 * @module
 */

import {
  type Entry,
  lineText,
  type RecordingLine,
  type RunStart,
} from "./recording.ts";

/** Kinds of call that are kept; the file has the others too. */
const MAX_KINDS = 20_000;
/** Characters of them all: a client chooses how long a kind is, up to a whole line. */
const MAX_CHARACTERS = 8 << 20;

/** A run as it is kept in memory. */
export interface Live {
  readonly start: RunStart;
  readonly kinds: Map<string, Entry>;
  /** How many of them each client has. */
  readonly shares: Map<string, number>;
  /** Characters of the kinds. */
  characters: number;
  /** Calls that are not in it, by why. */
  readonly lost: Map<string, number>;
}

/** Why a kind had no room. */
const NO_ROOM =
  `more than ${MAX_KINDS} kinds of call came, or more than memory is kept for`;

/** Begins a run. */
export function createLive(start: RunStart): Live {
  return {
    start,
    kinds: new Map(),
    shares: new Map(),
    characters: 0,
    lost: new Map(),
  };
}

/** What two entries of one kind have in common; of a known operation the path is an example, since ids are in it. */
export function kindOf(
  { seq: _seq, n: _n, first: _first, last: _last, up: _up, path, ...same }:
    Entry,
): string {
  return JSON.stringify(same.operation === "-" ? { path, ...same } : same);
}

/** Two entries of one kind as one. */
export function sumOf(one: Entry, other: Entry): Entry {
  return {
    ...one,
    n: one.n + other.n,
    first: one.first < other.first ? one.first : other.first,
    last: one.last > other.last ? one.last : other.last,
    ...(other.up === undefined ? {} : { up: other.up }),
  };
}

/**
 * How many kinds of call one client may have of all: a quarter, so that it does
 * not crowd out the others. Without a policy file there is one client.
 */
export function shareOf(all: number, client: string): number {
  return client === "" ? all : all / 4;
}

/** Counts calls that are not recorded; the reasons are the program's own, and few. */
export function lose({ lost }: Live, calls: number, why: string): void {
  lost.set(why, (lost.get(why) ?? 0) + calls);
}

/** Adds an entry. */
export function keep(live: Live, entry: Entry): void {
  const key = kindOf(entry);
  const before = live.kinds.get(key);
  if (before === undefined) {
    const share = live.shares.get(entry.client) ?? 0;
    if (
      share >= shareOf(MAX_KINDS, entry.client) ||
      live.kinds.size >= MAX_KINDS ||
      live.characters + key.length > MAX_CHARACTERS
    ) {
      return lose(live, entry.n, NO_ROOM);
    }
    live.characters += key.length;
    live.shares.set(entry.client, share + 1);
  }
  live.kinds.set(key, before === undefined ? entry : sumOf(before, entry));
}

/**
 * The run as the lines of a recording.
 *
 * @param ended When it ended, or is looked at.
 */
export function textOf(
  { start, kinds, lost }: Live,
  calls: number,
  ended: string,
): string {
  const { run } = start;
  let seq = 0;
  const lines: RecordingLine[] = [start];
  for (const entry of kinds.values()) lines.push({ ...entry, seq: ++seq });
  let all = 0;
  for (const [why, dropped] of lost) {
    all += dropped;
    lines.push({ run, seq: ++seq, dropped, why });
  }
  lines.push({ run, seq: ++seq, ended, calls, dropped: all });
  return lines.map(lineText).join("");
}
