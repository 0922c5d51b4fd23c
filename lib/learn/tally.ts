/**
 * The union of recordings: how often each kind of call came, when, and in which
 * runs. The order of the lines does not matter, and a line that is read twice
 * counts once. Pure.
 *
 * @module
 */

import { type Outcome, outcomeOf } from "./outcome.ts";
import type {
  Entry,
  RecordedBody,
  RecordedObject,
  RecordingLine,
  RunStart,
} from "./recording.ts";
import { CLOCK_STARTS, formatUntil } from "../policy/until.ts";
import { addTo, createRanges, lengthOf, type Ranges } from "./ranges.ts";

/**
 * Kinds of call, and runs. A client chooses the texts by which kinds differ, and
 * QuickJS hashes texts without a seed: this many that collide cost seconds.
 */
export const MAX_KINDS = 10_000;
export const MAX_RUNS = 10_000;
/** User agents of one client that are kept. */
const MAX_AGENTS = 8;
/** No recording is older: a time before it is that of a clock that is not set. */
const EARLIEST = formatUntil(CLOCK_STARTS);
/** Reasons of one run that are kept. */
const MAX_REASONS = 8;

/** One kind of call in all runs. */
export interface Kind {
  readonly client: string;
  readonly operation: string;
  readonly method: string;
  /** An example; of an unknown route it belongs to the kind. */
  readonly path: string;
  readonly query: readonly string[];
  readonly object: RecordedObject | null;
  /** What it joins beside; null where that is not known. */
  readonly joins: readonly RecordedObject[] | null;
  readonly body: RecordedBody | null;
  readonly status: number;
  readonly code: string;
  /** The code that would have refused it, in a dry run; empty for none. */
  readonly would: string;
  readonly outcome: Outcome;
  readonly n: number;
  readonly first: string;
  readonly last: string;
  /** The runs in which it came, sorted. */
  readonly runs: readonly string[];
}

/** One run. */
export interface Run {
  readonly run: string;
  /** null where its first line is missing. */
  readonly start: RunStart | null;
  /** null where its last line is missing. */
  readonly ended: string | null;
  /** From its start, or its first call, to its end, or its last call; empty where nothing is known. */
  readonly from: string;
  readonly to: string;
  /** Calls that were read, that were counted at the end (null without one), and that could not be recorded. */
  readonly calls: number;
  readonly counted: number | null;
  readonly dropped: number;
  /** Why, each reason once. */
  readonly why: readonly string[];
  /** Lines that are missing in between. */
  readonly missing: number;
}

/** What recordings say together. */
export interface Tally {
  /** In one order whatever the order of the lines was. */
  readonly kinds: readonly Kind[];
  /** By their time. */
  readonly runs: readonly Run[];
  /** The user agents of each client, sorted. */
  readonly agents: ReadonlyMap<string, readonly string[]>;
  /** Lines that were left out, since there are too many kinds or runs. */
  readonly leftOut: number;
}

/** Takes lines, and tells what they say together. */
export interface Tallying {
  readonly take: (line: RecordingLine) => void;
  readonly result: () => Tally;
}

interface OpenKind extends Omit<Kind, "runs" | "path"> {
  path: string;
  n: number;
  first: string;
  last: string;
  readonly runs: Set<string>;
}

interface OpenRun {
  start: RunStart | null;
  ended: string | null;
  from: string;
  to: string;
  /** The most seconds that a line says of the run; null where none does. */
  up: number | null;
  calls: number;
  counted: number | null;
  dropped: number;
  readonly why: Set<string>;
  readonly seen: Ranges;
}

/** A tally while lines are taken. */
interface State {
  readonly kinds: Map<string, OpenKind>;
  readonly runs: Map<string, OpenRun>;
  readonly agents: Map<string, Set<string>>;
  leftOut: number;
}

/** Starts a tally. */
export function createTally(): Tallying {
  const state: State = {
    kinds: new Map(),
    runs: new Map(),
    agents: new Map(),
    leftOut: 0,
  };
  return {
    take: (line) => takeLine(state, line),
    result: () => resultOf(state),
  };
}

function takeLine(state: State, line: RecordingLine): void {
  const run = state.runs.get(line.run) ?? newRun();
  if (!state.runs.has(line.run)) {
    if (state.runs.size >= MAX_RUNS) return void state.leftOut++;
    state.runs.set(line.run, run);
  }
  if ("started" in line) {
    run.start ??= line;
    return widen(run, line.started, line.started);
  }
  const added = addTo(run.seen, line.seq);
  if (added === "full") state.leftOut++;
  if (added !== "added") return;
  if ("up" in line) run.up = Math.max(run.up ?? 0, line.up ?? 0);
  if ("operation" in line) {
    widen(run, line.first, line.last);
    const kind = kindOf(state, line);
    if (kind === null) return void state.leftOut++;
    run.calls += line.n;
    count(kind, line);
    addAgent(state, line);
  } else if ("ended" in line) {
    run.ended = line.ended;
    run.counted = line.calls;
    widen(run, line.ended, line.ended);
  } else {
    run.dropped += line.dropped;
    if (run.why.size < MAX_REASONS) run.why.add(line.why);
  }
}

/** The kind of a call; null where there are too many. */
function kindOf({ kinds }: State, entry: Entry): OpenKind | null {
  const key = keyOf(entry);
  const found = kinds.get(key);
  if (found !== undefined) return found;
  if (kinds.size >= MAX_KINDS) return null;
  const kind = newKind(entry);
  kinds.set(key, kind);
  return kind;
}

function addAgent({ agents }: State, { client, agent = "" }: Entry): void {
  if (agent === "") return;
  const known = agents.get(client) ?? new Set();
  agents.set(client, known);
  known.add(agent);
  // The first in their order are kept, whatever came first.
  if (known.size > MAX_AGENTS) known.delete([...known].sort().at(-1)!);
}

function resultOf({ kinds, runs, agents, leftOut }: State): Tally {
  return {
    kinds: [...kinds].sort(([a], [b]) => compare(a, b))
      .map(([, kind]) => ({ ...kind, runs: [...kind.runs].sort() })),
    runs: [...runs].map(([name, run]) => closed(name, run)).sort((a, b) =>
      compare(a.from, b.from) || compare(a.to, b.to) || compare(a.run, b.run)
    ),
    agents: new Map(
      [...agents].sort(([a], [b]) => compare(a, b))
        .map(([client, known]) => [client, [...known].sort()]),
    ),
    leftOut,
  };
}

/** Orders texts by their code units, as `<` does. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What makes two calls one kind. */
function keyOf(entry: Entry): string {
  const { client, operation, method, path, status, code, would = "" } = entry;
  const { query = [], object = null, joins = null, body = null } = entry;
  return JSON.stringify([
    client,
    operation,
    method,
    operation === "-" ? path : "",
    object,
    query,
    joins,
    body,
    status,
    code,
    would,
  ]);
}

function newKind(entry: Entry): OpenKind {
  const { client, operation, method, path, status, code, first, last } = entry;
  return {
    client,
    operation,
    method,
    path,
    query: entry.query ?? [],
    object: entry.object ?? null,
    joins: entry.joins ?? null,
    body: entry.body ?? null,
    status,
    code,
    would: entry.would ?? "",
    outcome: outcomeOf(entry),
    n: 0,
    first,
    last,
    runs: new Set(),
  };
}

function count(kind: OpenKind, { n, first, last, path, run }: Entry): void {
  kind.n += n;
  if (first < kind.first) kind.first = first;
  if (last > kind.last) kind.last = last;
  // One example, whatever came first.
  if (compare(path, kind.path) < 0) kind.path = path;
  kind.runs.add(run);
}

function newRun(): OpenRun {
  return {
    start: null,
    ended: null,
    from: "",
    to: "",
    up: null,
    calls: 0,
    counted: null,
    dropped: 0,
    why: new Set(),
    seen: createRanges(),
  };
}

/**
 * Adds to the time that a run covers. A machine without a clock of its own
 * starts in 1970: the years until its clock is set were not recorded.
 */
function widen(run: OpenRun, start: string, to: string): void {
  const from = start < EARLIEST ? to : start;
  if (from < EARLIEST) return;
  if (run.from === "" || from < run.from) run.from = from;
  if (to > run.to) run.to = to;
}

/** Seconds that two clocks may differ: they are rounded, and one is read before the other. */
const SLACK = 60;

/**
 * Where a run begins: no earlier than its own seconds before its end. A clock
 * that was set forward meanwhile makes it no longer.
 */
function beginOf({ from, to, up }: OpenRun): string {
  if (up === null || to === "") return from;
  const begun = formatUntil(Date.parse(to) - (up + SLACK) * 1000);
  return begun > from ? begun : from;
}

function closed(name: string, open: OpenRun): Run {
  const { start, ended, to, calls, counted, dropped, why, seen } = open;
  const last = seen.list.at(-1)?.to ?? 0;
  return {
    run: name,
    start,
    ended,
    from: beginOf(open),
    to,
    calls,
    counted,
    dropped,
    why: [...why].sort(),
    // The lines of a log are those of its requests, not all.
    missing: start?.log === true ? 0 : last - lengthOf(seen),
  };
}
