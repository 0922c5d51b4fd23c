/**
 * What answers are made of, beside what is counted: the server, its policy and
 * its engine, as they are when it is asked.
 *
 * @module
 */

import type { ClientCounts } from "../proxy/client_counts.ts";
import type { OpenRequest } from "../proxy/under_way.ts";
import type { Policy } from "../policy/compile.ts";
import type { State } from "./api.ts";
import type { EngineStatus } from "./engine_status.ts";
import type { Rates } from "./streams.ts";
import type { Watch } from "./watch.ts";

/** What is looked at. Made where the program serves. */
export interface Facts {
  readonly watch: Watch;
  readonly engine: EngineStatus;
  /** Transfer rates of what is open. */
  readonly rates: Rates;
  readonly version: string;
  readonly runtime: State["runtime"];
  readonly dryRun: boolean;
  readonly maxConnections: number;
  readonly policy: () => Policy;
  /** The hash of a policy; empty where it is not known. */
  readonly hashOf: (policy: Policy) => string;
  /** When the policy was put in force, and the last time that it was read again. */
  readonly reloads: Reloads;
  readonly connections: () => number;
  readonly heldBytes: () => number;
  readonly underWay: () => OpenRequest[];
  /** The clients that have limits, with what they have under way. */
  readonly limited: () => Iterable<ClientCounts>;
  readonly residentBytes: () => number | null;
  readonly logLinesDropped: () => number;
  /** How many questions the engine was asked for sockwarden itself. */
  readonly lookUps: () => number;
  /** Null where no audit is written. */
  readonly audit: () => State["audit"];
  /** Whether the program is about to stop. */
  readonly stopping: () => boolean;
  /** The wall clock in milliseconds. */
  readonly now: () => number;
}

/** What is known of the policy's reloads. */
export interface Reloads {
  /** When the policy in force was put there, in milliseconds since 1970. */
  loaded: number;
  last:
    | { readonly at: number; readonly ok: boolean; readonly message: string }
    | null;
  /** How often it was read again, with and without success. */
  ok: number;
  failed: number;
}
