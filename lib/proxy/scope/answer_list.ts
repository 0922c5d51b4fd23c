/**
 * Filters lists entry by entry as they come: only one entry is held,
 * or as many as a limit counts.
 *
 * @module
 */

import { monotonic, pause } from "../../host.ts";
import { readList } from "../../identity/list_reader.ts";
import type { Scope } from "../../policy/scope.ts";
import { type Edit, EDITS } from "./answer_entry.ts";
import type { AnswerFilter } from "./answer_hold.ts";
import { PODMAN_EDITS } from "./answer_podman.ts";
import { skipsOf } from "./answer_skip.ts";

/** Bytes that are read at once, and milliseconds after which others get a turn. */
const SLICE = 16 * 1024;
const TURN_MS = 3;

/** What is listed: objects of a kind, the layers of an image, or what podman lists in a form of its own. */
export type Listed = keyof typeof EDITS | keyof typeof PODMAN_EDITS;

const ALL_EDITS: Readonly<Record<Listed, Edit>> = { ...EDITS, ...PODMAN_EDITS };

/** Characters of the entries that are held until the end of a list. */
const MAX_HELD = 8 * 1024 * 1024;

/** Filters a JSON list of the kind that the operation lists. */
export function filterList(
  scope: Scope,
  listed: Listed,
  limit: number | null,
): AnswerFilter {
  // Podman lists the oldest first, and its limit means the newest.
  return listed === "libpod.containers" && limit !== null
    ? filterEntries(scope, listed, lastOf(limit))
    : filterEntries(scope, listed, firstOf(limit));
}

/** Entries that are shown, until they are taken. */
interface Shown {
  /** Takes an entry in scope. */
  add(entry: string): void;
  /** What can be shown so far, and is not held any longer; or a clause that says why nothing can. */
  take(isEnd: boolean): readonly string[] | { readonly problem: string };
}

function firstOf(limit: number | null): Shown {
  let shown: string[] = [];
  let count = 0;
  return {
    add(entry) {
      if (limit !== null && count >= limit) return;
      shown.push(entry);
      count++;
    },
    take() {
      const taken = shown;
      shown = [];
      return taken;
    },
  };
}

function lastOf(limit: number): Shown {
  let held: string[] = [];
  let from = 0;
  let size = 0;
  return {
    add(entry) {
      held.push(entry);
      size += entry.length;
      if (held.length - from <= limit) return;
      size -= held[from]!.length;
      held[from++] = "";
      if (from < 1000) return;
      held = held.slice(from);
      from = 0;
    },
    take(isEnd) {
      if (size > MAX_HELD) return { problem: "is too long" };
      return isEnd ? held.slice(from) : [];
    },
  };
}

function filterEntries(
  scope: Scope,
  listed: Listed,
  shown: Shown,
): AnswerFilter {
  const edit = ALL_EDITS[listed];
  const one = listed === "containers" || listed === "networks" ||
      listed === "volumes"
    ? scope[listed]
    : null;
  const skips = one === null || one === "any" ? null : skipsOf(one);
  const reader = readList((text) => {
    if (skips?.(text)) return;
    const edited = edit(text, scope);
    if (edited !== null) shown.add(edited);
  });
  let isOpen = false;
  let isFirst = true;
  const taken = (problem: string | null, end: string) => {
    if (problem !== null) return { problem: `the list ${problem}` };
    const entries = shown.take(end !== "");
    if ("problem" in entries) return { problem: `the list ${entries.problem}` };
    const start = isOpen ? "" : "[";
    isOpen = true;
    if (entries.length === 0) return start + end;
    const comma = isFirst ? "" : ",";
    isFirst = false;
    return start + comma + entries.join(",") + end;
  };
  return {
    live: false,
    async add(bytes) {
      let since = monotonic();
      for (let from = 0; from < bytes.length; from += SLICE) {
        const problem = reader.add(bytes.subarray(from, from + SLICE));
        if (problem !== null) return taken(problem, "");
        if (monotonic() - since < TURN_MS) continue;
        await pause(0);
        since = monotonic();
      }
      return taken(null, "");
    },
    end: () => Promise.resolve(taken(reader.end(), "]\n")),
  };
}
