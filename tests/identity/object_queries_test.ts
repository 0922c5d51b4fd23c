/** What is asked of the engine to hold a request to a scope, and how its answers are read. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  createObjectQueries,
  type ObjectQueries,
} from "../../lib/identity/object_queries.ts";
import { startEngine } from "../support/engine.ts";

async function withAnswer(
  status: number,
  value: unknown,
  run: (objects: ObjectQueries, asked: () => string) => Promise<void>,
): Promise<void> {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  const engine = await startEngine((connection) =>
    connection.write(
      `HTTP/1.1 ${status} x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
  );
  const address = { kind: "unix", path: engine.path } as const;
  const index = { container: () => Promise.resolve(null) };
  try {
    await run(createObjectQueries(address, index), engine.received);
  } finally {
    await engine.stop();
  }
}

const ID = "a".repeat(64);

Deno.test("a network is found by a name of any signs, with its labels", async () => {
  const answer = { Id: ID, Name: "my net", Labels: { a: "1", b: "" } };
  await withAnswer(200, answer, async (objects, asked) => {
    assertEquals(await objects.find("networks", "my net"), {
      id: ID,
      name: "my net",
      labels: new Map([["a", "1"], ["b", ""]]),
    });
    assertStringIncludes(asked(), "GET /networks/my%20net HTTP/1.1");
  });
});

Deno.test("a volume has no id but its name", async () => {
  await withAnswer(200, { Name: "v", Labels: null }, async (objects, asked) => {
    assertEquals(await objects.find("volumes", "v"), {
      id: "v",
      name: "v",
      labels: new Map(),
    });
    assertStringIncludes(asked(), "GET /volumes/v HTTP/1.1");
  });
});

Deno.test("an exec tells its container", async () => {
  const answer = { ID, ContainerID: "b".repeat(64) };
  await withAnswer(200, answer, async (objects, asked) => {
    assertEquals(await objects.exec(ID), {
      id: ID,
      container: "b".repeat(64),
    });
    assertStringIncludes(asked(), `GET /exec/${ID}/json HTTP/1.1`);
  });
});

Deno.test("the containers that have an image are listed, without those of images made from it", async () => {
  const entry = (Id: string, ImageID: string) => ({
    Id,
    Names: ["/web"],
    ImageID,
    NetworkSettings: { Networks: {} },
  });
  const answer = [entry(ID, "sha256:1"), entry("b".repeat(64), "sha256:2")];
  await withAnswer(200, answer, async (objects, asked) => {
    const users = await objects.usersOf("images", "sha256:1");
    assertEquals(users, [{ id: ID, name: "web", labels: new Map() }]);
    assertStringIncludes(
      asked(),
      encodeURIComponent('{"ancestor":["sha256:1"]}'),
    );
  });
});

Deno.test("the containers that have a volume are listed, stopped ones too", async () => {
  const entry = {
    Id: ID,
    Names: ["/web"],
    Labels: { team: "shop" },
    NetworkSettings: { Networks: {} },
  };
  await withAnswer(200, [entry], async (objects, asked) => {
    assertEquals(await objects.usersOf("volumes", "v"), [{
      id: ID,
      name: "web",
      labels: new Map([["team", "shop"]]),
    }]);
    assertStringIncludes(
      asked(),
      `GET /containers/json?all=1&filters=${
        encodeURIComponent('{"volume":["v"]}')
      } HTTP/1.1`,
    );
  });
  await withAnswer(500, { message: "no" }, async (objects) => {
    assert("reason" in await objects.usersOf("volumes", "v"));
  });
});

Deno.test("podman is told by what it calls itself", async () => {
  for (
    const [name, is] of [["Podman Engine", true], ["Engine", false]] as const
  ) {
    const answer = { Components: [{ Name: name }, { Name: "Conmon" }] };
    await withAnswer(200, answer, async (objects, asked) => {
      assertEquals(await objects.isPodman(), is);
      assertStringIncludes(asked(), "GET /version HTTP/1.1");
    });
  }
  await withAnswer(200, {}, async (objects) => {
    assertEquals(await objects.isPodman(), false);
  });
  await withAnswer(404, { message: "no" }, async (objects) => {
    assert(typeof await objects.isPodman() === "object");
  });
});

Deno.test("what is missing, or has not the form of the API, is not there", async () => {
  await withAnswer(404, { message: "no" }, async (objects) => {
    assertEquals(await objects.find("networks", "x"), null);
    assertEquals(await objects.exec("x"), null);
  });
  for (
    const answer of [{}, [], null, { Id: "short", Name: "" }, { Name: 1 }]
  ) {
    await withAnswer(200, answer, async (objects) => {
      assertEquals(await objects.find("networks", "x"), null);
      assertEquals(await objects.find("volumes", "x"), null);
      assertEquals(await objects.exec("x"), null);
    });
  }
});

Deno.test("an engine that does not say is no engine that has none", async () => {
  for (const [status, body] of [[500, "{}"], [200, "{"]] as const) {
    await withAnswer(status, body, async (objects) => {
      const found = await objects.find("networks", "x");
      assert(found !== null && "reason" in found);
    });
  }
});
