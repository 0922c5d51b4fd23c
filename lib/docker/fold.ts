/**
 * How engines compare names whose case does not count.
 *
 * @module
 */

/**
 * A key in the form in which Go's encoding/json compares it with field names,
 * and podman with parameters of a query: Unicode's simple folding, which takes
 * `ſ` (U+017F) for an s and the Kelvin sign (U+212A) for a k.
 */
export function fold(key: string): string {
  return key.toLowerCase().replaceAll("\u017f", "s");
}
