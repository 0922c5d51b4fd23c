/**
 * Accepts connections to the admin listener, and bounds how many there are.
 *
 * @module
 */

import { type Conn, every, pause, tuneTcp } from "../host.ts";
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
  type Reserve,
  runConnection,
} from "./connection.ts";
import { errorReply, type Reply, replyBytes } from "./reply.ts";
import { holderOf, whoGivesWay } from "./room.ts";

/** The most connections at a time. */
export const MAX_CONNECTIONS = 64;
/** Bytes of answers that clients have not taken yet, of all together: who takes none cannot fill the memory. */
const MAX_HELD = 4 << 20;
/** Milliseconds between two checks of the time limits. */
const SWEEP_MS = 1000;
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
    const holder = holderOf(remote);
    if (connections.size >= MAX_CONNECTIONS) {
      close(whoGivesWay(connections, holder)!);
    }
    const connection = openConnection(conn, holder);
    connections.add(connection);
    runConnection(connection, answer, reserve).then(() =>
      connections.delete(connection)
    );
  };
  const close = (connection: AdminConnection) => {
    closeSource(connection.source);
    connections.delete(connection);
  };
  const reserve: Reserve = (connection, bytes) => {
    for (;;) {
      const others = [...connections].filter((one) =>
        one.holds > 0 && one !== connection
      );
      const held = others.reduce((sum, { holds }) => sum + holds, bytes);
      const first = held > MAX_HELD
        ? whoGivesWay(others, connection.holder)
        : null;
      if (first === null) return;
      close(first);
    }
  };
  void run();
  return async () => {
    closed = true;
    endSweep();
    await open.close();
    for (const { source } of connections) closeSource(source);
  };
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
