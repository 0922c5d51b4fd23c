/**
 * The program as a user runs it: from source on stock Deno, or the binary that
 * `SOCKWARDEN_BINARY` names.
 *
 * @module
 */

import { V8_FLAGS } from "../../tools/compile.ts";
import { command } from "../support/emulated.ts";

/** A running sockwarden. */
export interface Sockwarden {
  /** Its address for the docker CLI. */
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Its log so far. */
  log(): string;
  /** The inodes of the connected unix sockets that it holds: those to the engine, and the runtime's own. */
  unixSockets(): Promise<Set<string>>;
  /** Sends SIGHUP: the policy file is read again. */
  reload(): void;
  /** Stops it in its tracks, until it is to go on. */
  freeze(): void;
  goOn(): void;
  /** What is on its standard output so far: the log of serving, the proposals of learning. */
  printed(): string;
  /** Resolves once something holds, looked at whenever it has printed something. */
  until(holds: () => boolean): Promise<void>;
  /** Sends SIGUSR1. */
  usr1(): void;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Resolves when it has ended by itself; returns the exit code. */
  ended(): Promise<number>;
  /** Sends SIGTERM and waits; returns the exit code and the seconds it took. */
  stop(): Promise<{ code: number; seconds: number }>;
}

/** Milliseconds that a start may take, on a machine that is busy. */
const START_TIMEOUT_MS = 60_000;
const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env",
  "--allow-sys",
  "--no-prompt",
];

/** The program, and the arguments before its own. */
export type Program = readonly [path: string, before: readonly string[]];

/** That which `SOCKWARDEN_BINARY` names, or another binary; from source for an empty name. */
export function program(
  binary = Deno.env.get("SOCKWARDEN_BINARY") ?? "",
): Program {
  return binary === ""
    ? [Deno.execPath(), ["run", "--quiet", V8_FLAGS, ...PERMISSIONS, MAIN]]
    : command(binary);
}

/**
 * A command that runs sockwarden with these arguments and this environment alone.
 *
 * @param wrapper A command that runs another, whose words stand behind its own.
 */
export function sockwarden(
  args: readonly string[],
  environment: Record<string, string> = {},
  wrapper: readonly string[] = [],
  [path, before] = program(),
): Deno.Command {
  const base: Record<string, string> = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: Deno.env.get("HOME") ?? "",
  };
  const [first, ...rest] = [...wrapper, path, ...before, ...args];
  return new Deno.Command(first!, {
    args: rest,
    clearEnv: true,
    env: { ...base, ...environment },
    stdout: "piped",
    stderr: "piped",
  });
}

/**
 * Starts sockwarden on a free port and waits until it listens.
 *
 * @param descriptors How many it may have open; as many as this process if left out.
 */
export function startSockwarden(
  engine: string,
  args: readonly string[],
  environment: Record<string, string> = {},
  descriptors?: number,
): Promise<Sockwarden> {
  return start([], engine, args, environment, descriptors);
}

/** Starts another program than the usual as {@link startSockwarden} does. */
export function startProgram(
  which: Program,
  engine: string,
  args: readonly string[],
): Promise<Sockwarden> {
  return start([], engine, args, {}, undefined, which);
}

/** Starts `sockwarden learn` as {@link startSockwarden} does. */
export function startLearning(
  engine: string,
  args: readonly string[],
): Promise<Sockwarden> {
  return start(["learn"], engine, args, {});
}

async function start(
  words: readonly string[],
  engine: string,
  args: readonly string[],
  environment: Record<string, string>,
  descriptors?: number,
  which?: Program,
): Promise<Sockwarden> {
  const child = sockwarden(
    [...words, "--listen=tcp://127.0.0.1:0", `--engine=${engine}`, ...args],
    environment,
    descriptors === undefined ? [] : [
      "sh",
      "-c",
      `ulimit -n ${descriptors}; exec "$0" "$@"`,
    ],
    which,
  ).spawn();
  let log = "";
  let printed = "";
  let arrived = () => {};
  const gather = async (
    from: ReadableStream<Uint8Array>,
    keep: (text: string) => void,
  ) => {
    const decoder = new TextDecoder();
    for await (const bytes of from) {
      const text = decoder.decode(bytes, { stream: true });
      log += text;
      keep(text);
      arrived();
    }
  };
  const gathering = [
    gather(child.stdout, (text) => printed += text),
    gather(child.stderr, () => {}),
  ];
  let ended = false;
  child.status.then(() => {
    ended = true;
    arrived();
  });
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    arrived();
  }, START_TIMEOUT_MS);
  while (!log.includes(" engine ") && !ended && !late) {
    await new Promise<void>((resolve) => arrived = resolve);
  }
  clearTimeout(limit);
  if (ended || late) throw new Error(`it did not start:\n${log}`);
  const port = Number(
    /listening on tcp:\/\/127\.0\.0\.1:([0-9]+)/.exec(log)![1],
  );
  return {
    host: `tcp://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    log: () => log,
    printed: () => printed,
    async until(holds) {
      while (!holds()) {
        if (ended) throw new Error(`it has ended:\n${log}`);
        await new Promise<void>((resolve) => arrived = resolve);
      }
    },
    usr1: () => child.kill("SIGUSR1"),
    async kill() {
      if (!ended) child.kill("SIGKILL");
      await child.status;
      await Promise.all(gathering);
    },
    async ended() {
      const { code } = await child.status;
      await Promise.all(gathering);
      return code;
    },
    unixSockets: () => unixSockets(child.pid),
    reload: () => child.kill("SIGHUP"),
    freeze: () => child.kill("SIGSTOP"),
    goOn: () => child.kill("SIGCONT"),
    async stop() {
      const start = performance.now();
      if (!ended) child.kill("SIGTERM");
      const { code } = await child.status;
      await Promise.all(gathering);
      return { code, seconds: (performance.now() - start) / 1000 };
    },
  };
}

async function unixSockets(pid: number): Promise<Set<string>> {
  const held = new Set<string>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    // A descriptor may be closed while the folder is read.
    const target = await Deno.readLink(`/proc/${pid}/fd/${name}`)
      .catch(() => "");
    const inode = /^socket:\[([0-9]+)\]$/.exec(target)?.[1];
    if (inode !== undefined) held.add(inode);
  }
  const text = await Deno.readTextFile("/proc/net/unix");
  // State 03 is connected; the inode follows it.
  const connected = [...text.matchAll(/ 03 +([0-9]+)/g)].map((m) => m[1]!);
  return held.intersection(new Set(connected));
}

/** Runs sockwarden to its end. */
export async function runSockwarden(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await sockwarden(args, environment).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
