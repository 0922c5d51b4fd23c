/**
 * Tells a recording from other files that are given for one. Pure.
 *
 * @module
 */

/** How the first characters of other files look, and what to do with such a file. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [
    /^\ufeff?[^\n]{0,200}\0|^\ufffd/,
    "is binary: give a recording, unpacked",
  ],
  [
    // deno-lint-ignore no-control-regex -- the first byte of gzip
    /^\x1f/,
    "is compressed: unpack it first",
  ],
  [
    /^\d{4}-\d\d-\d\dT[\d:.]+Z (?:emerg|alert|crit|err|warning|notice|info|debug) /,
    "is the log as text, which names no objects: record with learn, or log with --log-format=json",
  ],
  [
    /^(?:#[^\n]*\n|\s)*(?:\{\s*)?["']?(?:clients|default)["']?\s*:/,
    "is a policy file: name it with --config",
  ],
];

/** Characters that are looked at. */
const LOOKED_AT = 4096;

/**
 * What a file is that is no recording and no JSON log.
 *
 * @returns A clause that follows its name; null for one that can be read line by
 * line.
 */
export function fileKind(text: string): string | null {
  if (text.trimStart() === "") return "is empty";
  const start = text.slice(0, LOOKED_AT);
  for (const [look, what] of OTHERS) {
    if (look.test(start)) return what;
  }
  return /^\s*\{/m.test(start) &&
      /"(?:recording|run|schema|audit)"\s*:/.test(text)
    ? null
    : "is no recording, no audit and no JSON log of sockwarden";
}
