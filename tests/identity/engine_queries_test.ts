/** What identity asks the engine, and how its answers are read. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  inspectContainer,
  inspectImageLabels,
  listContainers,
  listNetworks,
} from "../../lib/identity/engine_queries.ts";
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
      assertEquals(await inspectImageLabels(engine, "app"), {
        reason:
          `the engine answered GET /images/app/json with status ${status}`,
        refused,
      });
      // Their absence stops nothing.
      assertEquals((await listNetworks(engine)).blocks.size, 0);
    });
  }
});

Deno.test("an engine that does not answer says so", async () => {
  const engine = { kind: "unix", path: "/nonexistent/engine.sock" } as const;
  for (
    const found of [
      await listContainers(engine),
      await inspectContainer(engine, "web"),
      await inspectImageLabels(engine, "app"),
    ]
  ) {
    assertStringIncludes(
      found !== null && "reason" in found ? found.reason : "",
      "/nonexistent/engine.sock does not exist",
    );
  }
  assertEquals((await listNetworks(engine)).blocks.size, 0);
});

Deno.test("an answer that is not JSON counts by its status", async () => {
  await withAnswer(200, "<html>", async (engine) => {
    assertEquals(await listContainers(engine), {
      reason: "the engine's answer to GET /containers/json is not valid JSON",
    });
    assertEquals((await listNetworks(engine)).blocks.size, 0);
  });
  await withAnswer(404, "<html>", async (engine) => {
    assertEquals(await inspectContainer(engine, "web"), null);
    assertEquals(await inspectImageLabels(engine, "app"), null);
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

Deno.test("inspectImageLabels() asks for nothing that could be another path", async () => {
  await withAnswer(200, "{}", async (engine, asked) => {
    for (const reference of ["", "a/../b", "a?b", "a b", ":a", "a%2fb"]) {
      assertEquals(await inspectImageLabels(engine, reference), {
        reason: `'${reference}' is not a valid image reference`,
      });
    }
    assertEquals(asked(), "");
    assertEquals(
      await inspectImageLabels(engine, "r.io:5000/a/b_c:1@sha256:0"),
      new Map(),
    );
  });
});

Deno.test("inspectImageLabels() reads the labels of either configuration", async () => {
  const Labels = { role: "ops", n: 1 };
  for (
    const image of [
      { Config: { Labels }, ContainerConfig: { Labels: { a: "b" } } },
      { Config: null, ContainerConfig: { Labels } },
    ]
  ) {
    await withAnswer(200, JSON.stringify(image), async (engine) => {
      assertEquals(
        await inspectImageLabels(engine, "app"),
        new Map([["role", "ops"], ["n", "1"]]),
      );
    });
  }
  for (const image of ["null", "{}", '{"Config":{"Labels":null}}']) {
    await withAnswer(200, image, async (engine) => {
      assertEquals(await inspectImageLabels(engine, "app"), new Map());
    });
  }
});

Deno.test("listContainers() and listNetworks() read what the engine lists", async () => {
  const list = [{ Id: ID, Names: ["/web"] }];
  await withAnswer(200, JSON.stringify(list), async (engine) => {
    const found = await listContainers(engine);
    assertEquals("containers" in found && [...found.containers.keys()], [ID]);
  });
  const networks = [{ IPAM: { Config: [{ Subnet: "10.0.0.0/24" }] } }];
  await withAnswer(200, JSON.stringify(networks), async (engine) => {
    assertEquals((await listNetworks(engine)).blocks.size, 1);
  });
  await withAnswer(203, JSON.stringify(networks), async (engine) => {
    assertEquals((await listNetworks(engine)).blocks.size, 0);
  });
});

Deno.test("the description of an image or container with thousands of keys is not read", async () => {
  const keys = (count: number) =>
    Object.fromEntries([...Array(count).keys()].map((i) => [`k${i}`, ""]));
  const image = (count: number) =>
    JSON.stringify({ Config: { Labels: keys(count) } });
  await withAnswer(200, image(1500), async (engine) => {
    const labels = await inspectImageLabels(engine, "app");
    assertEquals(labels instanceof Map && labels.size, 1500);
  });
  await withAnswer(200, image(2001), async (engine) => {
    for (const ask of [inspectImageLabels, inspectContainer]) {
      const labels = await ask(engine, "app");
      assertStringIncludes(
        labels !== null && "reason" in labels ? labels.reason : "",
        "has more than 2000 different keys",
      );
    }
  });
});

Deno.test("listContainers() keeps no label, however it is spelled and however many there are", async () => {
  const tricky = {
    "": "",
    'a"b': "}],{",
    "c\\": 'x":"y',
    '"Labels":{': '\\"Labels\\":{"a":"b"}',
    '},{"Id":': '},{"Id":"',
    __proto__x: "\n",
    "5": "6",
  };
  const many = Object.fromEntries(
    [...Array(2001).keys()].map((i) => [`k${i}`, ""]),
  );
  const other = "1".repeat(64);
  const entry = (Id: string, Labels: unknown) => ({
    Id,
    Names: ["/web"],
    Labels,
    HostConfig: { NetworkMode: "host", Annotations: many },
  });
  const list = [entry(ID, tricky), entry(other, many), entry(ID, null)];
  await withAnswer(200, JSON.stringify(list), async (engine) => {
    const read = await listContainers(engine);
    const containers = "reason" in read ? new Map() : read.containers;
    // A container that is left out could hide that an address has two owners.
    assertEquals([...containers.keys()].sort(), [other, ID].sort());
    for (const { labels, onHost } of containers.values()) {
      assertEquals([labels.size, onHost], [0, true]);
    }
  });
  // No engine writes it so.
  await withAnswer(200, JSON.stringify(list, null, 1), async (engine) => {
    const read = await listContainers(engine);
    assertStringIncludes("reason" in read ? read.reason : "", "different keys");
  });
});

Deno.test("listContainers() reads no entry with keys of any number", async () => {
  const Networks = Object.fromEntries(
    [...Array(2001).keys()].map((i) => [`n${i}`, {}]),
  );
  const list = [{ Id: ID, NetworkSettings: { Networks } }, { Id: ID }];
  await withAnswer(200, JSON.stringify(list), async (engine) => {
    assertEquals(await listContainers(engine), {
      reason:
        "the engine's answer to GET /containers/json has more than 2000 different keys; send fewer",
    });
  });
});
