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
import { isLogged, type Level } from "./level.ts";
import type { RequestRecord } from "./record.ts";

/** The log. */
export interface Log {
  /** Writes a message. */
  line(level: Level, message: string): void;
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
  threshold: Level,
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

function levelOf({ ending, dryRun }: RequestRecord): Level {
  if (dryRun) return "warning";
  switch (ending) {
    case "complete":
    case "client closed":
    case "stopped":
      return "info";
    case "revoked":
    case "no room":
    case "refused":
    case "malformed":
    case "client body malformed":
      return "warning";
    default:
      return "err";
  }
}

type Entry = RequestRecord | { readonly message: string };

function textLine(level: Level, entry: Entry): string {
  if ("message" in entry) {
    return `${timestamp()} ${level} ${escape(entry.message)}\n`;
  }
  const { client, operation, method, path, status, engineMs } = entry;
  let who = entry.name === "" ? client : `${entry.name}@${client}`;
  if (entry.container !== "") who += `(${entry.container})`;
  let line =
    `${timestamp()} ${level} ${who} ${operation} ${method} ${path} ${status} `;
  line += engineMs === null ? "-" : `${engineMs.toFixed(1)}ms`;
  line += ` in=${entry.bytesIn} out=${entry.bytesOut}`;
  if (entry.ending !== "complete") line += ` end="${entry.ending}"`;
  if (entry.detail !== "") line += ` ${JSON.stringify(entry.detail)}`;
  // A path that went to the engine was held against a grammar without control
  // characters; the line of each plain request is spared the search.
  return (entry.ending === "complete" ? line : escape(line)) + "\n";
}

function jsonLine(level: Level, entry: Entry): string {
  if ("message" in entry) {
    return JSON.stringify({
      time: timestamp(),
      level,
      message: entry.message,
    }) +
      "\n";
  }
  const { bytesIn, bytesOut, engineMs, ending, detail, ...more } = entry;
  const { name, container, dryRun, ...rest } = more;
  return JSON.stringify({
    time: timestamp(),
    level,
    ...rest,
    name: name === "" ? undefined : name,
    container: container === "" ? undefined : container,
    dry_run: dryRun ? true : undefined,
    engine_ms: engineMs === null ? null : Math.round(engineMs * 10) / 10,
    in: bytesIn,
    out: bytesOut,
    end: ending,
    message: detail === "" ? undefined : detail,
  }) + "\n";
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
