/**
 * The validated configuration.
 *
 * @module
 */

import type { LogLevel } from "../observe/level.ts";
import type { Grants, PolicyFile } from "../policy/compile.ts";
import type { EngineAddress, ListenAddress } from "../net/address.ts";
import type { TlsFiles } from "../listen/tls_files.ts";
import type { Limits } from "../proxy/limits.ts";

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
  readonly engine: EngineAddress;
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
  readonly limits: Limits;
  /** Whether the lean base may restrict system calls and file access. */
  readonly sandbox: boolean;
  /** Messages for the start that do not prevent it. */
  readonly warnings: readonly string[];
}
