/**
 * The validated configuration.
 *
 * @module
 */

import type { Cidr } from "../net/cidr.ts";
import type { LogLevel } from "../observe/level.ts";
import type { Grants, PolicyFile } from "../policy/compile.ts";
import type { EngineAddress, ListenAddress } from "../net/address.ts";
import type { TlsFiles } from "../listen/tls_files.ts";
import type { Limits } from "../proxy/limits.ts";

/** The settings of the audit. */
export interface AuditSettings {
  /** The setting that names the file. */
  readonly setting: string;
  /** The file; `-` for standard output. */
  readonly path: string;
  /** What becomes of requests whose lines cannot be written. */
  readonly full: "refuse" | "drop";
  /** The file of the key; null without one. */
  readonly key: { readonly setting: string; readonly path: string } | null;
}

/** How the engine is watched; times in milliseconds. */
export interface WatchdogSettings {
  /** The time between two probes. */
  readonly interval: number;
  /** How long the engine may be lost before the program exits; null for ever. */
  readonly patience: number | null;
}

/** The admin listener. */
export interface AdminSettings {
  readonly address: Exclude<ListenAddress, { kind: "tls" }>;
  /** The addresses that may connect; null for all, as on a unix socket. */
  readonly allow: readonly Cidr[] | null;
  /** The file with the token, and the setting that names it; null where none is asked for. */
  readonly tokenFile:
    | { readonly path: string; readonly setting: string }
    | null;
}

/** The values of all settings, checked. */
export interface Config {
  readonly grants: Grants;
  /** The contents of the policy file; null without one. */
  readonly policyFile: PolicyFile | null;
  /** Whether the policy file is read again when it has changed. */
  readonly watch: boolean;
  /** Whether requests that the policy refuses are logged and forwarded. */
  readonly dryRun: boolean;
  readonly listeners: readonly ListenAddress[];
  /** The files of the TLS listeners; null if there are none. */
  readonly tls: TlsFiles | null;
  /** The listener for metrics, the state and the page; null without one. */
  readonly admin: AdminSettings | null;
  readonly engine: EngineAddress;
  /** How it is watched; null for not at all. */
  readonly watchdog: WatchdogSettings | null;
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
  /** Where and how requests are audited; null for not at all. */
  readonly audit: AuditSettings | null;
  readonly limits: Limits;
  /** Whether the lean base may restrict system calls and file access. */
  readonly sandbox: boolean;
  /** Messages for the start that do not prevent it. */
  readonly warnings: readonly string[];
}
