/**
 * Asks the engine something of our own: whether it is well, which version it is.
 *
 * @module
 */

import type { EngineAddress } from "../config/address.ts";
import { after, decodeLatin1, decodeUtf8, encodeUtf8 } from "../host.ts";
import { NO_BODY } from "../http1/request.ts";
import { parseResponseHead } from "../http1/response.ts";
import { openBody, takeBody } from "./body.ts";
import { dial, isFailure } from "./engine.ts";
import { closeSource, openSource, take } from "./source.ts";
import { writeAll } from "./write.ts";

/** What the engine says of itself. */
export interface EngineVersion {
  readonly apiVersion: string;
  readonly version: string;
}

/** Milliseconds that the engine gets to answer. */
const PATIENCE = 5000;
/** Bytes of an answer that are read. */
const MOST = 64 * 1024;

/** Whether the engine answers a ping; null if so, else the reason. */
export async function probeEngine(
  engine: EngineAddress,
): Promise<string | null> {
  const answer = await ask(engine, "/_ping");
  if ("reason" in answer) return answer.reason;
  return answer.status === 200
    ? null
    : `the engine answers its ping with status ${answer.status}`;
}

/** Whether the engine's address leads back to the program that knows this path. */
export async function isSelf(
  engine: EngineAddress,
  selfPath: string,
): Promise<boolean> {
  const answer = await ask(engine, selfPath);
  return "status" in answer && answer.status === 200 &&
    answer.body.includes('"self"');
}

/** The engine's versions, or the reason why they are not known. */
export async function askVersion(
  engine: EngineAddress,
): Promise<EngineVersion | { reason: string }> {
  const answer = await ask(engine, "/version");
  if ("reason" in answer) return answer;
  try {
    const { ApiVersion, Version } = JSON.parse(answer.body);
    if (typeof ApiVersion === "string" && typeof Version === "string") {
      return { apiVersion: ApiVersion, version: Version };
    }
  } catch {
    // Said below.
  }
  return {
    reason:
      `the engine answers GET /version with status ${answer.status} and no version`,
  };
}

/** Asks a running sockwarden for its health; null where all is well, else the reason. */
export async function askHealth(
  address: EngineAddress,
  path: string,
): Promise<string | null> {
  const answer = await ask(address, path);
  if ("reason" in answer) {
    return answer.reason.replace(
      "is the engine running",
      "is sockwarden running",
    );
  }
  if (answer.status === 200) return null;
  try {
    return String(JSON.parse(answer.body).message);
  } catch {
    return `it answers with status ${answer.status}`;
  }
}

async function ask(
  address: EngineAddress,
  path: string,
): Promise<{ status: number; body: string } | { reason: string }> {
  const conn = await dial(address);
  if (isFailure(conn)) return { reason: conn.reason };
  const source = openSource(conn, true);
  const cancel = after(PATIENCE, () => closeSource(source));
  try {
    await writeAll(
      conn,
      encodeUtf8(
        `GET ${path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n`,
      ),
    );
    let text = "";
    let head: ReturnType<typeof parseResponseHead> | null = null;
    let body = openBody(NO_BODY);
    let content = "";
    while (head === null || !body.done) {
      while (!take(source)) {
        if (source.ended) {
          if (head !== null && body.kind === "until-close") {
            return {
              status: "status" in head ? head.status : 0,
              body: content,
            };
          }
          return {
            reason:
              "the engine closed the connection unanswered, or was too slow",
          };
        }
        await source.pending;
      }
      if (head === null) {
        const before = text.length;
        text += decodeLatin1(source.buffer.subarray(source.start, source.end));
        const at = text.indexOf("\r\n\r\n");
        if (at < 0) {
          source.start = source.end;
          if (text.length > MOST) {
            return { reason: "the engine's answer has no end" };
          }
          continue;
        }
        source.start += at + 4 - before;
        head = parseResponseHead(text.slice(0, at + 4));
        if ("reason" in head) {
          return { reason: `the engine's answer is malformed: ${head.reason}` };
        }
        body = openBody(head.framing);
      }
      const from = source.start;
      const size = takeBody(body, source, false);
      content += decodeUtf8(source.buffer.subarray(from, from + size));
      if (body.error !== null || content.length > MOST) {
        return { reason: "the engine's answer is malformed" };
      }
    }
    return { status: "status" in head ? head.status : 0, body: content };
  } catch (error) {
    return { reason: `the engine broke off: ${error}` };
  } finally {
    cancel();
    closeSource(source);
  }
}
