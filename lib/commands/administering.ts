/**
 * The admin listener beside the server: made before privileges are given up,
 * opened with the Docker listeners, closed after them. Nothing of it is loaded
 * where none is asked for.
 *
 * @module
 */

import type { Audit } from "../audit/auditor.ts";
import type { Config } from "../config/config.ts";
import { formatAddress } from "../net/address.ts";
import type { Log } from "../observe/log.ts";
import type { Server } from "../proxy/server.ts";
import type { PreparedAdmin as Prepared } from "./serve_admin.ts";

/** An admin listener that is not open yet. */
export interface PreparedAdmin extends Prepared {
  /** Says which audit it tells of; null for none. */
  readonly audits: (audit: Audit | null) => void;
}

/** Makes the admin listener, and reads its token; null where none is asked for. */
export async function readAdmin(
  { admin, engine, dryRun }: Config,
  log: Log,
): Promise<PreparedAdmin | { readonly problem: string } | null> {
  if (admin === null) return null;
  const { prepareAdmin } = await import("./serve_admin.ts");
  let audit: Audit | null = null;
  const prepared = prepareAdmin(admin, {
    engine,
    dryRun,
    logLinesDropped: log.dropped,
    audit: () =>
      audit === null ? null : { on: audit.isWell(), dropped: audit.dropped() },
  });
  return "problem" in prepared
    ? prepared
    : { ...prepared, audits: (next) => audit = next };
}

/** Opens the admin listener of a server; closes the server where it cannot be opened. */
export async function openAdmin(
  server: Server,
  { admin, address, admission, warnings }: PreparedAdmin,
  log: Log,
): Promise<void> {
  try {
    const opened = await admin.open({ address, admission, server });
    log.line("notice", `admin listener on ${formatAddress(opened)}`);
    for (const warning of warnings) log.line("warning", warning);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Ends serving in order; who asks for the readiness meanwhile is told. */
export async function stopAll(
  server: Server,
  prepared: PreparedAdmin | null,
): Promise<void> {
  prepared?.admin.stopping();
  await server.stop();
  await prepared?.admin.close();
}
