/**
 * What the admin listener answers, as types: the paths under `/api/v1/`, and the
 * events. The OpenAPI file (`openapi.ts`) says the same in its own language; a
 * test holds both against the answers.
 *
 * Names are those of the JSON log. Times are texts of RFC 3339 in UTC, with
 * milliseconds. Bytes and counts are since the start of the program.
 *
 * @module
 */

import type { ReasonCode } from "../observe/reasons.ts";
import type { RemedyText } from "../observe/record.ts";

/** `GET /readyz`. */
export interface Readiness {
  readonly ready: boolean;
  /** What is not well, one sentence each; empty where it is ready. */
  readonly reasons: readonly string[];
}

/** Every error: `{"message": "…"}`, as the engine writes it. */
export interface ErrorAnswer {
  readonly message: string;
}

/** `GET /api/v1/state`: how it is going. */
export interface State {
  readonly version: string;
  readonly runtime: "lean" | "v8" | "quickjs";
  readonly started: string;
  readonly now: string;
  readonly engine: {
    readonly address: string;
    /** Whether it answered when it was asked last; by the watchdog, where there is one. */
    readonly up: boolean;
    /** Empty while it has not answered. */
    readonly version: string;
    readonly api_version: string;
    /** When it was asked last; null before that. */
    readonly checked: string | null;
  };
  readonly policy: {
    /** The hash of the policy in force; empty where it is not known. */
    readonly hash: string;
    /** When it was put in force. */
    readonly loaded: string;
    /** The last time that it was read again; null where it never was. */
    readonly reload: {
      readonly at: string;
      readonly ok: boolean;
      readonly message: string;
    } | null;
    readonly dry_run: boolean;
    /** How many clients the policy file names. */
    readonly clients: number;
  };
  readonly connections: { readonly open: number; readonly max: number };
  /** How many streams are open. */
  readonly streams: number;
  readonly totals: {
    readonly requests: number;
    readonly allowed: number;
    readonly refused: number;
    readonly would_refuse: number;
    readonly failed: number;
    readonly bytes_in: number;
    readonly bytes_out: number;
    readonly log_lines_dropped: number;
  };
  /** Over the last ten seconds. */
  readonly rates: {
    readonly requests_per_second: number;
    readonly refused_per_second: number;
  };
  readonly memory: {
    /** Null where the runtime does not tell. */
    readonly resident_bytes: number | null;
    /** What is held of large heads and of bodies that are read whole. */
    readonly held_bytes: number;
  };
  /** Null where no audit is written. */
  readonly audit: { readonly on: boolean; readonly dropped: number } | null;
}

/** One rule of a client. */
export interface PolicyRule {
  /** As written: `container.*:read`, `CONTAINERS=1`, `GET /new/route`. */
  readonly rule: string;
  /** Where it stands: `policy.yaml:5:7`, `--allow`, `environment`. */
  readonly where: string;
  /** The operations that it grants or refuses; empty for a path rule. */
  readonly operations: readonly string[];
  readonly effect: "allow" | "deny";
  /** When it ends; left out where it never does. */
  readonly until?: string;
}

/** One client of the policy. */
export interface PolicyClient {
  /** `default` for all connections that match no client of the file; empty where there is no file with clients. */
  readonly name: string;
  /** How it is identified, one sentence each; empty for `default`. */
  readonly identity: readonly string[];
  readonly rules: readonly PolicyRule[];
  /** What the rights cover, in words; null for all. */
  readonly scope: readonly string[] | null;
  /** What is judged inside of requests, in words; null for nothing. */
  readonly guard: readonly string[] | null;
  /** What is hidden in answers; null for nothing. */
  readonly hide: readonly string[] | null;
  /** How much it may ask for, one sentence each; null for no limits. */
  readonly limits: readonly string[] | null;
}

/** `GET /api/v1/policy`: who can do what. */
export interface PolicyAnswer {
  readonly hash: string;
  readonly clients: readonly PolicyClient[];
}

/** What became of one operation for one client. */
export interface OperationUse {
  readonly operation: string;
  /** What it is for, as the table of operations groups it: `read`, `sensitive-read`, `write`, `exec`. */
  readonly access: string;
  readonly granted: boolean;
  /** How often it was let through. */
  readonly used: number;
  /** How often it was refused, or would have been but for the dry run. */
  readonly refused: number;
  readonly last_used: string | null;
  readonly last_refused: string | null;
}

/** `GET /api/v1/clients`: who used what. Operations are listed that are granted, used or refused. */
export interface ClientsAnswer {
  /** Since when it is counted. */
  readonly since: string;
  readonly clients: readonly {
    readonly name: string;
    readonly operations: readonly OperationUse[];
  }[];
}

/** What keeps a request open. */
export const STREAM_KINDS = ["stream", "tunnel", "upload", "wait"] as const;

/** One of them. */
export type StreamKind = typeof STREAM_KINDS[number];

/** One request that is under way and has no plain answer. */
export interface Stream {
  /** The same in each answer while it is open. */
  readonly id: number;
  readonly client: string;
  readonly container: string;
  readonly remote: string;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly kind: StreamKind;
  readonly started: string;
  readonly age_seconds: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  /** Both directions, over the last seconds. */
  readonly bytes_per_second: number;
}

/** `GET /api/v1/streams`: what is open, oldest first; `total` counts those beyond the first 500 too. */
export interface StreamsAnswer {
  readonly total: number;
  readonly streams: readonly Stream[];
}

/** What became of a request. */
export const DECISIONS = [
  "allowed",
  "refused",
  "would_refuse",
  "failed",
] as const;

/** One of them. */
export type DecisionWord = typeof DECISIONS[number];

/**
 * What would allow a refused request: a variable to set, a flag to add, or lines
 * of the policy file. `where` says where it belongs, such as `allow of client
 * 'web' (policy.yaml:3:3)`, or what goes with it (`and remove …`).
 */
export type Remedy = RemedyText;

/** One request that has ended. */
export interface Decision {
  /** Ascends in the order of the ends. */
  readonly id: number;
  readonly time: string;
  readonly client: string;
  readonly container: string;
  readonly remote: string;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly decision: DecisionWord;
  readonly code: ReasonCode;
  /** The setting that decided; empty where none did. */
  readonly rule: string;
  readonly message: string;
  /** What would allow it, under the policy in force now; empty where nothing would, or nothing has to. */
  readonly remedies: readonly Remedy[];
  /** Why nothing would, in a clause; empty where something does, or nothing has to. */
  readonly no_remedy: string;
  readonly engine_ms: number | null;
  readonly own_ms: number;
  readonly in: number;
  readonly out: number;
  readonly request_id?: string;
}

/** `GET /api/v1/decisions`: the last requests, newest first. */
export interface DecisionsAnswer {
  readonly decisions: readonly Decision[];
  /** What to give as `before` for the ones before; null where there are none. */
  readonly next: number | null;
}

/** `GET /api/v1/unused`: what is granted and was not used. */
export interface UnusedAnswer {
  readonly since: string;
  readonly clients: readonly {
    readonly name: string;
    readonly unused: readonly string[];
    /** The least that was used, as YAML of a policy file; comments say what it cannot know. */
    readonly policy: string;
  }[];
}

/** `GET /api/v1/series`: the last hour, 360 values of 10 seconds each, oldest first. */
export interface SeriesAnswer {
  readonly step_seconds: 10;
  /** When the last value ends; it may be in the future, and then counts less than ten seconds. */
  readonly end: string;
  readonly requests: readonly number[];
  readonly refused: readonly number[];
  readonly failed: readonly number[];
  /** Null where nothing was measured. */
  readonly engine_p50_ms: readonly (number | null)[];
  readonly engine_p99_ms: readonly (number | null)[];
  readonly own_p99_ms: readonly (number | null)[];
}

/** `event: decisions` of `GET /api/v1/events`: newest last. */
export interface DecisionsEvent {
  readonly decisions: readonly Decision[];
  /** How many were left out since the last such event, because too many came or the reader was slow. */
  readonly skipped: number;
}

/** Every answer under `/api/v1/` by its path. */
export interface Answers {
  readonly "/api/v1/state": State;
  readonly "/api/v1/policy": PolicyAnswer;
  readonly "/api/v1/clients": ClientsAnswer;
  readonly "/api/v1/streams": StreamsAnswer;
  readonly "/api/v1/decisions": DecisionsAnswer;
  readonly "/api/v1/unused": UnusedAnswer;
  readonly "/api/v1/series": SeriesAnswer;
}
