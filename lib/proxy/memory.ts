/**
 * Bounds the memory of clients: where little of it is left, new clients are
 * turned away before those that are served run out.
 *
 * @module
 */

import {
  boundMemory,
  collectMemory,
  memoryHeld,
  memoryLimit,
  monotonic,
} from "../host.ts";
import { boundGrowth } from "../wire/source.ts";
import type { Limits } from "./limits.ts";

/** Bytes of large heads and of gathered bodies, where memory has no bound. */
const USUAL_HELD_BYTES = 16 << 20;
/** The share of a container's memory that the program may hold; the rest is the runtime's and the system's. */
const SHARE_OF_CONTAINER = 3 / 4;
/** The share of that which the buffers of transfers may take. */
const SHARE_OF_TRANSFERS = 1 / 4;
/** The share of that which heads and bodies may have in bytes: a body that is read takes several times its size. */
const SHARE_OF_BODIES = 1 / 16;

/** The share of the memory from which on new clients are turned away; the rest is for those that are served. */
const SHARE_FOR_ALL = 7 / 8;
/** Milliseconds between two collections for new clients: one takes some milliseconds. */
const COLLECT_AFTER_MS = 1000;

/** What the runtime tells and does; a test has its own. */
export interface Memory {
  /** Bytes that the program holds; null where it cannot be told. */
  held(): number | null;
  /** Frees what the program cannot reach any more. */
  collect(): void;
  /** Bounds what the program may hold; false where this runtime cannot. */
  bound(bytes: number): boolean;
  /** Milliseconds. */
  now(): number;
}

const RUNTIME: Memory = {
  held: memoryHeld,
  collect: collectMemory,
  bound: boundMemory,
  now: monotonic,
};

/**
 * The memory that there is, in bytes: the container's, or what the settings
 * allow with the share that is not the program's; null for no limit.
 */
export function memoryOf({ memory }: Limits): number | null {
  return memory === null ? memoryLimit() : memory / SHARE_OF_CONTAINER;
}

/** What may be held; made by {@link boundedMemory}. */
export interface MemoryBound {
  /** Bytes of large heads and of gathered bodies, of all clients together. */
  readonly heldBytes: number;
  /** Whether there is memory for one more client, each time it is asked. */
  readonly hasRoom: () => boolean;
}

/**
 * Bounds the memory of the program, as the settings or the container's limit
 * say.
 *
 * @param tell Is told of a setting that has no effect here, and of a bound that
 * leaves no room for clients.
 */
export function boundedMemory(
  limits: Limits,
  tell: (message: string) => void,
  memory: Memory = RUNTIME,
): MemoryBound {
  const container = memoryOf(limits);
  const most = container === null ? null : container * SHARE_OF_CONTAINER;
  const isBounded = most !== null && memory.bound(most);
  if (limits.memory !== null && !isBounded) {
    tell(
      "--memory-limit has no effect: the runtime of this build cannot bound its memory; the lean build can",
    );
  }
  if (!isBounded) {
    return {
      heldBytes: limits.heldBytes ?? USUAL_HELD_BYTES,
      hasRoom: () => true,
    };
  }
  boundGrowth(most * SHARE_OF_TRANSFERS);
  const hasRoom = roomBelow(most * SHARE_FOR_ALL, memory);
  if (!hasRoom()) {
    tell(
      `the program itself holds nearly all of the ${
        Math.floor(most / 1024)
      } KiB that it may: every client gets 503; raise --memory-limit, or the container's limit`,
    );
  }
  return {
    heldBytes: limits.heldBytes ??
      Math.min(USUAL_HELD_BYTES, most * SHARE_OF_BODIES),
    hasRoom,
  };
}

/** Asks whether less than that many bytes are held, once what is lost is freed. */
export function roomBelow(limit: number, memory: Memory): () => boolean {
  const isShort = () => (memory.held() ?? 0) > limit;
  let collectedAt = -Infinity;
  return () => {
    if (!isShort()) return true;
    if (memory.now() - collectedAt < COLLECT_AFTER_MS) return false;
    collectedAt = memory.now();
    memory.collect();
    return !isShort();
  };
}
