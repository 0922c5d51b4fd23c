/**
 * Looks up a host name as it stands. A search domain would also ask for other
 * names, and the engine's resolver answers those with any container that has
 * one of them as an alias.
 *
 * @module
 */

import { readTextFile, resolveHost } from "../host.ts";
import { addressesInHosts, plainName } from "../net/host_name.ts";

/** The addresses that this system's hosts file gives a name; none where it cannot be read. */
export function addressesByFile(name: string): string[] {
  try {
    return addressesInHosts(readTextFile("/etc/hosts"), name);
  } catch {
    return [];
  }
}

/**
 * The addresses of a host name: from the hosts file, or else from the name
 * servers, which are asked for the absolute name (RFC 1034, section 3.1) and no
 * other. The hosts file is read here because the system's resolver finds no
 * name in it that ends with a dot.
 *
 * @param resolve Asks the system's resolver.
 * @throws Where there are none.
 */
export async function lookUpHost(
  name: string,
  byFile: (name: string) => readonly string[] = addressesByFile,
  resolve: (name: string) => Promise<readonly string[]> = resolveHost,
): Promise<readonly string[]> {
  const known = byFile(name);
  return known.length > 0 ? known : await resolve(`${plainName(name)}.`);
}
