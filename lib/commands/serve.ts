/**
 * `sockwarden [serve]`: serves until a signal stops it.
 *
 * @module
 */

import { formatAddress, type ListenAddress } from "../net/address.ts";
import type { Config } from "../config/config.ts";
import { type Flags, readFlags } from "../config/flags.ts";
import {
  environment,
  exit,
  giveUpStartPermissions,
  onSignal,
  printStderr,
  runtimeName,
  statLink,
  wallClock,
} from "../host.ts";
import type { Audit } from "../audit/auditor.ts";
import { createLog, type Log } from "../observe/log.ts";
import { allRights, compile, type Policy } from "../policy/compile.ts";
import { ListenError } from "../listen/listener.ts";
import { inContainer } from "../identity/own_container.ts";
import type { ObjectQueries } from "../identity/object_queries.ts";
import type { Recorder } from "../proxy/recorder.ts";
import { type Server, startServer } from "../proxy/server.ts";
import type { TlsMaterial } from "../listen/tls_conn.ts";
import { readTlsFiles } from "../listen/tls_files.ts";
import { VERSION } from "../version.ts";
import {
  openAdmin,
  type PreparedAdmin,
  readAdmin,
  stopAll,
} from "./administering.ts";
import { defaultsOff, warningsOf } from "./advice.ts";
import {
  confineFiles,
  type Confinement,
  dropPrivileges,
  groupHasChanged,
} from "./confine.ts";
import { endAudit, type Key, readKey, startAudit } from "./auditing.ts";
import { configure, printProblems } from "./configure.ts";
import { ALL_OTHERS, describeIdentity } from "./differences.ts";
import { logEngine, watchEngine } from "./engine_watch.ts";
import { grantedOf, grantLines } from "./grants.ts";
import { reloadOnChange } from "./reload.ts";

/** Where the image of docker-socket-proxy keeps its configuration. */
const HAPROXY_FILES = [
  "/usr/local/etc/haproxy/haproxy.cfg",
  "/usr/local/etc/haproxy/haproxy.cfg.template",
];
/** Milliseconds that writing the last log lines may take. */
const LAST_LINES_MS = 500;

/**
 * Serves with the settings of flags and environment.
 *
 * @returns The exit code if it cannot serve; a signal stops it otherwise.
 */
export async function serve(argv: readonly string[]): Promise<number> {
  const mounted = mountedHaproxyConfiguration();
  if (mounted !== null) {
    printStderr(
      `sockwarden: ${mounted} is mounted, and sockwarden does not read HAProxy's configuration: remove the mount and write its rules as switches (CONTAINERS=1) or --allow; see docs/migration.md\n`,
    );
    return 2;
  }
  const flags = readFlags(argv);
  const config = await configure(flags);
  return config === null ? 2 : await serveConfig(config, flags);
}

/** What a command adds to serving. */
export interface Extension {
  /** Makes the policy of settings, also when they are read again; `compile` if left out. */
  readonly compile?: typeof compile;
  /** Writes some bytes of the log; standard output if left out. */
  readonly writeLog?: (bytes: Uint8Array) => Promise<number>;
  /**
   * Runs once privileges are given up, before a listener opens.
   *
   * @returns Why it cannot be served; null where it can.
   */
  readonly open?: (log: Log) => string | null;
  /** Called with the addresses in force once clients can connect. */
  readonly announce?: (
    addresses: readonly ListenAddress[],
    log: Log,
    stop: (why: string) => void,
  ) => void;
  /** Makes who learns from requests. */
  readonly recorder?: (objects: ObjectQueries) => Recorder;
  /** Runs when nothing is served any more, before the program ends. */
  readonly stopped?: () => Promise<void>;
  /** What SIGUSR1 does; nothing if left out. */
  readonly onUsr1?: () => void;
}

/**
 * Serves a configuration that was read already. The order matters: see the
 * comments.
 *
 * @param flags The flags that it was read from, for reading the policy file again.
 * @returns The exit code if it cannot serve; a signal stops it otherwise.
 */
export async function serveConfig(
  config: Config,
  flags: Flags,
  extension: Extension = {},
): Promise<number> {
  const log = createLog(config.logLevel, config.logFormat, extension.writeLog);
  const compiled = extension.compile ?? compile;
  const policy = compiled(config.grants, config.policyFile, wallClock());
  // A reload reads the variables again, when it may no longer ask for them.
  const variables = environment();
  // Before privileges are dropped: keys may be readable by root alone.
  const keys = await readKeys(config);
  if ("problems" in keys) {
    printProblems(keys.problems);
    return 2;
  }
  const admin = await readAdmin(config, log);
  if (admin !== null && "problem" in admin) {
    printProblems([admin.problem]);
    return 2;
  }
  // Before a listener opens: its socket belongs to the user who opens it.
  const confinement = await dropPrivileges(config);
  if ("problem" in confinement) return cannotServe(confinement.problem);
  const audit = await openFiles(config, keys.audit, extension, log);
  if (audit !== null && "problem" in audit) return cannotServe(audit.problem);
  admin?.audits(audit);
  const { recorder } = extension;
  const opening = { config, policy, keys, confinement, recorder, audit, admin };
  const server = await openServer(opening, log);
  if (server === null) return 1;
  let endWatch = () => {};
  const stopServing = () => {
    endWatch();
    return stopAll(server, admin);
  };
  const stop = stopOnSignals(log, stopServing, extension, audit);
  // Once the listeners are open, nothing else needs these rights.
  const restrictions = confineFiles(config);
  giveUpStartPermissions();
  const reading = { config, policy, flags, variables, log, compile: compiled };
  reloadOnChange({ ...reading, ...reloading(server, admin) });
  extension.announce?.(server.addresses, log, stop);
  logStart(log, opening, server, restrictions);
  if (await server.isOwnEngine()) {
    return await refuseOwnEngine(log, config, server);
  }
  endWatch = watchEngine(config, log, {
    probed: admin?.admin.probed,
    denied: deniedBy(opening, log),
    stop,
  });
  await server.prepare();
  await logEngine(log, config);
  return await new Promise<number>(() => {});
}

/** What becomes of a policy that was read again. */
function reloading(server: Server, admin: PreparedAdmin | null) {
  return {
    setPolicy(next: Policy) {
      server.setPolicy(next);
      admin?.admin.loaded();
    },
    reloaded: admin?.admin.reloaded,
  };
}

/** What is read as the user who starts the program. */
interface Keys {
  readonly tls: TlsMaterial | null;
  readonly audit: Key;
}

async function readKeys(
  config: Config,
): Promise<Keys | { readonly problems: readonly string[] }> {
  const tls = config.tls === null ? null : await readTlsFiles(config.tls);
  if (tls !== null && "problems" in tls) return tls;
  const audit = await readKey(config);
  return "problem" in audit ? { problems: [audit.problem] } : { tls, audit };
}

/** Opens what is written beside the log; the audit, null where there is none. */
async function openFiles(
  config: Config,
  key: Key,
  { open }: Extension,
  log: Log,
): Promise<Audit | { readonly problem: string } | null> {
  const problem = open?.(log) ?? null;
  return problem === null ? await startAudit(config, key, log) : { problem };
}

/** What {@link openServer} needs. */
interface Opening {
  readonly config: Config;
  readonly policy: Policy;
  readonly keys: Keys;
  readonly confinement: Confinement;
  readonly recorder: Extension["recorder"];
  readonly audit: Audit | null;
  readonly admin: PreparedAdmin | null;
}

/** Opens the listeners; null if one cannot be opened, which is printed. */
async function openServer(
  opening: Opening,
  log: Log,
): Promise<Server | null> {
  const { config, policy, keys, recorder, audit, admin } = opening;
  const observe = admin?.admin.observe;
  try {
    const server = await startServer({
      recorder,
      auditor: audit?.auditor,
      policy,
      engine: config.engine,
      listeners: config.listeners,
      tls: keys.tls,
      limits: config.limits,
      inside: inContainer(),
      dryRun: config.dryRun,
      observe: observe === undefined ? log.request : (record) => {
        log.request(record);
        observe(record);
      },
      tell: log.line,
      denied: deniedBy(opening, log),
    });
    if (admin !== null) await openAdmin(server, admin, log);
    return server;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    await audit?.end();
    await log.flush(LAST_LINES_MS);
    printStderr(`sockwarden: ${error.message}\n`);
    return null;
  }
}

/** Prints why nothing is served; returns the exit code. */
function cannotServe(problem: string): number {
  printStderr(`sockwarden: ${problem}\n`);
  return 1;
}

function logStart(
  log: Log,
  { confinement, config, policy, keys }: Opening,
  server: Server,
  restrictions: string | null,
): void {
  logListeners(log, server);
  for (const warning of keys.audit.warnings) log.line("warning", warning);
  for (const note of confinement.notes) log.line(...note);
  if (restrictions !== null) log.line("notice", `confined: ${restrictions}`);
  logPolicy(log, config, policy);
}

function logListeners(log: Log, { addresses, maxConnections }: Server): void {
  log.line("notice", `sockwarden ${VERSION} (${runtimeName})`);
  for (const address of addresses) {
    log.line(
      "notice",
      `listening on ${
        formatAddress(address)
      }, at most ${maxConnections} connections`,
    );
  }
}

function logPolicy(log: Log, config: Config, policy: Policy): void {
  for (const rights of allRights(policy)) {
    const lines = grantLines(grantedOf(rights));
    const whose = policy.clients.size === 0
      ? "granted"
      : `granted to ${
        rights.client === null
          ? ALL_OTHERS
          : `${rights.client} (${describeIdentity(policy, rights.client)})`
      }`;
    log.line("notice", lines.length === 0 ? `${whose}: nothing` : `${whose}:`);
    for (const line of lines) log.line("notice", `  ${line}`);
  }
  for (const note of defaultsOff(config, policy)) log.line("notice", note);
  for (const warning of warningsOf(config, policy)) {
    log.line("warning", warning);
  }
}

/** Stops, since every request would come back to us; returns the exit code. */
async function refuseOwnEngine(
  log: Log,
  { engine }: Config,
  server: Server,
): Promise<number> {
  await log.flush(LAST_LINES_MS);
  await server.stop();
  printStderr(
    `sockwarden: the engine ${
      formatAddress(engine)
    } is sockwarden's own listener under another name: set --engine to the address of the Docker engine\n`,
  );
  return 2;
}

/** What happens when the engine is out of reach, as its socket may have another group now. */
function deniedBy({ config, confinement, audit }: Opening, log: Log) {
  return () => {
    if (groupHasChanged(config, confinement)) exitForNewGroup(log, audit);
  };
}

/** Exits, since only a restart can take the new group of the engine's socket. */
async function exitForNewGroup(log: Log, audit: Audit | null): Promise<void> {
  log.line(
    "crit",
    "the engine's socket has another group than the one taken at the start: exiting, so that a restart takes its group",
  );
  if (audit !== null) await endAudit(log, audit);
  await log.flush(LAST_LINES_MS);
  exit(1);
}

/** The first signal stops in order, the second exits at once; returns what stops as a signal does, with that exit code. */
function stopOnSignals(
  log: Log,
  stop: () => Promise<void>,
  { stopped, onUsr1 }: Extension,
  audit: Audit | null,
): (why: string, code?: number) => void {
  let stopping = false;
  const end = (name: string, code = 0) => async () => {
    if (stopping) {
      log.line("notice", `${name} again: stopping at once`);
      await log.flush(LAST_LINES_MS);
      exit(1);
    }
    stopping = true;
    log.line("notice", `${name}: stopping`);
    await stop();
    await stopped?.();
    if (audit !== null) await endAudit(log, audit);
    log.line("notice", "stopped");
    await log.flush(LAST_LINES_MS);
    exit(code);
  };
  onSignal("SIGTERM", end("SIGTERM"));
  onSignal("SIGINT", end("SIGINT"));
  // Unless they are handled they end the program without a word.
  for (const name of ["SIGUSR1", "SIGUSR2", "SIGALRM"] as const) {
    if (name === "SIGUSR1" && (onUsr1 !== undefined || audit !== null)) {
      onSignal(name, () => {
        audit?.reopen();
        onUsr1?.();
      });
      continue;
    }
    onSignal(name, () =>
      log.line(
        "notice",
        `${name} has no meaning here: SIGHUP reads the policy file again, SIGTERM stops`,
      ));
  }
  return (why, code) => void end(why, code)();
}

/** The path of HAProxy's configuration if it is mounted where docker-socket-proxy has it; only in a container. */
function mountedHaproxyConfiguration(): string | null {
  try {
    if (statLink("/.dockerenv") === null) return null;
    return HAPROXY_FILES.find((path) => statLink(path) !== null) ?? null;
  } catch {
    return null;
  }
}
