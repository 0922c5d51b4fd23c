/**
 * The grammar of names in a request's path, as far as real clients use it.
 *
 * @module
 */

/** Kinds of path parameter. */
export type ParameterKind = "name" | "image";

/** Containers, execs, volumes, networks, swarm objects: one segment. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Image references, plugins, registries' names: segments parted by `/`. */
const IMAGE = /^[A-Za-z0-9_.:@-]+(?:\/[A-Za-z0-9_.:@-]+)*$/;

/** An escape that a parameter may hold: never a dot, `%`, `\` or a control byte. */
const ESCAPE = /%(?![0-9A-Fa-f]{2})|%(?:2[Ee]|25|5[Cc]|[01][0-9A-Fa-f]|7[Ff])/;

/**
 * Decodes a raw path parameter and holds it against the grammar of its kind
 * (docs/engine-api/routing.md, "Rules" 1, 3 and 7).
 *
 * @param raw The bytes between the slashes as they came; for `image` they may
 * hold slashes.
 * @returns The decoded name, or null where real clients never send such a one.
 */
export function decodeParameter(
  raw: string,
  kind: ParameterKind,
): string | null {
  let name = raw;
  if (raw.includes("%")) {
    if (ESCAPE.test(raw)) return null;
    name = raw.replace(
      /%([0-9A-Fa-f]{2})/g,
      (_, hex) => String.fromCharCode(parseInt(hex, 16)),
    );
  }
  if (kind === "name") return NAME.test(name) ? name : null;
  if (!IMAGE.test(name)) return null;
  return /(?:^|\/)\.{1,2}(?:\/|$)/.test(name) ? null : name;
}
