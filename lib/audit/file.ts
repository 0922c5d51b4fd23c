/**
 * Opens the file of the audit, and reads how it ends.
 *
 * @module
 */

import {
  type AppendFile,
  decodeUtf8,
  type FileInfo,
  openAppend,
  readPart,
  statLink,
} from "../host.ts";
import { type Link, macOf, NO_LINK, NO_MAC, readAuditLine } from "./chain.ts";
import { reasonOf } from "./sink.ts";

/** Owner and nobody else: it tells who did what. */
const MODE = 0o600;
/** Bytes at the end in which the last two lines stand: none is longer than half of them. */
const TAIL_BYTES = 128 * 1024;

/** An open file. */
export interface OpenFile {
  readonly file: AppendFile;
  /** What tells it from another under the same name. */
  readonly dev: number;
  readonly ino: number | null;
  /** Its bytes. */
  size: number;
  /** Whether its last line has no end. */
  torn: boolean;
  /** How it ended when it was opened. */
  readonly ending: Ending;
}

/** How a file ends. */
export interface Ending {
  /** Whether its last line has no end. */
  readonly torn: boolean;
  /** Its last whole line, where the key fits it; null for none. */
  readonly link: Link | null;
  /** Why there is none, or a chain cannot go on from it; a clause. */
  readonly why: string;
}

/**
 * Opens the file and takes it for this process alone.
 *
 * @param key The key that its last line was made with; null for none.
 * @returns The file, or a clause that says why it cannot be used.
 */
export function openAuditFile(
  path: string,
  key: Uint8Array | null,
): OpenFile | { readonly problem: string } {
  const before = look(path);
  const wrong = wrongKind(before);
  // Before it is opened: opening a FIFO waits for its reader.
  if (wrong !== null) return { problem: wrong };
  let file: AppendFile;
  try {
    file = openAppend(path, MODE);
  } catch (error) {
    return { problem: reasonOf(error) };
  }
  const fail = (problem: string) => {
    file.close();
    return { problem };
  };
  try {
    const opened = file.statSync();
    const named = look(path);
    // Otherwise it was replaced in between, such as by a link.
    if (
      wrongKind(named) !== null || named?.ino !== opened.ino ||
      named?.dev !== opened.dev
    ) return fail("it was replaced while it was opened");
    if (!file.tryLockSync(true)) {
      return fail(
        "another process has it, such as another sockwarden: give each its own file",
      );
    }
    const { dev, ino, size } = opened;
    const ending = endingOf(path, size, key);
    return { file, dev, ino, size, torn: ending.torn, ending };
  } catch (error) {
    return fail(reasonOf(error));
  }
}

/** What bears the name now; null for nothing. */
export function look(path: string): FileInfo | null {
  return statLink(path);
}

/** Why it is no file that lines can be added to; a clause, null where it is one or nothing. */
function wrongKind(found: FileInfo | null): string | null {
  if (found === null || found.isFile) return null;
  if (found.isSymlink) return "it is a symbolic link: name the file itself";
  if (found.isDirectory) return "it is a folder: name a file in it";
  return found.isFifo
    ? "it is a pipe, which loses lines when its reader goes: name a file, or - for standard output"
    : "it is a device or a socket: name a file, or - for standard output";
}

/** How a file ends; one that cannot be read ends in nothing that is known. */
function endingOf(
  path: string,
  size: number,
  key: Uint8Array | null,
): Ending {
  if (size === 0) return { torn: false, link: null, why: "the file was empty" };
  let tail: Uint8Array;
  try {
    tail = readPart(path, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
  } catch (error) {
    // What is not known may be torn: an empty line hurts nobody.
    const why = `the file could not be read: ${reasonOf(error)}`;
    return { torn: true, link: null, why };
  }
  const torn = tail.at(-1) !== 0x0a;
  const rows = decodeUtf8(tail).split("\n").slice(0, -1);
  return { torn, ...lastLink(rows, key) };
}

/** The last line that is whole, if the key fits it. */
function lastLink(
  rows: readonly string[],
  key: Uint8Array | null,
): Pick<Ending, "link" | "why"> {
  const read = rows.slice(-3).map(readAuditLine);
  const last = read.at(-1) ?? null;
  if (last === null) {
    return { link: null, why: "the file does not end in a line of an audit" };
  }
  if (key === null) return { link: NO_LINK, why: "" };
  if (last.mac === null) {
    return { link: null, why: "the last line has no MAC" };
  }
  const before = last.begins
    ? NO_MAC
    : last.prev ?? read.slice(0, -1).at(-1)?.mac ?? null;
  if (before === null || macOf(key, before, last.open) !== last.mac) {
    return {
      link: null,
      why: "the last line does not fit this key, or was changed",
    };
  }
  return { link: { seq: last.seq, mac: last.mac }, why: "" };
}
