/**
 * Reads the names in a certificate from its DER bytes. The text that runtimes
 * make of the alternative names is ambiguous: a comma may be part of a name or
 * stand between two names.
 *
 * @module
 */

import { decodeLatin1, decodeUtf8 } from "../host.ts";

/** One DER element (X.690); its contents are `bytes[start, end)`. */
interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

const BOOLEAN = 0x01;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const PRINTABLE_STRING = 0x13;
const IA5_STRING = 0x16;
const SEQUENCE = 0x30;
const SET = 0x31;
/** `version` and `extensions` of a TBSCertificate (RFC 5280 section 4.1). */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** `rfc822Name`, `dNSName` and `uniformResourceIdentifier` of a GeneralName (RFC 5280 section 4.2.1.6). */
const TEXT_NAMES: ReadonlySet<number> = new Set([0x81, 0x82, 0x86]);
/** The object identifier of a common name, 2.5.4.3, as its contents are encoded. */
const COMMON_NAME = "\x55\x04\x03";
/** The object identifier of the subject alternative names, 2.5.29.17. */
const ALTERNATIVE_NAMES = "\x55\x1d\x11";

const ASCII = /^[\x20-\x7e]+$/;
// deno-lint-ignore no-control-regex -- it refuses control characters
const UNFIT = /[\x00-\x1f\x7f\ufffd]/;

/**
 * The names in a certificate: the common name of the subject, and the DNS
 * names, URIs and e-mail addresses among the subject alternative names. A name
 * that is not printable text is left out. Several common names are all left
 * out, since readers differ on which of them counts.
 *
 * @param der The certificate (RFC 5280), whose signature has been verified.
 * @returns Each name once, as written; none if the bytes are not a certificate.
 */
export function certificateNames(der: Uint8Array): string[] {
  try {
    const [certificate] = elements(der, 0, der.length);
    const [tbs] = within(der, certificate, SEQUENCE);
    const fields = within(der, tbs, SEQUENCE);
    const first = fields[0]?.tag === VERSION ? 1 : 0;
    // serialNumber, signature, issuer, validity, subject
    const common = commonNames(der, fields[first + 4]);
    return [
      ...new Set([
        ...common.length === 1 ? common : [],
        ...alternativeNames(der, fields),
      ]),
    ].filter((name) => name !== "" && !UNFIT.test(name));
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

/** The bytes are not a certificate in DER. */
class Malformed extends Error {}

function commonNames(der: Uint8Array, subject: Element | undefined): string[] {
  return within(der, subject, SEQUENCE)
    .flatMap((set) => within(der, set, SET))
    .map((attribute) => within(der, attribute, SEQUENCE))
    .filter(([type]) => textOf(der, type, OBJECT_IDENTIFIER) === COMMON_NAME)
    .map(([, value]) => nameOf(der, value));
}

function alternativeNames(
  der: Uint8Array,
  fields: readonly Element[],
): string[] {
  const wrapper = fields.find(({ tag }) => tag === EXTENSIONS);
  if (wrapper === undefined) return [];
  const [list] = within(der, wrapper, EXTENSIONS);
  return within(der, list, SEQUENCE)
    .map((extension) => within(der, extension, SEQUENCE))
    .filter(([id]) => textOf(der, id, OBJECT_IDENTIFIER) === ALTERNATIVE_NAMES)
    .flatMap(([, second, third]) => {
      const value = second?.tag === BOOLEAN ? third : second;
      const [names] = within(der, value, OCTET_STRING);
      return within(der, names, SEQUENCE);
    })
    .filter(({ tag }) => TEXT_NAMES.has(tag))
    .map((name) => ascii(der, name));
}

/** The text of a common name; empty if it is of a string type that is not read. */
function nameOf(der: Uint8Array, value: Element | undefined): string {
  switch (value?.tag) {
    case UTF8_STRING:
      return decodeUtf8(der.subarray(value.start, value.end));
    case PRINTABLE_STRING:
    case IA5_STRING:
      return ascii(der, value);
    default:
      return "";
  }
}

function ascii(der: Uint8Array, { start, end }: Element): string {
  const text = decodeLatin1(der.subarray(start, end));
  return ASCII.test(text) ? text : "";
}

/** The contents of an element with that tag, one character for each byte. */
function textOf(
  der: Uint8Array,
  element: Element | undefined,
  tag: number,
): string {
  if (element?.tag !== tag) throw new Malformed();
  return decodeLatin1(der.subarray(element.start, element.end));
}

/** The elements inside one with that tag. */
function within(
  der: Uint8Array,
  element: Element | undefined,
  tag: number,
): Element[] {
  if (element?.tag !== tag) throw new Malformed();
  return elements(der, element.start, element.end);
}

/** The elements that fill a range of bytes. */
function elements(der: Uint8Array, from: number, to: number): Element[] {
  const found: Element[] = [];
  for (let at = from; at < to;) {
    const tag = der[at]!;
    let length = der[at + 1] ?? NaN;
    let start = at + 2;
    if (length > 0x80 && length <= 0x84) {
      // The long form: the length follows in that many bytes (X.690 section 8.1.3.5).
      const after = start + length - 0x80;
      length = 0;
      for (; start < after; start++) {
        length = length * 256 + (der[start] ?? NaN);
      }
    } else if (length >= 0x80) throw new Malformed();
    const end = start + length;
    // NaN, from a read past the end of the bytes, fails this comparison too.
    if (!(end <= to) || (tag & 0x1f) === 0x1f) throw new Malformed();
    found.push({ tag, start, end });
    at = end;
  }
  return found;
}
