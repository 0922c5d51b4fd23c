/**
 * Real programs that hold Docker's socket, as `deno task programs` builds them.
 *
 * @module
 */

import { exists } from "../../tools/exists.ts";
import { type Program, programPath } from "../../tools/programs.ts";

/** A running program. */
export interface Running {
  /** What it has printed so far. */
  log(): string;
  /** Sends SIGTERM and waits for its end. */
  stop(): Promise<void>;
}

/** How often a program is asked before it counts as failed, four times a second. */
const ATTEMPTS = 240;
/** Seconds after which a program that ignores SIGTERM is killed. */
const END_TIMEOUT_MS = 5000;

/** Why the tests of a program are skipped here; null where they run. */
export function whyMissing(program: Program): string | null {
  return exists(programPath(program))
    ? null
    : `${program.name} ${program.version} is not built: deno task programs`;
}

/** Starts a program with this environment alone, in a folder that it may write to. */
export function startProgram(
  path: string,
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = new Deno.Command(path, {
    args: [...args],
    cwd: folder,
    clearEnv: true,
    env: { ...env },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let log = "";
  const gather = async (from: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of from) log += decoder.decode(bytes);
  };
  const gathering = [gather(child.stdout), gather(child.stderr)];
  let ended = false;
  child.status.then(() => ended = true);
  return {
    log: () => log,
    async stop() {
      if (!ended) child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), END_TIMEOUT_MS);
      await child.status;
      clearTimeout(timer);
      await Promise.all(gathering);
    },
  };
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/**
 * Asks again and again until something holds: only its answers tell what a
 * program has taken in.
 *
 * @param what What is waited for, for the error.
 * @param told What was seen last, for the error.
 * @throws Where it does not hold within a minute.
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  told: () => string,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`not seen: ${what}\n${told()}`);
}

/** An answer that is read as it comes. */
export interface Listening {
  /** The answer so far, with its head. */
  seen(): string;
  close(): void;
}

/**
 * Sends a request without a body, and reads its answer on and on.
 *
 * @param at A unix socket's path or a port of 127.0.0.1.
 */
export async function listen(
  at: string | number,
  call: string,
): Promise<Listening> {
  const conn = typeof at === "string"
    ? await Deno.connect({ transport: "unix", path: at })
    : await Deno.connect({ hostname: "127.0.0.1", port: at });
  await conn.write(
    new TextEncoder().encode(`${call} HTTP/1.1\r\nHost: d\r\n\r\n`),
  );
  let text = "";
  const reading = (async () => {
    const decoder = new TextDecoder("latin1");
    const buffer = new Uint8Array(65536);
    for (;;) {
      const size = await conn.read(buffer);
      if (size === null) break;
      text += decoder.decode(buffer.subarray(0, size));
    }
  })();
  // It is closed while it is read.
  reading.catch(() => {});
  return { seen: () => text, close: () => conn.close() };
}
