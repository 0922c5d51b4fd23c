/**
 * What recording costs: `learn --record` against `serve`, both with the same
 * grants, on the processor time of the proxy's process for a request.
 *
 * @module
 */

import { measurePair, PLAIN_LOADS } from "./pairs.ts";
import { startSockwarden } from "./proxies.ts";

/** What is wanted. */
const BOUNDS = { cpu: "at most 1.05", rate: "at least 0.95" };

/** Measures on one runtime from source and on these binaries, and prints. */
export async function compareLearning(
  folder: string,
  socket: string,
  binaries: readonly string[],
  seconds: number,
): Promise<void> {
  let port = 23990;
  for (const binary of [null, ...binaries]) {
    const name = binary === null ? "deno run" : binary.replace(/^.*\//, "");
    // The lean binary gives up root before it opens the recording.
    const recordings = `${folder}/recordings-${port}`;
    await Deno.mkdir(recordings);
    await Deno.chmod(recordings, 0o777);
    const learning = ["learn", `--record=${recordings}/run.jsonl`];
    const serve = await startSockwarden(name, binary, socket, port++);
    const learn = await startSockwarden(
      ...[name, binary, socket, port++] as const,
      ...[null, undefined, learning] as const,
    );
    try {
      for (const [what, path] of PLAIN_LOADS) {
        const load = `${name}, ${what}`;
        const pair = [serve, learn] as const;
        await measurePair(load, "learn --record", pair, path, seconds, BOUNDS);
      }
    } finally {
      await serve.stop();
      await learn.stop();
    }
  }
}
