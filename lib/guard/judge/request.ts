/**
 * What a guard judges, and what must be known for it.
 *
 * @module
 */

import type { JsonValue } from "../json.ts";
import type { BodyFields } from "../schema/read.ts";

/** A request as it is sent, read. */
export interface GuardedRequest {
  readonly operation: string;
  /** The decoded parameters of its path. */
  readonly parameters: readonly string[];
  /** The raw query. */
  readonly query: string;
  /** The version of the API in its path, as a number: 1.41 is 141; null for none. */
  readonly version: number | null;
  /** Its body; null where its operation has none that is judged. */
  readonly body: BodyFields | null;
}

/** What must be asked of the engine to judge a request; names as in the request. */
export interface Needs {
  /** Containers that it joins, or runs something in. */
  readonly containers: ReadonlySet<string>;
  /** Volumes that may be there already. */
  readonly volumes: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
  /** An exec that is started. */
  readonly execs: ReadonlySet<string>;
  /** Whether the engine is podman. */
  readonly engine: boolean;
}

/** The engine's description of an object; null where there is none. */
export type Described = Readonly<Record<string, JsonValue>> | null;

/** What the engine says of what is in {@link Needs}. */
export interface GuardFacts {
  readonly containers: ReadonlyMap<string, Described>;
  readonly volumes: ReadonlyMap<string, Described>;
  readonly networks: ReadonlyMap<string, Described>;
  readonly execs: ReadonlyMap<string, Described>;
  /** Whether the engine is podman; absent where it was not asked. */
  readonly isPodman?: boolean;
}
