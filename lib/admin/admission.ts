/**
 * Who may ask the admin listener: by address, by Host, by origin and by token.
 * Pure.
 *
 * @module
 */

import { withoutOws } from "../http1/grammar.ts";
import type { RequestHead } from "../http1/request.ts";
import { type Cidr, covers, parseAddress } from "../net/cidr.ts";
import { isLoopback } from "../net/loopback.ts";
import { errorReply, type Reply } from "./reply.ts";

/** What is asked of a request. */
export interface Admission {
  /** The addresses that may connect; null for all, as on a unix socket. */
  readonly allow: readonly Cidr[] | null;
  /** The host of the listener, as it was configured; null on a unix socket, where no Host is asked for. */
  readonly host: string | null;
  /** The token; null where none is asked for. */
  readonly token: string | null;
}

/** Paths that say nothing of what is served: they need no token. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/", "/healthz"]);

/** The only way in which another page may lead here: a link to the page itself. */
const PAGE_PATH = "/";

/** Whether an address may connect. */
export function mayConnect({ allow }: Admission, address: string): boolean {
  return allow === null || allow.some((cidr) => covers(cidr, address));
}

/**
 * Checks a request.
 *
 * @param path The request-target without its query.
 * @returns null where it is let in, else the answer.
 */
export function checkRequest(
  admission: Admission,
  head: RequestHead,
  path: string,
): Reply | null {
  return checkHost(admission, head) ?? checkOrigin(head, path) ??
    checkToken(admission, head, path);
}

/**
 * A name with a dot can be made to lead here by whoever owns it, and a page of
 * his would then read what is answered (DNS rebinding).
 */
function checkHost({ host }: Admission, head: RequestHead): Reply | null {
  if (host === null || isOwnHost(host, head.host)) return null;
  return errorReply(
    421,
    "the Host is not a name of this listener: use its IP address, localhost, a name without a dot, or the name in --admin",
  );
}

/** Whether a Host is one that no stranger can have lead here. */
export function isOwnHost(configured: string, given: string): boolean {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([0-9a-z_.-]+))(?::[0-9]{1,5})?$/i.exec(
    given,
  );
  if (parts === null) return false;
  const [, ipv6, name = ""] = parts;
  if (ipv6 !== undefined) {
    return ipv6.includes(":") && parseAddress(ipv6) !== null;
  }
  return !name.includes(".") || parseAddress(name) !== null ||
    name.toLowerCase() === configured.toLowerCase();
}

/** Pages of other origins may lead to the page, and ask for nothing. */
function checkOrigin(head: RequestHead, path: string): Reply | null {
  const { origin, host } = head;
  const site = fieldsOf(head, "sec-fetch-site");
  const isOwn = origin === null
    ? site.every((one) => one === "same-origin" || one === "none")
    : origin.toLowerCase() === `http://${host.toLowerCase()}`;
  if (isOwn || path === PAGE_PATH && origin === null) return null;
  return errorReply(403, "a page of another origin may ask for nothing here");
}

function checkToken(
  { token }: Admission,
  head: RequestHead,
  path: string,
): Reply | null {
  if (token === null || OPEN_PATHS.has(path)) return null;
  const given = fieldsOf(head, "authorization");
  const [, credentials = ""] = /^bearer +([^ ]+)$/i.exec(given[0] ?? "") ?? [];
  if (given.length === 1 && isSame(token, credentials)) return null;
  return errorReply(
    401,
    "this path needs the token of --admin-token-file: Authorization: Bearer TOKEN",
    "WWW-Authenticate: Bearer\r\n",
  );
}

/** Whether two texts are the same; takes as long whatever they have in common. */
export function isSame(secret: string, given: string): boolean {
  let differences = secret.length ^ given.length;
  for (let i = 0; i < given.length; i++) {
    differences |= given.charCodeAt(i) ^
      secret.charCodeAt(i % secret.length);
  }
  return differences === 0;
}

/** The values of a field. */
export function fieldsOf({ fields }: RequestHead, name: string): string[] {
  return fields.split("\r\n").flatMap((line) => {
    const colon = line.indexOf(":");
    return line.slice(0, colon).toLowerCase() === name
      ? [withoutOws(line.slice(colon + 1))]
      : [];
  });
}

/** Whether everyone who reaches a listener may ask it everything. */
export function isOpenToAll({ allow, host, token }: Admission): boolean {
  return token === null && allow === null && host !== null &&
    !isLoopback(host);
}
