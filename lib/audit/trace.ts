/**
 * W3C's trace context (Trace Context, section 3.2), as a client sends it. Pure.
 *
 * @module
 */

/** Version, trace, parent, flags; a later version may say more after them. */
const TRACE_PARENT =
  /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/;
const FIELDS = /(?<=^|\r\n)traceparent:[ \t]*([^\r]*?)[ \t]*\r\n/gi;
/** Characters of what the first version has. */
const LENGTH = 55;

/**
 * The `traceparent` of a request.
 *
 * @param fields The field lines with their line ends.
 * @returns Its first four parts; null where there is none, more than one, or one
 * that does not keep to the grammar.
 */
export function traceParentIn(fields: string): string | null {
  const found = [...fields.matchAll(FIELDS)];
  if (found.length !== 1) return null;
  const value = found[0]![1]!;
  const parts = TRACE_PARENT.exec(value);
  if (parts === null) return null;
  const [, version, trace, parent] = parts;
  const isNone = /^0+$/.test(trace!) || /^0+$/.test(parent!);
  if (isNone || version === "ff") return null;
  if (version === "00" && value.length !== LENGTH) return null;
  return value.slice(0, LENGTH);
}
