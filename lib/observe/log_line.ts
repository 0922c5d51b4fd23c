/**
 * Lines of the log: of a request or a message, as text or as JSON.
 *
 * @module
 */

import { wallClock } from "../host.ts";
import { escapeControl } from "./control.ts";
import type { LogLevel } from "./level.ts";
import { type ReasonCode, REASONS } from "./reasons.ts";
import { RECORD_VERSION, type RequestRecord } from "./record.ts";

/** What a line is about. */
export type Entry = RequestRecord | { readonly message: string };

function isRequest(entry: Entry): entry is RequestRecord {
  return "code" in entry;
}

/** The start of the message if only a dry run let the request through. */
const LET_THROUGH = "let through: ";

/** A line of text; its columns are described in `docs/log.md`. */
export function textLine(level: LogLevel, entry: Entry): string {
  if (!isRequest(entry)) {
    return `${timestamp()} ${level} ${escapeControl(entry.message)}\n`;
  }
  const { remote, client, operation, method, path, status, engineMs } = entry;
  let who = client === "" ? remote : `${client}@${remote}`;
  if (entry.container !== "") who += `(${entry.container})`;
  let line =
    `${timestamp()} ${level} ${who} ${operation} ${method} ${path} ${status} `;
  line += engineMs === null ? "-" : `${engineMs.toFixed(1)}ms`;
  line += ` in=${entry.bytesIn} out=${entry.bytesOut}`;
  const end = endOf(entry);
  // A path that went to the engine was checked against a grammar without
  // control characters; the line of each plain request is spared the search.
  if (end === "") return line + "\n";
  return escapeControl(line) + end + quoted(messageOf(entry)) + "\n";
}

let quotedMessage = "";
let quotedText = "";

/** The column of the message; made once for a message that is repeated. */
function quoted(message: string): string {
  if (message !== quotedMessage) {
    quotedMessage = message;
    quotedText = message === ""
      ? ""
      : ` ${escapeControl(JSON.stringify(message))}`;
  }
  return quotedText;
}

/** How a request ended, and why; empty for one that simply completed. */
function endOf({ code, wouldRefuse }: RequestRecord): string {
  if (wouldRefuse !== null) {
    const { ending } = REASONS[code];
    const end = ending === "complete" ? "" : ` end="${ending}"`;
    return `${end} code=${wouldRefuse}`;
  }
  return code === "request.completed" ? "" : ENDS[code];
}

/** The columns `end=` and `code=` of each code, made once. */
const ENDS = Object.fromEntries(
  Object.entries(REASONS).map(([code, { ending }]) => [
    code,
    ending === "complete" ? ` code=${code}` : ` end="${ending}" code=${code}`,
  ]),
) as Readonly<Record<ReasonCode, string>>;

function messageOf({ message, wouldRefuse }: RequestRecord): string {
  return wouldRefuse === null ? message : LET_THROUGH + message;
}

/** A line of JSON; its fields are described in `docs/log.md`. */
export function jsonLine(level: LogLevel, entry: Entry): string {
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
    slowed_ms: entry.slowedMs,
  }) + "\n";
}

function orAbsent(text: string): string | undefined {
  return text === "" ? undefined : text;
}

let stampedAt = -1;
let stamp = "";

/** The time as ISO 8601; made once a millisecond. */
export function timestamp(): string {
  const now = wallClock();
  if (now !== stampedAt) {
    stampedAt = now;
    stamp = new Date(now).toISOString();
  }
  return stamp;
}
