/**
 * What the audit costs: `serve --audit`, without and with a key, against
 * `serve`.
 *
 * @module
 */

import { measurePair, PLAIN_LOADS } from "./pairs.ts";
import { startSockwarden } from "./proxies.ts";

/** What is wanted of requests a second: the lean binary has no compiler. */
const BOUNDS = {
  cpu: "no bound",
  rate: "at least 0.90, of the lean binary 0.75",
};

/** Measures on one runtime from source and on these binaries, and prints. */
export async function compareAudit(
  folder: string,
  socket: string,
  binaries: readonly string[],
  seconds: number,
): Promise<void> {
  const key = `${folder}/audit.key`;
  await Deno.writeTextFile(key, "0123456789abcdef".repeat(4));
  let port = 24090;
  for (const binary of [null, ...binaries]) {
    const name = binary === null ? "deno run" : binary.replace(/^.*\//, "");
    for (const chain of [[], [`--audit-key=${key}`]]) {
      // The lean binary gives up root before it opens the file.
      const files = `${folder}/audit-${port}`;
      await Deno.mkdir(files);
      await Deno.chmod(files, 0o777);
      const flags = ["serve", `--audit=${files}/audit.jsonl`, ...chain];
      const serve = await startSockwarden(name, binary, socket, port++);
      const audit = await startSockwarden(
        ...[name, binary, socket, port++] as const,
        ...[null, undefined, flags] as const,
      );
      try {
        const who = chain.length === 0 ? "--audit" : "--audit with a key";
        for (const [what, path] of PLAIN_LOADS) {
          const load = `${name}, ${what}`;
          const pair = [serve, audit] as const;
          await measurePair(load, who, pair, path, seconds, BOUNDS);
        }
      } finally {
        await serve.stop();
        await audit.stop();
      }
    }
  }
}
