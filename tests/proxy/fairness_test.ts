/** Requests that are all at hand must not keep other clients waiting. */

import { assert, assertEquals } from "@std/assert";
import { latin1 } from "../support/engine.ts";
import { eventually, withRig } from "../support/proxy.ts";

/** Requests at hand that may be served before others get a turn, with some room. */
const MAX_IN_A_TURN = 40;

Deno.test("pipelined requests give others a turn, though reading and writing never wait", async () => {
  const text = "GET /info HTTP/1.1\r\nHost: a\r\n\r\n".repeat(400);
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  let answers = 0;
  let ended = false;
  await withRig(
    () => {},
    {
      async acceptor(accept) {
        const conn = await accept();
        const { read } = conn;
        // The system gives and takes at once, as it does where enough is there.
        return Object.assign(conn, {
          read(into: Uint8Array) {
            if (at === bytes.length) return read.call(conn, into);
            const piece = bytes.subarray(at, at + into.length);
            into.set(piece);
            at += piece.length;
            return Promise.resolve(piece.length);
          },
          write(written: Uint8Array) {
            answers += latin1(written).split("HTTP/1.1 403").length - 1;
            return Promise.resolve(written.length);
          },
        });
      },
    },
    async (rig) => {
      let most = 0;
      const look = async () => {
        while (!ended) {
          const before = answers;
          // A turn of the event loop, in which others that wait are served.
          await new Promise((resolve) => setTimeout(resolve, 0));
          most = Math.max(most, answers - before);
        }
      };
      const looking = look();
      await rig.connect();
      await eventually("all answers", () => answers === 400);
      ended = true;
      await looking;
      assert(most <= MAX_IN_A_TURN, `${most} were served in one turn`);
      assertEquals(rig.records.length, 400);
    },
  );
});
