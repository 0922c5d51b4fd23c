/**
 * Starts other projects' proxies, where variables name their programs.
 *
 * @module
 */

import { type Proxy, startProgram } from "./proxies.ts";

/** The variables, and what starts the program that one names. */
const PEERS = [
  ["wollomatic", "SOCKWARDEN_BENCH_WOLLOMATIC", wollomatic],
  ["sockguard", "SOCKWARDEN_BENCH_SOCKGUARD", sockguard],
] as const;

/**
 * Starts those that are named, with the grants of `CONTAINERS=1 EVENTS=1 POST=1`
 * as far as the bench needs them, on ports from this one on.
 *
 * @param folder A folder for their settings.
 */
export async function startPeers(
  folder: string,
  socket: string,
  port: number,
): Promise<Proxy[]> {
  const started: Proxy[] = [];
  for (const [name, variable, command] of PEERS) {
    const program = Deno.env.get(variable);
    if (program === undefined) continue;
    const at = port + started.length;
    const { args, env } = command(folder, socket, at);
    started.push(
      await startProgram(
        name,
        at,
        new Deno.Command(program, {
          ...{ args, env, stdout: "null", stderr: "null" },
        }),
      ),
    );
  }
  return started;
}

interface Start {
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** wollomatic's socket-proxy 1.13; at its usual level it logs refusals alone. */
function wollomatic(_: string, socket: string, port: number): Start {
  return {
    args: [
      `-socketpath=${socket}`,
      "-listenip=127.0.0.1",
      `-proxyport=${port}`,
      "-allowfrom=127.0.0.1/32",
      "-allowGET=/v1\\.41/(containers/.*|events)",
      "-allowPUT=/v1\\.41/containers/.*",
    ],
    env: {},
  };
}

/** sockguard 1.7, with its usual log of requests. */
function sockguard(folder: string, socket: string, port: number): Start {
  const file = `${folder}/sockguard.yaml`;
  const rule = (method: string, path: string, action: string) => ({
    match: { method, path },
    action,
  });
  // YAML takes JSON.
  Deno.writeTextFileSync(
    file,
    JSON.stringify({
      listen: { address: `127.0.0.1:${port}` },
      upstream: { socket },
      insecure_allow_read_exfiltration: true,
      insecure_allow_body_blind_writes: true,
      rules: [
        rule("GET", "/containers/**", "allow"),
        rule("GET", "/events", "allow"),
        rule("PUT", "/containers/*/archive", "allow"),
        rule("*", "/**", "deny"),
      ],
    }),
  );
  return { args: ["serve", `--config=${file}`], env: {} };
}
