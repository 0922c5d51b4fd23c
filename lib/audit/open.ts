/**
 * Opens the audit that the settings ask for.
 *
 * @module
 */

import {
  errorKind,
  hex,
  identity,
  randomBytes,
  readPart,
  stat,
} from "../host.ts";
import type { Log } from "../observe/log.ts";
import { VERSION } from "../version.ts";
import type { AuditSettings } from "../config/config.ts";
import { type Audit, createAudit } from "./auditor.ts";
import { NO_MAC } from "./chain.ts";
import { start } from "./fields.ts";
import { openAuditFile } from "./file.ts";
import { createFileSink } from "./file_sink.ts";
import { createLogSink } from "./log_sink.ts";
import { jsonText } from "./json_text.ts";
import { reasonOf } from "./sink.ts";

/** Bytes of a key at least, and at most. */
const MIN_KEY = 32;
const MAX_KEY = 4096;
const LINE_END = 0x0a;
/** Permission bits of others than owner and group. */
const OTHERS = 0o007;

/** A key, and what is to be said of its file. */
export interface AuditKey {
  readonly key: Uint8Array;
  readonly warning: string | null;
}

/**
 * Reads a key: the bytes of its file, without a line end at its end.
 *
 * @returns A problem, as a clause that follows the path, where it is none.
 */
export function readAuditKey(
  path: string,
): AuditKey | { readonly problem: string } {
  try {
    const found = stat(path);
    if (found === null) {
      return { problem: "the file does not exist; mount it, or name another" };
    }
    if (!found.isFile) return { problem: "it is no file" };
    // With a line end, and one byte that shows that there are more.
    const bytes = readPart(path, 0, MAX_KEY + 2);
    const end = bytes.at(-1) === LINE_END ? bytes.length - 1 : bytes.length;
    const key = bytes.slice(0, end);
    if (key.length < MIN_KEY || key.length > MAX_KEY) {
      const size = key.length > MAX_KEY
        ? `more than ${MAX_KEY} bytes`
        : `${key.length} ${key.length === 1 ? "byte" : "bytes"}`;
      return {
        problem:
          `the key has ${size}: expected ${MIN_KEY} to ${MAX_KEY}, such as openssl rand -hex 32 writes`,
      };
    }
    const isOpen = ((found.mode ?? 0) & OTHERS) !== 0;
    return {
      key,
      warning: isOpen
        ? "every user of this system may read it, and could forge lines: chmod 600"
        : null,
    };
  } catch (error) {
    return {
      problem: errorKind(error) === "PermissionDenied"
        ? "permission denied; it is read before root is given up"
        : reasonOf(error),
    };
  }
}

/**
 * Opens the audit, and writes its first line.
 *
 * @returns A problem with its setting where it cannot be.
 */
export function openAudit(
  { setting, path, full }: AuditSettings,
  key: Uint8Array | null,
  dryRun: boolean,
  log: Log,
): Audit | { readonly problem: string } {
  const run = hex(randomBytes(16));
  const about = `"run":"${run}","sockwarden":${jsonText(VERSION)}${
    dryRun ? `,"dry_run":true` : ""
  }`;
  const tell = log.line;
  if (path === "-") {
    const chain = key === null ? "none" : "new";
    const started = `${start("started", "")}${about},"chain":"${chain}"`;
    return createAudit(createLogSink(log, key, started), full, tell);
  }
  const opened = openAuditFile(path, key);
  if ("problem" in opened) {
    return {
      problem:
        `${setting}=${path}: the audit cannot be written: ${opened.problem}; name a file in a folder that user ${
          identity().uid ?? "of this process"
        } may write to`,
    };
  }
  const sink = createFileSink(
    { path, opened, key, run, tell },
    ({ torn, link, why }) => {
      let text = `${start("started", "")}${about}`;
      if (torn) text += `,"torn":true`;
      if (key === null) return `${text},"chain":"none"`;
      const prev = link?.mac ?? NO_MAC;
      return prev === NO_MAC
        ? `${text},"chain":"new","why":${jsonText(why)}`
        : `${text},"chain":"continued","prev":"${prev}"`;
    },
  );
  return createAudit(sink, full, tell);
}
