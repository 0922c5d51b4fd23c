/**
 * Reads the policy file again, on SIGHUP or when it has changed.
 *
 * @module
 */

import { formatListener, type ListenAddress } from "../net/address.ts";
import type { Config } from "../config/config.ts";
import { every, onSignal, stat } from "../host.ts";
import type { Log } from "../observe/log.ts";
import { compile, type Policy } from "../policy/compile.ts";
import { readSettings } from "./configure.ts";
import { differences } from "./differences.ts";

/** Milliseconds between two looks at the file. */
const LOOK_INTERVAL_MS = 500;
/** Lines of what has changed that are logged. */
const MAX_LINES = 50;

/**
 * Reads the policy file again at each SIGHUP and, with `--watch`, when it has
 * changed. A file that is not valid is told, and the policy in force stays.
 *
 * @param policy The policy of the start.
 * @param argv The flags of the start.
 * @param variables The environment of the start.
 */
export function reloadOnChange(
  config: Config,
  policy: Policy,
  argv: readonly string[],
  variables: Readonly<Record<string, string>>,
  log: Log,
  setPolicy: (policy: Policy) => void,
): void {
  const path = config.policyFile?.path ?? null;
  let inForce = policy;
  let reading: Promise<void> = Promise.resolve();

  const reload = async (why: string) => {
    if (path === null) {
      log.line(
        "notice",
        `${why}: no policy file is named, so there is nothing to read again; switches and flags change with a restart`,
      );
      return;
    }
    // What an editor that writes in two steps leaves in between.
    if (sizeOf(path) === 0) {
      refuse(why, [`${path} is empty: it would take away every right`]);
      return;
    }
    const { config: next, problems } = await readSettings(argv, variables);
    if (next === null) {
      refuse(why, problems);
      return;
    }
    const moved = listenersOf(next.listeners);
    if (moved !== listenersOf(config.listeners)) {
      refuse(why, [
        `the listeners would be ${moved}: they change with a restart only`,
      ]);
      return;
    }
    const compiled = compile(next.grants, next.policyFile);
    const { lines } = differences(inForce, compiled);
    inForce = compiled;
    setPolicy(compiled);
    log.line(
      "notice",
      `${why}: the policy of ${path} is in force${
        lines.length === 0 ? ", with the rights as before" : ":"
      }`,
    );
    for (const line of lines.slice(0, MAX_LINES)) {
      log.line("notice", `  ${line}`);
    }
    if (lines.length > MAX_LINES) {
      log.line("notice", `  and ${lines.length - MAX_LINES} more`);
    }
    for (const warning of next.warnings) log.line("warning", warning);
  };

  const refuse = (why: string, problems: readonly string[]) => {
    log.line("err", `${why}: the policy before stays in force:`);
    for (const problem of problems) log.line("err", `  ${problem}`);
  };

  // One after the other: the last one read is the one in force.
  const request = (why: string) => {
    reading = reading.then(() => reload(why)).catch((error) =>
      refuse(why, [`internal error: ${error}`])
    );
  };

  onSignal("SIGHUP", () => request("SIGHUP"));
  if (path === null || !config.watch) return;
  let seen = stateOf(path);
  let read = seen;
  every(LOOK_INTERVAL_MS, () => {
    const now = stateOf(path);
    // Read once it is the same at two looks: it may be written just now.
    const settled = now === seen;
    seen = now;
    if (!settled || now === read) return;
    read = now;
    request(`${path} has changed`);
  });
}

/** The size of a file in bytes; null where it is not there. */
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

/** The listeners, whatever order they are in. */
function listenersOf(listeners: readonly ListenAddress[]): string {
  return listeners.map(formatListener).toSorted().join(", ");
}
