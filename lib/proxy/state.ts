/**
 * The state of one client connection, and of the request that is on its way.
 * What changes it stands in `connection.ts`, `exchange.ts` and `upload.ts`.
 *
 * @module
 */

import type { NoAnswer } from "../engine/ask.ts";
import type { AnswerGuard } from "../guard/hide/rewrite.ts";
import type { ResponseHead } from "../http1/response.ts";
import type { OpenListener } from "../listen/listener.ts";
import type { EngineAddress } from "../net/address.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import type { RemedyText, RequestRecord } from "../observe/record.ts";
import type { Body } from "../wire/body.ts";
import type { Source } from "../wire/source.ts";
import type { Peer } from "../identity/peer.ts";
import type { Access, Identified } from "./access.ts";
import type { Auditor } from "./auditor.ts";
import type { EnginePool } from "./engine_pool.ts";
import type { HeldRequest } from "./gate.ts";
import type { HideMemo } from "./hide_memo.ts";
import type { Limits } from "./limits.ts";
import type { Slot } from "./client_counts.ts";
import type { Phase } from "./phases.ts";
import type { SendPlan } from "./plan.ts";
import type { Looked, Recorder } from "./recorder.ts";
import type { Passing, Refusal } from "./refusal.ts";
import type { KeptIds } from "./request_id.ts";
import type { TunnelCount } from "./tunnel.ts";

/** Bytes that are held, and by whom. */
export interface Share {
  /** The most bytes that may be held. */
  readonly most: number;
  held: number;
  /** Bytes by the address or unix listener of a client; none is 0. */
  readonly byHolder: Map<string, number>;
}

/** What is held of all requests. Made by `createBudget`. */
export interface Budget {
  readonly all: Share;
  /** Large heads, which count in `all` too. */
  readonly heads: Share;
}

/** What all sessions share. */
export interface SessionContext {
  readonly access: Access;
  readonly engine: EngineAddress;
  readonly limits: Limits;
  /** The head of an answer by its exact text, which is kept; null where it is malformed. */
  readonly answerHead: (text: string) => ResponseHead | null;
  /** What answers were rewritten to for what is hidden; emptied whenever rights may have changed. */
  readonly hidden: HideMemo;
  readonly budget: Budget;
  /** Whether there is memory for one more client. */
  readonly hasMemory: () => boolean;
  /** Engine connections of clients that have gone, for their next requests. */
  readonly pool: EnginePool;
  /** Gets the record of each request that has ended. */
  readonly observe: (record: RequestRecord) => void;
  /** Learns from requests; null where nobody does. */
  readonly recorder: Recorder | null;
  /** Writes the audit; null where there is none. */
  readonly auditor: Auditor | null;
  /** Called when the system does not let us connect to the engine. */
  readonly denied: () => void;
  /** Asks the engine whether it is well; null if so, else the reason. */
  readonly health: () => Promise<string | null>;
  /** Carries plain requests; null where the runtime cannot, or all must pass here. */
  carrying: Carrying | null;
}

/** What carries plain requests. Made by `createCarrying`. */
export interface Carrying {
  /** Accepts from a listener from now on; false where that cannot be carried. */
  acceptFrom(from: OpenListener): boolean;
  /** Closes both sides of a connection at once, and records what was under way. */
  close(session: Session): void;
  /** Bytes of the answer under way that the client got. */
  sent(session: Session): number;
}

/** One client connection. */
export interface Session {
  readonly context: SessionContext;
  /** The client's address, as logged. */
  readonly address: string;
  /** What identifies the client. */
  readonly peer: Peer;
  /** Who it is; null until that is known. */
  identified: Identified | null;
  /** The look-up that began when the connection was accepted; null once it was used. */
  identifying: Promise<Identified | NoAnswer> | null;
  /** The request that is on its way; null between requests. */
  exchange: Exchange | null;
  /** Whether the client is on this host, so that it may ask for the health check. */
  readonly local: boolean;
  /** Its number while its bytes are carried by the runtime, and once it has ended so; 0 where they pass here. */
  carried: number;
  /** Nothing is read of it while it is carried. */
  client: Source;
  engine: Source | null;
  /** Whether the engine connection may go to the client's next connection: its last request was a plain one, whose answer came whole. */
  spare: boolean;
  /** What it does; changed by `enter` alone. */
  phase: Phase;
  /** When the phase began, on the monotonic clock in milliseconds. */
  since: number;
  /** Requests served in a row from bytes that were at hand. */
  atHand: number;
  /** No further request is taken: the program stops. */
  stopping: boolean;
  /**
   * Whether its right to the request is being checked, and whether it must be
   * checked again; null where it is not.
   */
  rechecking: "once" | "again" | null;
  /** Bytes that the budget counts for the request under way. */
  held: number;
  /** Those of them that are its head. */
  heldHead: number;
  /** Whether a write is under way that shows if the client has gone. */
  probing: boolean;
  /** The place of the request that is about to be served; null for one of a client without limits. */
  slot: Slot | null;
  /** What it keeps to give requests their ids. */
  readonly ids: KeptIds;
  /** Why we have closed it while it was busy; null where we have not. */
  cause: ReasonCode | null;
}

/** One request that is on its way, and what is counted of it. */
export interface Exchange {
  readonly session: Session;
  /** Its id, as the engine and the client get it; empty without an audit. */
  readonly id: string;
  /** Whether the audit says that it was let through. */
  audited: boolean;
  /** Replaced once, where it is held to a scope: by one under the object's id. */
  plan: SendPlan;
  readonly body: Body;
  /** As it is held to its client's scope: what its answer must be filtered for; null where it is not held. */
  held: HeldRequest | null;
  /** How its answer is rewritten for what is hidden from the client; null where it is not. */
  answers: AnswerGuard | null;
  /** What judges its body as it passes; null where nothing does. */
  passing: PassingBody | null;
  /** What is sent first: the head, with what has come of the body or all of it. */
  first: Uint8Array<ArrayBuffer>;
  /** The whole body, where it was gathered; null where it streams. */
  content: Uint8Array | null;
  /** The same as long as it is under way, and no other's. */
  readonly number: number;
  /** When its head had come, on the monotonic clock in milliseconds. */
  readonly started: number;
  /** When it had passed the gate, on the same clock; null before that. */
  passedAt: number | null;
  /** Milliseconds until the engine answered; null before that. */
  engineMs: number | null;
  /** The status of the final answer; 0 before that. */
  status: number;
  /** Bytes of the answer that the client got. */
  bytesOut: number;
  /** The client for which, and so the policy under which, it passed the gate; null before that. */
  passedFor: Identified | null;
  /** Its place among what its client has under way; null for a client without limits. */
  slot: Slot | null;
  /** Milliseconds that its client's limits held back what it uploads. */
  slowedMs: number;
  /** Ends the grace time of a cancelled stream; null where none was cancelled. */
  endGrace: (() => void) | null;
  /** What carries the rest of the body; null where there is none. */
  upload: Upload | null;
  /** What went through its tunnel so far; null where there is none. */
  tunnelled: TunnelCount | null;
  /** The client got a 100 that it did not ask for, to see whether it is there. */
  asked: boolean;
  /** The client has got a part of the final answer. */
  answering: boolean;
  /** Why it would be refused without the dry run; null if it would not be. */
  wouldRefuse: Refusal | null;
  /** What would allow it, where what has refused it knows that. */
  remedies: readonly RemedyText[] | undefined;
  /** Why it failed, as seen first; null while it has not. */
  fault: Fault | null;
  /** What the recorder has seen of it; null where nothing is recorded. */
  looked: Looked | null;
}

/** A body that is being judged as it passes. */
export interface PassingBody extends Passing {
  /** What has come and may not be sent yet. */
  readonly held: Uint8Array<ArrayBuffer>[];
  /** Whether nothing is judged any more: a dry run lets through what is refused. */
  over: boolean;
}

/** Why an exchange failed. */
export interface Fault {
  readonly code: ReasonCode;
  /** The status to answer with, where there is no answer yet. */
  readonly status: number;
  /** What to tell the client; empty where the code says it all. */
  readonly reason: string;
  /** What a guard has found. */
  readonly findings: readonly string[] | undefined;
}

/** A body on its way to the engine. Made by `startUpload`. */
export interface Upload {
  /** `complete` once the engine has the whole body; `stopped` where it will not get it. */
  state: "running" | "complete" | "stopped";
  /** Resolves, never rejects, when nothing is carried any more. */
  ended: Promise<void>;
}

/** A response head that has arrived. */
export interface AnswerHead {
  readonly head: ResponseHead;
  /** Its bytes, directly before the source's `start`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}
