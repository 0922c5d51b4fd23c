/**
 * The settings of the audit.
 *
 * @module
 */

import type { Setting } from "./setting.ts";

/** The settings in the order of the help text. */
export const AUDIT_SETTINGS: readonly Setting[] = [
  {
    flag: "audit",
    variable: "SOCKWARDEN_AUDIT",
    placeholder: "FILE",
    repeatable: false,
    group: "log",
    defaultValue: "",
    help:
      "write a line when a request is let through or refused, and one when it is over; - for standard output (docs/audit.md)",
  },
  {
    flag: "audit-full",
    variable: "SOCKWARDEN_AUDIT_FULL",
    placeholder: "WHAT",
    repeatable: false,
    group: "log",
    defaultValue: "drop",
    help:
      "while the audit cannot be written: drop its lines, counted, or refuse requests",
  },
  {
    flag: "audit-key",
    variable: "SOCKWARDEN_AUDIT_KEY",
    placeholder: "PATH",
    repeatable: false,
    group: "log",
    defaultValue: "",
    help:
      "key that chains the lines of the audit, so that sockwarden audit verify finds what was changed or cut",
  },
];
