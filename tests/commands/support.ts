/**
 * What tests of several commands have in common.
 */

import { sockwarden } from "../e2e/sockwarden.ts";

/** A policy file with a client of each kind. */
export const POLICY = `clients:
  traefik:
    from: { container: traefik }
    preset: traefik
  ci:
    listen: unix:///run/ci.sock
    allow: [ "container.*", "exec.*" ]
    deny: [ container.attach.ws ]
default: { allow: [ system.ping ] }
`;

/** Runs a test with files in a new folder. */
export async function withFiles(
  files: Record<string, string>,
  run: (path: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-test-" });
  // The lean binary gives up root, and must still reach the files and listen here.
  await Deno.chmod(folder, 0o777);
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await run((name) => `${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Milliseconds within which a message must come. */
const MESSAGE_TIMEOUT_MS = 60_000;
/** Milliseconds after which a signal that was not answered is sent again. */
const SIGNAL_AGAIN_MS = 1_000;

/**
 * Runs a test with a sockwarden that serves; its engine does not exist unless
 * one is named.
 *
 * @param run Gets the process, a function that waits for a text in the log, and
 * one that sends a signal until the text comes: on a loaded machine stock Deno
 * loses one in thirty.
 * @returns The exit code after SIGTERM.
 */
export async function serving(
  args: readonly string[],
  run: (
    child: Deno.ChildProcess,
    says: (...texts: string[]) => Promise<string>,
    signal: (name: Deno.Signal, text: string) => Promise<void>,
  ) => Promise<void>,
  engine = "--engine=unix:///nonexistent.sock",
): Promise<number> {
  const child = sockwarden([
    "--listen=tcp://127.0.0.1:0",
    engine,
    ...args,
  ]).spawn();
  let log = "";
  const waiting = new Set<() => void>();
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) {
      log += decoder.decode(bytes, { stream: true });
      for (const look of waiting) look();
    }
  })();
  const says = (...texts: string[]) =>
    new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`it did not say '${texts.join("' or '")}':\n${log}`));
      }, MESSAGE_TIMEOUT_MS);
      const look = () => {
        const said = texts.find((text) => log.includes(text));
        if (said === undefined) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(said);
      };
      waiting.add(look);
      look();
    });
  const signal = async (name: Deno.Signal, text: string) => {
    const again = setInterval(() => child.kill(name), SIGNAL_AGAIN_MS);
    child.kill(name);
    try {
      await says(text);
    } finally {
      clearInterval(again);
    }
  };
  let code: number;
  try {
    await says(" engine ");
    await run(child, says, signal);
  } finally {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    ({ code } = await child.status);
    await reading;
    await child.stderr.cancel();
  }
  return code;
}
