/**
 * The last requests. What was refused or failed has a ring of its own: a client
 * that polls does not push it out.
 *
 * @module
 */

import type { RequestRecord } from "../observe/record.ts";
import type { DecisionWord } from "./api.ts";
import { outcomeOf } from "./outcome.ts";

/** One request that is kept; its texts are copies, cut to a bound. */
export interface Kept
  extends Omit<RequestRecord, "object" | "scope" | "findings" | "queryKeys"> {
  readonly id: number;
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  readonly outcome: DecisionWord;
}

/** Entries in the order of their ids, the newest at `next - 1`. */
interface Ring {
  readonly entries: (Kept | undefined)[];
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
  readonly allowed: Ring;
  readonly others: Ring;
}

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
    entries: new Array(most),
    next: 0,
    oldest: 0,
    size: 0,
    characters: 0,
    mostCharacters,
  });
  return {
    lastId: 0,
    allowed: ring(MAX_ALLOWED, MAX_ALLOWED_CHARACTERS),
    others: ring(MAX_OTHERS, MAX_OTHER_CHARACTERS),
  };
}

/**
 * Keeps a request.
 *
 * @param at The wall clock in milliseconds.
 */
export function keepDecision(
  decisions: Decisions,
  record: RequestRecord,
  at: number,
): void {
  const outcome = outcomeOf(record);
  const ring = outcome === "allowed" ? decisions.allowed : decisions.others;
  const kept = keptOf(record, ++decisions.lastId, at, outcome);
  if (ring.size === ring.entries.length) dropOldest(ring);
  ring.entries[ring.next] = kept;
  ring.next = (ring.next + 1) % ring.entries.length;
  ring.size++;
  ring.characters += charactersOf(kept);
  while (ring.characters > ring.mostCharacters) dropOldest(ring);
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
  for (;;) {
    while (entryAt(allowed, one)?.id! >= below) one++;
    while (entryAt(others, other)?.id! >= below) other++;
    const [first, second] = [entryAt(allowed, one), entryAt(others, other)];
    const newest = (first?.id ?? 0) > (second?.id ?? 0) ? first : second;
    if (newest === undefined || newest.id <= above) return;
    if (newest === first) one++;
    else other++;
    yield newest;
  }
}

/** The entry that was added so many adds ago, from 1; undefined where none is kept. */
function entryAt(
  { entries, next, size }: Ring,
  back: number,
): Kept | undefined {
  return back > size
    ? undefined
    : entries[(next - back + entries.length) % entries.length];
}

function dropOldest(ring: Ring): void {
  ring.characters -= charactersOf(ring.entries[ring.oldest]!);
  ring.entries[ring.oldest] = undefined;
  ring.oldest = (ring.oldest + 1) % ring.entries.length;
  ring.size--;
}

function keptOf(
  record: RequestRecord,
  id: number,
  at: number,
  outcome: DecisionWord,
): Kept {
  const { requestId, policyHash, remedy } = record;
  return {
    id,
    at,
    outcome,
    remote: record.remote,
    client: record.client,
    container: record.container,
    operation: record.operation,
    method: copyOf(record.method, MAX_PATH),
    path: copyOf(record.path, MAX_PATH),
    status: record.status,
    engineMs: record.engineMs,
    ownMs: record.ownMs,
    bytesIn: record.bytesIn,
    bytesOut: record.bytesOut,
    code: record.code,
    rule: record.rule,
    message: copyOf(record.message, MAX_TEXT),
    wouldRefuse: record.wouldRefuse,
    ...(requestId === undefined ? {} : { requestId }),
    ...(policyHash === undefined ? {} : { policyHash }),
    ...(remedy === undefined
      ? {}
      : { remedy: { ...remedy, text: copyOf(remedy.text, MAX_TEXT) } }),
  };
}

/**
 * A text of its own: a part of a longer one would keep the whole in memory,
 * such as the head in which a path stands.
 */
function copyOf(text: string, most: number): string {
  return text === ""
    ? ""
    : (" " + (text.length > most ? text.slice(0, most - 1) + "…" : text))
      .slice(1);
}

function charactersOf(
  { path, method, message, container, requestId = "", remedy }: Kept,
): number {
  return path.length + method.length + message.length + container.length +
    requestId.length + (remedy?.text.length ?? 0);
}
