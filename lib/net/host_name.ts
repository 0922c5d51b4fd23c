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
  const plain = name.toLowerCase().replace(/^\//, "");
  // Not by a pattern: clients choose how long it is, and it would take the square of that.
  let size = plain.length;
  while (plain[size - 1] === ".") size--;
  return plain.slice(0, size);
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
 * Whether the engine's resolver finds what has a name where a host is asked for:
 * one of {@link namesOfHost} is that name. A client chooses how long the host is.
 *
 * @param name In the form of {@link plainName}.
 */
export function leadsTo(host: string, name: string): boolean {
  const plain = plainName(host);
  return plain === name || plain.startsWith(`${name}.`);
}

/**
 * The names under which the engine's resolver looks for a host: `a.b.c` is that
 * name, `a.b` on the network `c`, or `a` on the network `b.c`. Together they are
 * as long as the square of the host's length: for one of the policy file alone.
 */
export function namesOfHost(host: string): string[] {
  const parts = plainName(host).split(".");
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}
