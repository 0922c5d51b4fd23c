/**
 * The last requests. What was refused or failed has a ring of its own: a client
 * that polls does not push it out.
 *
 * The records themselves are kept: making another object of each would cost
 * more than all that is counted. Of requests that are let through in a rush a
 * part is kept: nobody can look at all of them, and keeping a record costs the
 * lean base as much as counting it.
 *
 * @module
 */

import { ownText, partsKeepWhole } from "../host.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { DecisionWord } from "./api.ts";
import { outcomeOf } from "./outcome.ts";

/** One request that is kept. */
export interface Kept {
  readonly id: number;
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  /** Its texts are cut to a bound. */
  readonly record: RequestRecord;
}

/** Records in the order of their ids, the newest before `next`. */
interface Ring {
  readonly records: (RequestRecord | undefined)[];
  readonly ids: Float64Array;
  readonly times: Float64Array;
  /** Characters of each. */
  readonly sizes: Uint32Array;
  next: number;
  /** Where the oldest stands, and how many there are. */
  oldest: number;
  size: number;
  /** Characters of all, and how many there may be. */
  characters: number;
  readonly mostCharacters: number;
}

/** The rings. Made by {@link createDecisions}. */
export interface Decisions {
  lastId: number;
  /** The number of the present moment, and how many requests it has kept that were let through. */
  moment: number;
  inMoment: number;
  readonly allowed: Ring;
  readonly others: Ring;
}

/** Milliseconds of a moment, and how many requests that were let through it keeps: 800 a second. */
const MOMENT_MS = 50;
const MAX_IN_MOMENT = 40;
/** How many requests are kept that were let through, and of all others. */
const MAX_ALLOWED = 500;
const MAX_OTHERS = 1000;
/** Characters of their texts: a client chooses how long a path is. */
const MAX_ALLOWED_CHARACTERS = 64 * 1024;
const MAX_OTHER_CHARACTERS = 256 * 1024;
/** Characters that are kept of a path, and of any other text. */
const MAX_PATH = 512;
const MAX_TEXT = 2048;

/** Makes empty rings. */
export function createDecisions(): Decisions {
  const ring = (most: number, mostCharacters: number): Ring => ({
    records: new Array(most).fill(undefined),
    ids: new Float64Array(most),
    times: new Float64Array(most),
    sizes: new Uint32Array(most),
    next: 0,
    oldest: 0,
    size: 0,
    characters: 0,
    mostCharacters,
  });
  return {
    lastId: 0,
    moment: 0,
    inMoment: 0,
    allowed: ring(MAX_ALLOWED, MAX_ALLOWED_CHARACTERS),
    others: ring(MAX_OTHERS, MAX_OTHER_CHARACTERS),
  };
}

/**
 * Keeps a request. One that was let through is only counted where its moment has
 * kept {@link MAX_IN_MOMENT} already: ids tell that it is missing.
 *
 * @param at The wall clock in milliseconds.
 * @param outcome What it came to.
 */
export function keepDecision(
  decisions: Decisions,
  record: RequestRecord,
  at: number,
  outcome: DecisionWord = outcomeOf(record),
): void {
  const id = ++decisions.lastId;
  const isAllowed = outcome === "allowed";
  if (isAllowed && !hasRoom(decisions, at)) return;
  const ring = isAllowed ? decisions.allowed : decisions.others;
  const { records, next } = ring;
  if (ring.size === records.length) dropOldest(ring);
  const kept = boundedOf(record);
  const size = charactersOf(kept);
  records[next] = kept;
  ring.ids[next] = id;
  ring.times[next] = at;
  ring.sizes[next] = size;
  ring.next = next + 1 === records.length ? 0 : next + 1;
  ring.size++;
  ring.characters += size;
  while (ring.characters > ring.mostCharacters) dropOldest(ring);
}

function hasRoom(decisions: Decisions, at: number): boolean {
  const moment = Math.floor(at / MOMENT_MS);
  if (moment !== decisions.moment) {
    decisions.moment = moment;
    decisions.inMoment = 0;
  }
  return ++decisions.inMoment <= MAX_IN_MOMENT;
}

/**
 * The requests that are kept, newest first.
 *
 * @param above Those with a higher id.
 * @param below Those with a lower id.
 */
export function* newestFirst(
  { allowed, others }: Decisions,
  above = 0,
  below = Infinity,
): Generator<Kept> {
  let [one, other] = [1, 1];
  while (idAt(allowed, one) >= below) one++;
  while (idAt(others, other) >= below) other++;
  for (;;) {
    const isAllowed = idAt(allowed, one) > idAt(others, other);
    const [ring, back] = isAllowed ? [allowed, one++] : [others, other++];
    if (idAt(ring, back) <= above) return;
    const at = indexOf(ring, back);
    yield {
      id: ring.ids[at]!,
      at: ring.times[at]!,
      record: ring.records[at]!,
    };
  }
}

/** The id of the record that was added so many adds ago, from 1; 0 where none is kept. */
function idAt(ring: Ring, back: number): number {
  return back > ring.size ? 0 : ring.ids[indexOf(ring, back)]!;
}

function indexOf({ next, records }: Ring, back: number): number {
  return (next - back + records.length) % records.length;
}

function dropOldest(ring: Ring): void {
  const { oldest, records } = ring;
  ring.characters -= ring.sizes[oldest]!;
  records[oldest] = undefined;
  ring.oldest = oldest + 1 === records.length ? 0 : oldest + 1;
  ring.size--;
}

/** The record with texts of its own, which are cut: a path may be a part of its head, which it would keep in memory. */
function boundedOf(record: RequestRecord): RequestRecord {
  const { method, path, message, object, findings, remedies } = record;
  const isShort = path.length <= MAX_PATH && message.length <= MAX_TEXT &&
    method.length <= MAX_PATH && object === undefined &&
    findings === undefined && remedies === undefined;
  if (isShort && !partsKeepWhole) return record;
  return {
    ...record,
    // Clients choose how long these are, and no answer tells them.
    object: undefined,
    findings: undefined,
    method: cut(method, MAX_PATH),
    path: cut(path, MAX_PATH),
    message: cut(message, MAX_TEXT),
    // One that is cut would allow nothing.
    remedies: remedies?.filter(({ text }) => text.length <= MAX_TEXT),
  };
}

function cut(text: string, most: number): string {
  if (text.length <= most) return ownText(text);
  const half = most / 2;
  // In two pieces: neither is so long that it would be a part of the whole.
  return ownText(text.slice(0, half) + text.slice(half, most - 1) + "…");
}

function charactersOf(
  { path, method, message, container, requestId, remedies }: RequestRecord,
): number {
  return path.length + method.length + message.length + container.length +
    (requestId?.length ?? 0) +
    (remedies ?? []).reduce((sum, { text }) => sum + text.length, 0);
}
