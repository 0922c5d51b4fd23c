/**
 * Host names as resolvers compare them.
 *
 * @module
 */

import { canonicalAddress } from "./cidr.ts";

/**
 * A name in the one form in which it is compared: without case (RFC 4343),
 * without the root's dot, and without the slash that the engine writes before
 * a container's name.
 */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/^\//, "").replace(/\.+$/, "");
}

/**
 * The addresses that a hosts file gives a name, as written (hosts(5)).
 *
 * @param file The text of the file; lines that do not have its form give none.
 */
export function addressesInHosts(file: string, name: string): string[] {
  const wanted = plainName(name);
  return file.split("\n").flatMap((line) => {
    const [address = "", ...names] = line.split("#", 1)[0]!.trim().split(/\s+/);
    return names.some((one) => plainName(one) === wanted) ? [address] : [];
  }).filter((address) => canonicalAddress(address) !== null);
}

/**
 * The names under which the engine's resolver looks for a host: `a.b.c` is that
 * name, `a.b` on the network `c`, or `a` on the network `b.c`.
 */
export function namesOfHost(host: string): string[] {
  const parts = plainName(host).split(".");
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}
