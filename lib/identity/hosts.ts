/**
 * The addresses of the host names that a policy file speaks of, kept fresh.
 *
 * @module
 */

import { after, every, monotonic, pause, resolveHost } from "../host.ts";
import type { LogLevel } from "../observe/level.ts";
import { canonicalAddress } from "../net/cidr.ts";
import { sharedBy } from "../engine/shared.ts";

/** Addresses by host name. */
export type Addresses = ReadonlyMap<string, readonly string[]>;

/** Host names with their addresses. Made by {@link createHosts}. */
export interface Hosts {
  /** What was found last; none for a name that has none now. */
  readonly addresses: Addresses;
  /** The names to keep resolved. */
  setNames(names: readonly string[]): void;
  /**
   * Resolves names anew, each once for all who ask meanwhile, and waits a
   * moment for them.
   *
   * @returns Those that were resolved in time.
   */
  refresh(names: readonly string[]): Promise<Addresses>;
  /**
   * Since when a name is known to have had an address without a break, on the
   * monotonic clock in milliseconds; NaN where that is not known.
   */
  since(name: string, address: string): number;
  /** Forgets since when: an address may have been another's meanwhile. */
  distrust(): void;
  stop(): void;
}

/** Milliseconds between two resolutions that nobody asks for. */
const RESOLVE_INTERVAL_MS = 30_000;
/** Milliseconds between two changes that are told. */
const MIN_CHANGE_INTERVAL_MS = 1000;
/** Milliseconds after which a look-up is not waited for before the next one begins. */
const OVERTAKE_AFTER_MS = 500;
/** Milliseconds that a client is held up by a name server. */
const RESOLVE_TIMEOUT_MS = 2000;

/**
 * Keeps names resolved; nothing is asked before there are names.
 *
 * @param changed Called when a name has other addresses than before.
 */
export function createHosts(
  changed: () => void,
  tell: (level: LogLevel, message: string) => void,
): Hosts {
  let names: readonly string[] = [];
  const addresses = new Map<string, readonly string[]>();
  /** By name and address. */
  const held = new Map<string, number>();
  let endEvery: (() => void) | null = null;

  const addressesOf = async (name: string): Promise<readonly string[]> => {
    try {
      return (await resolveHost(name)).toSorted();
    } catch (error) {
      // Whoever has its old address now must not pass for it.
      if ((addresses.get(name)?.length ?? 1) > 0) {
        tell(
          "warning",
          `the host '${name}' of the policy file has no address now: ${
            error instanceof Error ? error.message : error
          }`,
        );
      }
      return [];
    }
  };

  let toldAt = -Infinity;
  let forgetTelling: (() => void) | null = null;

  /** Tells of a change, at once or a moment after the last: some names have other addresses in every answer. */
  const tellChange = () => {
    forgetTelling ??= after(
      Math.max(0, toldAt + MIN_CHANGE_INTERVAL_MS - monotonic()),
      () => {
        forgetTelling = null;
        toldAt = monotonic();
        changed();
      },
    );
  };

  let begun = 0;
  /** The number of the look-up that each name's addresses are of. */
  const latest = new Map<string, number>();

  const resolve = sharedBy(async (name) => {
    const number = ++begun;
    const found = await addressesOf(name);
    // A later one has overtaken it, or nobody wants to know any more.
    if (number < (latest.get(name) ?? 0) || !names.includes(name)) {
      return addresses.get(name) ?? [];
    }
    latest.set(name, number);
    const before = addresses.get(name);
    for (const address of before ?? []) {
      if (!found.includes(address)) held.delete(keyOf(name, address));
    }
    const now = monotonic();
    for (const address of found) {
      const key = keyOf(name, address);
      if (!held.has(key)) held.set(key, now);
    }
    addresses.set(name, found);
    if (before?.join() !== found.join()) tellChange();
    return found;
  }, OVERTAKE_AFTER_MS);

  const refresh = async (wanted: readonly string[]): Promise<Addresses> => {
    const fresh = new Map<string, readonly string[]>();
    const resolving = Promise.all(
      wanted.map(async (name) => fresh.set(name, await resolve(name))),
    );
    // A name server that is silent holds up no client for long.
    await Promise.race([resolving, pause(RESOLVE_TIMEOUT_MS)]);
    // What comes too late is not what the caller has seen.
    return new Map(fresh);
  };

  return {
    get addresses() {
      return addresses;
    },
    setNames(next) {
      names = next;
      for (const [name, list] of addresses) {
        if (names.includes(name)) continue;
        for (const address of list) held.delete(keyOf(name, address));
        addresses.delete(name);
        latest.delete(name);
      }
      if (names.length === 0) return;
      endEvery ??= every(RESOLVE_INTERVAL_MS, () => void refresh(names));
    },
    refresh,
    since: (name, address) => held.get(keyOf(name, address)) ?? NaN,
    distrust() {
      held.clear();
      // So that it is known again before anybody asks.
      void refresh(names);
    },
    stop() {
      endEvery?.();
      forgetTelling?.();
    },
  };
}

function keyOf(name: string, address: string): string {
  return `${name} ${canonicalAddress(address)}`;
}
