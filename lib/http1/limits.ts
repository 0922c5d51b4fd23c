/**
 * Bounds on the head of a request.
 *
 * @module
 */

/** Bounds on a request head. */
export interface HeadLimits {
  /** Bytes of the whole head, its last empty line included. */
  readonly headBytes: number;
  /** Number of fields. */
  readonly headerCount: number;
  /** Bytes of the request line without its line end. */
  readonly requestLineBytes: number;
}
