/**
 * `sockwarden healthcheck`: asks the running sockwarden whether it and its
 * engine respond.
 *
 * @module
 */

import { type EngineAddress, formatAddress } from "../net/address.ts";
import { readFlags } from "../config/flags.ts";
import { environment, printStderr, printStdout } from "../host.ts";
import { HEALTH_PATH } from "../proxy/plan.ts";
import { askHealth } from "../engine/probe.ts";
import { readSettings } from "./configure.ts";
import { reachable, runningAs, runningFlags } from "./running.ts";

/** Asks for the health; returns 0 if sockwarden and its engine respond, else 1. */
export async function healthcheck(argv: readonly string[]): Promise<number> {
  const address = await findListener(argv);
  if ("problem" in address) {
    printStderr(`sockwarden: ${address.problem}\n`);
    return 1;
  }
  const reason = await askHealth(reachable(address), HEALTH_PATH);
  if (reason === null) {
    const running = runningAs();
    printStdout(`healthy\n${running === null ? "" : `runs as ${running}\n`}`);
    return 0;
  }
  printStderr(
    `sockwarden: not healthy (asked ${formatAddress(address)}): ${reason}\n`,
  );
  return 1;
}

/** The first listener without TLS of the running sockwarden: by the flags given here, else by its own. */
async function findListener(
  argv: readonly string[],
): Promise<EngineAddress | { problem: string }> {
  const flags = readFlags(argv.length > 0 ? argv : runningFlags() ?? []);
  const { config, problems } = await readSettings(flags, environment());
  if (config === null) return { problem: problems.join("; ") };
  const plain = config.listeners.find((address) => address.kind !== "tls");
  return plain ?? {
    problem:
      "all listeners use TLS, for which the health check has no certificate: add a listener without TLS, such as --listen=unix:///PATH?mode=0600",
  };
}
