/**
 * Host names as resolvers compare them.
 *
 * @module
 */

/**
 * A name in the one form in which it is compared: without case (RFC 4343),
 * without the root's dot, and without the slash that the engine writes before
 * a container's name.
 */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/^\//, "").replace(/\.+$/, "");
}

/**
 * The names under which the engine's resolver looks for a host: `a.b.c` is that
 * name, `a.b` on the network `c`, or `a` on the network `b.c`.
 */
export function namesOfHost(host: string): string[] {
  const parts = plainName(host).split(".");
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}
