/**
 * The addresses of the host names in a policy file, kept fresh.
 *
 * @module
 */

import { sharedBy } from "../engine/shared.ts";
import { after, every, monotonic, pause } from "../host.ts";
import { canonicalAddress } from "../net/cidr.ts";
import type { LogLevel } from "../observe/level.ts";
import { lookUpHost } from "./look_up.ts";

/** Addresses by host name. */
export type Addresses = ReadonlyMap<string, readonly string[]>;

/** Host names with their addresses. Made by {@link createHosts}. */
export interface Hosts {
  /** The addresses that each name had last; none for a name that has none now. */
  readonly addresses: Addresses;
  /** Sets the names to keep resolved; forgets all others. */
  setNames(names: readonly string[]): void;
  /**
   * Resolves names again, each once for all who ask at the same time, and waits
   * up to {@link MAX_RESOLVE_MS} for them.
   *
   * @returns Those that were resolved in time.
   */
  refresh(names: readonly string[]): Promise<Addresses>;
  /**
   * Since when a name has had an address in every answer, on the monotonic
   * clock in milliseconds; NaN where that is not known.
   */
  since(name: string, address: string): number;
  /** Forgets since when: an address may have had another owner meanwhile. */
  distrust(): void;
  stop(): void;
}

/** What {@link createHosts} needs. */
export interface HostsOptions {
  /** Called when a name has other addresses than before, at most once per {@link MIN_CHANGE_INTERVAL_MS}. */
  readonly changed: () => void;
  readonly tell: (level: LogLevel, message: string) => void;
  /** Resolves a name; rejects where it has no address. {@link lookUpHost} unless a test brings its own. */
  readonly lookUp?: (name: string) => Promise<readonly string[]>;
}

/** Milliseconds between two resolutions that no client has asked for. */
export const RESOLVE_INTERVAL_MS = 30_000;
/** Milliseconds between two reports of a change: some names have other addresses in every answer. */
export const MIN_CHANGE_INTERVAL_MS = 1000;
/** Milliseconds after which a resolution no longer holds up the next one of that name. */
export const OVERTAKE_AFTER_MS = 500;
/** Milliseconds that a client waits for a name server. */
export const MAX_RESOLVE_MS = 2000;

interface State {
  readonly options: Required<HostsOptions>;
  names: readonly string[];
  readonly addresses: Map<string, readonly string[]>;
  /** Since when, by name and address: see {@link Hosts.since}. */
  readonly since: Map<string, number>;
  /** How many resolutions have begun. */
  begun: number;
  /** The number of the resolution that each name's addresses come from, or of the first that counts. */
  readonly latest: Map<string, number>;
  /** When a change was reported last, on the monotonic clock. */
  reportedAt: number;
  /** Cancels the report that is due; null where none is. */
  cancelReport: (() => void) | null;
  /** Ends the resolutions at regular intervals; null before the first name. */
  endInterval: (() => void) | null;
}

/** Keeps names resolved; resolves nothing before there are names. */
export function createHosts(options: HostsOptions): Hosts {
  const state: State = {
    options: { ...options, lookUp: options.lookUp ?? lookUpHost },
    names: [],
    addresses: new Map(),
    since: new Map(),
    begun: 0,
    latest: new Map(),
    reportedAt: -Infinity,
    cancelReport: null,
    endInterval: null,
  };
  const resolve = sharedBy((name) => resolveName(state, name), {
    overtakeAfterMs: OVERTAKE_AFTER_MS,
  });
  const refresh = (names: readonly string[]) => resolveAll(resolve, names);
  return {
    get addresses() {
      return state.addresses;
    },
    setNames(names) {
      for (const name of names) {
        // What was asked while it was no name here is no answer to it.
        if (!state.names.includes(name)) {
          state.latest.set(name, state.begun + 1);
        }
      }
      state.names = names;
      forgetOthers(state);
      if (names.length === 0) return;
      state.endInterval ??= every(
        RESOLVE_INTERVAL_MS,
        () => void refresh(state.names),
      );
    },
    refresh,
    since: (name, address) => state.since.get(keyOf(name, address)) ?? NaN,
    distrust() {
      state.since.clear();
      // So that it is known again before a client needs it.
      void refresh(state.names);
    },
    stop() {
      state.endInterval?.();
      state.cancelReport?.();
    },
  };
}

/** Resolves names, and gives up on those that take too long: a silent name server holds up no client for long. */
async function resolveAll(
  resolve: (name: string) => Promise<readonly string[]>,
  names: readonly string[],
): Promise<Addresses> {
  const resolved = new Map<string, readonly string[]>();
  const resolving = Promise.all(
    names.map(async (name) => resolved.set(name, await resolve(name))),
  );
  await Promise.race([resolving, pause(MAX_RESOLVE_MS)]);
  // A copy: what comes later is not what the caller has seen.
  return new Map(resolved);
}

/** Resolves a name once and takes its addresses over, unless a later resolution has ended before. */
async function resolveName(
  state: State,
  name: string,
): Promise<readonly string[]> {
  const number = ++state.begun;
  const found = await addressesOf(state, name);
  const { addresses, latest, since } = state;
  if (number < (latest.get(name) ?? 0) || !state.names.includes(name)) {
    return addresses.get(name) ?? [];
  }
  latest.set(name, number);
  const before = addresses.get(name);
  for (const address of before ?? []) {
    if (!found.includes(address)) since.delete(keyOf(name, address));
  }
  const now = monotonic();
  for (const address of found) {
    const key = keyOf(name, address);
    if (!since.has(key)) since.set(key, now);
  }
  addresses.set(name, found);
  if (before?.join() !== found.join()) reportChange(state);
  return found;
}

/** The addresses of a name in order; none where it cannot be resolved, since its old address may have another owner now. */
async function addressesOf(
  { options, addresses }: State,
  name: string,
): Promise<readonly string[]> {
  try {
    return (await options.lookUp(name)).toSorted();
  } catch (error) {
    if ((addresses.get(name)?.length ?? 1) > 0) {
      options.tell(
        "warning",
        `the host '${name}' of the policy file has no address now and identifies no client until it has one: ${
          error instanceof Error ? error.message : error
        }; no search domain is added, so write the whole name`,
      );
    }
    return [];
  }
}

/** Reports a change, at once or when enough time has passed since the last report. */
function reportChange(state: State): void {
  state.cancelReport ??= after(
    Math.max(0, state.reportedAt + MIN_CHANGE_INTERVAL_MS - monotonic()),
    () => {
      state.cancelReport = null;
      state.reportedAt = monotonic();
      state.options.changed();
    },
  );
}

function forgetOthers({ names, addresses, since, latest }: State): void {
  for (const name of latest.keys()) {
    if (names.includes(name)) continue;
    for (const address of addresses.get(name) ?? []) {
      since.delete(keyOf(name, address));
    }
    addresses.delete(name);
    latest.delete(name);
  }
}

function keyOf(name: string, address: string): string {
  return `${name} ${canonicalAddress(address)}`;
}
