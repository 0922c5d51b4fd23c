/**
 * A part of a client's rights that it did not use.
 *
 * @module
 */

/** A part that was not used. */
export interface Unused {
  /** What would be taken away, such as `allow: container.*`. */
  readonly remove: string;
  /** What would stand in its place; empty for nothing. */
  readonly keep: string;
  /** Where it stands. */
  readonly setting: string;
  /** When it was last used, before the time that was asked for; empty for never. */
  readonly last: string;
  /** What else is to be said; empty for nothing. */
  readonly note: string;
}
