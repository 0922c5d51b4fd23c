/**
 * Compares sockwarden with HAProxy under the original's configuration, side by
 * side in one run: machines differ and are noisy, so ratios are what counts.
 *
 * `deno task bench [--runtimes] [--turns=N] [--seconds=N] [--write]` prints the
 * tables; `--runtimes` adds the compiled binaries found in `dist/`, `--write` puts
 * the tables into the pages. `SOCKWARDEN_BENCH_WOLLOMATIC` and
 * `SOCKWARDEN_BENCH_SOCKGUARD` name the programs of other projects' proxies, which
 * are then measured beside.
 *
 * One of these measures that alone: `--growth` how cost grows with clients, rules,
 * containers and streams, `--check` whether the lean binary fell behind its last
 * ratios (`--record` makes today's the last ones), `--policy` a policy file,
 * `--scope` scopes, `--guard` guards, `--learn` recording, `--audit` the audit,
 * `--admin` the admin listener, `--limits` what the limits of clients are worth and
 * cost, `--against=FOLDER` another checkout and its lean binary.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { compile } from "../../tools/compile.ts";
import { ARCHITECTURE, binaryPath } from "../../tools/runtimes.ts";
import { exists } from "../../tools/exists.ts";
import { isBuilt } from "../base/support.ts";
import { compareAdmin } from "./admin.ts";
import { compareWith } from "./against.ts";
import { checkRatios } from "./check.ts";
import { measureLoads, measureStreams, namesOf } from "./compare.ts";
import { measureGrowth } from "./growth.ts";
import { LOADS, wrk } from "./loads.ts";
import { showTables, STOCK, writeGrowth } from "./pages.ts";
import { startPeers } from "./peers.ts";
import { policyText } from "./policy.ts";
import { compareGuards } from "./guard.ts";
import { compareAudit } from "./audit.ts";
import { compareLimits } from "./limits.ts";
import { compareLearning } from "./learn.ts";
import { compareScopes } from "./scope.ts";
import {
  type Proxy,
  startEngine,
  startHaproxy,
  startSockwarden,
} from "./proxies.ts";

const options = parseArgs(Deno.args, {
  boolean: [
    ...["runtimes", "write", "policy", "scope", "guard", "learn", "audit"],
    ...["admin", "growth", "check", "record", "limits"],
  ],
  string: ["seconds", "turns", "against"],
}) as {
  runtimes: boolean;
  write: boolean;
  growth: boolean;
  check: boolean;
  record: boolean;
  policy: boolean;
  scope: boolean;
  guard: boolean;
  learn: boolean;
  audit: boolean;
  admin: boolean;
  limits: boolean;
  against?: string;
  seconds?: string;
  turns?: string;
};
const SECONDS = Number(options.seconds ?? 4);

const CONNECTIONS = [1, 16, 64];

const folder = await Deno.makeTempDir({ prefix: "sockwarden-bench-" });
await Deno.chmod(folder, 0o755);
const socket = `${folder}/engine.sock`;
const engine = await startEngine("engine.ts", socket);

const proxies: Proxy[] = [];
let failed = false;
try {
  if (options.check || options.record) {
    failed = !await checkRatios(folder, socket, options.record);
  } else if (options.growth) {
    const lean = binaryPath("lean");
    const text = await measureGrowth(
      folder,
      socket,
      exists(lean) ? lean : null,
    );
    if (options.write) await writeGrowth(text);
  } else if (options.against !== undefined) {
    await compareWith(options.against, socket, SECONDS);
  } else if (options.policy) {
    await comparePolicy();
  } else if (options.scope) {
    await compareScopes(folder, options.runtimes ? binaries() : [], SECONDS);
  } else if (options.guard) {
    await compareGuards(folder, options.runtimes ? binaries() : [], SECONDS);
  } else if (options.audit) {
    const compiled = options.runtimes ? binaries() : [];
    await compareAudit(folder, socket, compiled, SECONDS);
  } else if (options.learn) {
    const compiled = options.runtimes ? binaries() : [];
    await compareLearning(folder, socket, compiled, SECONDS);
  } else if (options.admin) {
    const compiled = options.runtimes ? binaries() : [];
    await compareAdmin(socket, compiled, SECONDS);
  } else if (options.limits) {
    const compiled = options.runtimes ? binaries() : [];
    await compareLimits(folder, socket, compiled, SECONDS);
  } else {
    await compareProxies();
  }
} finally {
  await stopAll();
  await engine.stop();
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(failed ? 1 : 0);

/** Starts every proxy, measures them side by side, and prints the tables. */
async function compareProxies(): Promise<void> {
  await startAll();
  const streams = await measureStreams(proxies);
  await stopAll();
  await startAll();
  const turns = Number(options.turns ?? 3);
  const loads = await measureLoads(proxies, turns, Math.ceil(SECONDS / 2));
  const measured = { ...loads, rest: [...streams, ...loads.rest] };
  await showTables(namesOf(proxies), measured, options.write);
  console.log(
    `\n${navigator.hardwareConcurrency} cores, ${turns} turns, all on one machine: compare the ratios only.`,
  );
}

async function startAll(): Promise<void> {
  const haproxy = await startHaproxy(folder, socket, 23901);
  if (haproxy === null) {
    console.log(
      "haproxy is not installed (Debian: apt-get install haproxy): no ratios",
    );
  } else proxies.push(haproxy);
  let port = 23902;
  for (const binary of options.runtimes ? binaries() : []) {
    const name = binary.replace(/^.*sockwarden-/, "").replace(/-[^-]+$/, "");
    proxies.push(await startSockwarden(name, binary, socket, port++));
  }
  proxies.push(await startSockwarden(STOCK, null, socket, port++));
  proxies.push(...await startPeers(folder, socket, port));
}

async function stopAll(): Promise<void> {
  for (const proxy of proxies.splice(0)) await proxy.stop();
}

/**
 * What a policy file of 50 clients and 500 rules costs: the decision itself,
 * and requests a second, each against switches alone on the same engine.
 */
async function comparePolicy(): Promise<void> {
  console.log("\nPolicy file (50 clients, 500 rules) against switches:");
  for (const [name, command] of decideCommands()) {
    const { stdout } = await command.output();
    const { switches, file, ratio } = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    console.log(
      `decide() on ${name}: ${switches} ns with switches, ${file} ns with the file: ${ratio} (at most 1.2)`,
    );
  }
  const path = `${folder}/policy.yaml`;
  await Deno.writeTextFile(path, policyText());
  const compiled = options.runtimes ? binaries() : [];
  let port = 23920;
  for (const binary of [null, ...compiled]) {
    const name = binary === null ? "deno run" : binary.replace(/^.*\//, "");
    const pair = [
      await startSockwarden(name, binary, socket, port++),
      await startSockwarden(name, binary, socket, port++, path),
    ] as const;
    try {
      for (const proxy of pair) await wrk(proxy, LOADS[0][1], 16, 1);
      for (const connections of CONNECTIONS) {
        const ratios: number[] = [];
        for (let turn = 0; turn < 8; turn++) {
          // Each first in every other turn: what came before weighs on both.
          const order = turn % 2 === 0 ? [0, 1] : [1, 0];
          const rates = [0, 0];
          for (const which of order) {
            const result = await wrk(
              pair[which]!,
              LOADS[0][1],
              connections,
              Math.ceil(SECONDS / 2),
            );
            rates[which] = result?.rate ?? NaN;
          }
          ratios.push(rates[1]! / rates[0]!);
        }
        // The geometric mean: neither order counts for more.
        const middle = Math.exp(
          ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) /
            ratios.length,
        );
        console.log(
          `requests/s on ${name}, ${connections} conn.: ${
            Number.isNaN(middle) ? "-" : middle.toFixed(2)
          } (at least 0.95)`,
        );
      }
    } finally {
      for (const proxy of pair) await proxy.stop();
    }
  }
}

/** The program that measures decide(), on every runtime that is here. */
function decideCommands(): [string, Deno.Command][] {
  const program = new URL("decide.ts", import.meta.url).pathname;
  const commands: [string, Deno.Command][] = [[
    "deno run",
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", program],
    }),
  ]];
  if (!isBuilt()) return commands;
  const binary = `${folder}/decide`;
  const { code, message } = compile("lean", program, binary);
  if (code !== 0) throw new Error(message);
  commands.push(["the lean base", new Deno.Command(binary)]);
  return commands;
}

/** This machine's compiled programs. */
function binaries(): string[] {
  const dist = new URL("../../dist/", import.meta.url).pathname;
  const pattern = new RegExp(
    `^sockwarden-(?:lean|v8|quickjs)-${ARCHITECTURE}$`,
  );
  try {
    return [...Deno.readDirSync(dist)].filter(({ name }) => pattern.test(name))
      .map(({ name }) => dist + name).sort();
  } catch {
    return [];
  }
}
