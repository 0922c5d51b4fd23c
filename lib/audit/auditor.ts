/**
 * The audit: a line for each request when it is let through or refused, and one
 * when it is over.
 *
 * @module
 */

import type { AuditSettings } from "../config/config.ts";
import { hex, randomBytes } from "../host.ts";
import type { Audited, Auditor, Ended } from "../proxy/auditor.ts";
import { admittedFields, endedFields, refusedFields, start } from "./fields.ts";
import type { Sink, Tell } from "./sink.ts";

/** Characters that wait at most. */
const MAX_WAITING = 4 << 20;
/** Room that is kept for the end of a request that was let through, under `refuse`. */
const END_ROOM = 2048;
/** Where the numbers of requests begin in their ids: all have twelve digits. */
const FIRST = 0x1000_0000_0000;

/** An audit that runs. */
export interface Audit {
  readonly auditor: Auditor;
  /** Lines that had no room so far. */
  readonly dropped: () => number;
  /** Whether lines can be written. */
  readonly isWell: () => boolean;
  /** Goes on in another file, where the name is another's now. */
  readonly reopen: () => void;
  /** Writes the last line, and all that waits; resolves with how many lines were lost. */
  readonly end: () => Promise<number>;
}

interface State {
  readonly sink: Sink;
  readonly full: AuditSettings["full"];
  readonly tell: Tell;
  /** Requests that were let through and have not ended. */
  open: number;
  /** Lines that had no room; and how many of them a line says. */
  dropped: number;
  told: number;
}

/** Requests that change nothing, whose lines may wait for others. */
const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

const NO = Promise.resolve(false);

/** Makes the audit. */
export function createAudit(
  sink: Sink,
  full: AuditSettings["full"],
  tell: Tell,
): Audit {
  const state: State = { sink, full, tell, open: 0, dropped: 0, told: 0 };
  return {
    auditor: {
      waits: full === "refuse",
      newId: createIds(),
      decided: (exchange) => decided(state, exchange),
      ended: (ended) => addEnd(state, ended),
    },
    dropped: () => state.dropped,
    isWell: () => !sink.fails(),
    reopen: sink.reopen,
    async end() {
      tellDropped(state);
      sink.add(`${start("stopped", "")}"dropped":${state.dropped}`);
      const lost = await sink.end();
      return lost + state.dropped - state.told;
    },
  };
}

/** Ids: digits that nobody can guess, then a number. */
function createIds(): () => string {
  const prefix = hex(randomBytes(10));
  let count = FIRST;
  return () => prefix + (++count).toString(16);
}

function decided(state: State, exchange: Audited): Promise<boolean> | null {
  const { sink, full } = state;
  const fields = admittedFields(exchange);
  if (full === "refuse") {
    // What is let through can be written to its end.
    const needed = fields.length + END_ROOM * (state.open + 1);
    if (sink.fails() || sink.held() + needed > MAX_WAITING) {
      exchange.audited = false;
      return NO;
    }
    if (state.dropped > state.told) tellDropped(state);
    state.open++;
    sink.add(fields);
    return sink.written();
  }
  if (!add(state, fields)) return null;
  // It is on its way to the file before its request is on its way to the engine.
  if (!READS.has(exchange.plan.head.method)) sink.flush();
  return null;
}

function addEnd(state: State, ended: Ended): void {
  const isOpen = ended.exchange?.audited === true;
  const fields = endedFields(ended);
  if (isOpen && state.full === "refuse") {
    state.open--;
    // Room was kept for so much of it.
    const short = fields.length <= END_ROOM
      ? fields
      : endedFields({ ...ended, record: { ...ended.record, ...SHORT } });
    state.sink.add(short);
    return;
  }
  if (!isOpen) add(state, refusedFields(ended));
  add(state, fields);
}

/** What an end is left out of that has no room. */
const SHORT = { message: "", findings: [] } as const;

/** Adds an entry where there is room; counts it otherwise. */
function add(state: State, entry: string): boolean {
  const { sink, full } = state;
  const kept = full === "refuse" ? END_ROOM * state.open : 0;
  if (sink.held() + entry.length + kept > MAX_WAITING) {
    if (state.dropped === state.told) {
      state.tell(
        "err",
        "audit lines are dropped: those before them could not be written in time",
      );
    }
    state.dropped++;
    return false;
  }
  if (state.dropped > state.told) tellDropped(state);
  sink.add(entry);
  return true;
}

/** Says in a line, and in the log, how many lines had no room. */
function tellDropped(state: State): void {
  const lines = state.dropped - state.told;
  if (lines === 0) return;
  state.told = state.dropped;
  state.sink.add(`${start("dropped", "")}"lines":${lines}`);
  state.tell("warning", `${lines} audit lines were dropped`);
}
