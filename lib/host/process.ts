/**
 * The process: arguments, environment, signals, who it runs as, and giving up rights.
 *
 * @module
 */

import { lean } from "./lean.ts";

/** The arguments after the program's name. */
export function args(): string[] {
  return [...Deno.args];
}

/** A copy of the whole environment. */
export function environment(): Record<string, string> {
  return Deno.env.toObject();
}

/** Ends the process with that exit code. */
export function exit(code: number): never {
  Deno.exit(code);
}

/**
 * How many descriptors the process may have open; null on the stock runtimes,
 * which read nothing under /proc without every permission.
 */
export function descriptorLimit(): number | null {
  return lean === undefined ? null : lean.descriptorLimit();
}

/**
 * How many bytes of memory the container that we run in may have; null where it
 * has no limit, outside one, and on the stock runtimes, which may not read it.
 */
export function memoryLimit(): number | null {
  return (lean?.memoryLimit() ?? 0) || null;
}

/** How many bytes the program holds; null on the stock runtimes. */
export function memoryHeld(): number | null {
  return lean === undefined ? null : lean.memoryHeld();
}

/**
 * How many bytes of the process are resident; null where the system does not
 * tell. The first call must come before files are confined.
 */
export function residentMemory(): number | null {
  const bytes = lean === undefined ? Deno.memoryUsage().rss : lean.resident();
  return bytes || null;
}

/**
 * Bounds what the program may hold, in bytes; what asks for more throws.
 *
 * @returns false where this runtime cannot.
 */
export function boundMemory(bytes: number): boolean {
  lean?.boundMemory(bytes);
  return lean !== undefined;
}

/** Frees what the program cannot reach any more; nothing on the stock runtimes. */
export function collectMemory(): void {
  lean?.collect();
}

/**
 * The arguments of a process, its name first; empty where they cannot be read,
 * as on the stock runtimes.
 *
 * @param pid The process, or 0 for this one.
 */
export function commandLine(pid: number): string[] {
  return lean === undefined ? [] : lean.commandLine(pid);
}

/**
 * What the kernel says of a process (`/proc/PID/status`, one `Name:\tvalue` a
 * line); empty where it cannot be read, as on the stock runtimes.
 */
export function processStatus(pid: number): string {
  return lean === undefined ? "" : lean.processStatus(pid);
}

/**
 * The id of the container that this process runs in, by its control groups and
 * by what the engine mounts into it, as the base found it before it started the
 * program; null where it is none, and on the stock runtimes, which cannot see
 * either.
 */
export function containerId(): string | null {
  return lean === undefined ? null : lean.containerId();
}

/** Calls `handler` at each arrival of the signal. */
export function onSignal(
  signal:
    | "SIGTERM"
    | "SIGINT"
    | "SIGHUP"
    | "SIGUSR1"
    | "SIGUSR2"
    | "SIGALRM",
  handler: () => void,
): void {
  Deno.addSignalListener(signal, handler);
}

/** The process's effective user and group, or null where the system has none. */
export function identity(): { uid: number | null; gid: number | null } {
  return { uid: Deno.uid(), gid: Deno.gid() };
}

/** Gives up reading the environment and system facts for the rest of the run. */
export function giveUpStartPermissions(): void {
  Deno.permissions.revokeSync({ name: "env" });
  Deno.permissions.revokeSync({ name: "sys" });
}

/** What the base put in force before the program started; null on stock runtimes. */
export function sandbox(): string | null {
  return lean === undefined ? null : lean.sandbox();
}

/**
 * Becomes that user and group, with no other group and no capability.
 *
 * @returns false where this runtime cannot.
 * @throws Where the system refuses.
 */
export function dropTo(uid: number, gid: number): boolean {
  if (lean === undefined) return false;
  lean.dropTo(uid, gid);
  return true;
}

/**
 * Gives up every capability and stays the user.
 *
 * @returns false where this runtime cannot.
 * @throws Where the system refuses, or another thread keeps some.
 */
export function dropCapabilities(): boolean {
  if (lean === undefined) return false;
  lean.dropCapabilities();
  return true;
}

/**
 * Whether that user with that one group could write to what stands at a path,
 * which is what connecting to a socket asks for; the system answers it.
 *
 * @returns null where this runtime cannot tell.
 * @throws Where this process may not change its user.
 */
export function couldWrite(
  path: string,
  uid: number,
  gid: number,
): boolean | null {
  return lean === undefined ? null : lean.couldWrite(path, uid, gid);
}

/**
 * Confines file access to these paths for the rest of the run.
 *
 * @returns What is in force, in words; null where this runtime cannot.
 */
export function restrict(
  paths: { read: string[]; write: string[] },
): string | null {
  return lean === undefined ? null : lean.restrict(paths);
}
