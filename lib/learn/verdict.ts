/**
 * What another policy would do with a recorded call.
 *
 * @module
 */

/** What it would do. */
export type Verdict =
  | { readonly kind: "allowed" }
  | {
    readonly kind: "refused";
    /** The setting that refuses it; empty where none grants it. */
    readonly by: string;
    readonly why: string;
  }
  /** What was recorded does not say it. */
  | { readonly kind: "undecided"; readonly why: string };

export const ALLOWED: Verdict = { kind: "allowed" };

/** A refusal. */
export function refused(by: string, why: string): Verdict {
  return { kind: "refused", by, why };
}

/** A call of which too little is known. */
export function undecided(why: string): Verdict {
  return { kind: "undecided", why };
}

/** The gravest of several verdicts: one refusal is enough. */
export function gravest(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find(({ kind }) => kind === "refused") ??
    verdicts.find(({ kind }) => kind === "undecided") ?? ALLOWED;
}
