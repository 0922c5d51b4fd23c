/**
 * The engine of the fuzzed proxy. It reads only the one form in which requests
 * are sent, answers each when its body has ended, and says what it has read.
 *
 * @module
 */

import { bytesOf } from "./target.ts";
import type { MemoryConn } from "./memory_conn.ts";

/** A request as the engine has read it; text has one code unit a byte. */
export interface EngineRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly switches: boolean;
}

const HEAD =
  /^([A-Z]+) (\/[!-~]*) HTTP\/1\.[01]\r\nHost: docker\r\n((?:[!-9;-~]+: [^\r\n]*\r\n)*)\r\n/;
const LENGTH = /(?:^|\r\n)Content-Length: ([0-9]+)\r\n/;
const CHUNKED = /(?:^|\r\n)Transfer-Encoding: chunked\r\n/;
const CHUNK = /^([0-9A-Fa-f]+)\r\n/;

/** The whole requests in what one connection got; the last may be incomplete. */
export function readEngine(text: string): {
  requests: EngineRequest[];
  /** What follows the last whole one; belongs to it where it switches. */
  rest: string;
} {
  const requests: EngineRequest[] = [];
  let rest = text;
  for (;;) {
    const head = HEAD.exec(rest);
    if (head === null) return { requests, rest };
    const [whole, method, target, fields] = head as unknown as string[];
    const after = rest.slice(whole!.length);
    const body = readBody(fields!, after);
    if (body === null) return { requests, rest };
    const switches = fields!.includes("\r\nUpgrade: ") ||
      fields!.startsWith("Upgrade: ");
    rest = after.slice(body.size);
    requests.push({
      method: method!,
      target: target!,
      body: body.content,
      switches,
    });
    if (switches) return { requests, rest };
  }
}

function readBody(
  fields: string,
  after: string,
): { content: string; size: number } | null {
  if (!CHUNKED.test(fields)) {
    const length = Number(LENGTH.exec(fields)?.[1] ?? 0);
    return after.length < length
      ? null
      : { content: after.slice(0, length), size: length };
  }
  let content = "";
  for (let at = 0;;) {
    const found = CHUNK.exec(after.slice(at, at + 20));
    if (found === null) return null;
    const size = parseInt(found[1]!, 16);
    const from = at + found[0].length;
    if (after.length < from + size + 2) return null;
    content += after.slice(from, from + size);
    at = from + size + 2;
    if (size === 0) return { content, size: at };
  }
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
const SWITCHING =
  "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

/** An engine that answers each whole request. */
export function answerAll(): (conn: MemoryConn) => void {
  let answered = 0;
  return (conn) => {
    const { requests } = readEngine(conn.written());
    for (const { method, switches } of requests.slice(answered)) {
      conn.push(
        bytesOf(switches ? SWITCHING : method === "HEAD" ? OK : OK + "{}"),
      );
    }
    answered = requests.length;
  };
}
