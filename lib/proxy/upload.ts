/**
 * Carries the rest of a request's body to the engine, beside its answer.
 *
 * @module
 */

import { takeBody } from "../wire/body.ts";
import { allowBulk, closeSource, type Source, take } from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";
import { closeEngine, linger } from "./connection.ts";
import { fail } from "./exchange.ts";
import { slow } from "./limiting.ts";
import { passOn } from "./passing.ts";
import type { Exchange, Upload } from "./state.ts";

/** Starts to carry what is left of the body. */
export function startUpload(exchange: Exchange, engine: Source): Upload {
  const upload: Upload = { state: "running", ended: Promise.resolve() };
  upload.ended = run(upload, exchange, engine).catch((error) => {
    // Only a bug gets here, such as in a judge: one connection ends, not all.
    fail(exchange, "request.internal_error", `internal error: ${error}`);
    upload.state = "stopped";
    closeEngine(exchange.session);
  });
  return upload;
}

/**
 * Ends it with the request. An engine that has answered without reading the
 * whole body leaves neither connection fit for another request: both are
 * closed, as the answer has said (`keepsClient`).
 */
export async function endUpload(
  { session }: Exchange,
  upload: Upload,
): Promise<void> {
  if (upload.state !== "complete") {
    upload.state = "stopped";
    closeEngine(session);
    await linger(session);
    closeSource(session.client);
  }
  await upload.ended;
}

async function run(
  upload: Upload,
  exchange: Exchange,
  engine: Source,
): Promise<void> {
  const { session, body, passing } = exchange;
  const { client } = session;
  const breakOff = () => {
    upload.state = "stopped";
    closeEngine(session);
  };
  allowBulk(client);
  while (!body.done) {
    while (!take(client)) {
      if (client.ended) {
        fail(exchange, "client.closed");
        return breakOff();
      }
      await client.pending;
      if (upload.state !== "running") return;
    }
    const from = client.start;
    const size = takeBody(body, client, passing === null);
    if (body.error !== null) {
      fail(exchange, "http.bad_chunk", body.error, 400);
      return breakOff();
    }
    let piece = client.buffer.subarray(from, from + size);
    if (passing !== null) {
      const judged = passOn(exchange, passing, piece);
      if (judged === null) return breakOff();
      piece = judged;
    }
    if (piece.length === 0) continue;
    const slowed = slow(exchange, size, engine);
    if (slowed !== null) {
      await slowed;
      if (upload.state !== "running") return;
    }
    try {
      await writeAll(engine.conn, piece);
    } catch {
      // The engine reads no more; its answer, if there is one, tells why.
      upload.state = "stopped";
      return;
    }
    if (upload.state !== "running") return;
  }
  upload.state = "complete";
}
