/**
 * Patterns, in which `*` stands for any characters. Pure.
 *
 * @module
 */

/** Whether a text fits a pattern; the time grows with the length of both only. */
export function fitsPattern(pattern: string, text: string): boolean {
  return fitsParts(pattern.split("*"), text);
}

/**
 * Whether a text fits a pattern, as {@link fitsPattern}.
 *
 * @param parts What stands between the stars; one part where there is none.
 */
export function fitsParts(parts: readonly string[], text: string): boolean {
  const first = parts[0]!;
  if (parts.length === 1) return text === first;
  const last = parts[parts.length - 1]!;
  if (
    text.length < first.length + last.length || !text.startsWith(first) ||
    !text.endsWith(last)
  ) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
