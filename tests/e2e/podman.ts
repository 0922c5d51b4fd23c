/**
 * A real podman service of the tests' own: its data, its networks and its
 * socket are in a temporary folder, and it is ended by its process id. No
 * container is started in it.
 *
 * @module
 */

import { exists } from "../../tools/exists.ts";

const PODMAN = "/usr/bin/podman";

/** Why the tests with podman are skipped here; null where they run. */
export function whyNoPodman(): string | null {
  if (Deno.env.get("SOCKWARDEN_E2E") !== "1") {
    return "set SOCKWARDEN_E2E=1 to run it with a separate podman";
  }
  if (Deno.uid() !== 0) return "starting a podman service needs root";
  if (!exists(PODMAN)) {
    return `${PODMAN} is missing: apt-get install podman netavark`;
  }
  return exists("/bin/busybox")
    ? null
    : "/bin/busybox is missing: apt-get install busybox-static";
}

/** A running service. */
export interface Podman {
  readonly socket: string;
  /** An archive with one program, for an image. */
  readonly tree: Uint8Array<ArrayBuffer>;
  stop(): Promise<void>;
}

/** Starts a service, and waits until it says that it listens. */
export async function startPodman(): Promise<Podman> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-podman-" });
  // The lean binary gives up root and must still reach the socket.
  await Deno.chmod(folder, 0o711);
  const socket = `${folder}/podman.sock`;
  const child = new Deno.Command(PODMAN, {
    args: [
      ...["--log-level=info", "--storage-driver=vfs", `--root=${folder}/data`],
      ...[`--runroot=${folder}/run`, `--tmpdir=${folder}/tmp`],
      ...[`--network-config-dir=${folder}/networks`],
      ...["--cgroup-manager=cgroupfs", "--events-backend=file"],
      ...["system", "service", "--time=0", `unix://${socket}`],
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = await listens(child.stderr);
  if (said !== null) {
    await child.status;
    throw new Error(`podman did not start:\n${said}`);
  }
  await Deno.chmod(socket, 0o666);
  return {
    socket,
    tree: await treeOf(folder),
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Waits until the service listens, and drops what it says after that; what it said where it ends before. */
async function listens(
  from: ReadableStream<Uint8Array>,
): Promise<string | null> {
  const texts = from.pipeThrough(new TextDecoderStream());
  const reader = texts.getReader();
  let said = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return said;
    said += value;
    if (said.includes("API service listening")) break;
  }
  reader.releaseLock();
  // A full pipe would stop it.
  texts.pipeTo(new WritableStream()).catch(() => {});
  return null;
}

async function treeOf(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const tree = `${folder}/tree`;
  await Deno.mkdir(`${tree}/bin`, { recursive: true });
  await Deno.copyFile("/bin/busybox", `${tree}/bin/sh`);
  const { stdout } = await new Deno.Command("tar", {
    args: ["-C", tree, "-cf", "-", "."],
  }).output();
  return new Uint8Array(stdout);
}
