/**
 * What becomes of an answer that shows objects, as data; and how it is filtered.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { decodeLatin1, encodeLatin1 } from "../../host.ts";
import type { Hold } from "../../policy/scope_table.ts";

/** A hold on an answer. */
export interface AnswerHold extends Hold {
  /** Of a list, how many entries are shown at most; null for all. */
  readonly limit: number | null;
  /** The name that the client gave of an object which is not there for it; the engine was asked for {@link NOTHING}. */
  readonly absent: string | null;
}

/** A reference that no object has. */
export const NOTHING = "0".repeat(64);

/** A part of what is passed on: a text of one code unit a byte, or bytes that are never changed. */
export type Part = string | Uint8Array<ArrayBuffer>;

/** What a filter passes on; or a clause that says why the answer cannot be read. */
export type Passed = Part | { readonly problem: string };

/** Whether the answer cannot be read. */
export function isProblem(
  passed: Passed,
): passed is { readonly problem: string } {
  return typeof passed === "object" && "problem" in passed;
}

/** The text of a part. */
export function textOf(part: Part): string {
  return typeof part === "string" ? part : decodeLatin1(part);
}

/** Two parts as one; bytes where all of it is there as bytes already. */
export function joined(first: Part, next: Part): Part {
  return first.length === 0
    ? next
    : next.length === 0
    ? first
    : textOf(first) + textOf(next);
}

/** The bytes of a part. */
export function bytesOf(part: Part): Uint8Array<ArrayBuffer> {
  return typeof part === "string" ? encodeLatin1(part) : part;
}

/** Filters the content of one answer. */
export interface AnswerFilter {
  /** Whether the answer is shown as it comes, since it has no end of its own. */
  readonly live: boolean;
  /** Takes the next bytes, which are valid until it resolves. */
  add(bytes: Uint8Array): Promise<Passed>;
  /** Takes the end. */
  end(): Promise<Passed>;
}

/**
 * Filters content that is read whole before anything of it is shown.
 *
 * @param maxBytes The most that it may have.
 * @param tooLong The clause that says that it has more.
 * @param rewrite What is shown of the whole.
 */
export function filterRead(
  maxBytes: number,
  tooLong: string,
  rewrite: (whole: Uint8Array) => Passed | Promise<Passed>,
): AnswerFilter {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    live: false,
    add(bytes) {
      size += bytes.length;
      pieces.push(bytes.slice());
      return Promise.resolve(size > maxBytes ? { problem: tooLong } : "");
    },
    end: async () => await rewrite(concat(pieces)),
  };
}
