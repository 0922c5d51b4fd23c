/** What the engine, or a running sockwarden, is asked of itself. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  askHealth,
  askVersion,
  isSelf,
  probeEngine,
} from "../../lib/engine/probe.ts";
import type { EngineAddress } from "../../lib/net/address.ts";
import { startEngine } from "../support/engine.ts";

const GONE = { kind: "unix", path: "/nonexistent/engine.sock" } as const;

/** What comes of a question to an engine that gives that answer, and the question's target. */
async function asked<T>(
  status: number,
  body: string,
  question: (engine: EngineAddress) => Promise<T>,
): Promise<[T, target: string]> {
  const engine = await startEngine((connection) =>
    connection.write(
      `HTTP/1.1 ${status} x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
  );
  try {
    const result = await question({ kind: "unix", path: engine.path });
    return [result, engine.received().split(" ")[1]!];
  } finally {
    await engine.stop();
  }
}

Deno.test("probeEngine() pings, and says how that went", async () => {
  assertEquals(await asked(200, "OK", probeEngine), [null, "/_ping"]);
  for (const status of [201, 500]) {
    const [reason] = await asked(status, "OK", probeEngine);
    assertEquals(
      reason,
      `the engine answered GET /_ping with status ${status}`,
    );
  }
  assertStringIncludes(await probeEngine(GONE) ?? "", "does not exist");
});

Deno.test("isSelf() holds only where this program answers on its own path", async () => {
  const ask = (engine: EngineAddress) => isSelf(engine, "/_sockwarden/self/x");
  const body = '{"message":"self"}\n';
  assertEquals(await asked(200, body, ask), [true, "/_sockwarden/self/x"]);
  assertEquals((await asked(404, body, ask))[0], false);
  assertEquals((await asked(200, '{"message":"itself"}', ask))[0], false);
  assertEquals(await ask(GONE), false);
});

Deno.test("askVersion() reads both versions, or says that there is none", async () => {
  const versions = { ApiVersion: "1.51", Version: "28.3.0" };
  assertEquals(await asked(200, JSON.stringify(versions), askVersion), [
    { apiVersion: "1.51", version: "28.3.0" },
    "/version",
  ]);
  for (
    const body of [
      JSON.stringify({ ...versions, ApiVersion: 1 }),
      JSON.stringify({ ...versions, Version: null }),
      "{}",
      "null",
      "<html>",
    ]
  ) {
    assertEquals((await asked(200, body, askVersion))[0], {
      reason:
        "the engine answered GET /version with status 200, and the answer names no version",
      answered: true,
    });
  }
  const failed = await askVersion(GONE);
  assertStringIncludes(JSON.stringify(failed), "does not exist");
  assertStringIncludes(JSON.stringify(failed), '"answered":false');
});

Deno.test("askHealth() gives the reason of the sockwarden that was asked", async () => {
  const ask = (address: EngineAddress) => askHealth(address, "/health");
  assertEquals(await asked(200, "{}", ask), [null, "/health"]);
  const ill = JSON.stringify({ message: "the engine is gone" });
  assertEquals((await asked(503, ill, ask))[0], "the engine is gone");
  for (const body of ["<html>", "null", "{}", '{"message":1}']) {
    assertEquals(
      (await asked(404, body, ask))[0],
      "the health check was answered with status 404 by a program that is not sockwarden",
    );
  }
});

Deno.test("askHealth() asks whether sockwarden is running where nothing listens", async () => {
  assertStringIncludes(
    await askHealth(GONE, "/health") ?? "",
    "is sockwarden running",
  );
});
