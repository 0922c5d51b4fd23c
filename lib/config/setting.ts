/**
 * What is said of one setting.
 *
 * @module
 */

/** One setting. */
export interface Setting {
  /** The flag without its dashes. */
  readonly flag: string;
  /** The environment variable; empty where there is only the flag. */
  readonly variable: string;
  /** The placeholder of its value in the help text; empty for a flag without a value. */
  readonly placeholder: string;
  /** Whether it may be given several times (in a variable: a comma list). */
  readonly repeatable: boolean;
  readonly group: "rules" | "listen" | "engine" | "log" | "limits";
  /** The default in words. */
  readonly defaultValue: string;
  readonly help: string;
}
