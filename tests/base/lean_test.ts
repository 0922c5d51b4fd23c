/**
 * What only the lean base can tell the program, seen through the program.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { binaryPath } from "../../tools/runtimes.ts";
import { exists } from "../../tools/exists.ts";
import { command, TESTED } from "../support/emulated.ts";

const BINARY = binaryPath("lean", TESTED);
const [PATH, BEFORE] = command(BINARY);

function test(name: string, fn: () => Promise<void>): void {
  const built = exists(BINARY);
  Deno.test({
    name: built
      ? name
      : `${name}: the lean binary is missing (deno task base, compile)`,
    ignore: !built,
    fn,
  });
}

/** Reads a stream as text until it holds something, or ends. */
async function until(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  holds: (text: string) => boolean,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  while (!holds(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

test("the lean binary bounds its clients by the descriptors that it has", async () => {
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `ulimit -n 300; exec ${
        [PATH, ...BEFORE].join(" ")
      } --listen=tcp://127.0.0.1:0 --engine=/nowhere.sock`,
    ],
    clearEnv: true,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const log = await until(reader, (text) => text.includes(" connections\n"));
  assertStringIncludes(log, " at most 134 connections");
  child.kill("SIGTERM");
  await until(reader, () => false);
  assertEquals((await child.status).code, 0);
});

test("the lean binary sees a reset behind an upload that is not read", async () => {
  const folder = Deno.makeTempDirSync();
  Deno.chmodSync(folder, 0o755);
  const path = `${folder}/engine.sock`;
  const engine = Deno.listen({ transport: "unix", path });
  Deno.chmodSync(path, 0o666);
  const held: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const conn of engine) {
      const head = new Uint8Array(64);
      await conn.read(head);
      if (new TextDecoder().decode(head).startsWith("POST")) held.push(conn);
      else {
        // It knows no container, ours neither.
        await conn.write(
          new TextEncoder().encode(
            "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
          ),
        );
        conn.close();
      }
    }
  })().catch(() => {});
  const child = new Deno.Command(PATH, {
    args: [
      ...BEFORE,
      `--engine=unix://${path}`,
      "--listen=tcp://127.0.0.1:0",
      "--images",
      "--post",
    ],
    clearEnv: true,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  const log = await until(reader, (text) => text.includes(" engine unix"));
  const port = Number(/tcp:\/\/127\.0\.0\.1:([0-9]+)/.exec(log)![1]);
  // Fills every buffer on the way, then resets (SO_LINGER of 0).
  const script = "import socket,struct,sys\n" +
    "s=socket.create_connection(('127.0.0.1',int(sys.argv[1])))\n" +
    "s.sendall(b'POST /images/load HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 100000000\\r\\n\\r\\n')\n" +
    "s.settimeout(0.5)\n" +
    "try:\n while True: s.send(b'x'*65536)\nexcept OSError: pass\n" +
    "s.setsockopt(socket.SOL_SOCKET,socket.SO_LINGER,struct.pack('ii',1,0))\ns.close()";
  await new Deno.Command("python3", { args: ["-c", script, String(port)] })
    .output();
  const after = await until(reader, (text) => text.includes("image.load"));
  assertStringIncludes(after, 'end="client closed"');
  for (const conn of held) conn.close();
  engine.close();
  await accepting;
  child.kill("SIGTERM");
  await until(reader, () => false);
  await child.status;
  Deno.removeSync(folder, { recursive: true });
});
