/**
 * What the last answers were rewritten to: clients poll, and the same answer
 * comes again and again. It is bounded in number and bytes, and nothing in it
 * is found by a hash: an answer is the same only where its whole text is.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import {
  differenceOf,
  type Outline,
  outlineOf,
  rewriteMember,
} from "../guard/hide/one_member.ts";
import type { AnswerGuard } from "../guard/hide/rewrite.ts";
import type { Problem } from "../guard/hide/walk.ts";
import { decodeLatin1, encodeLatin1 } from "../host.ts";

/** Answers that are remembered. */
export const MAX_ANSWERS = 8;
/** Characters of an answer, and bytes of what is shown of it. */
export const MAX_LENGTH = 64 * 1024;
/** The same of all answers. */
export const MAX_CHARACTERS = 256 * 1024;
/**
 * Of so many answers that would take the place of another one, one does: a
 * client that reads more objects in turn than there are places still finds most
 * of those that stay.
 */
const REPLACED = 4;
/** A shorter answer is rewritten as fast as what differs in it is found. */
const MIN_LENGTH = 1024;
/** Characters by which an answer is taken for a newer one of the same object: its id is in them. */
const START = 64;

type Rewrite = NonNullable<AnswerGuard["rewrite"]>;

/** What answers were rewritten to, the oldest first. Made by {@link createHideMemo}. */
export interface HideMemo {
  entries: readonly Remembered[];
  /** Answers that found all places taken. */
  late: number;
}

interface Remembered {
  /** That of one client, operation and policy: what it hides is never mixed up with what another one does. */
  readonly rewrite: Rewrite;
  readonly text: string;
  readonly shown: Uint8Array<ArrayBuffer>;
  /** Made when an answer comes that differs a little; null where that is of no use. */
  outline: Outline | null | undefined;
}

/** A memo without answers. */
export function createHideMemo(): HideMemo {
  return { entries: [], late: 0 };
}

/** Forgets all answers. */
export function forgetAnswers(memo: HideMemo): void {
  memo.entries = [];
}

/** How an answer is rewritten. */
interface Rewriting {
  readonly rewrite: Rewrite;
  /** Whether nothing is hidden in one member for what stands in another. */
  readonly byMember: boolean;
}

/**
 * What is shown of an answer, as `rewrite` gives it; not rewritten again where
 * the same text was rewritten before, and only in part where one was that
 * differs in one member.
 *
 * @param rewriting Gives the same for the same text.
 * @param text One code unit a byte.
 * @returns Bytes, which are never changed; or the problem.
 */
export function rewriteOnce(
  memo: HideMemo,
  rewriting: Rewriting,
  text: string,
): Uint8Array<ArrayBuffer> | Problem {
  const { rewrite } = rewriting;
  const known = memo.entries.find((entry) =>
    entry.rewrite === rewrite && entry.text === text
  );
  if (known !== undefined) return known.shown;
  const partly = rewriteInPart(memo, rewriting, text);
  const rewritten = partly?.shown ?? rewrite(text);
  if (typeof rewritten === "object" && "problem" in rewritten) return rewritten;
  const shown = typeof rewritten === "string"
    ? encodeLatin1(rewritten)
    : rewritten;
  if (text.length <= MAX_LENGTH && shown.length <= MAX_LENGTH) {
    remember(memo, { rewrite, text, shown, outline: partly?.outline });
  }
  return shown;
}

/** As {@link rewriteOnce} by an answer that is remembered of the same object; null where there is none that helps. */
function rewriteInPart(
  memo: HideMemo,
  { rewrite, byMember }: Rewriting,
  text: string,
): Pick<Remembered, "shown"> & { outline: Outline } | null {
  if (!byMember || text.length < MIN_LENGTH) return null;
  const start = text.slice(0, START);
  const before = memo.entries.find((entry) =>
    entry.rewrite === rewrite && entry.text.startsWith(start)
  );
  if (before === undefined || before.outline === null) return null;
  const difference = differenceOf(before.text, text);
  if (difference === null) return null;
  before.outline ??= outlineOf({
    text: before.text,
    shown: decodeLatin1(before.shown),
  });
  const { outline } = before;
  if (outline === null) return null;
  const splice = rewriteMember(
    before.text,
    outline,
    difference,
    text,
    rewrite,
  );
  if (splice === null) return null;
  // It is the new one's now.
  before.outline = null;
  const { from, to, part } = splice;
  const pieces = [
    before.shown.subarray(0, from),
    encodeLatin1(part),
    before.shown.subarray(to),
  ];
  return { shown: concat(pieces), outline };
}

function remember(memo: HideMemo, added: Remembered): void {
  const start = added.text.slice(0, START);
  const others = memo.entries.filter((entry) =>
    entry.rewrite !== added.rewrite || !entry.text.startsWith(start)
  );
  let size = sizeOf(added);
  for (const entry of others) size += sizeOf(entry);
  const isFull = () => others.length >= MAX_ANSWERS || size > MAX_CHARACTERS;
  // What is there of the object is outdated, whether the newer one stays or not.
  memo.entries = others;
  if (isFull() && memo.late++ % REPLACED !== REPLACED - 1) return;
  while (isFull()) size -= sizeOf(others.shift()!);
  others.push(added);
}

function sizeOf({ text, shown }: Remembered): number {
  return text.length + shown.length;
}
