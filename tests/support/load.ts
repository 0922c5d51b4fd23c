/**
 * Load: a client that keeps connections busy, and an engine that counts what
 * reaches it of that client.
 *
 * @module
 */

import { ok, type RecordingEngine, startEngine } from "./engine.ts";

/** The User-Agent of the load: an engine is also asked by sockwarden itself. */
const AGENT = "load/1";
/** Connections at a time. */
const CONNECTIONS = 16;
const BODY = "[]";
const WEB = JSON.stringify({ Id: "a".repeat(64), Name: "/web", Config: {} });

/** An engine that counts. */
export interface CountingEngine {
  readonly path: string;
  /** How many requests of the load came, by the word in their query. */
  readonly counts: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Starts an engine that counts the requests of the load. */
export async function startCounting(): Promise<CountingEngine> {
  const counts = new Map<string, number>();
  const engine: RecordingEngine = await startEngine(
    async (connection, head) => {
      const word = /^\S+ [^ ?]*\?(\w+) /.exec(head)?.[1];
      if (word !== undefined && head.includes(`: ${AGENT}\r\n`)) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
      }
      await connection.write(ok(head.includes("/web/") ? WEB : BODY));
    },
  );
  // The lean binary gives up root before it connects.
  await Deno.chmod(engine.path.replace(/\/[^/]+$/, ""), 0o755);
  await Deno.chmod(engine.path, 0o666);
  return { path: engine.path, counts, stop: () => engine.stop() };
}

/**
 * Sends `GET PATH?word` over several connections until it is enough.
 *
 * @param more Whether another request is to be sent; it gets how many were.
 * @returns How many were answered.
 */
export async function load(
  port: number,
  path: string,
  more: (sent: number) => boolean,
): Promise<number> {
  let sent = 0;
  let answered = 0;
  const request = new TextEncoder().encode(
    `GET ${path} HTTP/1.1\r\nHost: a\r\nUser-Agent: ${AGENT}\r\n\r\n`,
  );
  const run = async () => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const buffer = new Uint8Array(65536);
    const decoder = new TextDecoder();
    try {
      while (more(sent)) {
        sent++;
        await conn.write(request);
        let text = "";
        while (!isWhole(text)) {
          const size = await conn.read(buffer);
          if (size === null) return;
          text += decoder.decode(buffer.subarray(0, size));
        }
        answered++;
      }
    } catch {
      // It was killed.
    } finally {
      conn.close();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, run));
  return answered;
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: ([0-9]+)/i.exec(text)?.[1];
  return end >= 0 && length !== undefined &&
    text.length >= end + 4 + Number(length);
}
