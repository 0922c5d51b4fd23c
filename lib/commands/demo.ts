/**
 * `sockwarden demo`: the proxy in front of an embedded imitation of an engine.
 *
 * @module
 */

import { formatAddress, type ListenAddress } from "../net/address.ts";
import { readFlags, switchFlag } from "../config/flags.ts";
import { startDemoEngine } from "../demo/engine.ts";
import { printStdout } from "../host.ts";
import { SWITCHES } from "../policy/switches.ts";
import { configure, printProblems } from "./configure.ts";
import { serveConfig } from "./serve.ts";

/** Flags of an engine, which the demo has already. */
const ENGINES = ["engine", "socket-path", "docker-host"];
/** Flags that grant something; without any, the demo grants CONTAINERS. */
const GRANTS = [
  "config",
  "preset",
  "allow",
  ...SWITCHES.map(({ name }) => switchFlag(name)),
];

/** Serves the demo engine; unless the flags grant something, CONTAINERS=1 is set. */
export async function demo(argv: readonly string[]): Promise<number> {
  const { values } = readFlags(argv);
  const engine = ENGINES.find((flag) => values.has(flag));
  if (engine !== undefined) {
    printProblems([
      `--${engine}: the demo has an engine of its own: remove the flag, or serve without demo`,
    ]);
    return 2;
  }
  const port = startDemoEngine();
  const flags = readFlags([
    ...(GRANTS.some((flag) => values.has(flag)) ? [] : ["--containers"]),
    ...argv,
    `--engine=tcp://127.0.0.1:${port}`,
  ]);
  const config = await configure(flags);
  if (config === null) return 2;
  return await serveConfig(
    config,
    flags,
    { announce: ([first]) => printStdout(hints(first!)) },
  );
}

function hints(address: ListenAddress): string {
  const url = address.kind === "unix"
    ? `--unix-socket ${address.path} http://docker`
    : address.kind === "tcp"
    ? formatAddress(address).replace("tcp:", "http:")
    : `--cacert CA --cert CERT --key KEY ${
      formatAddress(address).replace("tls:", "https:")
    }`;
  return `This is a demo: the engine behind sockwarden is an imitation and runs nothing.
Try in another terminal:

  curl ${url}/containers/json
  curl -N ${url}/events
  curl -X POST ${url}/containers/web/restart     (refused, with the reason)

Press Ctrl-C to stop it.

`;
}
