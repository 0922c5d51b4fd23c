/**
 * Which connection to the admin listener gives way to another.
 *
 * Nobody is turned away for the connections that are open: who has the most
 * loses one, and what lasts longest goes first. So a program that asks `/healthz`
 * is answered while another one holds every place, also where both come from one
 * address, as on a unix socket.
 *
 * @module
 */

import { monotonic } from "../host.ts";
import { parseAddress } from "../net/cidr.ts";
import { isLoopback } from "../net/loopback.ts";
import type { AdminConnection } from "./connection.ts";

/** Milliseconds after which a connection that asks for nothing goes before those that are served. */
const IDLE_MS = 1000;
/** Milliseconds after which a reader of events that takes none is like any other. */
const STALLED_MS = 1000;
/** Groups of an IPv6 address that one host has to itself: 64 bits (RFC 4291 section 2.5.1). */
const NETWORK_GROUPS = 4;

/**
 * Whom a connection is counted for: its address; of IPv6 the network, and the
 * loopback as one, since a host has all their addresses. Empty on a unix socket.
 */
export function holderOf(remote: string): string {
  if (remote === "" || isLoopback(remote)) return "";
  if (!remote.includes(":")) return remote;
  const network = parseAddress(remote)?.slice(0, NETWORK_GROUPS);
  return network?.map((group) => group.toString(16)).join(":") ?? remote;
}

/**
 * The one that gives way: of the holder that has the most, it is the one that
 * has asked for nothing for the longest time, else the oldest. Who reads events
 * stays where there is anyone else.
 *
 * @param among Those that may give way.
 * @param newcomer The holder that needs the room, which is counted as one more
 * of his.
 * @returns null where there is none.
 */
export function whoGivesWay(
  among: Iterable<AdminConnection>,
  newcomer: string,
): AdminConnection | null {
  const now = monotonic();
  const all = [...among];
  const counts = new Map<string, number>([[newcomer, 1]]);
  for (const { holder } of all) {
    counts.set(holder, (counts.get(holder) ?? 0) + 1);
  }
  const keysOf = (one: AdminConnection) => {
    const isIdle = asksForNothing(one, now);
    return [
      readsEvents(one, now) ? 1 : 0,
      -counts.get(one.holder)!,
      isIdle ? 0 : 1,
      isIdle ? one.since : one.opened,
    ];
  };
  const first = all.map((one) => ({ one, keys: keysOf(one) }))
    .sort((a, b) => compare(a.keys, b.keys))[0];
  return first?.one ?? null;
}

/** Compares number by number. */
function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((key, i) => key !== other[i]);
  return at < 0 ? 0 : one[at]! - other[at]!;
}

function readsEvents(
  { reads, phase, since }: AdminConnection,
  now: number,
): boolean {
  return reads && (phase !== "writing" || now - since < STALLED_MS);
}

function asksForNothing(
  { phase, since }: AdminConnection,
  now: number,
): boolean {
  return (phase === "idle" || phase === "closing") && now - since >= IDLE_MS;
}
