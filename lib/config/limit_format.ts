/**
 * The limits of a client as data: their keys, and what each may be.
 *
 * @module
 */

import type { LimitKey } from "../policy/client_limits.ts";
import type { Key } from "./policy_format.ts";

/** A limit. */
export interface LimitRow extends Key {
  readonly key: LimitKey;
  /** The least that it may be, and the most. */
  readonly least: number;
  readonly most: number;
  /** Whether it is a size, such as `10m`. */
  readonly isSize: boolean;
}

const COUNT = { least: 1, most: 100_000, isSize: false } as const;

/** The keys of `limits`. */
export const LIMIT_ROWS: readonly LimitRow[] = [
  {
    key: "requests",
    help: "Requests at a time; more are answered 429.",
    ...COUNT,
  },
  {
    key: "streams",
    help:
      "Streams and tunnels at a time, such as events, followed logs and exec; more are answered 429.",
    ...COUNT,
  },
  {
    key: "rate",
    help: "Requests a second; more are answered 429.",
    ...COUNT,
  },
  {
    key: "burst",
    help:
      "Requests at once, before 'rate' holds; as many as 'rate' if left out.",
    ...COUNT,
  },
  {
    key: "upload-rate",
    help:
      "Bytes a second of bodies and of what it writes into tunnels, such as 10m (b, k, m or g); more is slowed.",
    least: 4096,
    most: 2 ** 40,
    isSize: true,
  },
];

/** What the value of a size looks like. */
export const SIZE = /^[0-9]{1,12}[bkmgBKMG]?$/;
