/**
 * The grammar of names in a request path: only what real clients send.
 *
 * @module
 */

/** The kinds of path parameters. */
export type ParameterKind = "name" | "image";

/** Names of containers, execs, volumes, networks and swarm objects: one segment. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Names of images, plugins and registries: segments with `/` between them. */
const IMAGE = /^[A-Za-z0-9_.:@-]+(?:\/[A-Za-z0-9_.:@-]+)*$/;

/** An escape that no parameter may have: a malformed one, or one of a dot, `%`, `\` or a control byte. */
const REFUSED_ESCAPE =
  /%(?![0-9A-Fa-f]{2})|%(?:2[Ee]|25|5[Cc]|[01][0-9A-Fa-f]|7[Ff])/;

/**
 * Decodes a raw path parameter, and checks it by the grammar of its kind
 * (docs/engine-api/routing.md, "Rules" 1, 3 and 7).
 *
 * @param raw The text between two slashes as received; of kind `image` it may
 * contain slashes.
 * @returns The decoded name, or null if real clients never send such a name.
 */
export function decodeParameter(
  raw: string,
  kind: ParameterKind,
): string | null {
  let name = raw;
  if (raw.includes("%")) {
    if (REFUSED_ESCAPE.test(raw)) return null;
    name = raw.replace(
      /%([0-9A-Fa-f]{2})/g,
      (_, hex) => String.fromCharCode(parseInt(hex, 16)),
    );
  }
  if (kind === "name") return NAME.test(name) ? name : null;
  if (!IMAGE.test(name)) return null;
  return /(?:^|\/)\.{1,2}(?:\/|$)/.test(name) ? null : name;
}
