/**
 * The id of a request: given to the engine in place of one that the client sent,
 * and to the client with the answer. Only while the audit is on.
 *
 * @module
 */

import { encodeLatin1 } from "../host.ts";
import type { RequestHead } from "../http1/request.ts";

const NAME = "X-Request-Id";
/** Holds the place of an id in a head that is kept for several requests. */
const PLACE = "0".repeat(32);
/** Fields of that name; lines with their line ends. */
const FIELDS = /(?<=^|\r\n)x-request-id:[^\r]*\r\n/gi;
/** What stands before the fields in a head that is sent, without method and target. */
const BEFORE = ` HTTP/1.1\r\nHost: docker\r\n${NAME}: `.length + 1;

/** The line of an id in an answer, with its line end; empty without one. */
export function idLine(id: string): string {
  return id === "" ? "" : `${NAME}: ${id}\r\n`;
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
  readonly plan: {
    readonly head: RequestHead;
    readonly bytes: Uint8Array<ArrayBuffer>;
  };
  first: Uint8Array<ArrayBuffer>;
}

/** Sets the id of a request whose first bytes are ready, and whose head has a place for it. */
export function setId(request: Outgoing): void {
  const { plan, id } = request;
  // A plan is kept for other requests.
  if (request.first === plan.bytes) request.first = plan.bytes.slice();
  const { method, target } = plan.head;
  request.first.set(encodeLatin1(id), method.length + target.length + BEFORE);
}
