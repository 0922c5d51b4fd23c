/**
 * Reads the policy file again, on SIGHUP or when it has changed.
 *
 * @module
 */

import { formatListener, type ListenAddress } from "../net/address.ts";
import type { Config } from "../config/config.ts";
import type { Flags } from "../config/flags.ts";
import {
  errorKind,
  every,
  onSignal,
  readTextFile,
  stat,
  wallClock,
} from "../host.ts";
import type { Log } from "../observe/log.ts";
import type { compile, Policy } from "../policy/compile.ts";
import { readSettings } from "./configure.ts";
import { differences } from "./differences.ts";
import { endWarnings } from "./ends.ts";
import { type InForce, startExpiry } from "./expire.ts";

/** Milliseconds between two looks at the file. */
const WATCH_INTERVAL_MS = 500;
/** How many lines of what a new policy changes are logged. */
export const MAX_LINES = 50;

/** What reading again starts from. */
export interface ReloadStart {
  readonly config: Config;
  /** The policy of the start. */
  readonly policy: Policy;
  readonly flags: Flags;
  /** The environment of the start. */
  readonly variables: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Makes the policy of settings. */
  readonly compile: typeof compile;
  /** Puts a policy in force. */
  readonly setPolicy: (policy: Policy) => void;
  /** Gets told each time that the file was read again: whether it is in force now, and why not. */
  readonly reloaded?: ((ok: boolean, message: string) => void) | undefined;
}

/**
 * Reads the policy file again at each SIGHUP and, with `--watch`, when it has
 * changed. If the file is not valid, that is logged and the policy in force
 * stays. Grants of what is in force end at their time.
 */
export function reloadOnChange(start: ReloadStart): void {
  const { config, log, compile, setPolicy } = start;
  const path = config.policyFile?.path ?? null;
  const expiry = startExpiry({
    inForce: { settings: config, policy: start.policy },
    log,
    compile,
    setPolicy,
  });
  let reading: Promise<void> = Promise.resolve();

  const kept = (cause: string, problems: readonly string[]) => {
    start.reloaded?.(false, problems.join("; "));
    logKept(log, cause, problems);
  };
  const reload = async (cause: string) => {
    if (path === null) {
      log.line(
        "notice",
        `${cause}: nothing to read again, since no policy file is set; switches and flags change with a restart only`,
      );
      return;
    }
    const read = await readAgain(start, path);
    if ("problems" in read) return kept(cause, read.problems);
    const { policy } = read.inForce;
    const { lines } = differences(expiry.current().policy, policy);
    expiry.replace(read.inForce);
    setPolicy(policy);
    start.reloaded?.(true, "");
    logTaken(log, `${cause}: the policy of ${path} is in force`, lines);
    for (const warning of read.warnings) log.line("warning", warning);
  };

  // One after the other: the file that was read last is in force.
  const request = (cause: string) => {
    reading = reading.then(() => reload(cause)).catch((error) =>
      kept(cause, [`internal error: ${error}`])
    );
  };

  onSignal("SIGHUP", () => request("SIGHUP"));
  if (path !== null) warnIfClosed(log, path);
  if (path !== null && config.watch) {
    watchFile(path, () => request(`${path} has changed`));
  }
}

/** Warns of a file that root could read and this user cannot. */
export function warnIfClosed(log: Pick<Log, "line">, path: string): void {
  try {
    readTextFile(path);
  } catch (error) {
    if (errorKind(error) !== "PermissionDenied") return;
    log.line(
      "warning",
      `the policy file ${path} cannot be read again by this user, so it is never reloaded: make it readable (chmod a+r), and its folders accessible (chmod a+x)`,
    );
  }
}

/** Reads the settings again; the listeners must be those of the start. */
async function readAgain(
  { config, flags, variables, compile }: ReloadStart,
  path: string,
): Promise<
  | { readonly inForce: InForce; readonly warnings: readonly string[] }
  | { readonly problems: readonly string[] }
> {
  // An editor that writes in two steps leaves an empty file in between.
  if (sizeOf(path) === 0) {
    return {
      problems: [`${path} is empty, which would revoke every grant`],
    };
  }
  const { config: next, problems } = await readSettings(flags, variables);
  if (next === null) return { problems };
  const listeners = listenersOf(next.listeners);
  if (listeners !== listenersOf(config.listeners)) {
    return {
      problems: [
        `the listeners would be ${listeners}; listeners change with a restart only`,
      ],
    };
  }
  const now = wallClock();
  const policy = compile(next.grants, next.policyFile, now);
  return {
    inForce: { settings: next, policy },
    warnings: [...next.warnings, ...endWarnings(policy, now)],
  };
}

function logKept(log: Log, cause: string, problems: readonly string[]): void {
  log.line("err", `${cause}: the previous policy stays in force:`);
  for (const problem of problems) log.line("err", `  ${problem}`);
}

/** Logs that a policy is in force, and the first lines of what it changes. */
function logTaken(log: Log, what: string, lines: readonly string[]): void {
  log.line(
    "notice",
    lines.length === 0 ? `${what}; no grant has changed` : `${what}:`,
  );
  for (const line of firstLines(lines)) log.line("notice", `  ${line}`);
}

/** The first {@link MAX_LINES} lines, and how many more there are. */
export function firstLines(lines: readonly string[]): string[] {
  const more = lines.length - MAX_LINES;
  return [
    ...lines.slice(0, MAX_LINES),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

/** Looks at a file again and again; calls back once it has changed and is settled. */
function watchFile(path: string, changed: () => void): void {
  let seen = stateOf(path);
  let read = seen;
  every(WATCH_INTERVAL_MS, () => {
    const now = stateOf(path);
    // It may be being written: it is read once two looks see the same.
    const settled = now === seen;
    seen = now;
    if (!settled || now === read) return;
    read = now;
    changed();
  });
}

/** The size of a file in bytes; null if it does not exist. */
function sizeOf(path: string): number | null {
  try {
    return stat(path)?.size ?? null;
  } catch {
    return null;
  }
}

/** What changes when a file is written, replaced or removed. */
function stateOf(path: string): string {
  try {
    const { dev, ino, size, mtime, ctime } = stat(path) ?? {};
    return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join();
  } catch (error) {
    return String(error);
  }
}

/** The listeners as text that does not depend on their order. */
function listenersOf(listeners: readonly ListenAddress[]): string {
  return listeners.map(formatListener).toSorted().join(", ");
}
