/**
 * What is recorded of a request when it ends: the one record that the log and
 * every other observer get.
 *
 * @module
 */

import type { ReasonCode } from "./reasons.ts";

/**
 * The version of the record's fields, in each line of the JSON log. A new field
 * keeps the version; a field that changes or goes raises it.
 */
export const RECORD_VERSION = 1;

/**
 * The version of the audit's lines (docs/audit.md). A new field keeps the
 * version; a field that changes or goes raises it.
 */
export const AUDIT_VERSION = 1;

/** A text that allows a request once it is added to the settings. */
export interface RemedyText {
  /** Variables, a flag, or lines of the policy file. */
  readonly kind: "switch" | "flag" | "policy";
  readonly text: string;
  /** Where it belongs, or what goes with it (`and remove …`); empty where that is plain. */
  readonly where: string;
}

/** One request that has ended. */
export interface RequestRecord {
  /** The client's address: an IP address, or `unix:` with the path of the listener's socket. */
  readonly remote: string;
  /** The client's name in the policy file, `default` for a client that is not in it; empty without clients. */
  readonly client: string;
  /** The name of the container that has the address; empty where none is known. */
  readonly container: string;
  /** Name of the operation; `-` where there is none. */
  readonly operation: string;
  /** The method; `-` where the head could not be read. */
  readonly method: string;
  /** The path without its query, which may hold secrets; `-` where the head could not be read. */
  readonly path: string;
  /** The status that the client got; 0 where it got none. */
  readonly status: number;
  /** Milliseconds from the request's last byte of head to the engine's answer; null where the engine was not asked. */
  readonly engineMs: number | null;
  /** Milliseconds of those until it had passed the gate, or was answered by us. */
  readonly ownMs: number;
  /** Bytes of the body from the client, without chunk framing. */
  readonly bytesIn: number;
  /** Bytes of the answer to the client, with its head. */
  readonly bytesOut: number;
  /** Why it was refused, or how it ended. */
  readonly code: ReasonCode;
  /** The setting that decided, such as `CONTAINERS=1` or `policy.yaml:5:7 container.*`; empty where none did. */
  readonly rule: string;
  /** The code in a sentence, such as the remedy of a refusal; empty where there is nothing to add. */
  readonly message: string;
  /** Why the request would have been refused; null where it was not let through by a dry run. */
  readonly wouldRefuse: ReasonCode | null;

  /** The object that a request to a scope reached, by its full id; a volume and an image by name. */
  readonly object?: string | undefined;
  /** By which keys of the client's scope it was reached. */
  readonly scope?: string | undefined;

  /** What would allow it, where that is known only when it is refused; what else would, the policy tells. */
  readonly remedies?: readonly RemedyText[] | undefined;

  /** Findings of the guards. */
  readonly findings?: readonly string[] | undefined;
  /** The request's id, as the client and the engine got it. */
  readonly requestId?: string | undefined;
  /** The hash of the policy in force. */
  readonly policyHash?: string | undefined;
  /** Milliseconds that the client's limits held back its body, or what it wrote into a tunnel. */
  readonly slowedMs?: number | undefined;

  // A place for what a later release records: it is left out until then.

  /** Names of the query's parameters; never their values. */
  readonly queryKeys?: readonly string[];
}
