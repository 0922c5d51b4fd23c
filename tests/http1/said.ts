/**
 * What a reader of heads says, for tests that pin statuses and sentences; the
 * codes are pinned in `request_test.ts`.
 *
 * @module
 */

/** The outcome; of an error its status and sentence alone. */
export function said<Outcome extends object | null>(outcome: Outcome): unknown {
  if (outcome === null || !("reason" in outcome)) return outcome;
  const { code: _, ...rest } = outcome as { code?: string; reason: unknown };
  return rest;
}
