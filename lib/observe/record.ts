/**
 * What is known when a request has ended: the one record that the log and
 * every other observer get.
 *
 * @module
 */

/** How a request ended. */
export type Ending =
  | "complete"
  | "refused"
  | "malformed"
  | "engine unreachable"
  | "engine closed"
  | "engine answered wrongly"
  | "client closed"
  | "client body malformed"
  | "stopped"
  /** The client has lost the right to it. */
  | "revoked"
  /** Its connection was closed for somebody else's. */
  | "no room"
  /** The engine does not say who the client is. */
  | "client unknown";

/** One request that has ended. */
export interface RequestRecord {
  /** The client's address. */
  readonly client: string;
  /** The client's name in the policy file, `default` for none of its clients; empty without a policy file. */
  readonly name: string;
  /** The container that owns the address; empty where none is known. */
  readonly container: string;
  /** Name of the operation; `-` where it is none. */
  readonly operation: string;
  readonly method: string;
  /** The path without its query, which may hold secrets. */
  readonly path: string;
  /** The status that the client got; 0 where it got none. */
  readonly status: number;
  /** Milliseconds from the request's last byte of head to the engine's answer; null where it was not asked. */
  readonly engineMs: number | null;
  /** Bytes of the body from the client, and of the answer to it with its head. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly ending: Ending;
  /** More on the ending, such as the reason of a refusal; else empty. */
  readonly detail: string;
  /** Whether a dry run let it through; the detail says why it would be refused. */
  readonly dryRun: boolean;
}
