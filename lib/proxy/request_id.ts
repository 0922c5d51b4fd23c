/**
 * The id of a request: given to the engine in place of one that the client sent,
 * and to the client with the answer. Only while the audit is on.
 *
 * @module
 */

import { encodeLatin1, putAscii } from "../host.ts";
import type { RequestHead } from "../http1/request.ts";

const NAME = "X-Request-Id";
/** Characters of an id, and those of them that are the same in one run. */
const LENGTH = 32;
const SAME = 20;
/** Holds the place of an id in a head that is kept for several requests. */
export const PLACE: string = "0".repeat(LENGTH);
/** Fields of that name; lines with their line ends. */
const FIELDS = /(?<=^|\r\n)x-request-id:[^\r]*\r\n/gi;
/** What stands before the id in its line. */
const LINE_BEFORE = `${NAME}: `.length;
/** What stands before the id in a head that is sent, without method and target. */
const BEFORE = ` HTTP/1.1\r\nHost: docker\r\n`.length + 1 + LINE_BEFORE;
/** Bytes of a head that a connection keeps for the next request. */
const MAX_KEPT_BYTES = 2048;

/** What a connection keeps, so that equal requests copy nothing. */
export interface KeptIds {
  /** The head that was sent last, with its id; null before that. */
  head: Uint8Array<ArrayBuffer> | null;
  /** The plan that it is of. */
  plan: object | null;
  /** The line of an answer. */
  line: Uint8Array<ArrayBuffer> | null;
}

/** Nothing is kept. */
export function noIds(): KeptIds {
  return { head: null, plan: null, line: null };
}

/** The line of an id in an answer, with its line end; empty without one. */
export function idLine(id: string): string {
  return id === "" ? "" : `${NAME}: ${id}\r\n`;
}

/** The bytes of {@link idLine}; valid until the connection's next request. */
export function idBytes(kept: KeptIds, id: string): Uint8Array<ArrayBuffer> {
  if (kept.line === null) return kept.line = encodeLatin1(idLine(id));
  putAscii(id.slice(SAME), kept.line, LINE_BEFORE + SAME);
  return kept.line;
}

/** The id that a client sent, whatever it is; null where there is none. */
export function requestIdIn(fields: string): string | null {
  const found = fields.match(FIELDS)?.[0];
  return found === undefined
    ? null
    : found.slice(found.indexOf(":") + 1).trim();
}

/** The same head with a place for our id, the first of its fields, in place of the client's. */
export function withIdPlace(head: RequestHead): RequestHead {
  return {
    ...head,
    fields: idLine(PLACE) + head.fields.replace(FIELDS, ""),
  };
}

/** A request that is about to be sent, as an exchange knows it. */
interface Outgoing {
  readonly id: string;
  readonly session: { readonly ids: KeptIds };
  readonly plan: {
    readonly head: RequestHead;
    readonly bytes: Uint8Array<ArrayBuffer>;
  };
  first: Uint8Array<ArrayBuffer>;
}

/** Sets the id of a request whose first bytes are ready, and whose head has a place for it. */
export function setId(request: Outgoing): void {
  const { plan, id, session: { ids } } = request;
  const at = plan.head.method.length + plan.head.target.length + BEFORE;
  if (request.first !== plan.bytes) return putAscii(id, request.first, at);
  if (ids.plan === plan) {
    request.first = ids.head!;
    return putAscii(id.slice(SAME), request.first, at + SAME);
  }
  // A plan is kept for other requests.
  request.first = plan.bytes.slice();
  putAscii(id, request.first, at);
  if (plan.bytes.length > MAX_KEPT_BYTES) return;
  ids.plan = plan;
  ids.head = request.first;
}
