/**
 * An engine that keeps every byte it gets and answers as a test says.
 *
 * @module
 */

/** One connection that the engine got. */
export interface EngineConnection {
  readonly conn: Deno.Conn;
  /** Everything received so far, one code unit a byte. */
  received: string;
  /** The peer has ended its side. */
  ended: boolean;
  /** Resolves when more has been received, or the peer has ended its side. */
  more(): Promise<void>;
  write(text: string | Uint8Array): Promise<void>;
  close(): void;
}

/** A running engine. */
export interface RecordingEngine {
  readonly path: string;
  readonly connections: EngineConnection[];
  /** All that was ever received, in the order in which it came. */
  received(): string;
  /** Stops listening; connections stay. */
  stopListening(): void;
  /** Listens again on the same path. */
  listenAgain(): void;
  stop(): Promise<void>;
}

/** Answers a request whose head has just become complete. */
export type Handler = (
  connection: EngineConnection,
  head: string,
) => Promise<void> | void;

const encoder = new TextEncoder();

/** Bytes to text, one code unit a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

/** A small answer with a length. */
export function ok(body: string, more = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** Starts an engine that calls the handler for each head it reads. */
export async function startEngine(handler: Handler): Promise<RecordingEngine> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-test-" });
  const path = `${folder}/engine.sock`;
  const connections: EngineConnection[] = [];
  let all = "";
  let listener: Deno.Listener;

  const listen = () => {
    listener = Deno.listen({ transport: "unix", path });
    const accept = async (from: Deno.Listener) => {
      for (;;) {
        let conn: Deno.Conn;
        try {
          conn = await from.accept();
        } catch {
          return;
        }
        serve(conn);
      }
    };
    accept(listener);
  };

  const serve = async (conn: Deno.Conn) => {
    let change = Promise.withResolvers<void>();
    const changed = () => {
      change.resolve();
      change = Promise.withResolvers<void>();
    };
    const connection: EngineConnection = {
      conn,
      received: "",
      ended: false,
      more: () => change.promise,
      async write(content) {
        const bytes = typeof content === "string"
          ? Uint8Array.from(content, (c) => c.charCodeAt(0))
          : content;
        for (let at = 0; at < bytes.length;) {
          at += await conn.write(bytes.subarray(at));
        }
      },
      close() {
        try {
          conn.close();
        } catch {
          // Closed already.
        }
      },
    };
    connections.push(connection);
    const buffer = new Uint8Array(65536);
    let handled = 0;
    try {
      for (;;) {
        const size = await conn.read(buffer);
        if (size === null) break;
        const text = latin1(buffer.subarray(0, size));
        connection.received += text;
        all += text;
        changed();
        const end = connection.received.indexOf("\r\n\r\n", handled);
        if (end >= 0) {
          const head = connection.received.slice(handled, end + 4);
          handled = end + 4;
          Promise.resolve(handler(connection, head)).catch(() => {});
        }
      }
    } catch {
      // Reset by the proxy, or closed by the test.
    }
    connection.ended = true;
    changed();
  };

  listen();
  return {
    path,
    connections,
    received: () => all,
    stopListening: () => {
      listener.close();
      try {
        Deno.removeSync(path);
      } catch {
        // Removed by closing.
      }
    },
    listenAgain: listen,
    async stop() {
      try {
        listener.close();
      } catch {
        // Stopped already.
      }
      for (const connection of connections) connection.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Text as bytes, UTF-8. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}
