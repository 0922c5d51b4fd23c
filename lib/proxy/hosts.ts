/**
 * The addresses of the host names that a policy file speaks of, kept fresh.
 *
 * @module
 */

import { after, every, monotonic, resolveHost } from "../host.ts";
import type { Level } from "../observe/level.ts";

/** Host names with their addresses. Made by {@link createHosts}. */
export interface Hosts {
  /** Addresses by name; none for a name that has none now. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** The names to keep resolved. */
  setNames(names: readonly string[]): void;
  /** Resolves them anew, once a second at most; waits for it a moment. */
  refresh(): Promise<void>;
  stop(): void;
}

/** Milliseconds between two resolutions, whoever asks. */
const LEAST = 1000;
/** Milliseconds between two resolutions that nobody asks for. */
const EVERY = 30_000;
/** Milliseconds that a client is held up by a name server. */
const PATIENCE = 2000;

/**
 * Keeps names resolved; nothing is asked before there are names.
 *
 * @param changed Called when a name has other addresses than before.
 */
export function createHosts(
  changed: () => void,
  tell: (level: Level, message: string) => void,
): Hosts {
  let names: readonly string[] = [];
  let addresses = new Map<string, readonly string[]>();
  let begunAt = -Infinity;
  let resolving: Promise<void> | null = null;
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

  const resolveAll = async () => {
    begunAt = monotonic();
    const asked = names;
    const found = await Promise.all(asked.map(addressesOf));
    const next = new Map(asked.map((name, i) => [name, found[i]!]));
    const same = next.size === addresses.size &&
      [...next].every(([name, list]) =>
        addresses.get(name)?.join() === list.join()
      );
    addresses = next;
    if (!same) changed();
  };

  const refresh = async () => {
    if (names.length === 0) return;
    if (resolving === null && monotonic() - begunAt < LEAST) return;
    resolving ??= resolveAll().finally(() => resolving = null);
    // A name server that is silent holds up no client for long.
    await Promise.race([
      resolving,
      new Promise<void>((resolve) => after(PATIENCE, resolve)),
    ]);
  };

  return {
    get addresses() {
      return addresses;
    },
    setNames(next) {
      names = next;
      begunAt = -Infinity;
      if (names.length > 0) endEvery ??= every(EVERY, () => void refresh());
    },
    refresh,
    stop: () => endEvery?.(),
  };
}
