/**
 * Who learns from requests (`lib/learn/`), as the proxy sees it.
 *
 * @module
 */

import type { Match } from "../docker/match.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { Decision } from "../policy/decide.ts";

/** What was seen of a request before it was sent; whoever made it knows what is in it. */
export type Looked = object;

/** A request that was decided on. */
export interface Decided {
  readonly head: {
    readonly method: string;
    /** The end-to-end fields, as lines with their line ends. */
    readonly fields: string;
  };
  readonly decision: Decision;
}

/** Learns from requests. No function throws, and {@link Recorder.look} never rejects. */
export interface Recorder {
  /**
   * Looks at a request before it is sent: what it names may be gone afterwards.
   *
   * @param content Its whole body; null where it was not read.
   */
  readonly look: (
    match: Extract<Match, { kind: "operation" }>,
    content: Uint8Array | null,
  ) => Promise<Looked>;
  /** What an equal request was seen to name just now; null where it must be looked at. */
  readonly known: (match: Match) => Looked | null;
  /**
   * Takes a request that has ended.
   *
   * @param asked null where its head could not be read.
   * @param looked null where it was not looked at.
   */
  readonly add: (
    record: RequestRecord,
    asked: Decided | null,
    looked: Looked | null,
  ) => void;
}
