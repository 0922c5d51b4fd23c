/**
 * Takes other objects out of what the engine says of an error.
 *
 * @module
 */

import { decodeLatin1 } from "../../host.ts";
import { type AnswerFilter, filterRead, NOTHING } from "./answer_hold.ts";
import { asLatin1 } from "./answer_entry.ts";

/** Bytes of an error; engines say little. */
const MAX_BYTES = 256 * 1024;

/** Ids, whole or as they are shown; a network's bridge has its id in its name. */
const ID = /(?<![0-9A-Za-z_.]|(?<!\bbr)-)[0-9a-f]{12,64}(?![0-9A-Za-z_.-])/g;
/** What an engine says of the endpoints of a network. */
const ENDPOINT = /name:(\\?")[^"\\]*\\?"/g;

/**
 * Filters an error: ids that the request does not name are left out.
 *
 * @param path The path as it is sent.
 * @param absent What the client asked for in place of {@link NOTHING}.
 */
export function filterRefusal(
  path: string,
  absent: string | null,
): AnswerFilter {
  return filterRead(
    MAX_BYTES,
    "of an error is too long",
    (whole) =>
      decodeLatin1(whole)
        .replace(ID, (id) => shown(id, path, absent))
        .replace(ENDPOINT, "name:$1...$1"),
  );
}

/** A text of the engine's about an object, without the ids of others. */
export function withoutIds(text: string): string {
  return text.replace(ID, "...");
}

function shown(id: string, path: string, absent: string | null): string {
  if (absent !== null && id === NOTHING) return asLatin1(absent).slice(1, -1);
  return path.includes(id) ? id : "...";
}
