/**
 * Records what clients ask for: counts the calls of each kind, and writes once a
 * second what has come. What cannot be written is kept for a while, then
 * dropped, counted and told; serving never waits for it.
 *
 * @module
 */

import { every, monotonic, wallClock } from "../host.ts";
import type { ObjectQueries } from "../identity/object_queries.ts";
import { CONTROL } from "../observe/control.ts";
import type { LogLevel } from "../observe/level.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { Decided, Recorder } from "../proxy/recorder.ts";
import { bodyNeeds } from "./body_needs.ts";
import { kindOf, shareOf, sumOf } from "./live.ts";
import { joinedObjects } from "./joined_objects.ts";
import { type Called, namedObject } from "./named_object.ts";
import { queryWords } from "./query_words.ts";
import { createSink, flushSink, type Sink, type Write } from "./sink.ts";
import {
  cutText,
  type Entry,
  lineText,
  MAX_AGENT,
  type RecordedBody,
  type RecordedObject,
  type RunStart,
  stamp,
} from "./recording.ts";

/** Milliseconds between two writes. */
const FLUSH_MS = 1000;
/** Kinds of call that are counted apart between two writes; clients choose paths. */
const MAX_KINDS = 4096;
/** Characters of their heads and of what was looked at: a client chooses their length too. */
const MAX_CHARACTERS = 16 << 20;
/** Why calls are not counted. */
const TOO_MANY =
  `more than ${MAX_KINDS} kinds of call (of one client of several ${
    MAX_KINDS / 4
  }), or ${MAX_CHARACTERS >> 20} MiB of them, came within a second`;

/** Kinds of one plan that are compared. */
const MAX_SAME = 8;
/** Names of requests that were not sent, looked up at one write: each costs a question. */
const MAX_QUESTIONS = 128;

/** What {@link createRecorder} needs. */
export interface RecorderOptions {
  readonly start: RunStart;
  readonly objects: ObjectQueries;
  /** The paths of the engine's sockets. */
  readonly sockets: readonly string[];
  /** Adds bytes to the file; null where nothing is written. */
  readonly write: Write | null;
  /** Gets each entry as it is written. */
  readonly entry: (entry: Entry) => void;
  /** Gets how many calls had no room to be counted, and why. */
  readonly loss: (calls: number, why: string) => void;
  readonly tell: (level: LogLevel, message: string) => void;
}

/** A recorder, and its end. */
export interface Recording extends Recorder {
  /** How many calls came. */
  readonly calls: () => number;
  /** Counts what has come as entries, and writes them; resolves when the disk has them or did not take them. */
  readonly flush: () => Promise<void>;
  /** Writes the rest, and the end of the run. */
  readonly end: () => Promise<void>;
}

/** What was looked at before a request was sent. */
interface Seen {
  readonly object: RecordedObject | undefined;
  readonly joins: readonly RecordedObject[] | undefined;
  readonly body: RecordedBody | undefined;
}

/** Nothing was seen. */
const NOTHING: Seen = {
  object: undefined,
  joins: undefined,
  body: undefined,
};

/** An entry that is still counted. */
interface Kind {
  readonly record: RequestRecord;
  readonly asked: Decided | null;
  /** What was looked at; null where the request was not sent. */
  readonly seen: Seen | null;
  n: number;
  readonly first: number;
  last: number;
}

/** One look, which equal calls share. */
interface Look {
  readonly promise: Promise<Seen>;
  /** null until the engine has answered. */
  seen: Seen | null;
}

interface State {
  readonly options: RecorderOptions;
  readonly sink: Sink | null;
  /** The kinds since the last write, in the order in which they came. */
  kinds: Kind[];
  /** Characters that the kinds hold. */
  characters: number;
  /** Those of requests whose plan is kept, so that each costs one look. */
  known: WeakMap<object, Kind[]>;
  /** What was looked at for kept plans since the last write, or the last call that may have changed it. */
  looks: WeakMap<object, Look>;
  /** When the run began, by the clock that nobody sets. */
  readonly began: number;
  seq: number;
  calls: number;
  /** How many of the kinds each client has; the policy names the clients. */
  shares: Map<string, number>;
  /** Calls that were not counted since too many others came. */
  lost: number;
  dropped: number;
  flushing: Promise<void> | null;
}

/** Begins a recording: the start of its run is written at once. */
export function createRecorder(options: RecorderOptions): Recording {
  const { objects, sockets, write, start, tell } = options;
  const state: State = {
    options,
    sink: write === null ? null : createSink(write, tell),
    kinds: [],
    characters: 0,
    known: new WeakMap(),
    looks: new WeakMap(),
    shares: new Map(),
    began: monotonic(),
    seq: 0,
    calls: 0,
    lost: 0,
    dropped: 0,
    flushing: null,
  };
  if (state.sink !== null) state.sink.waiting = lineText(start);
  const stop = every(FLUSH_MS, () => void flush(state));
  return {
    look(match, content) {
      const known = state.looks.get(match);
      if (known !== undefined) return known.promise;
      const promise = look(objects, sockets, match, content);
      const made: Look = { promise, seen: null };
      // A match comes again only where its plan is kept: an equal request without a body.
      state.looks.set(match, made);
      return promise.then((seen) => made.seen = seen);
    },
    known: (match) => state.looks.get(match)?.seen ?? null,
    add(record, asked, looked) {
      if (!READS.has(record.method)) state.looks = new WeakMap();
      count(state, record, asked, looked as Seen | null);
    },
    calls: () => state.calls,
    flush: () => flush(state),
    async end() {
      stop();
      // A write that is under way does not have what came since it began.
      await state.flushing;
      await flush(state);
      const { calls, dropped } = state;
      const ended = stamp(wallClock());
      if (state.sink !== null) {
        saySinkLoss(state, state.sink);
        state.sink.waiting += lineText({
          run: start.run,
          seq: ++state.seq,
          ended,
          calls,
          dropped: dropped + state.sink.dropped,
          up: upOf(state),
        });
        await flushSink(state.sink);
      }
    },
  };
}

/** Methods after which everything is as it was. */
const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

const NO_BYTES = new Uint8Array(0);

async function look(
  objects: ObjectQueries,
  sockets: readonly string[],
  match: Called,
  content: Uint8Array | null,
): Promise<Seen> {
  try {
    return {
      object: await namedObject(objects, match, content ?? NO_BYTES),
      joins: await joinedObjects(objects, match, content),
      body: await bodyNeeds(objects, sockets, match, content),
    };
  } catch (error) {
    // A recording must not end a request.
    return { ...NOTHING, body: { unread: cutText(String(error)) } };
  }
}

function count(
  state: State,
  record: RequestRecord,
  asked: Decided | null,
  seen: Seen | null,
): void {
  state.calls++;
  const now = wallClock();
  // A plan that is kept stands for all equal requests of a client.
  const key = asked ?? state;
  const same = state.known.get(key);
  const known = same?.find((one) =>
    one.record.status === record.status && one.record.code === record.code &&
    one.record.wouldRefuse === record.wouldRefuse && one.seen === seen &&
    one.record.path === record.path
  );
  if (known !== undefined) {
    known.n++;
    known.last = now;
    return;
  }
  const size = sizeOf(record, asked, seen);
  const share = state.shares.get(record.client) ?? 0;
  if (
    share >= shareOf(MAX_KINDS, record.client) ||
    state.kinds.length >= MAX_KINDS ||
    state.characters + size > MAX_CHARACTERS
  ) {
    state.lost++;
    return;
  }
  state.characters += size;
  state.shares.set(record.client, share + 1);
  const kind: Kind = { record, asked, seen, n: 1, first: now, last: now };
  state.kinds.push(kind);
  if (record.path === "-") return;
  if (same === undefined || same.length >= MAX_SAME) {
    state.known.set(key, [kind]);
  } else same.push(kind);
}

/** Characters that a kind keeps from being freed, or more. */
function sizeOf(
  { path }: RequestRecord,
  asked: Decided | null,
  seen: Seen | null,
): number {
  const head = asked === null ? 0 : asked.head.fields.length;
  // The target is kept beside the path: whole, and in its parts.
  const match = asked?.decision.match;
  const query = match !== undefined && match.kind !== "malformed"
    ? match.target.query.length
    : 0;
  const looked = seen === null ? 0 : JSON.stringify(seen).length;
  return head + 3 * path.length + 2 * query + looked;
}

function flush(state: State): Promise<void> {
  return state.flushing ??= write(state).finally(() => state.flushing = null);
}

async function write(state: State): Promise<void> {
  const { kinds, lost, sink, options: { start: { run }, entry } } = state;
  state.kinds = [];
  state.characters = 0;
  state.known = new WeakMap();
  state.looks = new WeakMap();
  state.shares = new Map();
  state.lost = 0;
  const up = upOf(state);
  const merged = new Map<string, Entry>();
  let questions = MAX_QUESTIONS;
  for (const kind of kinds) {
    if (kind.seen === null) questions--;
    const made = await entryOf(state, kind, questions >= 0);
    const key = kindOf(made);
    const before = merged.get(key);
    merged.set(key, before === undefined ? made : sumOf(before, made));
  }
  if (sink !== null) saySinkLoss(state, sink);
  for (const made of merged.values()) {
    const numbered = { ...made, seq: ++state.seq, up };
    entry(numbered);
    if (sink !== null) add(sink, numbered);
  }
  if (lost > 0) {
    state.dropped += lost;
    state.options.loss(lost, TOO_MANY);
    state.options.tell(
      "warning",
      `${lost} calls were not recorded: ${TOO_MANY}`,
    );
    if (sink !== null) {
      const seq = ++state.seq;
      sink.waiting += lineText({ run, seq, dropped: lost, why: TOO_MANY });
    }
  }
  if (sink !== null) await flushSink(sink);
}

/** Seconds since the run began. */
function upOf({ began }: State): number {
  return Math.floor((monotonic() - began) / 1000);
}

/** Writes what had no room, once there is room again. */
function saySinkLoss(state: State, sink: Sink): void {
  if (sink.dropped === sink.told || sink.waiting !== "") return;
  const why =
    "the file could not be written in time, or the run has written its most";
  const { run } = state.options.start;
  const dropped = sink.dropped - sink.told;
  sink.told = sink.dropped;
  sink.waiting += lineText({ run, seq: ++state.seq, dropped, why });
}

/** Adds an entry to what waits; counts its calls where there is no room. */
function add(sink: Sink, entry: Entry): void {
  const line = lineText(entry);
  if (
    sink.waiting.length + line.length > sink.most || line.length > sink.room
  ) {
    sink.dropped += entry.n;
    return;
  }
  sink.waiting += line;
  sink.room -= line.length;
}

/** @param asks Whether the engine is asked what the request names. */
async function entryOf(
  state: State,
  kind: Kind,
  asks: boolean,
): Promise<Entry> {
  const { record, asked, n } = kind;
  const match = asked?.decision.match;
  const called = match?.kind === "operation" ? match : null;
  // What was refused is still there: it can be asked for now.
  const { object, joins, body } = kind.seen ??
    (called === null || !asks ? NOTHING : await nameOnly(state, called));
  const query = match !== undefined && match.kind !== "malformed"
    ? queryWords(match.target.query)
    : [];
  return {
    run: state.options.start.run,
    seq: 0,
    client: record.client,
    operation: record.operation,
    method: record.method,
    path: cutText(record.path),
    ...(query.length === 0 ? {} : { query }),
    ...(object === undefined ? {} : { object }),
    ...(joins === undefined ? {} : { joins }),
    ...(body === undefined ? {} : { body }),
    agent: agentOf(asked),
    api: /^\/v(\d+(?:\.\d+)*)\//.exec(record.path)?.[1] ?? "",
    status: record.status,
    code: record.code,
    ...(record.wouldRefuse === null ? {} : { would: record.wouldRefuse }),
    n,
    first: stamp(kind.first),
    last: stamp(kind.last),
  };
}

/** What a request that was not sent names; its body was not read. */
async function nameOnly(
  { options: { objects } }: State,
  match: Called,
): Promise<Seen> {
  try {
    return { ...NOTHING, object: await namedObject(objects, match, NO_BYTES) };
  } catch {
    return NOTHING;
  }
}

/** The User-Agent of a request; empty without one. */
function agentOf(asked: Decided | null): string {
  const field = /^user-agent:[ \t]*([^\r\n]*)/im.exec(
    asked?.head.fields ?? "",
  );
  return cutText((field?.[1] ?? "").replace(CONTROL, "?"), MAX_AGENT);
}
