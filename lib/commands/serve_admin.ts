/**
 * The admin listener of a program that serves, from its settings.
 *
 * @module
 */

import { type Admin, type AdminOptions, createAdmin } from "../admin/admin.ts";
import { type Admission, isOpenToAll } from "../admin/admission.ts";
import { readToken } from "../admin/token.ts";
import type { AdminSettings } from "../config/config.ts";
import { formatAddress } from "../net/address.ts";

/** An admin listener that is not open yet. */
export interface PreparedAdmin {
  readonly admin: Admin;
  readonly address: AdminSettings["address"];
  readonly admission: Admission;
  /** For the log, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Makes the admin listener, and reads its token while files can be read.
 *
 * @returns The problem where the token cannot be had.
 */
export function prepareAdmin(
  { address, allow, tokenFile }: AdminSettings,
  options: AdminOptions,
): PreparedAdmin | { readonly problem: string } {
  const read = tokenFile === null
    ? { token: null, warnings: [] }
    : readToken(tokenFile.path, tokenFile.setting);
  if ("problem" in read) return read;
  const admission: Admission = {
    allow,
    host: address.kind === "unix" ? null : address.host,
    token: read.token,
  };
  return {
    admin: createAdmin(options),
    address,
    admission,
    warnings: [
      ...read.warnings,
      ...(isOpenToAll(admission)
        ? [
          `whoever reaches ${
            formatAddress(address)
          } can read what clients do: set --admin-token-file, or --admin-allow`,
        ]
        : []),
    ],
  };
}
