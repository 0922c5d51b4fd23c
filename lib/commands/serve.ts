/**
 * `sockwarden [serve]`: serves until a signal ends it.
 *
 * @module
 */

import { formatAddress, type ListenAddress } from "../net/address.ts";
import type { Config } from "../config/config.ts";
import {
  environment,
  exit,
  giveUpStartPermissions,
  onSignal,
  printStderr,
  runtimeName,
  statLink,
} from "../host.ts";
import { createLog, type Log } from "../observe/log.ts";
import { allRights, compile, type Policy } from "../policy/compile.ts";
import { ListenError } from "../listen/listener.ts";
import { inContainer } from "../identity/own_container.ts";
import { askVersion } from "../engine/probe.ts";
import { startServer } from "../proxy/server.ts";
import { readTlsFiles } from "../listen/tls_files.ts";
import { VERSION } from "../version.ts";
import { warningsOf } from "./advice.ts";
import { confineFiles, dropPrivileges, groupHasChanged } from "./confine.ts";
import { configure, printProblems } from "./configure.ts";
import { EVERYBODY_ELSE, whoIs } from "./differences.ts";
import { grantLines } from "./grants.ts";
import { reloadOnChange } from "./reload.ts";

/** Where the original's image keeps its configuration. */
const HAPROXY_FILES = [
  "/usr/local/etc/haproxy/haproxy.cfg",
  "/usr/local/etc/haproxy/haproxy.cfg.template",
];
/** Milliseconds that the last log lines may take. */
const LAST_LINES_MS = 500;

/** Serves with the settings of flags and environment; returns the exit code where it cannot. */
export async function serve(argv: readonly string[]): Promise<number> {
  const mounted = mountedHaproxyConfiguration();
  if (mounted !== null) {
    printStderr(
      `sockwarden: ${mounted} is mounted, and sockwarden is no HAProxy: remove the mount and write its rules as switches (CONTAINERS=1) or --allow; see docs/migration.md\n`,
    );
    return 2;
  }
  const config = await configure(argv);
  return config === null ? 2 : await serveConfig(config, argv);
}

/**
 * Serves a configuration that was read already.
 *
 * @param argv The flags that it was read from, for reading the policy file again.
 * @param announce Called with the addresses in force once clients can connect.
 */
export async function serveConfig(
  config: Config,
  argv: readonly string[],
  announce: (addresses: readonly ListenAddress[]) => void = () => {},
): Promise<number> {
  const log = createLog(config.logLevel, config.logFormat);
  const policy = compile(config.grants, config.policyFile);
  // What a reload reads again must not have changed with the permissions.
  const variables = environment();
  // The key may be readable by root alone.
  const tls = config.tls === null ? null : await readTlsFiles(config.tls);
  if (tls !== null && "problems" in tls) {
    printProblems(tls.problems);
    return 2;
  }
  const confinement = dropPrivileges(config);
  let server;
  try {
    server = await startServer({
      policy,
      engine: config.engine,
      listeners: config.listeners,
      tls,
      limits: config.limits,
      inside: inContainer(),
      dryRun: config.dryRun,
      observe: log.request,
      tell: log.line,
      denied: () => {
        if (groupHasChanged(config, confinement)) endForGroup(log);
      },
    });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    await log.flush(LAST_LINES_MS);
    printStderr(`sockwarden: ${error.message}\n`);
    return 1;
  }
  endOnSignals(log, server.stop);
  const confined = confineFiles(config);
  giveUpStartPermissions();
  reloadOnChange(config, policy, argv, variables, log, server.setPolicy);
  announce(server.addresses);
  log.line("notice", `sockwarden ${VERSION} (${runtimeName})`);
  for (const address of server.addresses) {
    log.line(
      "notice",
      `listening on ${
        formatAddress(address)
      }, ${server.maxConnections} connections at most`,
    );
  }
  for (const note of confinement.notes) log.line("notice", note);
  if (confined !== null) log.line("notice", `confined: ${confined}`);
  sayPolicy(log, config, policy);
  if (await server.isOwnEngine()) {
    await log.flush(LAST_LINES_MS);
    await server.stop();
    printStderr(
      `sockwarden: the engine ${
        formatAddress(config.engine)
      } is sockwarden's own listener under another name: name the engine's address with --engine\n`,
    );
    return 2;
  }
  await server.prepare();
  const version = await askVersion(config.engine);
  if ("reason" in version) {
    log.line(
      "err",
      `engine ${
        formatAddress(config.engine)
      } is not to be reached yet: ${version.reason}`,
    );
  } else {
    log.line(
      "notice",
      `engine ${
        formatAddress(config.engine)
      }: version ${version.version}, API ${version.apiVersion}`,
    );
  }
  return await new Promise<number>(() => {});
}

function sayPolicy(log: Log, config: Config, policy: Policy): void {
  for (const rights of allRights(policy)) {
    const lines = grantLines(rights);
    const whose = policy.clients.size === 0
      ? "granted"
      : `granted to ${
        rights.client === null
          ? EVERYBODY_ELSE
          : `${rights.client} (${whoIs(policy, rights.client)})`
      }`;
    log.line(
      "notice",
      lines.length === 0 ? `${whose}: nothing at all` : `${whose}:`,
    );
    for (const line of lines) log.line("notice", `  ${line}`);
  }
  for (const warning of warningsOf(config, policy)) {
    log.line("warning", warning);
  }
}

/** Ends the program where only a restart, which takes the group again, can mend it. */
async function endForGroup(log: Log): Promise<void> {
  log.line(
    "crit",
    "the engine's socket belongs to another group now: ending, so that a restart takes that group",
  );
  await log.flush(LAST_LINES_MS);
  exit(1);
}

/** The first signal stops in order, the second at once. */
function endOnSignals(log: Log, stop: () => Promise<void>): void {
  let ending = false;
  const end = (name: string) => async () => {
    if (ending) exit(1);
    ending = true;
    log.line("notice", `${name}: stopping`);
    await stop();
    log.line("notice", "stopped");
    await log.flush(LAST_LINES_MS);
    exit(0);
  };
  onSignal("SIGTERM", end("SIGTERM"));
  onSignal("SIGINT", end("SIGINT"));
}

/** A configuration of HAProxy mounted where the original has it; only in a container. */
function mountedHaproxyConfiguration(): string | null {
  try {
    if (statLink("/.dockerenv") === null) return null;
    return HAPROXY_FILES.find((path) => statLink(path) !== null) ?? null;
  } catch {
    return null;
  }
}
