/**
 * Accepts connections to the admin listener, and bounds how many there are.
 *
 * @module
 */

import { type Conn, every, monotonic, pause, tuneTcp } from "../host.ts";
import { socketPeerOf } from "../identity/peer.ts";
import type { OpenListener } from "../listen/listener.ts";
import { closeSource } from "../wire/source.ts";
import { writeAll } from "../wire/write.ts";
import { type Admission, mayConnect } from "./admission.ts";
import {
  type AdminConnection,
  type Answer,
  closeOverdue,
  openConnection,
  runConnection,
} from "./connection.ts";
import { errorReply, type Reply, replyBytes } from "./reply.ts";

/** The most connections at a time. */
export const MAX_CONNECTIONS = 64;
/** Milliseconds between two checks of the time limits. */
const SWEEP_MS = 1000;
/** Milliseconds after which who does not take an answer gives way to others. */
const STALLED_MS = 1000;
/** Milliseconds to wait when a client cannot be accepted. */
const RETRY_MS = 100;

/**
 * Serves an open listener.
 *
 * @returns What ends it, and closes all its connections.
 */
export function serveListener(
  open: OpenListener,
  admission: Admission,
  answer: Answer,
): () => Promise<void> {
  const connections = new Set<AdminConnection>();
  let closed = false;
  const endSweep = every(SWEEP_MS, () => connections.forEach(closeOverdue));
  const run = async () => {
    while (!closed) {
      try {
        take(await open.listener.accept());
      } catch {
        // The client has gone already, or there is no descriptor for it now.
        if (!closed) await pause(RETRY_MS);
      }
    }
  };
  const take = (conn: Conn) => {
    tuneTcp(conn);
    const { facts: { remote } } = socketPeerOf(conn, open.configured);
    if (remote !== "" && !mayConnect(admission, remote)) {
      return refuse(conn, errorReply(403, "this address may not connect"));
    }
    if (connections.size >= MAX_CONNECTIONS && !makeRoom(connections)) {
      return refuse(conn, errorReply(503, "too many connections"));
    }
    const connection = openConnection(conn, remote);
    connections.add(connection);
    runConnection(connection, answer).then(() =>
      connections.delete(connection)
    );
  };
  void run();
  return async () => {
    closed = true;
    endSweep();
    await open.close();
    for (const { source } of connections) closeSource(source);
  };
}

/**
 * Closes the connection that has asked for nothing for the longest time, or
 * else one that does not take its answer; returns whether there was one.
 * Otherwise who needs no token, and never reads, could keep all others away.
 */
export function makeRoom(connections: Set<AdminConnection>): boolean {
  const all = [...connections];
  const now = monotonic();
  const found =
    all.find(({ phase }) =>
      phase === "idle" || phase === "head" || phase === "closing"
    ) ?? all.find(({ phase, since }) =>
      phase === "writing" && now - since >= STALLED_MS
    );
  if (found === undefined) return false;
  closeSource(found.source);
  connections.delete(found);
  return true;
}

function refuse(conn: Conn, reply: Reply): void {
  const close = () => {
    try {
      conn.close();
    } catch {
      // Closed already.
    }
  };
  writeAll(conn, replyBytes(reply, false, true)).then(close, close);
}
