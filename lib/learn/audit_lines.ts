/**
 * Reads lines of the audit as a recording: as far as they go, which is no body,
 * and no object but by the name that the call gave. Pure.
 *
 * @module
 */

import { AUDIT_VERSION } from "../observe/record.ts";
import { calledObject, type ReadLogLine, runOf } from "./log_lines.ts";
import { readLine, timeOf } from "./read_line.ts";
import { RECORDING_VERSION, type RecordingLine } from "./recording.ts";

/** Calls that have not ended; of more the end is not waited for. */
const MAX_OPEN = 65_536;

type Value = Readonly<Record<string, unknown>>;

/** Reads the lines of one file. */
export interface AuditReader {
  /** Takes a line; its calls are given when they have ended. */
  readonly take: (value: Value) => ReadLogLine;
  /** The calls that have not ended: they were let through, or refused, all the same. */
  readonly rest: () => ReadLogLine;
}

interface State {
  run: string;
  isNewer: boolean;
  calls: number;
  readonly open: Map<string, Value>;
}

/**
 * Makes a reader of the lines of one file. A run of sockwarden is a run; what
 * stands before the first start is one whose name is made from its first line.
 */
export function createAuditReader(): AuditReader {
  const state: State = { run: "", isNewer: false, calls: 0, open: new Map() };
  return {
    take: (value) => take(state, value),
    rest() {
      const calls = [...state.open.values()];
      state.open.clear();
      return joined(calls.map((decided) => entryOf(state, decided, null)));
    },
  };
}

function take(state: State, value: Value): ReadLogLine {
  if (state.isNewer) return { lines: [] };
  if (value.audit !== AUDIT_VERSION) {
    state.isNewer = true;
    return {
      problem:
        `is an audit of another version, which this version of sockwarden does not read (it reads ${AUDIT_VERSION}); the file is left out from here`,
    };
  }
  const time = timeOf(value.time);
  if (time === null) return { problem: "has no valid 'time'" };
  const { event, id, seq } = value;
  const begun = begin(state, value, time);
  switch (event) {
    case "decided":
      if (typeof id !== "string") return { problem: "has no valid 'id'" };
      if (state.open.size >= MAX_OPEN) {
        return joined([...begun, entryOf(state, value, null)]);
      }
      state.open.set(id, value);
      return joined(begun);
    case "ended": {
      const decided = state.open.get(String(id));
      state.open.delete(String(id));
      // Its first line is in the file before.
      if (decided === undefined) return joined(begun);
      return joined([...begun, entryOf(state, decided, value)]);
    }
    case "dropped":
      return joined([
        ...begun,
        readLine({
          run: state.run,
          seq,
          dropped: value.lines,
          why: "lines of the audit could not be written",
        }),
      ]);
    case "stopped":
      return joined([
        ...begun,
        readLine({
          run: state.run,
          seq,
          ended: time,
          calls: state.calls,
          dropped: 0,
        }),
      ]);
    default:
      return joined(begun);
  }
}

/** Begins a run, where the line does; the calls of the one before have no end then. */
function begin(state: State, value: Value, time: string): ReadLogLine[] {
  const { event, run, sockwarden, dry_run } = value;
  const named = typeof run === "string" && run !== "" ? run : null;
  if (named === null ? state.run !== "" : named === state.run) return [];
  const before = event === "opened"
    ? []
    : [...state.open.values()].map((one) => entryOf(state, one, null));
  if (event !== "opened") {
    state.open.clear();
    state.calls = 0;
  }
  state.run = named ?? runOf(JSON.stringify(value));
  const start: RecordingLine = {
    recording: RECORDING_VERSION,
    run: state.run,
    sockwarden: typeof sockwarden === "string" ? sockwarden : "",
    mode: dry_run === true ? "dry-run" : "grants",
    engine: "",
    started: time,
    log: true,
  };
  return [...before, { line: start }];
}

/** A call; without its end it is one that was let through, or refused, and no more is known. */
function entryOf(
  state: State,
  decided: Value,
  ended: Value | null,
): ReadLogLine {
  const first = timeOf(decided.time);
  const last = timeOf((ended ?? decided).time);
  const isRefused = decided.decision === "refused";
  state.calls++;
  return readLine({
    run: state.run,
    seq: decided.seq,
    client: decided.client,
    operation: decided.operation,
    method: decided.method,
    path: decided.path,
    query: decided.query_keys,
    object: calledObject(decided),
    status: ended?.status ?? (isRefused ? 403 : 200),
    code: ended?.code ?? decided.code ?? "request.completed",
    would: ended?.would_refuse ??
      (decided.decision === "would_refuse" ? decided.code : undefined),
    n: 1,
    first,
    // A clock that was set back in between.
    last: last !== null && first !== null && last < first ? first : last,
  });
}

/** All that was read; the first problem where there is one. */
function joined(parts: readonly ReadLogLine[]): ReadLogLine {
  const lines: RecordingLine[] = [];
  for (const part of parts) {
    if ("problem" in part) return part;
    if ("lines" in part) lines.push(...part.lines);
    else lines.push(part.line);
  }
  return { lines };
}
