/**
 * Clients of a policy file through the proxy, in front of a recording engine:
 * who is who, what each may do, and what a change of the policy does.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import { ATTACKS } from "../support/attacks.ts";
import { type EngineConnection, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  eventually,
  get,
  request,
  type Rig,
  type RigOptions,
  withRig,
} from "../support/proxy.ts";

const LIST = get("/v1.41/containers/json");
const RESTART = request("POST", "/containers/web/restart", "");
const EVENTS = get("/events");

const ID = "a".repeat(64);

/** The one container of an engine; tests change it. */
interface World {
  name: string;
  labels: Record<string, string>;
  /** It owns the address that clients of the tests have. */
  listed: boolean;
  running: boolean;
  /** The connections that follow the engine's events. */
  readonly followers: EngineConnection[];
  /** When it was started, as the engine writes it; long ago where it is not said. */
  startedAt?: string;
  /** Its id, where it is another container. */
  id?: string;
}

function world(more: Partial<World> = {}): World {
  return {
    name: "alice",
    labels: {},
    listed: true,
    running: true,
    followers: [],
    ...more,
  };
}

/** An engine with that container, or with none. */
function engineWith(
  state: World | null,
): (connection: EngineConnection, head: string) => Promise<void> {
  return async (connection, head) => {
    const target = head.split(" ")[1]!;
    const id = state?.id ?? ID;
    const facts = {
      Id: id,
      NetworkSettings: {
        Networks: {
          net: { NetworkID: "n", IPAddress: "127.0.0.1", IPPrefixLen: 8 },
        },
      },
    };
    if (target.startsWith("/events?filters=")) {
      state?.followers.push(connection);
      await connection.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
    } else if (target === "/containers/json") {
      await connection.write(ok(JSON.stringify(
        state === null || !state.listed ? [] : [{
          ...facts,
          Names: [`/${state.name}`],
          Labels: state.labels,
        }],
      )));
    } else if (
      state !== null &&
      [id, state.name].some((one) => target === `/containers/${one}/json`)
    ) {
      await connection.write(ok(JSON.stringify({
        ...facts,
        Name: `/${state.name}`,
        Config: { Labels: state.labels },
        State: {
          Running: state.running,
          StartedAt: state.startedAt ?? "2026-01-01T00:00:00.123456789Z",
        },
      })));
    } else if (target === "/events") {
      await connection.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
      );
    } else await connection.write(ok("[]"));
  };
}

function options(
  text: string,
  folder: string,
  more: Partial<RigOptions> = {},
): RigOptions {
  const { file, listeners } = policyFile(text.replaceAll("FOLDER", folder));
  return {
    grants: { ...grants({}), defaultSwitches: false },
    file,
    listeners: [
      { kind: "tcp", host: "127.0.0.1", port: 0 },
      ...listeners,
    ],
    ...more,
  };
}

async function withPolicy(
  text: string,
  run: (rig: Rig, folder: string) => Promise<void>,
  engine = engineWith(null),
  more: Partial<RigOptions> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-clients-" });
  try {
    await withRig(
      engine,
      options(text, folder, more),
      (rig) => run(rig, folder),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function statusOf(
  rig: Rig,
  text: string,
  listener = 0,
): Promise<number> {
  const client = await rig.connect(listener);
  await client.send(text);
  const answer = await client.until("\r\n\r\n");
  client.close();
  return Number(/^HTTP\/1\.1 ([0-9]{3})/.exec(answer)?.[1]);
}

const THREE = `
clients:
  ci:
    listen: unix://FOLDER/ci.sock
    allow: [ "container.*", "image.*", "exec.*", "system.*" ]
  local:
    from: { cidr: 127.0.0.0/8 }
    allow: [ container.list ]
default: { allow: [ system.ping ] }
`;

Deno.test("a client's own listener serves that client alone, and an address identifies another", async () => {
  await withPolicy(THREE, async (rig) => {
    assertEquals(await statusOf(rig, RESTART, 1), 200);
    assertEquals(await statusOf(rig, LIST), 200);
    assertEquals(await statusOf(rig, RESTART), 403);
    assertEquals(
      rig.records.map(({ client, remote }) => [client, remote.slice(0, 5)]),
      [["ci", "unix:"], ["local", "127.0"], ["local", "127.0"]],
    );
  });
});

Deno.test("a host name identifies a client by the addresses that it resolves to", async () => {
  const text = THREE.replace("cidr: 127.0.0.0/8", "host: localhost");
  await withPolicy(text, async (rig) => {
    assertEquals(await statusOf(rig, LIST), 200);
  });
  await withPolicy(
    text.replace("localhost", "nowhere.invalid"),
    async (rig) => {
      assertEquals(await statusOf(rig, LIST), 403);
      assertStringIncludes(
        rig.messages.join("\n"),
        "the host 'nowhere.invalid' of the policy file has no address now",
      );
    },
  );
});

Deno.test("a connection that matches no client gets the default, and a refusal says so", async () => {
  const text = THREE.replace("127.0.0.0/8", "10.0.0.0/8");
  await withPolicy(text, async (rig) => {
    assertEquals(await statusOf(rig, get("/_ping")), 200);
    assertEquals(await statusOf(rig, LIST), 403);
    assertStringIncludes(
      rig.records[1]!.message,
      "is not allowed to this client, which matches no client of policy.yaml",
    );
  });
});

for (const [what, bytes, status] of ATTACKS) {
  Deno.test(`${what} gets ${status} from every client of a policy file`, async () => {
    for (const [listener, text] of [[1, THREE], [0, THREE], [0, OTHERS]]) {
      await withPolicy(String(text), async (rig) => {
        const client = await rig.connect(Number(listener));
        await client.send(bytes);
        const answer = await client.rest();
        assertStringIncludes(answer, `HTTP/1.1 ${status} `);
        assertEquals(answer.match(/HTTP\/1\.1 [0-9]/g)?.length, 1);
        assertEquals(rig.engine.received(), "");
      });
    }
  });
}

/** The same rights for connections that match no client. */
const OTHERS = `
clients:
  ci: { listen: "unix://FOLDER/ci.sock", allow: [ "*" ] }
default: { allow: [ "container.*", "image.*", "exec.*" ] }
`;

Deno.test("a request smuggled behind a client's own is decided on as that client's", async () => {
  await withPolicy(THREE, async (rig) => {
    const client = await rig.connect();
    await client.send(LIST + RESTART + LIST);
    await client.until("HTTP/1.1 ", 3);
    assertEquals(client.seen().match(/HTTP\/1\.1 [0-9]+/g), [
      "HTTP/1.1 200",
      "HTTP/1.1 403",
      "HTTP/1.1 200",
    ]);
    assert(!rig.engine.received().includes("restart"));
  });
});

const ALICE = `
clients:
  alice: { from: { container: alice }, allow: [ container.list, system.events ] }
  ops: { from: { label: role=ops }, allow: [ container.restart ] }
default: { allow: [ system.ping ] }
`;

Deno.test("the container that owns the address is the client", async () => {
  await withPolicy(ALICE, async (rig) => {
    assertEquals(await statusOf(rig, LIST), 200);
    assertEquals(await statusOf(rig, RESTART), 403);
    assertEquals(await statusOf(rig, get("/_ping")), 403);
  }, engineWith(world()));
  await withPolicy(ALICE, async (rig) => {
    assertEquals(await statusOf(rig, LIST), 403);
    assertEquals(await statusOf(rig, RESTART), 200);
  }, engineWith(world({ name: "x", labels: { role: "ops" } })));
});

Deno.test("a container that has ended gives its address no identity, even before an event says so", async () => {
  const state = world();
  await withPolicy(ALICE, async (rig) => {
    assertEquals(await statusOf(rig, LIST), 200);
    state.running = false;
    state.listed = false;
    assertEquals(await statusOf(rig, LIST), 403);
    assertEquals(await statusOf(rig, get("/_ping")), 200);
  }, engineWith(state));
});

Deno.test("a kept connection and its streams are looked up again when the engine reports a change", async () => {
  const state = world();
  await withPolicy(ALICE, async (rig) => {
    const [kept, stream] = [await rig.connect(), await rig.connect()];
    await kept.send(LIST);
    assertStringIncludes(await kept.until("[]"), "200 OK");
    await stream.send(EVENTS);
    await stream.until("{}");
    state.name = "mallory";
    await state.followers[0]!.write("2\r\n{}\r\n");
    await stream.rest();
    await eventually(
      "the end of the stream",
      () => rig.records.some(({ code }) => code === "policy.revoked"),
    );
    await kept.send(LIST);
    assertStringIncludes(await kept.until("403"), "403 Forbidden");
  }, engineWith(state));
});

Deno.test("the bytes of a container are never attributed to its successor at the same address", async () => {
  const state = world({ name: "mallory" });
  const text = ALICE.replace("allow: [ container.list, ", "allow: [ ");
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  await withPolicy(
    text.replace(
      "clients:",
      `clients:
  mallory: { from: { container: mallory }, allow: [ container.list ] }`,
    ),
    async (rig) => {
      const client = await rig.connect();
      // The second request is there already, and waits for the first.
      await client.send(get("/v1.41/containers/json?all=1") + RESTART);
      await eventually(
        "the first request",
        () => rig.engine.received().includes("all=1"),
      );
      // Its container ends, and another client's gets the address.
      Object.assign(state, {
        id: "b".repeat(64),
        name: "x",
        labels: { role: "ops" },
      });
      await state.followers[0]!.write("2\r\n{}\r\n");
      // The new owner of the address connects again, and is identified.
      assertEquals(await statusOf(rig, RESTART), 200);
      release();
      await client.rest();
      assertStringIncludes(client.seen(), "200 OK");
      assertEquals(client.seen().split("HTTP/1.1 ").length, 2);
      await eventually(
        "the record",
        () => rig.records.at(-1)!.code === "identity.changed",
      );
      assertEquals(rig.engine.received().split("restart").length, 2);
    },
    async (connection, head) => {
      if (head.includes("all=1")) await held;
      await engineWith(state)(connection, head);
    },
  );
});

Deno.test("a container that was started after the connection was accepted is not its client", async () => {
  const startedAt = new Date(Date.now() + 500).toISOString();
  await withPolicy(ALICE, async (rig) => {
    assertEquals(await statusOf(rig, LIST), 403);
  }, engineWith(world({ startedAt })));
});

Deno.test("a client that is not known yet waits and is then served", async () => {
  const state = world({ listed: false });
  await withPolicy(
    ALICE,
    async (rig) => {
      const client = await rig.connect();
      // The engine lists a container of that network, and this one too late.
      await client.send(LIST);
      client.follow();
      await eventually(
        "it is looked for again",
        () => rig.engine.received().split("GET /containers/json ").length > 4,
      );
      assertEquals(client.seen(), "");
      state.listed = true;
      assertStringIncludes(await client.until("[]"), "200 OK");
    },
    async (connection, head) => {
      if (head.startsWith("GET /containers/json ") && !state.listed) {
        await connection.write(ok(JSON.stringify([{
          Id: "b".repeat(64),
          Names: ["/other"],
          Labels: {},
          NetworkSettings: {
            Networks: {
              net: { NetworkID: "n", IPAddress: "127.0.0.9", IPPrefixLen: 8 },
            },
          },
        }])));
      } else await engineWith(state)(connection, head);
    },
  );
});

Deno.test("a client that the engine does not identify gets 502, and no client is guessed", async () => {
  await withPolicy(
    ALICE,
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      const answer = await client.rest();
      assertStringIncludes(answer, "HTTP/1.1 502 ");
      assertStringIncludes(
        answer,
        "the engine answered GET /containers/json with status 500",
      );
      assertEquals(rig.records[0]!.code, "identity.unknown");
      // Our own health is answered all the same.
      assertEquals(await statusOf(rig, get("/_sockwarden/health")), 503);
    },
    (connection) =>
      connection.write(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}",
      ),
  );
});

Deno.test("a new policy is in force for the next request of a kept connection", async () => {
  await withPolicy(THREE, async (rig, folder) => {
    const client = await rig.connect();
    await client.send(RESTART);
    assertStringIncludes(await client.until("}\n"), "403");
    const wider = THREE.replace("[ container.list ]", "[ container.restart ]")
      .replaceAll("FOLDER", folder);
    rig.server.setPolicy(
      compile(grants({}), policyFile(wider).file),
    );
    await client.send(RESTART);
    assertStringIncludes(await client.until("[]"), "200 OK");
    await client.send(LIST);
    await client.until("container.list (GET");
    assertStringIncludes(client.seen(), "container.list (GET");
  });
});

Deno.test("streams of a client that has lost the right to them are ended, others go on", async () => {
  const text = THREE.replace("[ container.list ]", "[ system.events ]");
  await withPolicy(text, async (rig, folder) => {
    const [loses, keeps] = [await rig.connect(), await rig.connect(1)];
    for (const client of [loses, keeps]) {
      await client.send(EVENTS);
      await client.until("{}");
    }
    rig.server.setPolicy(
      compile(
        grants({}),
        policyFile(THREE.replaceAll("FOLDER", folder)).file,
      ),
    );
    await loses.rest();
    await eventually("the record", () => rig.records.length > 0);
    assertEquals(rig.records.map(({ client, code }) => [client, code]), [
      ["local", "policy.revoked"],
    ]);
    await rig.engine.connections.at(-1)!.write("2\r\n[]\r\n");
    assertStringIncludes(await keeps.until("[]"), "[]");
  });
});

Deno.test("an upload whose client has lost the right to it is ended, and a body that was held back is not sent", async () => {
  const text = THREE.replace(
    "[ container.list ]",
    "[ image.load, container.create ]",
  ) + "# another: container.create is read\n";
  await withPolicy(
    text.replace(
      "default:",
      "  other: { from: { container: x }, allow: [ system.info ] }\ndefault:",
    ),
    async (rig, folder) => {
      const [upload, held] = [await rig.connect(), await rig.connect()];
      await upload.send(
        "POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 100\r\n\r\npart",
      );
      await eventually(
        "the first part",
        () => rig.engine.received().includes("part"),
      );
      await held.send(
        "POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{",
      );
      // It was decided on, and waits for the rest.
      await statusOf(rig, LIST);
      rig.server.setPolicy(
        compile(
          grants({}),
          policyFile(THREE.replaceAll("FOLDER", folder)).file,
        ),
      );
      await held.send("}").catch(() => {});
      await Promise.all([upload.rest(), held.rest()]);
      await eventually(
        "the records",
        () =>
          rig.records.filter(({ code }) => code === "policy.revoked").length ===
            2,
      );
      assert(!rig.engine.received().includes("/containers/create"));
    },
    async (connection, head) => {
      // It reads on, and answers when it has all.
      if (!head.includes("/images/load")) {
        await engineWith(null)(connection, head);
      }
    },
  );
});

Deno.test("a dry run cuts no stream when the policy changes", async () => {
  const text = THREE.replace("[ container.list ]", "[ system.events ]");
  await withPolicy(
    text,
    async (rig, folder) => {
      const client = await rig.connect();
      await client.send(EVENTS);
      await client.until("{}");
      const { file } = policyFile(THREE.replaceAll("FOLDER", folder));
      rig.server.setPolicy(compile(grants({}), file));
      assertEquals(await statusOf(rig, LIST), 200);
      await rig.engine.connections.find(({ received }) =>
        received.includes("/events ")
      )!.write("2\r\n[]\r\n");
      assertStringIncludes(await client.until("[]"), "[]");
    },
    engineWith(null),
    { dryRun: true },
  );
});

Deno.test("a dry run lets through what the policy refuses, and says so each time", async () => {
  await withPolicy(
    THREE,
    async (rig) => {
      assertEquals(await statusOf(rig, RESTART), 200);
      assertEquals(await statusOf(rig, LIST), 200);
      const [first, second] = rig.records;
      assert(first!.wouldRefuse !== null);
      assertStringIncludes(
        first!.message,
        "sockwarden: container.restart (POST /containers/web/restart) is not allowed to client 'local'",
      );
      assert(second!.wouldRefuse === null);
      assertEquals(second!.message, "");
    },
    engineWith(null),
    { dryRun: true },
  );
});

Deno.test("a dry run lets nothing through that no policy could allow", async () => {
  await withPolicy(
    THREE,
    async (rig) => {
      assertEquals(await statusOf(rig, get("/containers//json")), 400);
      assertEquals(
        await statusOf(rig, get("/info", "Origin: http://evil")),
        403,
      );
      assertEquals(rig.engine.received(), "");
    },
    engineWith(null),
    { dryRun: true },
  );
});

const MAKER = `
clients:
  maker:
    from: { cidr: 127.0.0.0/8 }
    allow: [ container.create, container.rename, network.connect ]
  bob:
    from: { service: deployer }
    allow: [ container.restart ]
  carl:
    from: { container: carl }
    allow: [ container.list ]
`;

function create(query: string, body: unknown): string {
  return request(
    "POST",
    `/containers/create${query}`,
    JSON.stringify(body),
    "Content-Type: application/json",
  );
}

for (
  const [what, text] of [
    [
      "a container with another client's label",
      create("", {
        Image: "a",
        Labels: { "com.docker.compose.service": "deployer" },
      }),
    ],
    ["a container with another client's name", create("?name=carl", {})],
    [
      "a container with another client's name as its alias",
      create("", {
        Image: "a",
        NetworkingConfig: { EndpointsConfig: { net: { Aliases: ["carl"] } } },
      }),
    ],
    [
      "a container's body with a key twice",
      '{"Labels":{},"Labels":{"com.docker.compose.service":"deployer"}}',
    ],
    ["a rename to another client's name", RENAME()],
    [
      "a connection to a network under another client's name",
      request(
        "POST",
        "/networks/net/connect",
        JSON.stringify({
          Container: "x",
          EndpointConfig: { Aliases: ["carl"] },
        }),
        "Content-Type: application/json",
      ),
    ],
  ] as const
) {
  Deno.test(`${what} is refused and never reaches the engine`, async () => {
    await withPolicy(MAKER, async (rig) => {
      const bytes = text.startsWith("{")
        ? create("", 0).replace(/\r\n\r\n0$/, `\r\n\r\n${text}`)
          .replace("Content-Length: 1", `Content-Length: ${text.length}`)
        : text;
      assertEquals(await statusOf(rig, bytes), 403);
      assert(!/^POST/m.test(rig.engine.received()));
      assertEquals(
        rig.records[0]!.code,
        what.includes("twice") ? "policy.unreadable_body" : "policy.identity",
      );
    });
  });
}

function RENAME(): string {
  return request("POST", "/containers/x/rename?name=carl", "");
}

Deno.test("a name that could be the start of another's id joins nothing", async () => {
  const join = (name: string) =>
    create("", {
      Image: "a",
      HostConfig: { NetworkMode: `container:${name}` },
    });
  for (
    const [name, status] of [["abcdef12", 403], ["harmless", 200]] as const
  ) {
    await withPolicy(MAKER, async (rig) => {
      assertEquals(await statusOf(rig, join(name)), status);
    }, engineWith(world({ name, listed: false })));
  }
});

Deno.test("a container that takes no identity of a client is made, and its body is sent unchanged", async () => {
  await withPolicy(MAKER, async (rig) => {
    const Labels = {
      "com.docker.compose.service": "x",
      "com.docker.swarm.service.name": "",
    };
    const body = { Image: "a", Labels };
    assertEquals(await statusOf(rig, create("?name=fine", body)), 200);
    assertStringIncludes(rig.engine.received(), JSON.stringify(body));
  });
});

Deno.test("a proxy before the engine that shows no containers stops nothing, and the missing protection is reported", async () => {
  await withRig(
    (connection, head) =>
      connection.write(
        head.startsWith("GET /containers/json ")
          ? "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}"
          : ok("OK"),
      ),
    { inside: true },
    async (rig) => {
      assertEquals(await statusOf(rig, get("/_ping")), 200);
      assertStringIncludes(
        rig.messages.join("\n"),
        "the engine does not know the container that sockwarden runs in",
      );
    },
  );
});

Deno.test("a request that claims too much is refused before it is compared with any client", async () => {
  await withPolicy(MAKER, async (rig) => {
    const VolumesFrom = Array.from({ length: 257 }, () => "helper");
    const body = { Image: "a", HostConfig: { VolumesFrom } };
    assertEquals(await statusOf(rig, create("", body)), 403);
    assertStringIncludes(rig.records[0]!.message, "more than 256");
    assert(!rig.engine.received().includes("helper"));
  });
});
