/**
 * Clients that can never match, since others before them always do.
 *
 * @module
 */

import { covers } from "../net/cidr.ts";
import {
  type ClientIdentity,
  formatSelector,
  type Selector,
} from "../policy/clients.ts";

/**
 * The clients that together hold wherever a later one does.
 *
 * @param earlier The clients before it in the file.
 * @returns null where the client can match. Where some of its ways in are
 * taken and others are not, it can.
 */
export function shadowsOf(
  client: ClientIdentity,
  earlier: readonly ClientIdentity[],
): ClientIdentity[] | null {
  const shadows = new Set<ClientIdentity>();
  const conditions = client.from.length > 0 ? client.from : [[]];
  const listeners = client.listen.length > 0 ? client.listen : [null];
  for (const listener of listeners) {
    for (const each of conditions) {
      const shadow = earlier.find(({ from, listen }) =>
        (listener === null ? listen.length === 0 : listen.includes(listener)) &&
        (from.length === 0 ||
          from.some((wider) =>
            wider.every((one) => each.some((other) => implies(other, one)))
          ))
      );
      if (shadow === undefined) return null;
      shadows.add(shadow);
    }
  }
  return [...shadows];
}

/** Whether a condition holds wherever another does. */
function implies(narrow: Selector, wide: Selector): boolean {
  if (narrow.kind === "cidr" && wide.kind === "cidr") {
    return narrow.cidr.bits >= wide.cidr.bits &&
      covers(wide.cidr, narrow.cidr.text.split("/", 1)[0]!);
  }
  if (narrow.kind === "label" && wide.kind === "label" && wide.value === null) {
    return narrow.key === wide.key;
  }
  return narrow.kind === wide.kind &&
    formatSelector(narrow) === formatSelector(wide);
}
