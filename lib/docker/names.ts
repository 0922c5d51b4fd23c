/**
 * The grammar of names in a request path.
 *
 * @module
 */

/**
 * The kinds of path parameters: `name` is one segment of letters, digits and a
 * few signs, `image` is such segments with `/` between them, and `text` is
 * whatever Docker takes as the name of a network or volume.
 */
export type ParameterKind = "name" | "image" | "text";

/** Names of containers, execs and swarm objects: one segment. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Names of images, plugins and registries: segments with `/` between them. */
const IMAGE = /^[A-Za-z0-9_.:@-]+(?:\/[A-Za-z0-9_.:@-]+)*$/;

/** An escape that no parameter may have: of a dot, `\`, or a control byte. */
const REFUSED_ESCAPE = /%(?:2[Ee]|5[Cc]|[01][0-9A-Fa-f]|7[Ff])/;

/**
 * What no decoded name may have: a control character, one that turns the
 * direction of text, `\`, an escape (podman may decode once more), or a segment
 * that is empty, `.` or `..`.
 */
const REFUSED_TEXT =
  // deno-lint-ignore no-control-regex -- control characters are what it is about
  /[\x00-\x1f\x7f-\x9f\\\u200e\u200f\u2028-\u202e\u2066-\u2069]|%[0-9A-Fa-f]{2}|(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * Decodes a raw path parameter once, and checks it by the grammar of its kind
 * (docs/engine-api/routing.md, "Rules" 1, 3 and 7).
 *
 * @param raw The text between two slashes as received; of the kinds `image` and
 * `text` it may contain slashes.
 * @returns The decoded name, or null if it is none of that kind.
 */
export function decodeParameter(
  raw: string,
  kind: ParameterKind,
): string | null {
  if (REFUSED_ESCAPE.test(raw)) return null;
  let name: string;
  try {
    name = decodeURIComponent(raw);
  } catch {
    // Malformed, or not UTF-8 in its shortest form.
    return null;
  }
  if (kind === "name") return NAME.test(name) ? name : null;
  if (kind === "image" && !IMAGE.test(name)) return null;
  return REFUSED_TEXT.test(name) ? null : name;
}

/** Writes a name as it is sent: images with their signs, which engines never escape. */
export function encodeParameter(name: string, kind: ParameterKind): string {
  return kind === "text" ? encodeURIComponent(name) : name;
}
