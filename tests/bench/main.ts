/**
 * Compares sockwarden with HAProxy under the original's configuration, side by
 * side in one run: machines differ and are noisy, so ratios are what counts.
 *
 * `deno task bench [--runtimes] [--policy] [--scope] [--guard] [--learn] [--audit] [--admin] [--limits] [--against=FOLDER] [--seconds=N]`; `--runtimes`
 * adds the compiled binaries found in `dist/`, `--policy` measures the policy file alone,
 * `--scope` measures scopes alone, `--guard` guards alone, `--learn` what recording costs,
 * `--audit` what the audit costs, `--admin` what the admin listener costs, `--limits` what the
 * limits of clients are worth and cost,
 * `--against=FOLDER` compares with another checkout and its lean binary instead.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { compile } from "../../tools/compile.ts";
import { isBuilt } from "../base/support.ts";
import { compareAdmin } from "./admin.ts";
import { compareWith } from "./against.ts";
import { download, idleStreams, LOADS, STREAMS, upload, wrk } from "./loads.ts";
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
    ...["runtimes", "quick", "policy", "scope", "guard", "learn", "audit"],
    "admin",
    "limits",
  ],
  string: ["seconds", "against"],
}) as {
  runtimes: boolean;
  quick: boolean;
  policy: boolean;
  scope: boolean;
  guard: boolean;
  learn: boolean;
  audit: boolean;
  admin: boolean;
  limits: boolean;
  against?: string;
  seconds?: string;
};
const SECONDS = Number(options.seconds ?? 4);

const CONNECTIONS = [1, 16, 64];

interface Figure {
  readonly what: string;
  readonly unit: string;
  /** Values by proxy name; null where it was not measured. */
  readonly values: Map<string, number | null>;
  /** Whether more is better. */
  readonly more: boolean;
}

const folder = await Deno.makeTempDir({ prefix: "sockwarden-bench-" });
await Deno.chmod(folder, 0o755);
const socket = `${folder}/engine.sock`;
const engine = await startEngine("engine.ts", socket);

const proxies: Proxy[] = [];
try {
  if (options.against !== undefined) {
    await compareWith(options.against, socket, SECONDS);
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
    if (!options.policy) await compareProxies();
    await comparePolicy();
  }
} finally {
  for (const proxy of proxies) await proxy.stop();
  await engine.stop();
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(0);

/** Starts every proxy, measures them side by side and prints the figures. */
async function compareProxies(): Promise<void> {
  const haproxy = await startHaproxy(folder, socket, 23901);
  if (haproxy === null) {
    console.log(
      "haproxy is not installed (Debian: apt-get install haproxy): no ratios",
    );
  } else proxies.push(haproxy);
  proxies.push(await startSockwarden("deno run", null, socket, 23902));
  if (options.runtimes) {
    let port = 23903;
    for (const binary of binaries()) {
      const name = binary.replace(/^.*sockwarden-/, "").replace(/-[^-]+$/, "");
      proxies.push(await startSockwarden(name, binary, socket, port++));
    }
  }
  report(await measure());
}

async function measure(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const figure = (what: string, unit: string, more: boolean) => {
    const made: Figure = { what, unit, more, values: new Map() };
    figures.push(made);
    return made.values;
  };
  const idle = figure("resident, idle", "MiB", false);
  for (const proxy of proxies) idle.set(proxy.name, proxy.resident());
  for (const proxy of proxies) await wrk(proxy, LOADS[0][1], 16, 1);
  for (const [name, path] of LOADS) {
    for (const connections of CONNECTIONS) {
      const rate = figure(`${name}, ${connections} conn.`, "req/s", true);
      const p50 = figure(`${name}, ${connections} conn., p50`, "ms", false);
      const p99 = figure(`${name}, ${connections} conn., p99`, "ms", false);
      for (const proxy of proxies) {
        const result = await wrk(proxy, path, connections, SECONDS);
        rate.set(proxy.name, result?.rate ?? null);
        p50.set(proxy.name, result?.p50 ?? null);
        p99.set(proxy.name, result?.p99 ?? null);
      }
    }
  }
  const loaded = figure("resident, after load", "MiB", false);
  for (const proxy of proxies) loaded.set(proxy.name, proxy.resident());
  if (options.quick) return figures;
  const down = figure("1 GiB down", "MB/s", true);
  for (const proxy of proxies) down.set(proxy.name, await download(proxy));
  const up = figure("1 GiB up", "MB/s", true);
  for (const proxy of proxies) up.set(proxy.name, await upload(proxy));
  const streams = figure(`${STREAMS} idle event streams, each`, "KiB", false);
  for (const proxy of proxies) {
    streams.set(proxy.name, await idleStreams(proxy));
  }
  return figures;
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

function binaries(): string[] {
  const dist = new URL("../../dist/", import.meta.url).pathname;
  try {
    return [...Deno.readDirSync(dist)]
      .filter(({ name }) => /^sockwarden-(lean|v8|quickjs)-/.test(name))
      .map(({ name }) => dist + name).sort();
  } catch {
    return [];
  }
}

function report(figures: Figure[]): void {
  const names = proxies.map(({ name }) => name);
  const rows = [[
    "",
    "",
    ...names,
    ...names.slice(1).map((n) => `${n} ÷ haproxy`),
  ]];
  for (const { what, unit, values, more } of figures) {
    const base = values.get("haproxy");
    rows.push([
      what,
      unit,
      ...names.map((name) => show(values.get(name))),
      ...names.slice(1).map((name) => {
        const value = values.get(name);
        if (!base || !value) return "-";
        return (value / base).toFixed(2) + (more ? "" : " (less is better)");
      }),
    ]);
  }
  const widths = rows[0]!.map((_, i) =>
    Math.max(...rows.map((row) => row[i]!.length))
  );
  for (const row of rows) {
    console.log(
      row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd(),
    );
  }
  console.log(
    `\n${navigator.hardwareConcurrency} cores, ${SECONDS} s a load, all on one machine: compare the ratios only.`,
  );
}

function show(value: number | null | undefined): string {
  if (value === null || value === undefined) return "-";
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
