/**
 * Reads the entries of a tar as they come, as the engine's reader reads them
 * (Go's archive/tar): bytes in, entries and contents out. What readers take in
 * different ways is a problem: sparse files, unusual numbers, a prefix of the
 * old STAR format. Sans-IO.
 *
 * @module
 */

import { decodeLatin1 } from "../host.ts";

/** An entry of a tar. */
export interface TarEntry {
  /** Its path without `.`, and without slashes at its ends; a byte is a character. Empty for the root. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link" | "hard link" | "special";
  /** Bytes of its content. */
  readonly size: number;
  /** What a hard link names, as {@link path}; empty for all others. */
  readonly target: string;
}

/** What a reader is told to do with what it finds. */
export interface TarEvents {
  /** Gets each entry; returns whether its content is wanted, or a clause that says why the tar is refused. */
  readonly entry: (entry: TarEntry) => boolean | { readonly problem: string };
  /** Gets the whole content of the entry before, where it was wanted. */
  readonly content: (bytes: Uint8Array) => void;
}

/** A tar that is being read. Made by {@link openTar}. */
export interface TarReader {
  readonly events: TarEvents;
  /** A clause whose subject is the tar; null while nothing is wrong. */
  problem: string | null;
  /** Blocks of zeros seen: one ends the entries, two the tar. */
  zeros: 0 | 1 | 2;
  /** Whether the first header was read, so that it is known to be a tar. */
  begun: boolean;
  /** What has come of a header. */
  readonly block: Uint8Array;
  filled: number;
  /** Bytes of content and of padding that are still to come. */
  left: number;
  pad: number;
  /** Where content that is wanted goes, and what takes it then; null where it is not. */
  sink: Uint8Array | null;
  finish: (bytes: Uint8Array) => void;
  /** What extended headers say of the next entry. */
  next: Extended;
}

/** What extended headers say of an entry; empty and null where they do not. */
interface Extended {
  path: string;
  target: string;
  size: number | null;
  /** The types of the headers. */
  types: string;
}

const BLOCK_BYTES = 512;
/** The longest extended header that is read: paths and times of a file are short. */
const MAX_EXTENDED_BYTES = 64 * 1024;
/** The longest path: Linux takes no longer one. */
const MAX_PATH_BYTES = 4096;
/** The most folders above an entry: each one is looked up among the links. */
const MAX_FOLDERS = 255;
const ZEROS = "\0".repeat(BLOCK_BYTES);

const NOT_TAR = "is no tar that can be read";

/** Starts to read a tar. */
export function openTar(events: TarEvents): TarReader {
  return {
    events,
    problem: null,
    zeros: 0,
    begun: false,
    block: new Uint8Array(BLOCK_BYTES),
    filled: 0,
    left: 0,
    pad: 0,
    sink: null,
    finish: events.content,
    next: nothing(),
  };
}

function nothing(): Extended {
  return { path: "", target: "", size: null, types: "" };
}

/** Reads more of a tar; what follows its end is not looked at. */
export function feedTar(tar: TarReader, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length && tar.problem === null && tar.zeros < 2) {
    const rest = bytes.length - at;
    if (tar.left > 0) {
      const size = Math.min(tar.left, rest);
      if (tar.sink !== null) {
        const from = tar.sink.length - tar.left;
        tar.sink.set(bytes.subarray(at, at + size), from);
      }
      at += size;
      tar.left -= size;
      if (tar.left === 0) finishContent(tar);
    } else if (tar.pad > 0) {
      const size = Math.min(tar.pad, rest);
      at += size;
      tar.pad -= size;
    } else {
      const size = Math.min(BLOCK_BYTES - tar.filled, rest);
      tar.block.set(bytes.subarray(at, at + size), tar.filled);
      at += size;
      tar.filled += size;
      if (tar.filled < BLOCK_BYTES) continue;
      tar.filled = 0;
      takeBlock(tar, decodeLatin1(tar.block));
    }
  }
}

/** Why what has come so far is no whole tar; null where it is one. */
export function endTar(tar: TarReader): string | null {
  if (tar.problem !== null || tar.zeros > 0) return tar.problem;
  // Of less than a block the start still tells.
  const start = decodeLatin1(tar.block.subarray(0, tar.filled));
  if (!tar.begun && isCompressed(start)) return COMPRESSED;
  return "ends before the two blocks of zeros that end a tar";
}

const COMPRESSED =
  "is compressed and cannot be read; send it as a plain tar, as `docker build` does";

/** The first bytes by which the engine takes a body for gzip, bzip2, xz or zstd. */
const MAGIC =
  // deno-lint-ignore no-control-regex -- they are bytes.
  /^(?:\x1f\x8b|BZh|\xfd7zXZ|\(\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18)/;

function isCompressed(start: string): boolean {
  return MAGIC.test(start);
}

function finishContent(tar: TarReader): void {
  const { sink, finish } = tar;
  tar.sink = null;
  if (sink !== null) finish(sink);
}

function takeBlock(tar: TarReader, text: string): void {
  if (text === ZEROS) {
    tar.zeros++;
    tar.begun = true;
    return;
  }
  if (tar.zeros > 0) {
    tar.problem = "goes on after a block of zeros, which ends a tar";
    return;
  }
  if (!tar.begun && isCompressed(text)) {
    tar.problem = COMPRESSED;
    return;
  }
  const header = readHeader(tar.block, text);
  if ("problem" in header) {
    tar.problem = header.problem;
    return;
  }
  tar.begun = true;
  const problem = "xgLK".includes(header.type)
    ? takeExtended(tar, header)
    : takeEntry(tar, header);
  tar.problem ??= problem;
}

/** A header block, read. */
interface Header {
  readonly type: string;
  readonly name: string;
  readonly target: string;
  readonly size: number;
}

type Problem = { readonly problem: string };

function readHeader(block: Uint8Array, text: string): Header | Problem {
  if (!fitsChecksum(block, text)) return { problem: NOT_TAR };
  const magic = text.slice(257, 265);
  const size = readNumber(text.slice(124, 136));
  if (size === null) {
    return { problem: "has a size that readers take in different ways" };
  }
  let prefix = "";
  if (magic === "ustar\x0000") {
    if (text.endsWith("tar\0")) return { problem: FORMAT };
    prefix = cut(text.slice(345, 500));
  } else if (magic === "ustar  \0") {
    // What is no time there, Go takes for a prefix (golang.org/issue/21005).
    const times = [text.slice(345, 357), text.slice(357, 369)];
    if (times.some((time) => time[0] !== "\0" && readNumber(time) === null)) {
      return { problem: FORMAT };
    }
  } else if (magic !== "\0".repeat(8)) return { problem: FORMAT };
  const name = cut(text.slice(0, 100));
  return {
    type: text[156]!,
    name: prefix === "" ? name : `${prefix}/${name}`,
    target: cut(text.slice(157, 257)),
    size,
  };
}

const FORMAT = "has a format that readers take in different ways";

/** The text of a field, which a zero byte ends. */
function cut(field: string): string {
  const end = field.indexOf("\0");
  return end < 0 ? field : field.slice(0, end);
}

/** A number in octal, or in base 256 where its first bit is set; null for what is neither, negative, or not exact. */
function readNumber(field: string): number | null {
  if (field.charCodeAt(0) >= 0x80) {
    // The bit after the first is the sign.
    const digits = /^\x80\0*([^]{0,6})$/.exec(field)?.[1];
    if (digits === undefined) return null;
    let value = 0;
    for (let i = 0; i < digits.length; i++) {
      value = value * 256 + digits.charCodeAt(i);
    }
    return value;
  }
  const octal = /^[ \0]*([0-7]*)[ \0]*$/.exec(field)?.[1];
  return octal === undefined ? null : parseInt(octal || "0", 8);
}

/** Whether the sum of all bytes is what the header says, its own field as spaces; old writers added bytes with a sign. */
function fitsChecksum(block: Uint8Array, text: string): boolean {
  const field = text.slice(148, 156);
  const said = readNumber(field);
  let own = 0;
  for (let i = 0; i < field.length; i++) own += field.charCodeAt(i) - 32;
  const sum = sumOf(block) - own;
  if (said === sum) return true;
  // A byte above 127 counts 256 less then; the field has none, or is no number.
  return said === sum - 256 * block.filter((byte) => byte > 127).length;
}

/** The sum of the bytes of a block, four at a time: byte loops are slow. */
function sumOf({ buffer, byteOffset }: Uint8Array): number {
  const words = new Uint32Array(buffer, byteOffset, BLOCK_BYTES / 4);
  // Two sums of 16 bits each: 256 bytes are less than 65,536.
  let sums = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    sums += (word & 0xff00ff) + (word >>> 8 & 0xff00ff);
  }
  return (sums & 0xffff) + Math.floor(sums / 65_536);
}

/** Takes the header of what describes the next entry; returns a problem. */
function takeExtended(tar: TarReader, { type, size }: Header): string | null {
  if (size > MAX_EXTENDED_BYTES) {
    return `has an extended header of more than ${MAX_EXTENDED_BYTES} bytes`;
  }
  const { next } = tar;
  // Readers disagree on which of them counts, and on what one of all entries does to those of one.
  if (next.types.includes(type) || type === "g" && next.types !== "") {
    return EXTENDED;
  }
  if (type !== "g") next.types += type;
  if (next.types.includes("x") && /[LK]/.test(next.types)) return EXTENDED;
  startContent(tar, size, true, (bytes) => {
    const text = decodeLatin1(bytes);
    if (type === "L") next.path = cut(text);
    else if (type === "K") next.target = cut(text);
    else tar.problem = readRecords(text, type === "x" ? next : null);
  });
  return null;
}

const EXTENDED = "has extended headers that readers take in different ways";

/**
 * Reads the records of an extended header (POSIX pax).
 *
 * @param into What they say of the next entry; null where they are for all
 * entries, which Go's reader does not apply.
 * @returns A problem.
 */
function readRecords(text: string, into: Extended | null): string | null {
  let at = 0;
  while (at < text.length) {
    const digits = /^[1-9][0-9]{0,5}(?= )/.exec(text.slice(at, at + 7))?.[0];
    const end = at + Number(digits);
    if (digits === undefined || text[end - 1] !== "\n") return EXTENDED;
    const record = text.slice(at + digits.length + 1, end - 1);
    const mark = record.indexOf("=");
    if (mark < 1) return EXTENDED;
    const key = record.slice(0, mark);
    const value = record.slice(mark + 1);
    at = end;
    if (key.includes("\0") || key.startsWith("GNU.sparse.")) return SPARSE;
    if (!["path", "linkpath", "size"].includes(key)) continue;
    // A value that is empty takes back what came before, in some readers.
    if (into === null || value === "" || value.includes("\0")) return EXTENDED;
    if (key === "path") into.path = value;
    else if (key === "linkpath") into.target = value;
    else if (/^[0-9]{1,15}$/.test(value)) into.size = Number(value);
    else return EXTENDED;
  }
  return null;
}

const SPARSE = "has sparse files, which readers take in different ways";

function startContent(
  tar: TarReader,
  size: number,
  isWanted: boolean,
  finish: TarReader["finish"],
): void {
  tar.left = size;
  tar.pad = (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
  tar.sink = isWanted ? new Uint8Array(size) : null;
  tar.finish = finish;
  if (size === 0) finishContent(tar);
}

/** What an entry is by its type. */
const KINDS: Readonly<Record<string, TarEntry["kind"]>> = {
  "\0": "file",
  "0": "file",
  "1": "hard link",
  "2": "link",
  "3": "special",
  "4": "special",
  "5": "folder",
  "6": "special",
};

/** Takes the header of an entry; returns a problem. */
function takeEntry(tar: TarReader, header: Header): string | null {
  const { next } = tar;
  tar.next = nothing();
  const name = next.path || header.name;
  const size = next.size ?? header.size;
  const { type } = header;
  if (type === "S") return SPARSE;
  if (!Object.hasOwn(KINDS, type)) {
    return "has an entry of a type that is not known to this release";
  }
  const isFolder = type === "\0" && name.endsWith("/");
  const kind = isFolder ? "folder" : KINDS[type]!;
  // Go reads no content of these, others do.
  if (kind !== "file" && size > 0) return SIZED;
  if (kind === "file" && name.endsWith("/")) return SIZED;
  if (name.length > MAX_PATH_BYTES) {
    return `has a path of more than ${MAX_PATH_BYTES} bytes`;
  }
  if (name.split("/", MAX_FOLDERS + 2).length > MAX_FOLDERS + 1) {
    return `has a path of more than ${MAX_FOLDERS} folders`;
  }
  const path = cleanPath(name);
  const target = kind === "hard link"
    ? cleanPath(next.target || header.target)
    : "";
  if (path === null || target === null) return "has a path with '..'";
  const wants = tar.events.entry({ path, kind, size, target });
  if (typeof wants === "object") return wants.problem;
  startContent(tar, size, wants, tar.events.content);
  return null;
}

const SIZED =
  "has an entry that is a file to one reader and a folder or link to others";

/** A path without empty parts and `.`; null where it has `..`. */
export function cleanPath(path: string): string | null {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.includes("..") ? null : parts.join("/");
}
