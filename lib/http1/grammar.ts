/**
 * The lexical grammar of HTTP/1.1 as far as a strict reader takes it.
 *
 * @module
 */

/** A method or a field name (RFC 9110 section 5.6.2). */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** A field value without bytes of 0x80 and up, which are refused in a request (RFC 9110 section 5.5). */
export const FIELD_VALUE = /^[\t\x20-\x7e]*$/;

/** What no request head holds: control bytes, bytes outside ASCII, an LF without its CR. */
// deno-lint-ignore no-control-regex -- control bytes are what it is about
export const UNFIT = /[^\r]\n|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]/;

/** Digits of a Content-Length that a number holds exactly (RFC 9110 section 8.6). */
export const CONTENT_LENGTH = /^[0-9]{1,15}$/;

/**
 * Fields that concern one connection only and are never passed on (RFC 9110
 * section 7.6.1, and the older names that implementations use).
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** The members of a comma list in lower case, empty ones left out (RFC 9110 section 5.6.1). */
export function listMembers(value: string): string[] {
  return value.split(",").map((member) => member.trim().toLowerCase())
    .filter((member) => member !== "");
}
