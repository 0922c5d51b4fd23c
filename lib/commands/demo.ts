/**
 * `sockwarden demo`: the proxy in front of an embedded imitation of an engine.
 *
 * @module
 */

import { startDemoEngine } from "../demo/engine.ts";
import { printStdout } from "../host.ts";
import { configure } from "./configure.ts";
import { serveConfig } from "./serve.ts";

/** Serves the demo engine; with no flags CONTAINERS=1 is granted. */
export async function demo(argv: readonly string[]): Promise<number> {
  const port = startDemoEngine();
  const config = configure([
    ...(argv.length === 0 ? ["--containers"] : argv),
    `--engine=tcp://127.0.0.1:${port}`,
  ]);
  if (config === null) return 2;
  const first = config.listeners[0]!;
  const url = first.kind === "tcp"
    ? `http://${
      first.host.includes(":") ? `[${first.host}]` : first.host
    }:${first.port}`
    : `--unix-socket ${first.path} http://docker`;
  printStdout(
    `This is a demo: the engine behind sockwarden is an imitation and runs nothing.
Try in another terminal:

  curl ${url}/containers/json
  curl -N ${url}/events
  curl -X POST ${url}/containers/web/restart     (refused, and told why)

Ctrl-C ends it.

`,
  );
  return await serveConfig(config);
}
