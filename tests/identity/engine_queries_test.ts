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
    assertEquals((await listNetworks(engine)).blocks.size, 1);
  });
  await withAnswer(203, JSON.stringify(networks), async (engine) => {
    assertEquals((await listNetworks(engine)).blocks.size, 0);
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

Deno.test("the description of a container with thousands of keys is not read", async () => {
  const keys = (count: number) =>
    Object.fromEntries([...Array(count).keys()].map((i) => [`k${i}`, ""]));
  const body = JSON.stringify({ Config: { Labels: keys(2001) } });
  await withAnswer(200, body, async (engine) => {
    const found = await inspectContainer(engine, "app");
    assertStringIncludes(
      found !== null && "reason" in found ? found.reason : "",
      "has more than 2000 different keys",
    );
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

Deno.test("listContainers() reads a list in which one container has every port, many mounts, or names by links", async () => {
  const ports = ["tcp", "udp", "sctp"].flatMap((Type) =>
    [...Array(65535).keys()].map((i) => ({ PrivatePort: i + 1, Type }))
  );
  const mounts = [...Array(5000).keys()].map((i) => ({
    Type: "bind",
    Source: "/a]\\",
    Destination: `/b"${i}],[`,
    RW: true,
    Propagation: "",
  }));
  const links = [...Array(50_001).keys()].map((i) => `/other/x${i}`);
  const greedy = "1".repeat(64);
  for (
    const more of [
      { Ports: ports },
      { Mounts: mounts },
      { Mounts: mounts.map(({ Destination }) => Destination), Ports: null },
      { Names: [...links, "/web"] },
    ]
  ) {
    const list = [
      { Id: greedy, Names: ["/web"], ...more, HostConfig: {} },
      { Id: ID, Names: ["/app"], Ports: [], Mounts: [] },
    ];
    await withAnswer(200, JSON.stringify(list), async (engine) => {
      const read = await listContainers(engine);
      assertEquals(
        "reason" in read
          ? read
          : [...read.containers.values()].map(({ name }) => name),
        ["web", "app"],
      );
    });
  }
});

Deno.test("listNetworks() makes no key of an object of what whoever makes a network chooses", async () => {
  const chosen = { chosen: "a", 'cho"sen': "}" };
  const Config = [{ Subnet: "10.0.0.0/24", AuxiliaryAddresses: chosen }];
  const list = [{
    Name: "n",
    IPAM: { Driver: "default", Options: chosen, Config },
    Options: chosen,
    Labels: chosen,
  }];
  const { parse } = JSON;
  let parsed = "";
  Object.assign(JSON, { parse: (text: string) => parse(parsed = text) });
  try {
    await withAnswer(200, JSON.stringify(list), async (engine) => {
      const { blocks } = await listNetworks(engine);
      assertEquals([...blocks.keys()], ["10.0.0.0/24"]);
      assert(!parsed.includes('sen":'), parsed);
      assert(parsed.includes('["chosen","a"]'), parsed);
    });
  } finally {
    Object.assign(JSON, { parse });
  }
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
