/**
 * The log on standard output: lines are gathered and written together, and
 * dropped and counted while nobody reads them, so that no request ever waits.
 *
 * @module
 */

import {
  after,
  encodeUtf8,
  monotonic,
  pause,
  wallClock,
  writeStdout,
} from "../host.ts";
import { isLogged, type LogLevel } from "./level.ts";
import { REASONS } from "./reasons.ts";
import { RECORD_VERSION, type RequestRecord } from "./record.ts";

/** The log. */
export interface Log {
  /** Writes a message. */
  line(level: LogLevel, message: string): void;
  /** Writes the line of a request. */
  request(record: RequestRecord): void;
  /** Waits until everything is written, for so many milliseconds at most. */
  flush(milliseconds: number): Promise<void>;
}

/** Milliseconds that lines wait for company. */
const GATHER_MS = 5;
/** Characters that wait at most before lines are dropped. */
const MAX_WAITING_CHARACTERS = 1 << 20;

/**
 * Makes the log.
 *
 * @param threshold Lines below it are left out.
 * @param write Writes some of the bytes and tells how many; standard output if left out.
 */
export function createLog(
  threshold: LogLevel,
  format: "text" | "json",
  write: (bytes: Uint8Array) => Promise<number> = writeStdout,
): Log {
  const render = format === "json" ? jsonLine : textLine;
  const requests = isLogged("info", threshold);
  let waiting = "";
  let dropped = 0;
  let writing: Promise<void> | null = null;
  let scheduled = false;
  let broken = false;

  const add = (line: string) => {
    if (broken) return;
    if (waiting.length + line.length > MAX_WAITING_CHARACTERS) {
      dropped++;
      return;
    }
    waiting += line;
    if (scheduled || writing !== null) return;
    scheduled = true;
    after(GATHER_MS, () => {
      scheduled = false;
      start();
    });
  };
  const start = () => {
    if (writing === null && waiting !== "") {
      writing = drain().finally(() => writing = null);
    }
  };
  const drain = async () => {
    while (waiting !== "") {
      const bytes = encodeUtf8(waiting);
      waiting = "";
      try {
        for (let at = 0; at < bytes.length;) {
          at += await write(bytes.subarray(at));
        }
      } catch {
        // Nobody reads the log any more (a closed pipe, a full disk): the
        // proxy goes on without it.
        broken = true;
        waiting = "";
        return;
      }
      if (dropped > 0) {
        const count = dropped;
        dropped = 0;
        waiting = render("warning", {
          message: `${count} log lines were dropped: nobody read them in time`,
        }) + waiting;
      }
    }
  };

  return {
    line(level, message) {
      if (isLogged(level, threshold)) add(render(level, { message }));
    },
    request(record) {
      const level = levelOf(record);
      if (level === "info" ? requests : isLogged(level, threshold)) {
        add(render(level, record));
      }
    },
    async flush(milliseconds) {
      const end = monotonic() + milliseconds;
      start();
      while (writing !== null && monotonic() < end) {
        await Promise.race([writing, pause(20)]);
        start();
      }
    },
  };
}

/** The level of a request's line: a dry run's refusal is a warning. */
function levelOf({ code, wouldRefuse }: RequestRecord): LogLevel {
  return wouldRefuse === null ? REASONS[code].level : "warning";
}

type Entry = RequestRecord | { readonly message: string };

function isRequest(entry: Entry): entry is RequestRecord {
  return "code" in entry;
}

/** What the sentence of a request begins with that only a dry run let through. */
const DRY_RUN = "dry run, let through: ";

function textLine(level: LogLevel, entry: Entry): string {
  if (!isRequest(entry)) {
    return `${timestamp()} ${level} ${escape(entry.message)}\n`;
  }
  const { remote, client, operation, method, path, status, engineMs } = entry;
  const { ending } = REASONS[entry.code];
  let who = client === "" ? remote : `${client}@${remote}`;
  if (entry.container !== "") who += `(${entry.container})`;
  let line =
    `${timestamp()} ${level} ${who} ${operation} ${method} ${path} ${status} `;
  line += engineMs === null ? "-" : `${engineMs.toFixed(1)}ms`;
  line += ` in=${entry.bytesIn} out=${entry.bytesOut}`;
  if (ending !== "complete") line += ` end="${ending}"`;
  const code = entry.wouldRefuse ?? entry.code;
  if (code !== "request.completed") line += ` code=${code}`;
  const message = messageOf(entry);
  if (message !== "") line += ` ${JSON.stringify(message)}`;
  // A path that went to the engine was held against a grammar without control
  // characters; the line of each plain request is spared the search.
  return (ending === "complete" ? line : escape(line)) + "\n";
}

function messageOf({ message, wouldRefuse }: RequestRecord): string {
  return wouldRefuse === null ? message : DRY_RUN + message;
}

/** A line of JSON; its fields are described in `docs/log.md`. */
function jsonLine(level: LogLevel, entry: Entry): string {
  const time = timestamp();
  if (!isRequest(entry)) {
    return JSON.stringify({
      schema: RECORD_VERSION,
      time,
      level,
      message: entry.message,
    }) + "\n";
  }
  const { engineMs } = entry;
  const message = messageOf(entry);
  return JSON.stringify({
    schema: RECORD_VERSION,
    time,
    level,
    remote: entry.remote,
    client: orAbsent(entry.client),
    container: orAbsent(entry.container),
    operation: entry.operation,
    method: entry.method,
    path: entry.path,
    status: entry.status,
    engine_ms: engineMs === null ? null : Math.round(engineMs * 10) / 10,
    in: entry.bytesIn,
    out: entry.bytesOut,
    end: REASONS[entry.code].ending,
    code: entry.code,
    rule: orAbsent(entry.rule),
    would_refuse: entry.wouldRefuse ?? undefined,
    message: orAbsent(message),
    object: entry.object,
    scope: entry.scope,
    findings: entry.findings,
    request_id: entry.requestId,
    query_keys: entry.queryKeys,
    policy_hash: entry.policyHash,
  }) + "\n";
}

function orAbsent(text: string): string | undefined {
  return text === "" ? undefined : text;
}

let stampedAt = -1;
let stamp = "";

/** The time as ISO 8601; made once a millisecond. */
function timestamp(): string {
  const now = wallClock();
  if (now !== stampedAt) {
    stampedAt = now;
    stamp = new Date(now).toISOString();
  }
  return stamp;
}

// deno-lint-ignore no-control-regex -- control bytes are what it is about
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

/** Control characters as `\xNN`, so that no client writes lines of its own. */
function escape(text: string): string {
  return text.replace(
    CONTROL,
    (character) =>
      `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
