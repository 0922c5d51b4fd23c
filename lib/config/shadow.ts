/**
 * Finds clients that can never match, because earlier clients match first.
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
 * The earlier clients that together match wherever a later one does.
 *
 * @param earlier The clients before it in the file.
 * @returns null if the client can match: at least one combination of listener
 * and conditions is not covered.
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

/** Whether the wide condition matches wherever the narrow one does. */
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
