/**
 * Adds the lines of the audit to its file: gathered for a moment, written in
 * order, tried again where that fails, and waited for by the disk once a second.
 * It goes on in a new file when it is asked to, when its file was given another
 * name or was removed, and when it was cut.
 *
 * @module
 */

import { after, encodeUtf8, monotonic } from "../host.ts";
import { type Link, macOf, NO_LINK, openLine } from "./chain.ts";
import { look, openAuditFile, type OpenFile } from "./file.ts";
import { start } from "./fields.ts";
import { reasonOf, type Sink, type Tell } from "./sink.ts";

/** Milliseconds that entries wait for more of them. */
const GATHER_MS = 20;
/** Milliseconds to the next try where writing failed. */
const RETRY_MS = 1000;
/** Milliseconds from a write until the disk is waited for. */
const SYNC_MS = 1000;
/** Milliseconds between two looks at whether the file still bears its name. */
const LOOK_MS = 1000;
/** Characters that are made lines of, and written, at once. */
const MAX_BATCH = 256 * 1024;
const LINE_END = 0x0a;

/** What {@link createFileSink} needs. */
export interface FileSinkOptions {
  readonly path: string;
  readonly opened: OpenFile;
  readonly key: Uint8Array | null;
  /** 32 hexadecimal digits of this run. */
  readonly run: string;
  readonly tell: Tell;
}

/** Lines that are being written. */
interface Batch {
  readonly entries: readonly string[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The link before the first of them. */
  readonly before: Link;
  /** The MAC of each, where there is a key. */
  readonly macs: readonly string[];
  /** Bytes before the first of them: the end of a torn line. */
  readonly lead: number;
  /** Bytes that the file has. */
  at: number;
  readonly done: (written: boolean) => void;
}

/** Somebody who waits for what has come so far. */
interface Waiter {
  readonly promise: Promise<boolean>;
  readonly done: (written: boolean) => void;
}

interface State {
  readonly options: FileSinkOptions;
  open: OpenFile;
  link: Link;
  waiting: string[];
  characters: number;
  waiter: Waiter | null;
  batch: Batch | null;
  /** Whether lines are being written; and what ends when they are. */
  busy: boolean;
  writing: Promise<void>;
  /** Ends the timer that writes next; null without one. */
  cancel: (() => void) | null;
  failing: boolean;
  /** Why the next file is opened; null where it is not. */
  next: "signal" | "moved" | null;
  lookedAt: number;
  /** Whether another file could not be opened, and that was told. */
  stuck: boolean;
  cancelSync: (() => void) | null;
}

/** Makes the sink of a file that was opened; its run begins with these fields. */
export function createFileSink(
  options: FileSinkOptions,
  started: (ending: OpenFile["ending"]) => string,
): Sink {
  const { opened, key } = options;
  const { ending } = opened;
  const state: State = {
    options,
    open: opened,
    link: key === null ? NO_LINK : ending.link ?? NO_LINK,
    waiting: [],
    characters: 0,
    waiter: null,
    batch: null,
    busy: false,
    writing: Promise.resolve(),
    cancel: null,
    failing: false,
    next: null,
    lookedAt: monotonic(),
    stuck: false,
    cancelSync: null,
  };
  addFirst(state, started(ending));
  begin(state);
  return {
    add(entry) {
      state.waiting.push(entry);
      state.characters += entry.length;
      if (!state.busy && state.cancel === null) {
        state.cancel = after(GATHER_MS, () => begin(state));
      }
    },
    held: () =>
      state.characters + (state.batch?.bytes.length ?? 0) -
      (state.batch?.at ?? 0),
    fails: () => state.failing,
    flush() {
      if (!state.failing) begin(state);
    },
    written: () => written(state),
    reopen() {
      state.next = "signal";
      begin(state);
    },
    end: () => end(state),
  };
}

/** Whether what has come so far could be written. */
function written(state: State): Promise<boolean> {
  const { promise } = state.waiter ??= newWaiter();
  if (!state.failing) begin(state);
  return promise;
}

function newWaiter(): Waiter {
  let done: Waiter["done"] = () => {};
  const promise = new Promise<boolean>((resolve) => done = resolve);
  return { promise, done };
}

function begin(state: State): void {
  state.cancel?.();
  state.cancel = null;
  if (state.busy) return;
  state.busy = true;
  state.writing = drain(state);
}

/** Writes until nothing waits, or a write fails. */
async function drain(state: State): Promise<void> {
  try {
    for (;;) {
      const { batch } = state;
      if (batch !== null && batch.at < batch.bytes.length) {
        if (state.next !== null || state.failing) lookAtFile(state);
        // It may have been taken back, for another file.
        if (state.batch !== batch) continue;
        const more = await state.open.file.write(
          batch.bytes.subarray(batch.at),
        );
        batch.at += more;
        state.open.size += more;
        continue;
      }
      batch?.done(true);
      state.batch = null;
      if (state.failing) {
        state.failing = false;
        state.options.tell("notice", "the audit is written again");
      }
      lookAtFile(state);
      if (state.waiting.length === 0) {
        state.waiter?.done(true);
        state.waiter = null;
        return;
      }
      state.batch = nextBatch(state);
      syncSoon(state);
    }
  } catch (error) {
    fail(state, error);
  } finally {
    // At once: what comes next must begin anew.
    state.busy = false;
  }
}

function fail(state: State, error: unknown): void {
  const { tell, path } = state.options;
  if (!state.failing) {
    tell(
      "err",
      `the audit cannot be written to ${path}: ${
        reasonOf(error)
      }; it is tried again each second`,
    );
  }
  state.failing = true;
  state.batch?.done(false);
  state.waiter?.done(false);
  state.waiter = null;
  state.cancel = after(RETRY_MS, () => begin(state));
}

/** Makes lines of what waits, or of the first of it where that is much. */
function nextBatch(state: State): Batch {
  const { waiting, waiter, link: before, options: { key } } = state;
  const lines = state.open.torn ? ["\n"] : [];
  const lead = lines.length;
  const macs: string[] = [];
  let { seq, mac } = before;
  let taken = 0;
  let characters = 0;
  while (taken < waiting.length && characters < MAX_BATCH) {
    const entry = waiting[taken++]!;
    characters += entry.length;
    const open = openLine(entry, ++seq);
    if (key === null) lines.push(open, "}\n");
    else {
      mac = macOf(key, mac, open);
      macs.push(mac);
      lines.push(open, `,"mac":"${mac}"}\n`);
    }
  }
  const bytes = encodeUtf8(lines.join(""));
  // Nothing has changed before: there may have been no memory for it.
  const isAll = taken === waiting.length;
  const entries = isAll ? waiting : waiting.slice(0, taken);
  state.waiting = isAll ? [] : waiting.slice(taken);
  state.characters -= characters;
  state.link = { seq, mac };
  state.open.torn = false;
  // Who waits, waits for all that had come.
  if (isAll) state.waiter = null;
  const done = isAll && waiter !== null ? waiter.done : () => {};
  return { entries, bytes, before, macs, lead, at: 0, done };
}

/** Goes on in another file where that is asked for, or the file is no longer what bears its name. */
function lookAtFile(state: State): void {
  const { open, options: { path, tell } } = state;
  if (state.next === null) {
    if (monotonic() - state.lookedAt < LOOK_MS) return;
    state.lookedAt = monotonic();
    let found: ReturnType<typeof look>;
    try {
      found = look(path);
    } catch {
      // Whatever it is, the open file can be written.
      return;
    }
    if (found?.ino === open.ino && found?.dev === open.dev) {
      if (found.size < open.size) wasCut(state, found.size);
      return;
    }
    state.next = "moved";
  }
  const why = state.next;
  state.next = null;
  const { key } = state.options;
  // The lock is the file's: the same one can be opened only once it is free.
  const same = sameFile(state);
  if (same) return;
  const next = openAuditFile(path, key);
  if ("problem" in next) {
    if (!state.stuck) {
      tell(
        "err",
        `the audit cannot be opened anew at ${path}: ${next.problem}; it goes on in the file that was open`,
      );
    }
    state.stuck = true;
    return;
  }
  state.stuck = false;
  takeBack(state);
  open.file.syncData().catch(() => {}).finally(() => open.file.close());
  state.open = next;
  addFirst(state, openedEntry(state, why));
  tell("notice", `the audit goes on in a new file ${path} (${why})`);
}

/** Whether the name is still that of the open file, so that there is none to go on in. */
function sameFile({ open, options: { path } }: State): boolean {
  try {
    const found = look(path);
    return found?.ino === open.ino && found?.dev === open.dev;
  } catch {
    return false;
  }
}

/** Somebody has cut the file: what stood there is lost, and the next line says so. */
function wasCut(state: State, size: number): void {
  state.options.tell(
    "warning",
    `the audit file ${state.options.path} was cut from ${state.open.size} to ${size} bytes`,
  );
  takeBack(state);
  state.open.size = size;
  // It may end within a line.
  state.open.torn = size > 0;
  addFirst(state, openedEntry(state, "cut"));
}

/** Adds an entry before all that waits. */
function addFirst(state: State, entry: string): void {
  state.waiting.unshift(entry);
  state.characters += entry.length;
}

/** The first line of a file, which names the line before it. */
function openedEntry(state: State, why: string): string {
  const { run, key } = state.options;
  const prev = key === null ? "" : `,"prev":"${state.link.mac}"`;
  return `${start("opened", "")}"run":"${run}","why":"${why}"${prev}`;
}

/** Takes lines back that the file does not have whole, so that the next one gets them. */
function takeBack(state: State): void {
  const { batch } = state;
  if (batch === null) return;
  state.batch = null;
  let whole = 0;
  let from = batch.lead;
  for (; whole < batch.entries.length; whole++) {
    const end = batch.bytes.indexOf(LINE_END, from);
    if (end < 0 || end >= batch.at) break;
    from = end + 1;
  }
  const { seq, mac } = batch.before;
  state.link = { seq: seq + whole, mac: batch.macs[whole - 1] ?? mac };
  const back = batch.entries.slice(whole);
  state.waiting.unshift(...back);
  state.characters += back.reduce((sum, { length }) => sum + length, 0);
  // Whoever waits for these lines waits on.
  const later = state.waiter ?? newWaiter();
  state.waiter = {
    promise: later.promise,
    done(all) {
      batch.done(all);
      later.done(all);
    },
  };
}

/** Waits for the disk a moment later, together with what comes until then. */
function syncSoon(state: State): void {
  state.cancelSync ??= after(SYNC_MS, () => {
    state.cancelSync = null;
    sync(state);
  });
}

async function sync({ open, options: { tell } }: State): Promise<void> {
  try {
    await open.file.syncData();
  } catch (error) {
    tell("err", `the disk did not take the audit: ${reasonOf(error)}`);
  }
}

async function end(state: State): Promise<number> {
  state.cancelSync?.();
  // What came while it was written is written by the next turn.
  while (state.waiting.length > 0 || state.batch !== null) {
    begin(state);
    await state.writing;
    if (state.failing) break;
  }
  await sync(state);
  state.cancel?.();
  const { batch } = state;
  const left = batch === null ? 0 : batch.bytes.subarray(batch.at).reduce(
    (lines, byte) => lines + (byte === LINE_END ? 1 : 0),
    0,
  );
  state.open.file.close();
  return left + state.waiting.length;
}
