/**
 * A real Docker Engine of the tests' own: its data and its socket are in a
 * temporary folder, and it is ended by its process id.
 *
 * @module
 */

import { exists } from "../../tools/exists.ts";

/** A folder with another engine's programs, such as a current release; empty for Debian's. */
const FOLDER = Deno.env.get("SOCKWARDEN_E2E_BIN") ?? "";
const DOCKERD = FOLDER === "" ? "/usr/sbin/dockerd" : `${FOLDER}/dockerd`;
const DOCKER = FOLDER === "" ? "/usr/bin/docker" : `${FOLDER}/docker`;
/** Where the engine finds containerd and runc. */
const PATH = `${FOLDER === "" ? "" : `${FOLDER}:`}${Deno.env.get("PATH")}`;

/** Why the end-to-end tests are skipped here; null where they run. */
export function whySkipped(): string | null {
  if (Deno.env.get("SOCKWARDEN_E2E") !== "1") {
    return "set SOCKWARDEN_E2E=1 to run it with a separate Docker Engine";
  }
  if (Deno.uid() !== 0) return "starting a Docker Engine needs root";
  for (const tool of [DOCKERD, DOCKER]) {
    if (!exists(tool)) return `${tool} is missing: apt-get install docker.io`;
  }
  if (!exists("/bin/busybox")) {
    return "/bin/busybox is missing: apt-get install busybox-static";
  }
  return null;
}

/** A running engine. */
export interface Dockerd {
  readonly socket: string;
  /**
   * Ends the engine and starts it again on the same socket.
   *
   * @param whileAway Waited for in between.
   */
  restart(whileAway?: () => Promise<void>): Promise<void>;
  /** Runs the docker CLI against the engine itself. */
  docker(...args: string[]): Promise<Output>;
  /** Ends the engine; no container and no network of it is left. */
  stop(): Promise<void>;
}

/** What a command left behind. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The image that the tests run: busybox under a name of ours. */
export const IMAGE = "sockwarden-test:1";

const APPLETS = [
  "sh",
  "cat",
  "echo",
  "sleep",
  "ls",
  "wc",
  "sha256sum",
  "head",
  "dd",
  "yes",
  "true",
  "seq",
  "tail",
  "nc",
  "printf",
];

/**
 * Starts an engine with the test image in it.
 *
 * @param network `own` for one that no other engine meets, so that several may
 * be in a swarm; its containers are reached through the engine alone.
 */
export async function startDockerd(
  network: "own" | "host" = "host",
): Promise<Dockerd> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-e2e-" });
  // The lean binary gives up root and must still reach the socket.
  await Deno.chmod(folder, 0o711);
  const socket = `${folder}/docker.sock`;
  const pool = takePool();
  const start = () => launch(folder, socket, pool.range, network);
  let child = await start();
  const dockerd: Dockerd = {
    socket,
    async restart(whileAway = () => Promise.resolve()) {
      await end(child);
      await whileAway();
      child = await start();
    },
    docker: (...args) => docker(`unix://${socket}`, ...args),
    async stop() {
      await removeNetworks(dockerd);
      await end(child);
      pool.lock.close();
      await new Deno.Command("umount", {
        args: ["-R", "-l", `${folder}/data`],
        stderr: "null",
      }).output();
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    },
  };
  await importImage(dockerd, folder);
  return dockerd;
}

/** Runs the docker CLI against an address. */
export function docker(host: string, ...args: string[]): Promise<Output> {
  return dockerWith(host, null, ...args);
}

/** Runs the docker CLI with something on its standard input. */
export async function dockerWith(
  host: string,
  input: string | Uint8Array | null,
  ...args: string[]
): Promise<Output> {
  const child = spawnDocker(host, ...args);
  const writer = child.stdin.getWriter();
  if (input !== null) {
    await writer.write(
      typeof input === "string" ? new TextEncoder().encode(input) : input,
    ).catch(() => {});
  }
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/** Starts the docker CLI and leaves it running. */
export function spawnDocker(host: string, ...args: string[]) {
  return new Deno.Command(DOCKER, {
    args: ["-H", host, ...args],
    env: { DOCKER_BUILDKIT: "0", DOCKER_CONFIG: "/nonexistent" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Addresses that one engine gives to its networks. */
interface Pool {
  readonly range: string;
  /** Nobody else takes the range while this is open. */
  readonly lock: Deno.Listener;
}

/** Ranges of 32 networks each, in 198.18.0.0/15, which no network in use has (RFC 2544). */
const POOLS = 64;
/** The port that is the lock of the first range. */
const FIRST_LOCK = 23_100;

/**
 * Takes addresses for one engine: engines side by side take the same ones
 * otherwise, or find none left. A port is the lock, since it is given back
 * however a test ends.
 */
function takePool(): Pool {
  const start = Math.floor(Math.random() * POOLS);
  for (let i = 0; i < POOLS; i++) {
    const index = (start + i) % POOLS;
    try {
      const lock = Deno.listen({
        hostname: "127.0.0.1",
        port: FIRST_LOCK + index,
      });
      const range = `198.${18 + (index >> 5)}.${(index & 31) * 8}.0/21`;
      return { range, lock };
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(
    `all of the ${POOLS} address ranges of test engines are in use`,
  );
}

/** Removes what keeps a network, then the networks: their bridges would stay on the machine. */
async function removeNetworks({ docker }: Dockerd): Promise<void> {
  await docker("swarm", "leave", "--force");
  const { stdout } = await docker("ps", "-aq");
  const containers = stdout.split("\n").filter(Boolean);
  if (containers.length > 0) await docker("rm", "-f", ...containers);
  // A swarm leaves it behind, and `prune` does not take it.
  await docker("network", "rm", "docker_gwbridge");
  await docker("network", "prune", "-f");
}

/** Runs a command in a network of its own, and where it sees no other engine's networks. */
const ALONE = [
  ...["--net", "--mount", "--propagation=private", "/bin/busybox", "sh", "-c"],
  [
    "busybox=/bin/busybox",
    "$busybox ip link set lo up",
    "$busybox mkdir -p /run/docker",
    "$busybox mount -t tmpfs tmpfs /run/docker",
    'exec "$0" "$@"',
  ].join("\n"),
];

async function launch(
  folder: string,
  socket: string,
  range: string,
  network: "own" | "host",
): Promise<Deno.ChildProcess> {
  const log = await Deno.open(`${folder}/log`, { create: true, append: true });
  const alone = network === "own";
  const child = new Deno.Command(alone ? "unshare" : DOCKERD, {
    env: { PATH },
    args: [
      ...alone ? [...ALONE, DOCKERD] : [],
      "--data-root",
      `${folder}/data`,
      "--exec-root",
      `${folder}/exec`,
      "--pidfile",
      `${folder}/pid`,
      "--host",
      `unix://${socket}`,
      "--bridge",
      "none",
      "--iptables=false",
      "--default-address-pool",
      `base=${range},size=26`,
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  child.stderr.pipeTo(log.writable).catch(() => {});
  for (let attempt = 0; attempt < 300; attempt++) {
    const { code } = await docker(`unix://${socket}`, "version");
    if (code === 0) return child;
    // Nothing tells when it is ready but its answer.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  child.kill("SIGKILL");
  throw new Error(
    `dockerd did not start:\n${await Deno.readTextFile(`${folder}/log`)}`,
  );
}

async function end(child: Deno.ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await child.status;
  clearTimeout(timer);
}

/** Imports a tree made of busybox: no registry is asked. */
async function importImage(dockerd: Dockerd, folder: string): Promise<void> {
  const tree = `${folder}/tree`;
  await Deno.mkdir(`${tree}/bin`, { recursive: true });
  for (const name of ["tmp", "etc", "proc", "dev"]) {
    await Deno.mkdir(`${tree}/${name}`);
  }
  await Deno.copyFile("/bin/busybox", `${tree}/bin/busybox`);
  for (const applet of APPLETS) {
    await Deno.symlink("busybox", `${tree}/bin/${applet}`);
  }
  const tar = `${folder}/tree.tar`;
  await new Deno.Command("tar", { args: ["-C", tree, "-cf", tar, "."] })
    .output();
  const { code, stderr } = await dockerd.docker("import", tar, IMAGE);
  if (code !== 0) throw new Error(`docker import failed: ${stderr}`);
}
