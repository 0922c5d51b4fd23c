/** Creation, joins, rename, prune and images under a scope, in front of an engine that says what it is asked. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Handler, ok } from "../support/engine.ts";
import { policyFile } from "../support/policy.ts";
import { type Rig, withRig } from "../support/proxy.ts";

const MINE = "a".repeat(64);
const OTHER = "b".repeat(64);
const NET = "c".repeat(64);
const OTHER_NET = "d".repeat(64);
const IMAGE_ID = `sha256:${"1".repeat(64)}`;

const mine = { team: "shop" };
const theirs = { team: "bank" };

function container(id: string, name: string, labels: object, more = {}) {
  return {
    Id: id,
    Name: `/${name}`,
    State: { Running: true },
    Config: { Labels: labels },
    HostConfig: {},
    NetworkSettings: { Networks: {} },
    ...more,
  };
}

/** What the engine has, by the path by which it is asked. */
function objects(): Record<string, unknown> {
  const web = container(MINE, "web", mine);
  const db = container(OTHER, "db", theirs);
  const net = { Id: NET, Name: "front", Labels: mine };
  const back = { Id: OTHER_NET, Name: "back", Labels: theirs };
  return {
    "/containers/web/json": web,
    [`/containers/${MINE}/json`]: web,
    "/containers/db/json": db,
    [`/containers/${OTHER}/json`]: db,
    "/networks/front": net,
    [`/networks/${NET}`]: net,
    "/networks/back": back,
    [`/networks/${OTHER_NET}`]: back,
    "/volumes/data": { Name: "data", Labels: mine },
    "/volumes/vault": { Name: "vault", Labels: theirs },
    "/images/cafe/json": { Id: IMAGE_ID, RepoTags: ["shop/web:1"] },
    "/images/beef/json": { Id: IMAGE_ID, RepoTags: ["bank/db:1"] },
    "/images/feed/json": {
      Id: IMAGE_ID,
      RepoTags: ["shop/web:1", "bank/db:1"],
    },
  };
}

/** An image that asks for volumes. */
const WITH_VOLUMES = {
  "/images/shop/web:1/json": {
    Id: IMAGE_ID,
    RepoTags: ["shop/web:1"],
    Config: { Volumes: { "/image": {}, "/data/": {}, "/tmp": {} } },
  },
};

/** What the engine answers to exports. */
const EXPORTS = {
  "/images/sha256:cafe/json": { Id: IMAGE_ID, RepoTags: ["shop/web:1"] },
  "/images/sha256:beef/json": { Id: IMAGE_ID, RepoTags: ["bank/db:1"] },
  ...Object.fromEntries([
    "/images/postgres/get",
    "/images/mine:latest/get",
    "/images/get?names=postgres&names=mine:latest",
    "/images/sha256:cafe/get",
  ].map((target) => [target, {}])),
};

function engineOf(more: Record<string, unknown> = {}): Handler {
  const all = { ...objects(), ...more };
  return async (c, head) => {
    const [method, target = ""] = head.split(" ");
    if (method !== "GET") return await c.write(ok('{"done":true}'));
    const isList = target.startsWith("/containers/json?");
    const found = all[decodeURIComponent(target)] ?? (isList ? [] : undefined);
    const body = JSON.stringify(found ?? { message: "none" });
    await c.write(
      `HTTP/1.1 ${
        found === undefined ? "404 Not Found" : "200 OK"
      }\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  };
}

const POLICY = `
clients:
  shop:
    listen: "tcp://127.0.0.1:PORT"
    allow: ["container.*", "exec.*", "network.*", "volume.*", "image.*:read", image.pull, image.tag, image.delete]
    containers: { label: team=shop }
    networks: { label: team=shop }
    volumes: { label: team=shop }
    images: { use: ["shop/*", "postgres:*"], change: ["shop/*:*"] }
  viewer:
    from: { service: viewer }
    allow: [container.inspect]
    containers: { label: logs.public }
  bank:
    from: { service: bank }
    allow: [container.inspect]
    containers: { project: bank }
    networks: { project: bank }
    volumes: { project: bank }
`;

async function withShop(
  run: (rig: Rig) => Promise<void>,
  handler: Handler = engineOf(),
  policy = POLICY,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-joins-" });
  const text = policy.replace(
    "tcp://127.0.0.1:PORT",
    `unix://${folder}/shop.sock`,
  );
  const { file, listeners } = policyFile(text);
  try {
    await withRig(handler, { file, listeners }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Sent {
  readonly status: string;
  readonly message: string;
  /** The target that the engine got; null where it got none. */
  readonly target: string | null;
  // deno-lint-ignore no-explicit-any -- a body as the engine got it
  readonly body: any;
  readonly code: string | null;
}

/** Sends a request, and says what came of it. */
async function send(
  rig: Rig,
  call: string,
  body: unknown = null,
): Promise<Sent> {
  const text = body === null
    ? ""
    : typeof body === "string"
    ? body
    : JSON.stringify(body);
  const before = rig.records.length;
  const start = rig.engine.received().length;
  const client = await rig.connect();
  await client.send(
    `${call} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
  const answer = await client.rest();
  const got = rig.engine.received().slice(start);
  const at = /^(?:POST|DELETE|PUT) (\S+) HTTP/m.exec(got);
  const forwarded = at === null ? "" : got.slice(at.index);
  const json = forwarded.split("\r\n\r\n")[1] ?? "";
  return {
    status: answer.split(" ")[1] ?? "",
    message: answer.split("\r\n\r\n")[1] ?? "",
    target: at?.[1] ?? null,
    body: json.startsWith("{") ? JSON.parse(json) : null,
    code: rig.records[before]?.code ?? null,
  };
}

const CREATE = "POST /v1.41/containers/create?name=new";

Deno.test("a container that is created gets the scope's label, and no scope's label from its image", async () => {
  await withShop(async (rig) => {
    const { status, body } = await send(rig, CREATE, {
      Image: "shop/web:1",
      Memory: 9007199254740991,
      Labels: { a: "1" },
    });
    assertEquals(status, "200");
    assertEquals(body.Labels, {
      "a": "1",
      "team": "shop",
      "logs.public": "",
      "com.docker.compose.project": "",
      "com.docker.stack.namespace": "",
      "com.docker.compose.service": "",
      "com.docker.swarm.service.name": "",
    });
    assertEquals(body.Memory, 9007199254740991);
  });
});

Deno.test("a creation is refused where labels, a name or a number would defeat the scope", async () => {
  const cases: [string, unknown, string][] = [
    [CREATE, { Labels: { team: "bank" } }, "outside the client's scope"],
    [CREATE, { Labels: { team: "" } }, "outside the client's scope"],
    [CREATE, { Labels: { "logs.public": "yes" } }, "client 'viewer'"],
    [
      CREATE,
      { Labels: { "com.docker.compose.project": "bank" } },
      "client 'bank'",
    ],
    [CREATE.replace("new", "0123456789ab"), {}, "start of an id"],
    [
      CREATE,
      '{"Image":"shop/web:1","Memory":9007199254740993}',
      "written again",
    ],
    [
      CREATE,
      '{"Image":"shop/web:1","labels":{"team":"bank"}}',
      "write 'Labels'",
    ],
    [CREATE, { Name: "other" }, "in the query only"],
    ["POST /networks/create", {
      Name: "n",
      Labels: { "com.docker.compose.project": "bank" },
    }, "client 'bank'"],
    ["POST /networks/create", { Name: "0123456789ab" }, "start of an id"],
    [
      "POST /volumes/create",
      { Name: "v", Labels: { team: "bank" } },
      "outside the client's scope",
    ],
    [
      "POST /volumes/create",
      { Name: "v", Driver: "image", DriverOpts: { image: "bank/db:1" } },
      "the driver 'image'",
    ],
  ];
  await withShop(async (rig) => {
    for (const [call, body, words] of cases) {
      const sent = await send(rig, call, body);
      assertEquals([sent.status, sent.target], ["403", null], words);
      assertStringIncludes(sent.message, words);
    }
  });
});

Deno.test("what a creation joins is written as full ids", async () => {
  await withShop(async (rig) => {
    const { status, body, message } = await send(rig, CREATE, {
      Image: "shop/web:1",
      HostConfig: {
        NetworkMode: "front",
        PidMode: "container:web",
        VolumesFrom: ["web:ro"],
        Links: ["web:w", "web"],
        Binds: ["data:/data", "/srv:/srv"],
        Mounts: [{ Type: "volume", Source: "data", Target: "/d2" }],
      },
      NetworkingConfig: { EndpointsConfig: { front: { Aliases: ["x"] } } },
    });
    assertEquals(status, "200", message);
    assertEquals(body.HostConfig, {
      NetworkMode: NET,
      PidMode: `container:${MINE}`,
      VolumesFrom: [`${MINE}:ro`],
      Links: [`${MINE}:w`, `${MINE}:web`],
      Binds: ["data:/data", "/srv:/srv"],
      Mounts: [{ Type: "volume", Source: "data", Target: "/d2" }],
    });
    assertEquals(body.NetworkingConfig.EndpointsConfig, {
      [NET]: { Aliases: ["x"] },
    });
  });
});

/** Bodies that join the object of a name; in HostConfig and at the root, where old engines read them too. */
function joining(
  containers: string,
  network: string,
  volume: string,
): Record<string, unknown>[] {
  const host = [
    { NetworkMode: `container:${containers}` },
    { PidMode: `container:${containers}` },
    { IpcMode: `container:/${containers}` },
    { VolumesFrom: [`${containers}:ro`] },
    { Links: [`${containers}:x`] },
    { Links: [containers] },
    { NetworkMode: network },
    { Binds: [`${volume}:/x:ro`] },
    { Mounts: [{ Type: "volume", Source: volume, Target: "/x" }] },
  ];
  const endpoints = [
    { [network]: {} },
    { front: { NetworkID: network } },
    { front: { Links: [`${containers}:x`] } },
  ];
  return [
    ...host.map((HostConfig) => ({ HostConfig })),
    ...host,
    ...endpoints.map((EndpointsConfig) => ({
      NetworkingConfig: { EndpointsConfig },
    })),
  ];
}

Deno.test("a creation joins nothing outside, and says of it what it says of what is absent", async () => {
  await withShop(async (rig) => {
    const hidden = joining("db", "back", "vault");
    const absent = joining("no1", "no2", "no3");
    for (const [i, more] of hidden.entries()) {
      const a = await send(rig, CREATE, { Image: "shop/web:1", ...more });
      const b = await send(rig, CREATE, { Image: "shop/web:1", ...absent[i] });
      assertEquals([a.status, a.target], ["404", null], JSON.stringify(more));
      assertEquals([b.status, b.target], ["404", null]);
      assertEquals(
        a.message,
        b.message.replace("no1", "db").replace("no2", "back")
          .replace("no3", "vault"),
      );
      assertEquals([a.code, b.code], [
        "policy.out_of_scope",
        "api.no_such_object",
      ]);
    }
  });
});

Deno.test("a link leads to no container outside by the network of one in scope", async () => {
  const inner = (mode: string) => {
    const one = container(MINE, "web", mine, {
      HostConfig: { NetworkMode: `container:${mode}` },
    });
    return engineOf({
      "/containers/web/json": one,
      [`/containers/${MINE}/json`]: one,
      "/containers/vpn/json": container("e".repeat(64), "vpn", mine),
      [`/containers/${"e".repeat(64)}/json`]: container(
        "e".repeat(64),
        "vpn",
        mine,
      ),
    });
  };
  for (
    const [mode, status] of [
      [OTHER, "403"],
      ["db", "403"],
      ["gone", "403"],
      ["web", "403"],
      ["vpn", "200"],
    ] as const
  ) {
    await withShop(async (rig) => {
      const sent = await send(rig, CREATE, {
        Image: "shop/web:1",
        HostConfig: { Links: ["web:x"] },
      });
      assertEquals(sent.status, status, mode);
      if (status === "403") assertStringIncludes(sent.message, "a link leads");
    }, inner(mode));
  }
});

Deno.test("the start of a volume's name is no name", async () => {
  await withShop(async (rig) => {
    for (
      const HostConfig of [
        { Binds: ["dat:/x"] },
        { Mounts: [{ Type: "volume", Source: "dat", Target: "/x" }] },
      ]
    ) {
      const sent = await send(rig, CREATE, { Image: "shop/web:1", HostConfig });
      assertEquals([sent.status, sent.target], ["404", null]);
    }
  }, engineOf({ "/volumes/dat": { Name: "data", Labels: mine } }));
});

Deno.test("bodies that engines read in another way are refused", async () => {
  await withShop(async (rig) => {
    for (
      const body of [
        '{"Image":"shop/web:1","HostConfig":{"Binds":["data:/x"]},"HostConfig":{}}',
        '{"Image":"shop/web:1","hostconfig":{"VolumesFrom":["db"]}}',
        '{"Image":"shop/web:1","Ho\\u017ftConfig":{"VolumesFrom":["db"]}}',
        '{"Image":"shop/web:1","HostConfig":{"NetworkMode":"back:ip=1.2.3.4"}}',
        '{"Image":"shop/web:1","HostConfig":{"PidMode":"ns:/proc/1/ns/pid"}}',
        '{"Image":"shop/web:1","HostConfig":{"Mounts":[{"Type":"cluster","Source":"vault"}]}}',
        '{"Image":"shop/web:1","Volumes":{"vault:/x":{}}}',
        ...[
          '"Type":"tmpfs","Target":"/x,source=vault"',
          '"Type":"volume","Target":"/x","Source":"data","Consistency":"a,src=vault"',
          '"Type":"volume","Target":"/x","Source":"data","VolumeOptions":{"Subpath":"a,src=vault"}',
          '"Type":"bind","Target":"/x","Source":"/a","BindOptions":{"Propagation":"rslave\\nsrc=vault"}',
          '"Type":"bind","Target":"/x","Source":"/a\\",src=vault"',
        ].map((mount) =>
          `{"Image":"shop/web:1","HostConfig":{"Mounts":[{${mount}}]}}`
        ),
        '{"Image":"shop/web:1"} {}',
      ]
    ) {
      const { status, target } = await send(rig, CREATE, body);
      assertEquals([status, target], ["403", null], body);
    }
  });
});

Deno.test("volumes that the engine makes by itself get the scope's label", async () => {
  const volume = (Target: string) => ({
    Type: "volume",
    Target,
    VolumeOptions: { Labels: { team: "shop" } },
  });
  await withShop(async (rig) => {
    const { body } = await send(rig, CREATE, {
      Image: "shop/web:1",
      Volumes: { "/a": {}, "/data": {} },
      HostConfig: {
        Binds: ["/b", "data:/data/"],
        Mounts: [{ Type: "volume", Target: "/c" }],
      },
    });
    assertEquals(body.HostConfig.Binds, ["data:/data/"]);
    assertEquals(body.Volumes, { "/data": {} });
    assertEquals(body.HostConfig.Mounts, [
      volume("/c"),
      volume("/b"),
      volume("/a"),
    ]);
    const plain = await send(rig, CREATE, {
      Image: "shop/web:1",
      Volumes: { "/a": {} },
    });
    assertEquals(plain.body.HostConfig, { Mounts: [volume("/a")] });
    // With HostConfig beside it old engines would not read this any more.
    const { status } = await send(rig, CREATE, {
      Image: "shop/web:1",
      Volumes: { "/a": {} },
      ReadonlyRootfs: true,
    });
    assertEquals(status, "403");
    const driven = await send(rig, CREATE, {
      Image: "shop/web:1",
      Volumes: { "/a": {} },
      HostConfig: { VolumeDriver: "nfs" },
    });
    assertEquals([driven.status, driven.target], ["403", null]);
    // Current engines take no mounts at the root.
    for (
      const more of [{ Binds: ["/srv:/a"] }, {
        Mounts: [{ Type: "bind", Source: "/srv", Target: "/a" }],
      }]
    ) {
      const volumes = { Image: "shop/web:1", Volumes: { "/a": {} }, ...more };
      const bare = await send(rig, CREATE, volumes);
      assertEquals([bare.status, bare.target], ["403", null]);
      const host = await send(rig, CREATE, { ...volumes, HostConfig: {} });
      assertEquals(host.body.HostConfig.Mounts, [volume("/a")]);
    }
    const claimed = await send(rig, CREATE, {
      Image: "shop/web:1",
      HostConfig: {
        Mounts: [{
          Type: "volume",
          Target: "/c",
          VolumeOptions: { Labels: { "com.docker.compose.project": "bank" } },
        }],
      },
    });
    assertEquals([claimed.status, claimed.target], ["403", null]);
    assertStringIncludes(claimed.message, "client 'bank'");
  });
});

Deno.test("volumes for which the image asks get the scope's label, where nothing is mounted", async () => {
  await withShop(async (rig) => {
    const create = async (HostConfig: object) =>
      (await send(rig, CREATE, { Image: "shop/web:1", HostConfig })).body
        .HostConfig.Mounts;
    const volume = {
      Type: "volume",
      Target: "/image",
      VolumeOptions: { Labels: { team: "shop" } },
    };
    assertEquals(
      await create({ Binds: ["data:/data"], Tmpfs: { "/tmp": "" } }),
      [volume],
    );
    // What is mounted from there is not known, and would be hidden.
    assertEquals(await create({ VolumesFrom: ["web"] }), undefined);
  }, engineOf(WITH_VOLUMES));
});

Deno.test("a path in Volumes is mounted once, and left alone beside VolumesFrom", async () => {
  await withShop(async (rig) => {
    const create = async (HostConfig: object, Volumes: object) =>
      (await send(rig, CREATE, { Image: "shop/web:1", HostConfig, Volumes }))
        .body;
    const twice = await create({}, { "/t/": {}, "/t": {} });
    assertEquals(twice.HostConfig.Mounts.length, 1);
    const shared = await create({ VolumesFrom: ["web"] }, { "/t": {} });
    assertEquals(shared.Volumes, { "/t": {} });
    assertEquals(shared.HostConfig.Mounts, undefined);
  });
});

Deno.test("a volume that was made meanwhile outside is not shown", async () => {
  let made = false;
  const plain = engineOf();
  await withShop(async (rig) => {
    const go = (name: string) =>
      send(rig, "POST /volumes/create", { Name: name });
    const theirs = await go("late");
    assert(made);
    assertEquals([theirs.status, theirs.code], [
      "502",
      "engine.unreadable_answer",
    ]);
    assert(!theirs.message.includes("bank"), theirs.message);
  }, async (c, head) => {
    if (!head.startsWith("POST")) return await plain(c, head);
    made = true;
    const labels = { team: "bank" };
    await c.write(ok(JSON.stringify({ Name: "late", Labels: labels })));
  });
});

Deno.test("an export gives out no tag outside: a name alone stands for all tags that it has", async () => {
  const policy = POLICY.replace(
    'use: ["shop/*", "postgres:*"]',
    'use: ["shop/*:1", "postgres:*", "mine:latest"]',
  ).replace("image.pull,", "image.export, image.export.multi,");
  await withShop(
    async (rig) => {
      const cases: [string, string][] = [
        ["/images/postgres/get", "200"],
        ["/images/mine/get", "404"],
        ["/images/mine:latest/get", "200"],
        ["/images/bank%2Fdb:1/get", "404"],
        ["/images/get?names=postgres&names=mine:latest", "200"],
        ["/images/get?names=postgres&names=mine", "404"],
        ["/images/get?names=postgres&names=bank%2Fdb:1", "404"],
        ["/images/get?names=postgres&Names=mysql", "403"],
        ["/images/get", "403"],
        // The name of a repository wins over the start of an id.
        ["/images/get?names=cafe", "403"],
        ["/images/beef/get", "404"],
      ];
      for (const [target, status] of cases) {
        assertEquals(
          (await send(rig, `GET ${target}`)).status,
          status,
          target,
        );
      }
      const before = rig.engine.received().length;
      assertEquals((await send(rig, "GET /images/cafe/get")).status, "200");
      const sent = rig.engine.received().slice(before);
      assertStringIncludes(sent, "GET /images/sha256:cafe/get HTTP");
    },
    engineOf(EXPORTS),
    policy,
  );
});

Deno.test("the deletion of an image or a volume that is in use names no container outside", async () => {
  const policy = POLICY.replace("image.pull,", "image.delete,");
  const plain = engineOf();
  await withShop(
    async (rig) => {
      for (const call of ["/volumes/data", "/images/shop%2Fweb:1"]) {
        const { status, message } = await send(rig, `DELETE ${call}`);
        assertEquals(status, "409", call);
        assertStringIncludes(message, "in use by container ...");
        assert(!message.includes("bbbb"), message);
      }
    },
    async (c, head) => {
      if (!head.startsWith("DELETE")) return await plain(c, head);
      const body = JSON.stringify({
        message: `conflict: it is in use by container ${
          OTHER.slice(0, 12)
        } - [${OTHER}]`,
      });
      await c.write(
        `HTTP/1.1 409 Conflict\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    },
    policy,
  );
});

Deno.test("a volume that the engine made by itself is joined where containers in scope alone have it", async () => {
  const made = (digit: string) => digit.repeat(64);
  const [ours, shared, idle, absent] = ["1", "2", "3", "4"].map(made);
  const listed = (Id: string, name: string, Labels: object) => ({
    Id,
    Names: [`/${name}`],
    Labels,
    NetworkSettings: { Networks: {} },
  });
  const web = listed(MINE, "web", mine);
  const db = listed(OTHER, "db", theirs);
  const usersOf = (name: string) =>
    `/containers/json?all=1&filters={"volume":["${name}"]}`;
  const handler = engineOf({
    ...Object.fromEntries(
      [ours, shared, idle, "plain"].map((Name) => [`/volumes/${Name}`, {
        Name,
        Labels: null,
      }]),
    ),
    [usersOf(ours!)]: [web],
    [usersOf(shared!)]: [web, db],
    [usersOf("plain")]: [web],
    [`/containers/${MINE}/json`]: container(MINE, "web", mine, {
      HostConfig: { Binds: [`${ours}:/kept:rw`] },
    }),
  });
  await withShop(async (rig) => {
    const create = (volume: string, more = {}) =>
      send(rig, CREATE, {
        Image: "shop/web:1",
        HostConfig: { Binds: [`${volume}:/kept:rw`] },
        ...more,
      });
    const { status, body } = await create(ours!);
    assertEquals([status, body?.HostConfig.Binds], ["200", [
      `${ours}:/kept:rw`,
    ]]);
    assertEquals((await send(rig, "POST /containers/web/start")).status, "200");
    for (const name of [shared, idle, absent, "plain"]) {
      const { status, target } = await create(name!);
      assertEquals([status, target], ["404", null], name);
    }
    // What is absent costs the same question as what is hidden.
    assertStringIncludes(
      decodeURIComponent(rig.engine.received()),
      usersOf(absent!),
    );
    // By its path it is not there.
    const { status: path } = await send(rig, `DELETE /volumes/${ours}`);
    assertEquals(path, "404");
  }, handler);
});

Deno.test("a volume or a network that is there outside is not handed over", async () => {
  await withShop(async (rig) => {
    for (
      const [call, name] of [["/volumes", "vault"], ["/networks", "back"]]
    ) {
      const { status, target, code } = await send(
        rig,
        `POST ${call}/create`,
        { Name: name },
      );
      assertEquals([status, target], ["409", null]);
      assertEquals(code, "policy.out_of_scope");
    }
    const made = await send(rig, "POST /volumes/create", { Name: "fresh" });
    assertEquals(made.body, { Name: "fresh", Labels: { team: "shop" } });
    const random = await send(rig, "POST /volumes/create", {});
    assertEquals(random.body, { Labels: { team: "shop" } });
  });
});

Deno.test("a network is not put on the bridge of another one", async () => {
  await withShop(
    async (rig) => {
      for (
        const [parent, status] of [
          ["br-cccccccccccc", "200"],
          ["eth0", "200"],
          ["br-dddddddddddd", "404"],
          ["br-dddddddddddd.5", "404"],
          ["docker0", "404"],
          ["docker0.10", "404"],
          ["docker_gwbridge", "404"],
          ["podman1", "404"],
        ] as const
      ) {
        for (const Driver of ["macvlan", "ipvlan"]) {
          const sent = await send(rig, "POST /networks/create", {
            Name: "n",
            Driver,
            Options: { parent },
          });
          assertEquals(sent.status, status, parent);
        }
      }
    },
    engineOf({
      "/networks/cccccccccccc": { Id: NET, Name: "front", Labels: mine },
      "/networks/dddddddddddd": { Id: OTHER_NET, Name: "back", Labels: theirs },
      "/networks/bridge": { Id: "e".repeat(64), Name: "bridge", Labels: {} },
    }),
  );
});

Deno.test("a container's name that is taken outside is refused without its id", async () => {
  await withShop(async (rig) => {
    for (
      const call of [
        "POST /containers/create?name=db",
        "POST /containers/create?name=/db",
        "POST /containers/web/rename?name=db",
      ]
    ) {
      const { status, target, message } = await send(rig, call, {
        Image: "shop/web:1",
      });
      assertEquals([status, target], ["409", null], call);
      assert(!message.includes(OTHER));
    }
    // The start of an id is no name.
    const { status } = await send(rig, "POST /containers/create?name=bbbb", {
      Image: "shop/web:1",
    });
    assertEquals(status, "200");
  }, engineOf({ "/containers/bbbb/json": container(OTHER, "db", theirs) }));
});

Deno.test("network.connect and disconnect name the container by its full id", async () => {
  await withShop(async (rig) => {
    for (const call of ["connect", "disconnect"]) {
      const { target, body } = await send(rig, `POST /networks/front/${call}`, {
        Container: "web",
      });
      assertEquals([target, body], [`/networks/${NET}/${call}`, {
        Container: MINE,
      }]);
      for (const [network, container] of [["front", "db"], ["back", "web"]]) {
        const { status, target } = await send(
          rig,
          `POST /networks/${network}/${call}`,
          { Container: container },
        );
        assertEquals([status, target], ["404", null]);
      }
    }
    for (const NetworkID of ["back", "bridge", "none"]) {
      const { status, target } = await send(
        rig,
        "POST /networks/front/connect",
        { Container: "web", EndpointConfig: { NetworkID } },
      );
      assertEquals([status, target], ["404", null], NetworkID);
    }
  });
});

Deno.test("a new name keeps the container in scope", async () => {
  const named = POLICY.replace("{ label: team=shop }", "{ name: w* }");
  await withShop(
    async (rig) => {
      const go = (name: string) =>
        send(rig, `POST /containers/web/rename?name=${name}`);
      assertEquals(
        (await go("w2")).target,
        `/containers/${MINE}/rename?name=w2`,
      );
      assertEquals((await go("0123456789ab_web")).status, "200");
      const out = await go("db2");
      assertEquals([out.status, out.target], ["403", null]);
      assertStringIncludes(out.message, "needs a scope by label");
    },
    engineOf(),
    named,
  );
  await withShop(async (rig) => {
    const { status } = await send(
      rig,
      "POST /containers/web/rename?name=0123456789ab",
    );
    assertEquals(status, "403");
  });
});

Deno.test("a prune gets the scope's filter in every form of the client's own", async () => {
  await withShop(async (rig) => {
    for (
      const [filters, labels] of [
        ["", ["team=shop"]],
        ['{"label":["a"]}', ["a", "team=shop"]],
        ['{"label":{"team=shop":false}}', ["team=shop"]],
      ] as const
    ) {
      const { target } = await send(
        rig,
        `POST /containers/prune?filters=${encodeURIComponent(filters)}`,
      );
      const sent = new URL(`http://d${target}`).searchParams.getAll("filters");
      assertEquals(sent.length, 1);
      // Podman before 3.1 takes another form for no filter.
      assertEquals(JSON.parse(sent[0]!), { label: labels });
    }
    const twice = await send(
      rig,
      "POST /containers/prune?filters=%7B%7D&filters=%7B%7D",
    );
    assertEquals([twice.status, twice.target], ["403", null]);
  });
  for (
    const scope of ["{ label: team }", "{ name: w* }", "{ label: [a=1, b=1] }"]
  ) {
    await withShop(
      async (rig) => {
        const { status, target } = await send(rig, "POST /containers/prune");
        assertEquals([status, target], ["403", null], scope);
      },
      engineOf(),
      POLICY.replace("{ label: team=shop }", scope),
    );
  }
});

Deno.test("a container starts only where its links, networks and volumes are in scope", async () => {
  const start = async (more: Record<string, unknown>) => {
    const web = container(MINE, "web", mine, more);
    let status = "";
    await withShop(
      async (rig) =>
        void ({ status } = await send(rig, "POST /containers/web/start")),
      engineOf({
        "/containers/web/json": web,
        [`/containers/${MINE}/json`]: web,
      }),
    );
    return status;
  };
  const host = (HostConfig: object) => ({ HostConfig });
  const on = (name: string, NetworkID: string) => ({
    NetworkSettings: { Networks: { [name]: { NetworkID } } },
  });
  for (
    const more of [
      host({ Links: ["/web:/web/alias"], VolumesFrom: ["gone"] }),
      host({
        Mounts: [{
          Type: "volume",
          Target: "/x",
          VolumeOptions: { Labels: { team: "shop" } },
        }],
      }),
      host({ NetworkMode: "front", Binds: ["data:/x", "/a:/b"] }),
      on("front", NET),
      on("bridge", ""),
    ]
  ) assertEquals(await start(more), "200", JSON.stringify(more));
  for (
    const more of [
      host({ Links: ["/db:/web/alias"] }),
      host({ VolumesFrom: ["db"] }),
      host({ NetworkMode: "back" }),
      host({ Binds: ["vault:/x"] }),
      host({ Mounts: [{ Type: "volume", Source: "vault", Target: "/x" }] }),
      host({ IpcMode: "container:free" }),
      on("back", ""),
      on("front", OTHER_NET),
    ]
  ) assertEquals(await start(more), "404", JSON.stringify(more));
});

Deno.test("images are held by their name, ids by the names that they have", async () => {
  const cases: [string, string][] = [
    ["POST /images/create?fromImage=shop%2Fweb&tag=1", "200"],
    [
      "POST /images/create?fromImage=docker.io%2Flibrary%2Fpostgres&tag=16",
      "200",
    ],
    ["POST /images/create?fromImage=postgres", "200"],
    ["POST /images/create?fromImage=mysql&tag=1", "404"],
    ["POST /images/create?fromImage=postgres%3A5000%2Fx&tag=1", "404"],
    ["POST /images/create?fromImage=postgres%3A5000%2Fx", "404"],
    ["POST /images/create?fromImage=shop%2Fweb&fromImage=mysql", "400"],
    ["POST /images/create?fromimage=shop%2Fweb&tag=1", "400"],
    ["POST /images/create?fromSrc=-&repo=shop%2Fweb", "403"],
    ["POST /images/shop/web:1/tag?repo=shop%2Fweb&tag=2", "200"],
    ["POST /images/shop/web:1/tag?repo=bank%2Fdb&tag=2", "403"],
    ["POST /images/bank/db:1/tag?repo=shop%2Fweb&tag=2", "404"],
    ["DELETE /images/shop/web:1", "200"],
    ["DELETE /images/postgres:16", "403"],
    ["DELETE /images/cafe", "200"],
    ["DELETE /images/feed", "403"],
    ["DELETE /images/beef", "404"],
    ["DELETE /images/dead", "404"],
  ];
  await withShop(async (rig) => {
    for (const [call, status] of cases) {
      assertEquals((await send(rig, call)).status, status, call);
    }
    for (
      const [image, status] of [["feed", "200"], ["beef", "404"], [
        "x:1",
        "404",
      ]]
    ) {
      const sent = await send(rig, CREATE, { Image: image });
      assertEquals(sent.status, status, image);
    }
  });
});

Deno.test("images are named in one way only: for an export, a registry, an id and a digest", async () => {
  const digest = `@sha256:${"2".repeat(64)}`;
  const own = `sha256:cafe${"1".repeat(60)}`;
  const image = (Id: string, ...RepoTags: string[]) => ({ Id, RepoTags });
  const cases: [string, string, string?][] = [
    // Without a tag the engine takes all of the repository.
    ["GET /images/only/one/get", "404"],
    ["GET /images/only/one:1/get", "200"],
    ["GET /images/postgres/get", "200"],
    // A repository of that name comes first.
    ["GET /images/cafe/get", "200", "/images/sha256:cafe/get"],
    ["GET /images/beef/get", "404"],
    // The engine asks a registry for it.
    ["GET /distribution/cafe/json", "404"],
    ["GET /distribution/postgres:16/json", "200"],
    // The image is another one's, as the engine finds it by its digest alone.
    [`GET /images/shop/web${digest}/json`, "404"],
    [`GET /images/shop/api${digest}/json`, "200"],
    // It is a name, and the start of its id as well.
    ["DELETE /images/cafe", "403"],
    ["POST /images/shop/web:1/tag?repo=0123456789ab", "403"],
  ];
  await withShop(
    async (rig) => {
      for (const [call, status, path] of cases) {
        const sent = await send(rig, call);
        assertEquals(sent.status, status, call);
        if (path === undefined) continue;
        assertStringIncludes(rig.engine.received(), `GET ${path} HTTP`);
      }
      const sent = await send(rig, CREATE, { Image: `shop/web${digest}` });
      assertEquals([sent.status, sent.target], ["404", null]);
    },
    engineOf({
      "/images/cafe/json": image(own, "cafe:latest", "bank/db:1"),
      "/images/sha256:cafe/json": image(own, "shop/web:1"),
      "/images/sha256:cafe/get": {},
      "/images/sha256:beef/json": image(own, "bank/db:1"),
      "/images/only/one:1/get": {},
      "/images/postgres/get": {},
      "/distribution/postgres:16/json": {},
      [`/images/shop/web${digest}/json`]: image(own, "bank/db:1"),
      [`/images/shop/api${digest}/json`]: {
        Id: own,
        RepoDigests: [`shop/api${digest}`],
      },
    }),
    POLICY.replace(`"shop/*", `, `"shop/*", "only/one:1", `)
      .replace(`"shop/*:*"`, `"shop/*:*", "cafe", "0*"`)
      .replace(
        "image.pull",
        "distribution.inspect, image.export, image.inspect, image.pull",
      ),
  );
});

Deno.test("what an engine reaches beside the object of the path is refused", async () => {
  const refused = [
    "GET /containers/web/changes?parent=db",
    "GET /containers/web/changes?parent=0",
    "GET /containers/web/changes?Parent=db",
    "GET /libpod/containers/web/changes?parent=db",
    "GET /libpod/images/shop/web:1/changes?parent=db",
    "DELETE /libpod/containers/web?depend=1",
    "DELETE /networks/front?force=true",
    "DELETE /libpod/networks/front?force=on",
    "DELETE /libpod/volumes/data?force=t",
    "DELETE /libpod/images/shop/web:1?force=true",
    'DELETE /images/shop/web:1?force=1&platforms={"os":"linux"}'
      .replaceAll('"', "%22").replace("{", "%7B").replace("}", "%7D"),
    "POST /images/shop/web/push?tag=1&destination=bank%2Fdb%3A1",
    "POST /libpod/images/shop/web:1/push?destination=bank%2Fdb%3A1",
    "POST /libpod/images/shop/web:1/push?Destination=bank%2Fdb%3A1",
  ];
  const passed = [
    "DELETE /networks/front?force=false",
    "DELETE /volumes/data?force=1",
    "DELETE /images/shop/web:1?force=1",
    "DELETE /libpod/containers/web?force=1&depend=0",
    "POST /libpod/images/shop/web:1/push?destination=shop%2Fweb%3A2",
  ];
  await withShop(
    async (rig) => {
      for (const call of refused) {
        const { status, target, code } = await send(rig, call);
        assertEquals(
          [status, target, code],
          ["403", null, "policy.scope"],
          call,
        );
      }
      for (const call of passed) {
        assertEquals((await send(rig, call)).status, "200", call);
      }
    },
    engineOf(),
    POLICY.replace("image.pull", '"libpod.*", image.push, image.pull'),
  );
});

Deno.test("podman deletes no containers with an object of another kind, which has no scope", async () => {
  const policy = POLICY
    .replace(/ {4}(?:networks|volumes): \{ label: team=shop \}\n/g, "")
    .replace("image.pull", '"libpod.*", image.pull');
  await withShop(
    async (rig) => {
      for (
        const call of [
          "/networks/back",
          "/libpod/networks/back",
          "/libpod/volumes/vault",
        ]
      ) {
        const forced = await send(rig, `DELETE ${call}?force=1`);
        assertEquals([forced.status, forced.target], ["403", null], call);
        assertEquals((await send(rig, `DELETE ${call}`)).status, "200", call);
      }
    },
    engineOf(),
    policy,
  );
});

Deno.test("podman's own starts hold what the container joins, too", async () => {
  const web = container(MINE, "web", mine, {
    NetworkSettings: { Networks: { back: { NetworkID: OTHER_NET } } },
  });
  await withShop(
    async (rig) => {
      for (const call of ["start", "restart", "init"]) {
        const { status } = await send(
          rig,
          `POST /libpod/containers/web/${call}`,
        );
        assertEquals(status, "404", call);
      }
    },
    engineOf({
      "/containers/web/json": web,
      [`/containers/${MINE}/json`]: web,
    }),
    POLICY.replace("image.pull", '"libpod.*", image.pull'),
  );
});

Deno.test("an image that has lost its name may be used where a container in scope has it", async () => {
  const id = (digit: string) => `sha256:${digit.repeat(64)}`;
  const [ours, made, theirs_, absent] = ["5", "6", "7", "8"].map(id);
  const listed = (Id: string, ImageID: string, Labels: object) => ({
    Id,
    Names: ["/x"],
    ImageID,
    Labels,
    NetworkSettings: { Networks: {} },
  });
  const usersOf = (image: string) =>
    `/containers/json?all=1&filters={"ancestor":["${image}"]}`;
  const handler = engineOf({
    ...Object.fromEntries(
      [ours, made, theirs_].map((Id) => [`/images/${Id}/json`, {
        Id,
        RepoTags: [],
      }]),
    ),
    [usersOf(ours!)]: [listed(MINE, ours!, mine), listed(OTHER, ours!, theirs)],
    // The engine lists what is made from it, too.
    [usersOf(made!)]: [listed(MINE, ours!, mine)],
    [usersOf(theirs_!)]: [listed(OTHER, theirs_!, theirs)],
    // It has a name outside.
    [usersOf(IMAGE_ID)]: [listed(MINE, IMAGE_ID, mine)],
  });
  await withShop(async (rig) => {
    const status = async (image: string) =>
      (await send(rig, CREATE, { Image: image })).status;
    assertEquals(await status(ours!), "200");
    for (const image of [made!, theirs_!, absent!, "beef"]) {
      assertEquals(await status(image), "404", image);
    }
    assertStringIncludes(
      decodeURIComponent(rig.engine.received()),
      usersOf(absent!),
    );
    // To change it takes a name.
    assertEquals((await send(rig, `DELETE /images/${ours}`)).status, "404");
  }, handler);
});

Deno.test("a commit goes by the container's full id, to a name in scope", async () => {
  const policy = POLICY.replace("image.pull", "image.pull, container.commit");
  await withShop(
    async (rig) => {
      const go = (container: string, repo: string) =>
        send(rig, `POST /commit?container=${container}&repo=${repo}&tag=1`, {});
      const { target } = await go("web", "shop%2Fweb");
      assert(target!.includes(`container=${MINE}`), target!);
      assert(!target!.includes("container=web"));
      assertEquals((await go("db", "shop%2Fweb")).status, "404");
      assertEquals((await go("web", "bank%2Fdb")).status, "403");
    },
    engineOf(),
    policy,
  );
});
