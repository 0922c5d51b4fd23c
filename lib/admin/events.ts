/**
 * Server-sent events: decisions as they come, the state and the streams from
 * time to time. Nothing runs while nobody reads.
 *
 * No reader waits for another: what a slow one has missed is left out for it,
 * and counted.
 *
 * @module
 */

import { every, monotonic } from "../host.ts";
import type { DecisionsEvent } from "./api.ts";
import type { Reader, StreamReply } from "./connection.ts";
import { type Kept, newestFirst } from "./decision_ring.ts";
import { decisionOf } from "./decisions.ts";
import type { Facts } from "./facts.ts";
import { outcomeOf } from "./outcome.ts";
import { stateAnswer } from "./state.ts";
import { streamsAnswer } from "./streams.ts";

/** Milliseconds between two looks: at most five messages of decisions a second. */
const TICK_MS = 200;
/** Milliseconds between two messages of the state, and of the streams. */
const STATE_MS = 2000;
/** Milliseconds after which a message without content is sent. */
const KEEP_ALIVE_MS = 15_000;
/** Decisions in one message; what was not let through comes first. */
const MAX_DECISIONS = 40;
/** The most readers at a time; the other connections are for questions. */
export const MAX_READERS = 32;

/** One reader. */
interface Subscriber {
  readonly reader: Reader;
  /** Whom it is counted for. */
  readonly holder: string;
  /** The id of the newest decision that it has got, or that was skipped. */
  seen: number;
  /** When it got each kind of message last, on the monotonic clock in milliseconds. */
  stateAt: number;
  wroteAt: number;
  /** The streams as it got them last. */
  streams: string;
}

/** Readers, and what feeds them. Made by {@link createEvents}. */
export interface Events {
  /**
   * The answer that feeds one more reader of a holder. Where there are too many,
   * the holder that has the most loses its oldest; null where that would be this
   * one.
   */
  readonly subscribe: (holder: string) => StreamReply | null;
  readonly stop: () => void;
}

/** Makes a feed without readers. */
export function createEvents(facts: Facts): Events {
  const subscribers = new Set<Subscriber>();
  let endTicks: (() => void) | null = null;
  const leave = (subscriber: Subscriber) => {
    subscribers.delete(subscriber);
    if (subscribers.size > 0) return;
    endTicks?.();
    endTicks = null;
  };
  const join = (reader: Reader, holder: string) => {
    const subscriber: Subscriber = {
      reader,
      holder,
      seen: facts.watch.decisions.lastId,
      stateAt: -Infinity,
      wroteAt: monotonic(),
      streams: "",
    };
    subscribers.add(subscriber);
    endTicks ??= every(TICK_MS, () => feed(facts, subscribers));
    feed(facts, [subscriber]);
    return () => leave(subscriber);
  };
  return {
    subscribe(holder) {
      if (subscribers.size >= MAX_READERS) {
        const first = oldestOfLargest(subscribers, holder);
        if (first === null) return null;
        leave(first);
        first.reader.end();
      }
      return {
        type: "text/event-stream",
        start: (reader) => join(reader, holder),
      };
    },
    stop: () => {
      endTicks?.();
      for (const { reader } of subscribers) reader.end();
      subscribers.clear();
    },
  };
}

/** The oldest reader of the holder that has the most; null where a newcomer would have as many. */
function oldestOfLargest(
  subscribers: Iterable<Subscriber>,
  newcomer: string,
): Subscriber | null {
  const held = new Map<string, { oldest: Subscriber; count: number }>();
  for (const one of subscribers) {
    const known = held.get(one.holder);
    // A set keeps the order in which its members came.
    if (known === undefined) held.set(one.holder, { oldest: one, count: 1 });
    else known.count++;
  }
  const [largest] = [...held.values()].sort((a, b) => b.count - a.count);
  const own = held.get(newcomer)?.count ?? 0;
  return largest !== undefined && largest.count > own + 1
    ? largest.oldest
    : null;
}

/** Writes to each reader what is due for it, in one piece. */
function feed(facts: Facts, subscribers: Iterable<Subscriber>): void {
  const now = monotonic();
  const texts = textsOf(facts);
  for (const subscriber of subscribers) {
    // What a slow reader has missed differs from one to the other: it is not
    // made again and again for nothing.
    if (subscriber.reader.isBusy()) continue;
    const { seen, streams, stateAt, wroteAt } = subscriber;
    const isDue = now - stateAt >= STATE_MS;
    let text = texts.decisionsSince(seen);
    if (isDue) {
      text += texts.state();
      if (texts.streams() !== streams) text += texts.streams();
    }
    if (text === "" && now - wroteAt >= KEEP_ALIVE_MS) text = ":\n\n";
    if (text === "" || !subscriber.reader.write(text)) continue;
    subscriber.seen = facts.watch.decisions.lastId;
    subscriber.wroteAt = now;
    if (!isDue) continue;
    subscriber.stateAt = now;
    subscriber.streams = texts.streams();
  }
}

/** The messages of one moment, each made once. */
function textsOf(facts: Facts): {
  decisionsSince: (seen: number) => string;
  state: () => string;
  streams: () => string;
} {
  const bySeen = new Map<number, string>();
  let [state, streams] = ["", ""];
  return {
    decisionsSince(seen) {
      const known = bySeen.get(seen);
      if (known !== undefined) return known;
      const made = decisionsText(facts, seen);
      bySeen.set(seen, made);
      return made;
    },
    state() {
      if (state === "") {
        // The next state tells what the engine answers to this one's question.
        void facts.engine.refresh();
        state = eventText("state", stateAnswer(facts));
      }
      return state;
    },
    streams: () =>
      streams ||= eventText(
        "streams",
        streamsAnswer(facts.rates, facts.underWay(), facts.now()),
      ),
  };
}

function decisionsText(facts: Facts, seen: number): string {
  const missed = facts.watch.decisions.lastId - seen;
  if (missed === 0) return "";
  const chosen = choose(newestFirst(facts.watch.decisions, seen));
  const policy = facts.policy();
  const event: DecisionsEvent = {
    decisions: chosen.map((kept) => decisionOf(policy, kept)),
    skipped: missed - chosen.length,
  };
  return eventText("decisions", event);
}

/** The newest that were not let through, and then the newest of all; oldest first. */
function choose(kept: Iterable<Kept>): Kept[] {
  const allowed: Kept[] = [];
  const others: Kept[] = [];
  for (const one of kept) {
    const list = outcomeOf(one.record) === "allowed" ? allowed : others;
    if (list.length < MAX_DECISIONS) list.push(one);
    else if (others.length >= MAX_DECISIONS) break;
  }
  return [...others, ...allowed].slice(0, MAX_DECISIONS)
    .sort((one, other) => one.id - other.id);
}

/** A message; JSON has no line break, which would end the field. */
function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
