/**
 * Keeps what was made of the heads of answers: the same head comes again and
 * again.
 *
 * @module
 */

/** Heads kept at a time, and the characters of the longest. */
const MAX_KEPT_HEADS = 256;
const MAX_KEPT_HEAD_CHARACTERS = 4 * 1024;

/** The same function of a head's exact text, which keeps its latest results. */
export function keepByHead<Made>(
  make: (text: string) => Made,
): (text: string) => Made {
  const kept = new Map<string, Made>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (text.length > MAX_KEPT_HEAD_CHARACTERS) return made;
    if (kept.size >= MAX_KEPT_HEADS) kept.clear();
    kept.set(text, made);
    return made;
  };
}
