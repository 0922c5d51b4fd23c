/** What carries a request's body to the engine. */

import { assertEquals } from "@std/assert";
import { startUpload } from "../../lib/proxy/upload.ts";
import type { Exchange } from "../../lib/proxy/state.ts";
import { openBody } from "../../lib/wire/body.ts";
import { openSource } from "../../lib/wire/source.ts";
import { fakeConn } from "../support/conn.ts";

Deno.test("a judge that breaks ends one upload, and the engine's side with it", async () => {
  const [client, engine] = [fakeConn(), fakeConn()];
  const passing: Exchange["passing"] = {
    judge: {
      bytes: 0,
      take: () => {
        throw new Error("a bug");
      },
      end: () => ({ kind: "pass", warning: null }),
    },
    refuse: () => ({
      status: 403,
      code: "policy.guard",
      message: "",
      byPolicy: true,
    }),
    dryRun: false,
    held: [],
    over: false,
  };
  const session = {
    client: openSource(client, true),
    engine: openSource(engine, false),
  };
  const exchange = {
    session,
    body: openBody({ kind: "length", length: 4 }),
    passing,
    fault: null,
    slot: null,
  } as unknown as Exchange;
  const upload = startUpload(exchange, session.engine);
  client.push("body");
  await upload.ended;
  assertEquals([
    upload.state,
    exchange.fault?.code,
    engine.closed,
    engine.writes,
  ], [
    "stopped",
    "request.internal_error",
    true,
    [],
  ]);
});
