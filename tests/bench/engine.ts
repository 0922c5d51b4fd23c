/**
 * A stand-in for the engine that costs as little as it can, so that what is
 * measured is the proxy: canned answers by path, on a unix socket.
 *
 * Run as `engine.ts SOCKET`.
 *
 * @module
 */

const encoder = new TextEncoder();
const HEAD =
  "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n" +
  "Docker-Experimental: false\r\nOstype: linux\r\nServer: Docker/20.10.24 (linux)\r\n" +
  "Date: Mon, 23 Nov 2026 12:00:00 GMT\r\n";

function sized(size: number): Uint8Array {
  const item = JSON.stringify({
    Id: "0f3c".repeat(16),
    Names: ["/web"],
    Image: "nginx:1.29",
    State: "running",
    Status: "Up 3 hours",
    Labels: { "com.example.role": "front" },
  });
  let body = "[" + item;
  while (body.length + item.length + 2 < size) body += "," + item;
  body += "]\n";
  return encoder.encode(`${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`);
}

const SMALL = sized(600);
const LARGE = sized(64 * 1024);
const EVENTS = encoder.encode(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
const DONE = encoder.encode(`${HEAD}Content-Length: 2\r\n\r\n{}`);
/** Bytes of the bulk stream. */
export const BULK = 2 ** 30;
const BULK_HEAD = encoder.encode(`${HEAD}Content-Length: ${BULK}\r\n\r\n`);
const BLOCK = new Uint8Array(256 * 1024);

async function writeAll(conn: Deno.Conn, bytes: Uint8Array) {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

async function serve(conn: Deno.Conn) {
  const buffer = new Uint8Array(256 * 1024);
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const size = await conn.read(buffer);
      if (size === null) break;
      const text = decoder.decode(buffer.subarray(0, Math.min(size, 2048)));
      if (text.startsWith("PUT ")) {
        const head = text.indexOf("\r\n\r\n") + 4;
        const length = /\r\nContent-Length: ([0-9]+)/i.exec(text);
        for (let left = Number(length![1]) - (size - head); left > 0;) {
          left -= await conn.read(buffer) ?? left;
        }
        await writeAll(conn, DONE);
      } else if (text.includes("/events ")) {
        await writeAll(conn, EVENTS);
      } else if (text.includes("/export ")) {
        await writeAll(conn, BULK_HEAD);
        for (let left = BULK; left > 0; left -= BLOCK.length) {
          await writeAll(conn, BLOCK);
        }
      } else {
        await conn.write(text.includes("all=1") ? LARGE : SMALL);
      }
    }
  } catch {
    // The proxy closed the connection.
  }
  try {
    conn.close();
  } catch {
    // Closed already.
  }
}

if (import.meta.main) {
  const listener = Deno.listen({ transport: "unix", path: Deno.args[0]! });
  // The lean binary gives up root before it connects.
  Deno.chmodSync(Deno.args[0]!, 0o666);
  console.log("ready");
  for await (const conn of listener) serve(conn);
}
