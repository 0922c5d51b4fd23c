/**
 * Engine connections that wait for their next request after their client has
 * gone: most clients open a connection for each request, and another one to the
 * engine costs as much as the request itself.
 *
 * What one client of the policy was answered on is never used for another one,
 * so that whatever an engine sends too late stays with the client that asked.
 *
 * @module
 */

import { isQuiet, monotonic } from "../host.ts";
import { closeSource, hasBytes, rest, type Source } from "../wire/source.ts";

/** Milliseconds that a connection waits at most: engines close idle ones later. */
export const MAX_WAIT_MS = 10_000;

/** A connection that waits. */
interface Waiting {
  /** The name of the client that it was used for. */
  readonly client: string | null;
  readonly engine: Source;
  /** Since when, on the monotonic clock in milliseconds. */
  readonly since: number;
}

/** Made by {@link createEnginePool}. */
export interface EnginePool {
  /**
   * A connection for a client, no longer in the pool; null where none waits.
   *
   * @param client Its name in the policy; null for one that is not in it.
   */
  take(client: string | null): Source | null;
  /** Lets a connection wait for that client, or closes it where there is no room. Nothing may be under way on it. */
  give(client: string | null, engine: Source): void;
  /** Closes those that have waited too long, and those that the engine has ended. */
  sweep(): void;
  /** Closes all; returns how many there were. */
  clear(): number;
  /** How many more may wait. */
  room(): number;
  /** Counts and bounds those that wait elsewhere too. */
  join(other: OtherPool): void;
}

/** Engine connections that wait elsewhere. */
export interface OtherPool {
  /** Closes those that have waited too long; how many wait. */
  sweep(): number;
  /** Closes all; returns how many there were. */
  clearPool(): number;
}

/**
 * Makes an empty pool.
 *
 * @param most How many connections may wait; 0 for none.
 */
export function createEnginePool(most: number): EnginePool {
  /** In the order in which they were given. */
  let waiting: Waiting[] = [];
  let other: OtherPool | null = null;
  return {
    take(client) {
      // The newest first: the others grow old and are closed.
      for (let i = waiting.length - 1; i >= 0; i--) {
        const one = waiting[i]!;
        if (one.client !== client) continue;
        waiting.splice(i, 1);
        if (isUsable(one, monotonic())) return one.engine;
        closeSource(one.engine);
      }
      return null;
    },
    give(client, engine) {
      const others = other?.sweep() ?? 0;
      if (
        waiting.length + others >= most || engine.ended || hasBytes(engine)
      ) return closeSource(engine);
      // A read is under way from now on: it tells when the engine ends its side.
      rest(engine);
      waiting.push({ client, engine, since: monotonic() });
    },
    sweep() {
      other?.sweep();
      if (waiting.length === 0) return;
      const now = monotonic();
      waiting = waiting.filter((one) => {
        const keeps = isUsable(one, now);
        if (!keeps) closeSource(one.engine);
        return keeps;
      });
    },
    clear() {
      const all = waiting;
      waiting = [];
      for (const { engine } of all) closeSource(engine);
      return all.length + (other?.clearPool() ?? 0);
    },
    room: () => most - waiting.length,
    join: (pool) => other = pool,
  };
}

/**
 * Whether a request may be sent on it. The read under way has seen what came up
 * to the last turn of the event loop, the kernel tells of the rest.
 */
function isUsable({ engine, since }: Waiting, now: number): boolean {
  return !engine.ended && !hasBytes(engine) && now - since < MAX_WAIT_MS &&
    isQuiet(engine.conn);
}
