/**
 * The audit of `serve`: its key, its start and its end.
 *
 * @module
 */

import type { Audit } from "../audit/auditor.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../observe/log.ts";

/** The key of the audit; null where it has none. */
export interface Key {
  readonly key: Uint8Array | null;
  /** What is to be said of its file. */
  readonly warnings: readonly string[];
}

/** Reads the key of the audit, before root is given up: it may be readable by root alone. */
export async function readKey(
  { audit }: Config,
): Promise<Key | { readonly problem: string }> {
  if (audit === null || audit.key === null) return { key: null, warnings: [] };
  const { readAuditKey } = await import("../audit/open.ts");
  const { setting, path } = audit.key;
  const read = readAuditKey(path);
  if ("problem" in read) {
    return { problem: `${setting}=${path}: ${read.problem}` };
  }
  const { key, warning } = read;
  return {
    key,
    warnings: warning === null ? [] : [`${setting}=${path}: ${warning}`],
  };
}

/** Begins the audit, if there is one; its file belongs to the user who opens it. */
export async function startAudit(
  { audit, dryRun }: Config,
  { key }: Key,
  log: Log,
): Promise<Audit | { readonly problem: string } | null> {
  if (audit === null) return null;
  // Most run without one.
  const { openAudit } = await import("../audit/open.ts");
  return openAudit(audit, key, dryRun, log);
}

/** Writes what is left of the audit; tells what was lost. */
export async function endAudit(log: Log, audit: Audit): Promise<void> {
  const lost = await audit.end();
  if (lost > 0) log.line("err", `${lost} lines of the audit were lost`);
}
