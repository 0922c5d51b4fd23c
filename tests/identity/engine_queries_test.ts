/** What identity asks the engine, and how its answers are read. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  inspectContainer,
  inspectHostNetwork,
  listContainers,
  listNetworks,
} from "../../lib/identity/engine_queries.ts";
import type { NoAnswer } from "../../lib/engine/ask.ts";
import type { EngineAddress } from "../../lib/net/address.ts";
import { startEngine } from "../support/engine.ts";

/** Runs a test with an engine that gives one answer to everything. */
async function withAnswer(
  status: number,
  body: string,
  run: (engine: EngineAddress, asked: () => string) => Promise<void>,
): Promise<void> {
  const engine = await startEngine((connection) =>
    connection.write(
      `HTTP/1.1 ${status} x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
  );
  try {
    await run({ kind: "unix", path: engine.path }, engine.received);
  } finally {
    await engine.stop();
  }
}

const ID = "a".repeat(64);

Deno.test("an answer with another status says so, and whether asking again is of use", async () => {
  for (
    const [status, refused] of [
      [399, false],
      [400, true],
      [499, true],
      [500, false],
    ] as const
  ) {
    await withAnswer(status, "{}", async (engine) => {
      assertEquals(await listContainers(engine), {
        reason:
          `the engine answered GET /containers/json with status ${status}`,
        refused,
      });
      assertEquals(await inspectContainer(engine, "web"), {
        reason:
          `the engine answered GET /containers/web/json with status ${status}`,
        refused,
      });
      // Their absence stops nothing.
      assertEquals((await listNetworks(engine)).blocks.length, 0);
    });
  }
});

Deno.test("an engine that does not answer says so", async () => {
  const engine = { kind: "unix", path: "/nonexistent/engine.sock" } as const;
  for (
    const found of [
      await listContainers(engine),
      await inspectContainer(engine, "web"),
    ]
  ) {
    assertStringIncludes(
      found !== null && "reason" in found ? found.reason : "",
      "/nonexistent/engine.sock does not exist",
    );
  }
  assertEquals((await listNetworks(engine)).blocks, []);
});

Deno.test("an answer that is not JSON counts by its status", async () => {
  await withAnswer(200, "<html>", async (engine) => {
    assertEquals(await listContainers(engine), {
      reason: "the engine's answer to GET /containers/json is not valid JSON",
    });
    assertEquals((await listNetworks(engine)).blocks.length, 0);
  });
  await withAnswer(404, "<html>", async (engine) => {
    assertEquals(await inspectContainer(engine, "web"), null);
  });
});

Deno.test("inspectContainer() asks for nothing that could be another path", async () => {
  await withAnswer(200, JSON.stringify({ Id: ID }), async (engine, asked) => {
    for (const reference of ["", "..", "a/b", "a?b", "a b", "-a", "a%2fb"]) {
      assertEquals(await inspectContainer(engine, reference), null, reference);
    }
    assertEquals(asked(), "");
    const found = await inspectContainer(engine, "web_1.x-y");
    assert(found !== null && "id" in found && found.id === ID);
    assert(asked().startsWith("GET /containers/web_1.x-y/json HTTP/1.1\r\n"));
  });
});

Deno.test("listContainers() and listNetworks() read what the engine lists", async () => {
  const list = [{ Id: ID, Names: ["/web"] }];
  await withAnswer(200, JSON.stringify(list), async (engine) => {
    const found = await listContainers(engine);
    assertEquals("containers" in found && [...found.containers.keys()], [ID]);
  });
  const networks = [{ IPAM: { Config: [{ Subnet: "10.0.0.0/24" }] } }];
  await withAnswer(200, JSON.stringify(networks), async (engine) => {
    assertEquals((await listNetworks(engine)).blocks.length, 1);
  });
  await withAnswer(203, JSON.stringify(networks), async (engine) => {
    assertEquals((await listNetworks(engine)).blocks.length, 0);
  });
});

Deno.test("inspectHostNetwork() asks for the engine's own and for the swarm's", async () => {
  await withAnswer(200, '{"Id":"235e"}', async (engine, asked) => {
    assertEquals(await inspectHostNetwork(engine), ["235e", "235e"]);
    assertStringIncludes(asked(), "GET /networks/host HTTP/1.1");
    assertStringIncludes(asked(), "GET /networks/host?scope=swarm HTTP/1.1");
  });
  await withAnswer(404, "{}", async (engine) => {
    assertEquals(await inspectHostNetwork(engine), []);
  });
});

Deno.test("inspectHostNetwork() says why the ids are not known", async () => {
  for (
    const [status, body, reason] of [
      [500, "{}", "the engine answered GET /networks/host with status 500"],
      [200, "{", "the engine's answer to GET /networks/host is not valid JSON"],
      [200, "{}", "the engine's answer to GET /networks/host has no Id"],
      [200, '{"Id":""}', "the engine's answer to GET /networks/host has no Id"],
      [200, "null", "the engine's answer to GET /networks/host has no Id"],
    ] as const
  ) {
    await withAnswer(status, body, async (engine) => {
      const found = await inspectHostNetwork(engine);
      assertEquals((found as NoAnswer).reason, reason);
    });
  }
});
