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

/** Everything that the settings say, checked. */
export interface Config {
  readonly grants: Grants;
  /** What the policy file says; null without one. */
  readonly policyFile: PolicyFile | null;
  /** Whether the policy file is read again when it has changed. */
  readonly watch: boolean;
  /** Whether what the policy refuses is let through and logged. */
  readonly dryRun: boolean;
  readonly listeners: readonly ListenAddress[];
  /** What the TLS listeners need; null where there are none. */
  readonly tls: TlsFiles | null;
  readonly engine: EngineAddress;
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
  readonly limits: Limits;
  /** Whether the lean base may confine the program. */
  readonly sandbox: boolean;
  /** What is worth saying at the start though it does not stop it. */
  readonly warnings: readonly string[];
}
