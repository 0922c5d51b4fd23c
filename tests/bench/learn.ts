/**
 * What recording costs: `learn --record` against `serve`, both with the same
 * grants, on the processor time of the proxy's process for a request.
 *
 * @module
 */

import { compareCost } from "./cost.ts";
import { startSockwarden } from "./proxies.ts";

/** Requests of each kind. */
const LOADS = [
  ["list of containers", "/v1.41/containers/json"],
  ["inspect of a container", "/v1.41/containers/web/json"],
] as const;

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
      for (const [what, path] of LOADS) {
        const line = `learn --record, ${name}, ${what}`;
        await compareCost(line, [serve, learn], path, seconds);
      }
    } finally {
      await serve.stop();
      await learn.stop();
    }
  }
}
