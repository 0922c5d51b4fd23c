/** What a client with a scope sees in answers, in front of an imitated engine. */

import {
  assert,
  assertEquals,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { type Handler, ok } from "../support/engine.ts";
import { policyFile } from "../support/policy.ts";
import { get, type Rig, withRig } from "../support/proxy.ts";

const MINE = "a".repeat(64);
const OTHER = "b".repeat(64);
const NET = "c".repeat(64);
const FOREIGN_NET = "d".repeat(64);

const POLICY = `
clients:
  shop:
    listen: "LISTEN"
    allow: ["container.*", "network.*:read", volume.list, volume.inspect, "image.*:read", system.events, system.info]
    containers: { label: team=shop }
    networks: { label: team=shop }
    volumes: { label: team=shop }
    images: { use: ["shop/*"] }
`;

const entry = (id: string, team: string, more = {}) => ({
  Id: id,
  Names: [`/${team}`],
  Image: team,
  Labels: { team },
  State: "running",
  HostConfig: { NetworkMode: "default" },
  NetworkSettings: { Networks: {} },
  ...more,
});
const inspected = (id: string, team: string) => ({
  Id: id,
  Name: `/${team}`,
  State: { Running: true },
  Config: { Labels: { team } },
  HostConfig: {},
  NetworkSettings: { Networks: {} },
});
const network = (id: string, team: string) => ({
  Name: team,
  Id: id,
  Labels: { team },
  Containers: {
    [MINE]: { Name: "shop", EndpointID: "1".repeat(64) },
    [OTHER]: { Name: "bank", EndpointID: "2".repeat(64) },
  },
});

/** The answers of the engine, by the path that is asked for. */
type Answers = Readonly<Record<string, unknown>>;

const ANSWERS: Answers = {
  "/containers/json": [entry(OTHER, "bank"), entry(MINE, "shop")],
  [`/containers/${MINE}/json`]: inspected(MINE, "shop"),
  [`/containers/${OTHER}/json`]: inspected(OTHER, "bank"),
  "/containers/shop/json": inspected(MINE, "shop"),
  "/containers/bank/json": inspected(OTHER, "bank"),
  "/networks": [network(FOREIGN_NET, "bank"), network(NET, "shop")],
  "/networks/shop": network(NET, "shop"),
  [`/networks/${NET}`]: network(NET, "shop"),
  "/volumes/shop": { Name: "shop", Labels: { team: "shop" } },
  "/volumes/bank": { Name: "bank", Labels: { team: "bank" } },
  "/volumes": {
    Volumes: [
      { Name: "bank", Labels: { team: "bank" }, Driver: "local" },
      { Name: "shop", Labels: { team: "shop" }, Driver: "local" },
    ],
    Warnings: null,
  },
  "/images/json": [
    {
      Containers: 3,
      Id: "sha256:1",
      Labels: null,
      RepoTags: ["bank/app:1"],
      RepoDigests: ["bank/app@sha256:9"],
    },
    {
      Containers: 2,
      Id: "sha256:2",
      Labels: null,
      RepoTags: ["shop/app:1", "bank/copy:1"],
      RepoDigests: ["shop/app@sha256:8", "bank/copy@sha256:7"],
    },
  ],
  "/info": {
    Containers: 2,
    ContainersRunning: 2,
    ContainersPaused: 0,
    ContainersStopped: 0,
    Images: 2,
    NCPU: 4,
  },
};

/** The bytes of a text, one code unit a byte. */
function utf8(text: string): string {
  return Array.from(
    new TextEncoder().encode(text),
    (byte) => String.fromCharCode(byte),
  ).join("");
}

/** An engine; its own index of objects gets what clients get. */
function engineOf(answers: Answers = ANSWERS): Handler {
  return async (c, head) => {
    const [method, target = ""] = head.split(" ");
    const path = target.split("?")[0]!;
    // The index's stream of events never begins: each object is asked about.
    if (target.startsWith("/events?filters=")) return;
    const found = answers[path];
    if (typeof found === "string") return await c.write(found);
    await c.write(
      found === undefined
        ? `HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}`
        : method === "GET"
        ? ok(utf8(JSON.stringify(found) + "\n"))
        : ok("{}"),
    );
  };
}

async function withShop(
  run: (rig: Rig) => Promise<void>,
  handler = engineOf(),
  policy = POLICY,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-answers-" });
  const { file, listeners } = policyFile(
    policy.replace("LISTEN", `unix://${folder}/shop.sock`),
  );
  try {
    await withRig(handler, { file, listeners }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Head and content of the answer to one request. */
async function answerTo(rig: Rig, request: string): Promise<[string, string]> {
  const client = await rig.connect();
  await client.send(
    request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"),
  );
  const text = await client.rest();
  const at = text.indexOf("\r\n\r\n");
  const head = text.slice(0, at);
  const body = text.slice(at + 4);
  return [head, /\r\ntransfer-encoding/i.test(head) ? unchunked(body) : body];
}

function unchunked(body: string): string {
  let text = "";
  for (let rest = body;;) {
    const end = rest.indexOf("\r\n");
    const size = parseInt(rest.slice(0, end), 16);
    if (size === 0) return text;
    assert(size > 0, "the body is cut");
    text += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 4 + size);
  }
}

async function jsonOf(rig: Rig, target: string) {
  const [head, body] = await answerTo(rig, get(target));
  assertStringIncludes(head, " 200 ");
  assertNotMatch(body, /bank|bbbb/);
  return JSON.parse(body);
}

/** The targets with which the engine was asked for a list. */
function asked(rig: Rig, path: string): string[] {
  return [...rig.engine.received().matchAll(/^GET (\S+) HTTP/gm)]
    .map(([, target]) => decodeURIComponent(target!))
    .filter((target) => target.startsWith(path));
}

Deno.test("a list shows what is in scope, with its length", async () => {
  await withShop(async (rig) => {
    const [head, body] = await answerTo(rig, get("/v1.41/containers/json"));
    assertEquals(JSON.parse(body), [entry(MINE, "shop")]);
    assertStringIncludes(head, `Content-Length: ${body.length}`);
  }, engineOf({ "/v1.41/containers/json": ANSWERS["/containers/json"] }));
});

Deno.test("the limit of a list counts behind the filter", async () => {
  const second = entry("e".repeat(64), "shop");
  await withShop(
    async (rig) => {
      const list = await jsonOf(rig, "/containers/json?limit=1&size=1");
      assertEquals(list, [entry(MINE, "shop")]);
      assertEquals(asked(rig, "/containers/json?size"), [
        '/containers/json?size=1&all=1&filters={"label":{"team=shop":true}}',
      ]);
    },
    engineOf({
      "/containers/json": [
        entry(OTHER, "bank"),
        entry(MINE, "shop"),
        second,
      ],
    }),
  );
});

Deno.test("filters are kept, in both forms, and the scope's label is added", async () => {
  for (
    const filters of [
      '{"label":["a=b"],"status":["exited"]}',
      '{"label":{"a=b":false},"status":{"exited":true}}',
    ]
  ) {
    await withShop(async (rig) => {
      await jsonOf(
        rig,
        `/containers/json?all=1&filters=${encodeURIComponent(filters)}`,
      );
      assertEquals(asked(rig, "/containers/json?all=1&"), [
        '/containers/json?all=1&filters={"label":{"a=b":true,"team=shop":true},"status":{"exited":true}}',
      ]);
    });
  }
});

Deno.test("a filter that is given twice, or cannot be read, is refused", async () => {
  for (
    const query of ["filters=%7B%7D&filters=%7B%7D", "filters=%7B", "limit=x"]
  ) {
    await withShop(async (rig) => {
      const [head] = await answerTo(rig, get(`/containers/json?${query}`));
      assertStringIncludes(head, " 403 ");
      assertEquals(rig.records[0]!.code, "policy.scope");
    });
  }
});

Deno.test("a list that is placed by an object outside is answered as for one that is absent", async () => {
  const nothing = "0".repeat(64);
  const error = JSON.stringify({ message: `no such container ${nothing}` });
  for (const name of ["bank", OTHER, "nothing"]) {
    await withShop(
      async (rig) => {
        const filters = encodeURIComponent(`{"since":["${name}"]}`);
        const [head, body] = await answerTo(
          rig,
          get(`/v1.41/containers/json?filters=${filters}`),
        );
        assertStringIncludes(head, " 500 ");
        assertEquals(JSON.parse(body), {
          message: `no such container ${name}`,
        });
        assertStringIncludes(asked(rig, "/v1.41/")[0]!, `{"${nothing}":true}`);
      },
      engineOf({
        ...ANSWERS,
        "/v1.41/containers/json":
          `HTTP/1.1 500 Oops\r\nContent-Length: ${error.length}\r\n\r\n${error}`,
      }),
    );
  }
  await withShop(async (rig) => {
    const filters = encodeURIComponent('{"since":["shop"]}');
    await jsonOf(rig, `/containers/json?filters=${filters}`);
    assertStringIncludes(
      asked(rig, "/containers/json?filters")[0]!,
      `"since":{"${MINE}":true}`,
    );
  });
});

Deno.test("a link's name, which begins with another container's, is not shown", async () => {
  const names = { Names: ["/bank/alias", "/shop"] };
  await withShop(
    async (rig) => {
      const list = await jsonOf(rig, "/containers/json");
      assertEquals(list, [entry(MINE, "shop")]);
    },
    engineOf({ "/containers/json": [entry(MINE, "shop", names)] }),
  );
});

Deno.test("a long list passes in chunks, and none of it is lost", async () => {
  const more = { Command: 'x"},{"Id":"é'.repeat(20) };
  const list = Array.from(
    { length: 2000 },
    (_, i) =>
      entry(
        i.toString(16).padStart(64, "0"),
        i % 2 === 0 ? "shop" : "bank",
        more,
      ),
  );
  await withShop(async (rig) => {
    const [head, body] = await answerTo(rig, get("/containers/json"));
    assertStringIncludes(head, "Transfer-Encoding: chunked");
    const shown = JSON.parse(
      new TextDecoder().decode(
        Uint8Array.from(body, (one) => one.charCodeAt(0)),
      ),
    );
    assertEquals(shown, list.filter((_, i) => i % 2 === 0));
  }, engineOf({ "/containers/json": list }));
});

Deno.test("an answer that cannot be read is 502, and nothing of it passes", async () => {
  const bodies = [
    "[{",
    '{"message":"bank"}',
    `[{"Names":["/bank"]}]`,
    `[{"Id":"${MINE}","Names":["/shop"],"Labels":{"team":"shop"}},bank]`,
  ];
  for (const body of bodies) {
    await withShop(async (rig) => {
      const [head, text] = await answerTo(rig, get("/containers/json"));
      assertStringIncludes(head, " 502 ");
      assertNotMatch(text, /bank/);
      assertEquals(rig.records.at(-1)!.code, "engine.unreadable_answer");
    }, engineOf({ "/containers/json": ok(body) }));
  }
  await withShop(
    async (rig) => {
      const [head] = await answerTo(rig, get("/containers/json"));
      assertStringIncludes(head, " 502 ");
    },
    engineOf({
      "/containers/json":
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n[]",
    }),
  );
});

Deno.test("networks, volumes and images are listed by their scopes", async () => {
  await withShop(async (rig) => {
    const networks = await jsonOf(rig, "/networks");
    assertEquals(networks.length, 1);
    assertEquals(networks[0].Id, NET);
    assertEquals(networks[0].Containers, {});
    const { Volumes } = await jsonOf(rig, "/volumes");
    assertEquals(Volumes.map(({ Name }: { Name: string }) => Name), ["shop"]);
    assertEquals(await jsonOf(rig, "/images/json"), [{
      Containers: -1,
      Id: "sha256:2",
      Labels: null,
      RepoTags: ["shop/app:1"],
      RepoDigests: ["shop/app@sha256:8"],
    }]);
  });
});

Deno.test("an image shows its names in scope alone, and no container", async () => {
  const image = {
    Id: "sha256:2",
    RepoTags: ["shop/app:1", "bank/copy:1"],
    RepoDigests: [
      "shop/app@sha256:8",
      "shop/old@sha256:8",
      "bank/copy@sha256:7",
    ],
    Container: OTHER,
    Manifests: [{ ImageData: { Containers: [OTHER] } }],
  };
  const layers = [
    { Id: "sha256:2", CreatedBy: "é", Tags: ["shop/app:1", "bank/copy:1"] },
    { Id: "<missing>", CreatedBy: "x", Tags: ["bank/base:1"] },
  ];
  await withShop(
    async (rig) => {
      const path = "/images/shop/app:1";
      assertEquals(await jsonOf(rig, `${path}/json`), {
        ...image,
        RepoTags: ["shop/app:1"],
        RepoDigests: ["shop/app@sha256:8", "shop/old@sha256:8"],
        Container: "",
        Manifests: null,
      });
      assertEquals(
        (await jsonOf(rig, `${path}/history`)).map(
          ({ Tags }: { Tags: unknown }) => Tags,
        ),
        [["shop/app:1"], null],
      );
      const own = await jsonOf(rig, `/libpod${path}/json`);
      assertEquals(own.NamesHistory, ["shop/app:0"]);
      const [head] = await answerTo(rig, get(`/libpod${path}/tree`));
      assertStringIncludes(head, " 403 ");
    },
    engineOf({
      "/images/shop/app:1/json": image,
      "/images/shop/app:1/history": layers,
      "/libpod/images/shop/app:1/json": {
        ...image,
        NamesHistory: ["bank/app:0", "shop/app:0"],
      },
    }),
    POLICY.replace('"image.*:read"', '"image.*", "libpod.*"'),
  );
});

Deno.test("a network shows its containers in scope alone", async () => {
  await withShop(async (rig) => {
    const { Containers } = await jsonOf(rig, "/networks/shop");
    assertEquals(Object.keys(Containers), [MINE]);
  });
});

Deno.test("the engine's counts are those of the scope", async () => {
  await withShop(async (rig) => {
    assertEquals(await jsonOf(rig, "/info"), {
      Containers: 1,
      ContainersRunning: 1,
      ContainersPaused: 0,
      ContainersStopped: 0,
      Images: 1,
      NCPU: 4,
    });
  });
});

Deno.test("an error of the engine names no other object", async () => {
  const message =
    `volume is in use - [${OTHER}] by network (name:"bank" id:"bbbbbbbbbbbb") on br-bbbbbbbbbbbb, not x-bbbbbbbbbbbb`;
  const body = JSON.stringify({ message });
  await withShop(
    async (rig) => {
      const [head, text] = await answerTo(
        rig,
        `POST /containers/shop/stop HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n`,
      );
      assertStringIncludes(head, " 409 ");
      assertEquals(
        JSON.parse(text).message,
        'volume is in use - [...] by network (name:"..." id:"...") on br-..., not x-bbbbbbbbbbbb',
      );
    },
    engineOf({
      ...ANSWERS,
      [`/containers/${MINE}/stop`]:
        `HTTP/1.1 409 Conflict\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    }),
  );
});

const event = (
  Type: string,
  Action: string,
  ID: string,
  Attributes: Record<string, string>,
) => JSON.stringify({ Type, Action, Actor: { ID, Attributes }, time: 1 });

const SHOWN = [
  event("container", "exec_create: sh", MINE, { name: "shop", team: "shop" }),
  // It is gone, and was never known: what the event says of it counts.
  event("container", "destroy", "e".repeat(64), { name: "x", team: "shop" }),
  event("network", "connect", NET, { container: MINE, name: "shop" }),
  // Podman leaves these ids empty.
  event("volume", "create", "", { name: "shop" }),
  event("image", "pull", "", { name: "shop/base:1" }),
  event("image", "pull", "shop/app:1", { name: "shop/app" }),
];
const HIDDEN = [
  event("volume", "create", "", { name: "bank" }),
  event("volume", "create", "", {}),
  event("image", "pull", "", { name: "bank/base:1" }),
  event("image", "pull", "", {}),
  event("container", "create", "", { name: "shop", team: "shop" }),
  event("container", "exec_create: bank", OTHER, { name: "bank" }),
  event("container", "destroy", "f".repeat(64), { name: "x", team: "bank" }),
  event("network", "connect", NET, { container: OTHER, name: "shop" }),
  event("network", "connect", FOREIGN_NET, { container: MINE, name: "bank" }),
  event("volume", "mount", "bank", { container: MINE }),
  event("image", "pull", "bank/app:1", { name: "bank/app" }),
  event("daemon", "reload", "bank", { name: "bank" }),
  "{}",
];

Deno.test("events are shown as they come, in order, by their actors", async () => {
  const engine = engineOf();
  const lines = SHOWN.flatMap((one, i) => [HIDDEN[i]!, one]).concat(
    HIDDEN.slice(SHOWN.length),
  );
  await withShop(async (rig) => {
    const client = await rig.connect();
    await client.send(get("/v1.41/events"));
    const seen = await client.until("shop/app", 2);
    assertEquals(
      unchunked(seen.slice(seen.indexOf("\r\n\r\n") + 4) + "0\r\n\r\n"),
      SHOWN.map((one) => `${one}\n`).join(""),
    );
  }, async (c, head) => {
    if (!head.startsWith("GET /v1.41/events ")) return await engine(c, head);
    const text = lines.join("\n") + "\n";
    await c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (let from = 0; from < text.length; from += 333) {
      const part = text.slice(from, from + 333);
      await c.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    }
  });
});

Deno.test("the head of a stream of events passes before an event comes", async () => {
  const engine = engineOf();
  await withShop(async (rig) => {
    const client = await rig.connect();
    await client.send(get("/v1.41/events"));
    await client.until("Transfer-Encoding: chunked\r\n\r\n");
  }, async (c, head) => {
    if (!head.startsWith("GET /v1.41/events ")) return await engine(c, head);
    await c.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  });
});

Deno.test("what is no event ends the stream", async () => {
  const engine = engineOf();
  await withShop(async (rig) => {
    const client = await rig.connect();
    await client.send(get("/v1.41/events"));
    assertNotMatch(await client.rest(), /bank/);
    assertEquals(rig.records.at(-1)!.code, "engine.unreadable_answer");
  }, async (c, head) => {
    if (!head.startsWith("GET /v1.41/events ")) return await engine(c, head);
    await c.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbank\n");
  });
});
