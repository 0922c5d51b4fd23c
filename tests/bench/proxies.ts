/**
 * Starts the proxies that are compared.
 *
 * @module
 */

import { V8_FLAGS } from "../../tools/compile.ts";
import { exists } from "../../tools/exists.ts";
import { HAPROXY } from "./figures.ts";

/** A proxy that runs. */
export interface Proxy {
  readonly name: string;
  readonly port: number;
  /** Resident memory of all its processes, in MiB. */
  resident(): number;
  /** The CPU time that all its processes have taken, in milliseconds. */
  cpu(): number;
  stop(): Promise<void>;
}

/** Sections of the original whose path has their name. */
const SECTIONS = [
  "auth",
  "build",
  "commit",
  "configs",
  "containers",
  "distribution",
  "events",
  "exec",
  "grpc",
  "images",
  "info",
  "networks",
  "nodes",
  "_ping",
  "plugins",
  "secrets",
  "services",
  "session",
  "swarm",
  "system",
  "tasks",
  "version",
  "volumes",
];
const ON = new Set(["CONTAINERS", "EVENTS", "PING", "VERSION", "POST"]);

/** A configuration for HAProxy that does what the original's does, with CONTAINERS=1 POST=1. */
function haproxyConfiguration(port: number, socket: string): string {
  const path = "{ path,url_dec -m reg -i ^(/v[\\d\\.]+)?";
  const verb = (verbs: string, name: string) =>
    `    http-request allow if ${path}/containers/[a-zA-Z0-9_.-]+/${verbs} } { env(${name}) -m bool }\n`;
  return `global
    log stdout format raw daemon info
    maxconn 4000
defaults
    mode http
    log global
    option httplog
    option dontlognull
    option http-server-close
    option redispatch
    retries 3
    timeout http-request 10s
    timeout queue 1m
    timeout connect 10s
    timeout client 10m
    timeout server 10m
    timeout http-keep-alive 10s
    timeout check 10s
    maxconn 3000
${errorFiles()}backend engine
    server engine ${socket}
backend events
    server engine ${socket}
    timeout server 0
frontend proxy
    bind 127.0.0.1:${port}
    http-request deny unless METH_GET || { env(POST) -m bool }
${verb("((stop)|(restart)|(kill))", "ALLOW_RESTARTS")}${
    verb("start", "ALLOW_START")
  }${verb("stop", "ALLOW_STOP")}${
    SECTIONS.map((section) =>
      `    http-request allow if ${path}/${section} } { env(${
        section.replace("_", "").toUpperCase()
      }) -m bool }\n`
    ).join("")
  }    http-request deny
    default_backend engine
    use_backend events if ${path}/events }
`;
}

/** The original answers with HAProxy's example error pages, which close the connection. */
function errorFiles(): string {
  return [400, 403, 408, 500, 502, 503, 504]
    .map((status) => [status, `/etc/haproxy/errors/${status}.http`] as const)
    .filter(([, file]) => exists(file))
    .map(([status, file]) => `    errorfile ${status} ${file}\n`).join("");
}

/** Starts HAProxy; null where it is not installed. */
export async function startHaproxy(
  folder: string,
  socket: string,
  port: number,
): Promise<Proxy | null> {
  const file = `${folder}/haproxy.cfg`;
  await Deno.writeTextFile(file, haproxyConfiguration(port, socket));
  const env: Record<string, string> = {};
  for (const section of [...SECTIONS, "post", "allow_restarts"]) {
    const name = section.replace(/^_/, "").toUpperCase();
    env[name] = ON.has(name) ? "1" : "0";
  }
  try {
    return await startProgram(
      HAPROXY,
      port,
      new Deno.Command("haproxy", {
        args: ["-W", "-db", "-f", file],
        env,
        stdout: "null",
        stderr: "null",
      }),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Starts sockwarden from source on stock Deno, or a binary of it. */
export function startSockwarden(
  name: string,
  binary: string | null,
  socket: string,
  port: number,
  /** A policy file in place of CONTAINERS=1 POST=1. */
  policy: string | null = null,
  /** The checkout whose source runs where there is no binary. */
  root: string = new URL("../../", import.meta.url).pathname,
  /** The command in place of `serve`, with flags of its own. */
  words: readonly string[] = [],
): Promise<Proxy> {
  const main = `${root}/main.ts`;
  const flags = [
    ...words,
    `--engine=unix://${socket}`,
    `--listen=tcp://127.0.0.1:${port}`,
    ...(policy === null ? ["--containers", "--post"] : [`--config=${policy}`]),
  ];
  return startProgram(
    name,
    port,
    new Deno.Command(binary ?? Deno.execPath(), {
      args: binary === null
        ? ["run", "--quiet", V8_FLAGS, "-A", main, ...flags]
        : flags,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: Deno.env.get("HOME") ?? "",
      },
      stdout: "null",
      // `learn` has its log there.
      stderr: words.length > 0 ? "null" : "inherit",
    }),
  );
}

/**
 * Starts a program, and waits until it takes connections.
 *
 * @param port Where on 127.0.0.1 it listens.
 */
export async function startProgram(
  name: string,
  port: number,
  command: Deno.Command,
): Promise<Proxy> {
  const child = command.spawn();
  let ended = false;
  child.status.then(() => ended = true);
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      break;
    } catch {
      if (ended) throw new Error(`${name} ended before it took a connection`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    name,
    port,
    resident: () =>
      family(child.pid).reduce((sum, pid) => sum + residentOf(pid), 0) / 1024,
    cpu: () => family(child.pid).reduce((sum, pid) => sum + cpuOf(pid), 0),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await child.status;
      clearTimeout(timer);
    },
  };
}

/** A process and its children. */
function family(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  const children = Deno.readTextFileSync(path).trim().split(" ")
    .filter((word) => word !== "").map(Number);
  return [pid, ...children.flatMap(family)];
}

function residentOf(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+([0-9]+) kB/m.exec(status)?.[1] ?? 0);
}

/** The CPU time of a process in milliseconds; the kernel counts in hundredths of a second. */
function cpuOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Starts a program of this folder that stands in for an engine. */
export async function startEngine(
  program: string,
  socket: string,
  ...args: readonly string[]
): Promise<{ stop(): Promise<void> }> {
  const path = new URL(program, import.meta.url).pathname;
  const engine = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", path, socket, ...args],
    stdout: "piped",
  }).spawn();
  // It says that it is ready.
  await engine.stdout.getReader().read();
  return {
    async stop() {
      engine.kill("SIGTERM");
      await engine.status;
      await engine.stdout.cancel().catch(() => {});
    },
  };
}
