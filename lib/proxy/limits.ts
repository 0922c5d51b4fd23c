/**
 * The bounds that settings put on clients and their requests.
 *
 * @module
 */

import type { HeadLimits } from "../http1/limits.ts";

/** Bounds on clients and their requests; times in milliseconds. */
export interface Limits extends HeadLimits {
  /** The most clients at a time; null for as many as the limits of descriptors and memory allow, up to 4000. */
  readonly maxConnections: number | null;
  /** Bytes that the program may hold; null for three quarters of the container's limit. */
  readonly memory: number | null;
  /** Bytes of large heads and of gathered bodies, of all clients together; null for 16 MiB, or a sixteenth of the memory if that is less. */
  readonly heldBytes: number | null;
  /** The most engine connections that wait for a client's next connection. */
  readonly enginePool: number;
  readonly headTimeout: number;
  readonly idleTimeout: number;
  readonly stopGrace: number;
}
