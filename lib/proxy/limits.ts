/**
 * The bounds that settings put on clients and their requests.
 *
 * @module
 */

import type { HeadLimits } from "../http1/request.ts";

/** Bounds on clients and their requests; times in milliseconds. */
export interface Limits extends HeadLimits {
  /** Clients at once; null: as many as the descriptor limit carries, 4000 at most. */
  readonly maxConnections: number | null;
  readonly headTimeout: number;
  readonly idleTimeout: number;
  readonly stopGrace: number;
}
