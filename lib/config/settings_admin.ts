/**
 * The settings of the admin listener.
 *
 * @module
 */

import type { Setting } from "./setting.ts";

/** Its rows in the table of settings. */
export const ADMIN_SETTINGS: readonly Setting[] = [
  {
    flag: "admin",
    variable: "SOCKWARDEN_ADMIN",
    placeholder: "ADDRESS",
    repeatable: false,
    group: "listen",
    defaultValue: "",
    help:
      "serve metrics, the state and a page at tcp://127.0.0.1:9323 or unix:///path (docs/admin.md)",
  },
  {
    flag: "admin-allow",
    variable: "SOCKWARDEN_ADMIN_ALLOW",
    placeholder: "CIDR",
    repeatable: true,
    group: "listen",
    defaultValue: "",
    help: "addresses that may connect to --admin; all if none is given",
  },
  {
    flag: "admin-token-file",
    variable: "SOCKWARDEN_ADMIN_TOKEN_FILE",
    placeholder: "PATH",
    repeatable: false,
    group: "listen",
    defaultValue: "",
    help: "file with the token that --admin asks for (Authorization: Bearer)",
  },
];
