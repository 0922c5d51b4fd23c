/** A hijacked connection, with ends that the test makes. */

import { assert, assertEquals } from "@std/assert";
import { runTunnel } from "../../lib/proxy/tunnel.ts";
import { openSource } from "../../lib/wire/source.ts";
import { fakeConn, settle } from "../support/conn.ts";

function tunnel() {
  const client = fakeConn();
  const engine = fakeConn();
  let halfClosed = false;
  client.closeWrite = () => {
    halfClosed = true;
    return Promise.resolve();
  };
  const count = { fromClient: 0, fromEngine: 0 };
  const ended = runTunnel(
    openSource(client, true),
    openSource(engine, true),
    count,
    () => null,
  );
  return { client, engine, count, ended, isHalfClosed: () => halfClosed };
}

Deno.test("an engine that resets its connection after its last output ends its side only", async () => {
  const { client, engine, count, ended, isHalfClosed } = tunnel();
  engine.push("output");
  engine.fail(new Deno.errors.ConnectionReset("reset"));
  await settle();
  assertEquals(client.writes.join(""), "output");
  // A close would reset the client's connection too, and take that with it.
  assert(isHalfClosed() && !client.closed);
  client.push("more");
  await settle();
  assert(!client.closed);
  client.end();
  await ended;
  assertEquals(count, { fromClient: 0, fromEngine: 6 });
});

Deno.test("a client that is gone ends both sides of a tunnel", async () => {
  const { client, engine, ended } = tunnel();
  client.fail(new Deno.errors.ConnectionReset("reset"));
  await ended;
  assert(client.closed && engine.closed);
});
