/**
 * One engine and one sockwarden with a policy file, whose clients each have a
 * socket of their own; and what was told to them, to search it for what is not
 * theirs.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  docker,
  type Dockerd,
  IMAGE,
  type Output,
  startDockerd,
} from "./dockerd.ts";
import { type Sockwarden, startSockwarden } from "./sockwarden.ts";

/** What a test with scopes works with. */
export interface ScopeRig {
  readonly dockerd: Dockerd;
  readonly warden: Sockwarden;
  /** A folder that everyone may write to; it is removed at the end. */
  readonly folder: string;
  /** The path of a client's socket. */
  socketOf(client: string): string;
  /** Runs the docker CLI against the engine itself; fails where it does. */
  engine(...args: string[]): Promise<string>;
  /** Runs the docker CLI as a client. */
  run(client: string, ...args: string[]): Promise<Output>;
}

/**
 * Starts an engine and a sockwarden, runs a test, and leaves nothing behind.
 *
 * @param clients The entries of the policy file by the client's name, without
 * `listen`, one line each.
 * @param network `host` where the test connects to containers by itself.
 */
export async function withScopes(
  clients: Readonly<Record<string, readonly string[]>>,
  test: (rig: ScopeRig) => Promise<void>,
  network: "own" | "host" = "own",
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-scoped-" });
  // The lean binary gives up root before it makes its sockets.
  await Deno.chmod(folder, 0o777);
  const socketOf = (client: string) => `${folder}/${client}.sock`;
  const entries = Object.entries(clients).map(([client, lines]) =>
    [
      `  ${client}:`,
      `listen: "unix://${socketOf(client)}?mode=0666"`,
      ...lines,
    ].join("\n    ")
  );
  const config = `${folder}/policy.yaml`;
  await Deno.writeTextFile(config, `clients:\n${entries.join("\n")}\n`);
  const dockerd = await startDockerd(network);
  let warden: Sockwarden | null = null;
  try {
    warden = await startSockwarden(dockerd.socket, [`--config=${config}`]);
    await test({
      dockerd,
      warden,
      folder,
      socketOf,
      engine: async (...args) => {
        const { code, stdout, stderr } = await dockerd.docker(...args);
        assertEquals(code, 0, `docker ${args.join(" ")}: ${stderr}`);
        return stdout.trim();
      },
      run: (client, ...args) => docker(`unix://${socketOf(client)}`, ...args),
    });
  } finally {
    await warden?.stop();
    await dockerd.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes an image that keeps a volume at a path. */
export async function imageWithVolume(
  { engine }: ScopeRig,
  image: string,
  path: string,
): Promise<void> {
  // As one that is built, it says so of the container that it was made from.
  await engine(
    ...["create", "--network=none", `--volume=${path}`, "--name=seed"],
    ...[IMAGE, "true"],
  );
  await engine("commit", "--change", `VOLUME ${path}`, "seed", image);
  await engine("rm", "-v", "seed");
}

/** Words of which none may be told to a client. */
export interface Foreign {
  /** Ids, with their first twelve digits. */
  readonly ids: readonly string[];
  /** Names, and labels with their values. */
  readonly words: readonly string[];
}

/** What of the foreign words stands in a text. */
export function foreignIn(text: string, { ids, words }: Foreign): string[] {
  return [...ids.map((id) => id.slice(0, 12)), ...words]
    .filter((one) => text.includes(one));
}

/** A socket that passes all on to another one. */
export interface Recorder {
  readonly socket: string;
  /** What the other side has answered so far, all connections. */
  seen(): string;
  close(): void;
}

/** Opens a socket that passes all on, and remembers what is answered. */
export function record(socket: string, to: string): Recorder {
  const listener = Deno.listen({ transport: "unix", path: socket });
  const texts: string[] = [];
  const carry = async (
    from: Deno.Conn,
    other: Deno.UnixConn,
    note: (bytes: Uint8Array) => void,
  ) => {
    const buffer = new Uint8Array(65536);
    try {
      for (;;) {
        const size = await from.read(buffer);
        if (size === null) break;
        note(buffer.subarray(0, size));
        for (let at = 0; at < size;) {
          at += await other.write(buffer.subarray(at, size));
        }
      }
      await other.closeWrite();
    } catch {
      // One side has gone.
    }
  };
  const serve = async (client: Deno.UnixConn) => {
    const server = await Deno.connect({ transport: "unix", path: to });
    const decoder = new TextDecoder("latin1");
    const index = texts.push("") - 1;
    await Promise.all([
      carry(client, server, () => {}),
      carry(server, client, (bytes) => texts[index] += decoder.decode(bytes)),
    ]);
    client.close();
    server.close();
  };
  const accepting = (async () => {
    for await (const client of listener) serve(client as Deno.UnixConn);
  })();
  accepting.catch(() => {});
  return {
    socket,
    seen: () => texts.join("\n"),
    close: () => listener.close(),
  };
}
