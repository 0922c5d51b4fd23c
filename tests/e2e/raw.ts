/**
 * One request over a connection of its own, and what came back: for calls that
 * the docker CLI does not send.
 *
 * @module
 */

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  /** Without chunks; empty after a switch of protocols. */
  readonly body: string;
}

/** The body of a request: JSON, a tar archive, or none. */
export type RawBody = string | Uint8Array<ArrayBuffer> | null;

/** Fields by which a request asks for another protocol. */
export const UPGRADES: Readonly<Record<string, string>> = {
  tcp: "Connection: Upgrade\r\nUpgrade: tcp\r\n",
  websocket:
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
};

/**
 * Sends a request, and reads the whole answer.
 *
 * @param at A unix socket's path or a port of 127.0.0.1.
 * @param call Method and target.
 * @param upgrade One of {@link UPGRADES}; where the protocol is switched, only the head is read.
 */
export async function send(
  at: string | number,
  call: string,
  body: RawBody = null,
  upgrade: string | null = null,
): Promise<RawAnswer> {
  const conn = typeof at === "string"
    ? await Deno.connect({ transport: "unix", path: at })
    : await Deno.connect({ port: at });
  try {
    const bytes = typeof body === "string"
      ? new TextEncoder().encode(body)
      : body;
    const type = typeof body === "string"
      ? "application/json"
      : "application/x-tar";
    await writeAll(
      conn,
      new TextEncoder().encode(
        `${call} HTTP/1.1\r\nHost: d\r\n${
          upgrade === null ? "Connection: close\r\n" : UPGRADES[upgrade]
        }${
          bytes === null
            ? ""
            : `Content-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n`
        }\r\n`,
      ),
    );
    // The engine may answer and close before it has read a body.
    if (bytes !== null) await writeAll(conn, bytes).catch(() => {});
    return await read(conn);
  } finally {
    conn.close();
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

async function read(conn: Deno.Conn): Promise<RawAnswer> {
  let text = "";
  const decoder = new TextDecoder("latin1");
  const buffer = new Uint8Array(65536);
  for (;;) {
    const size = await conn.read(buffer);
    if (size === null) break;
    text += decoder.decode(buffer.subarray(0, size));
    if (isWhole(text)) break;
  }
  const end = text.indexOf("\r\n\r\n");
  const head = text.slice(0, end);
  const rest = text.slice(end + 4);
  const status = Number(head.split(" ")[1]);
  const chunked = /^transfer-encoding: chunked$/im.test(head);
  const body = status === 101 ? "" : chunked ? unchunked(rest) : rest;
  return { status, head, body };
}

/** Whether an answer has come whole, where the connection may stay open. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  if (text.startsWith("HTTP/1.1 101")) return true;
  const length = /^content-length: ([0-9]+)$/im.exec(text.slice(0, end))?.[1];
  return length !== undefined && text.length >= end + 4 + Number(length);
}

function unchunked(text: string): string {
  let body = "";
  for (let at = 0; at < text.length;) {
    const line = text.indexOf("\r\n", at);
    const size = parseInt(text.slice(at, line), 16);
    if (!(size > 0)) break;
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
  return body;
}
