/**
 * The lines of the audit: each with its number and, where there is a key, with
 * a MAC over itself and the one before, so that none can be changed, taken out
 * or put in unseen by who has not the key.
 *
 * @module
 */

import { hmacSha256, parseJson } from "../host.ts";
import { AUDIT_VERSION } from "../observe/record.ts";

/** How each line begins. */
export const LINE_START = `{"audit":${AUDIT_VERSION},`;

/** What stands before the first line of a chain. */
export const NO_MAC = "0".repeat(64);

/** The line that was written last, as far as the next one rests on it. */
export interface Link {
  /** Its number in the chain; 0 before the first. */
  readonly seq: number;
  /** Its MAC; {@link NO_MAC} before the first. */
  readonly mac: string;
}

/** Before the first line. */
export const NO_LINK: Link = { seq: 0, mac: NO_MAC };

/** A line, without its line end, and the link that it is. */
export interface Sealed {
  readonly line: string;
  readonly link: Link;
}

/**
 * Makes a line.
 *
 * @param entry Its fields, as the text of JSON without braces.
 * @param key null for lines without a MAC.
 */
export function seal(
  entry: string,
  before: Link,
  key: Uint8Array | null,
): Sealed {
  const seq = before.seq + 1;
  const open = openLine(entry, seq);
  if (key === null) {
    return { line: `${open}}`, link: { seq, mac: NO_MAC } };
  }
  const mac = macOf(key, before.mac, open);
  return { line: `${open},"mac":"${mac}"}`, link: { seq, mac } };
}

/** A line up to its MAC, or its end. */
export function openLine(entry: string, seq: number): string {
  return `${LINE_START}${entry},"seq":${seq}`;
}

/**
 * The MAC of a line.
 *
 * @param before The MAC of the line before.
 * @param open The line up to its own MAC, without the comma before it.
 */
export function macOf(key: Uint8Array, before: string, open: string): string {
  return hmacSha256(key, before + open);
}

/** A line as it is read back. */
export interface ReadLine {
  /** What its MAC is over, beside the MAC before. */
  readonly open: string;
  readonly seq: number;
  /** null where it has none. */
  readonly mac: string | null;
  readonly event: string;
  readonly time: string;
  /** The MAC of the line before, where the line says it: the first of a file does. */
  readonly prev: string | null;
  /** Why a chain, a run or a file begins; empty where the line does not say it. */
  readonly why: string;
  /** Whether it begins a chain. */
  readonly begins: boolean;
  /** Lines that a line of the kind `dropped` tells of. */
  readonly dropped: number;
}

const MAC = /^[0-9a-f]{64}$/;
/** `,"mac":"…"}` */
const MAC_LENGTH = NO_MAC.length + 10;

/** Reads a line back; null where it is none, such as one that was cut. */
export function readAuditLine(line: string): ReadLine | null {
  // Lines escape it: here it stands for bytes that are no text.
  if (!line.startsWith(LINE_START) || line.includes("\ufffd")) return null;
  let value: Readonly<Record<string, unknown>>;
  try {
    value = parseJson(line);
  } catch {
    return null;
  }
  const { seq, event, time, prev, why, chain, lines, mac } = value;
  if (
    typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1 ||
    typeof event !== "string" || typeof time !== "string"
  ) return null;
  const open = line.slice(0, -MAC_LENGTH);
  // A MAC that stands elsewhere, or twice, is none.
  const isSealed = typeof mac === "string" && MAC.test(mac) &&
    line === `${open},"mac":"${mac}"}`;
  if (mac !== undefined && !isSealed) return null;
  return {
    open: isSealed ? open : line.slice(0, -1),
    seq,
    mac: isSealed ? mac : null,
    event,
    time,
    prev: typeof prev === "string" && MAC.test(prev) ? prev : null,
    why: typeof why === "string" ? why : "",
    begins: event === "started" && chain === "new",
    dropped: event === "dropped" && typeof lines === "number" ? lines : 0,
  };
}
