/** What a client with a scope sees and makes by podman's own API, in front of an imitated podman. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Handler, ok } from "../support/engine.ts";
import { policyFile } from "../support/policy.ts";
import { type Rig, withRig } from "../support/proxy.ts";

const MINE = "a".repeat(64);
const OTHER = "b".repeat(64);
const NET = "c".repeat(64);
const FOREIGN_NET = "d".repeat(64);
const OWN = "/v5.0.0/libpod";

const POLICY = `
clients:
  shop:
    listen: "LISTEN"
    allow: [container.list, image.list, volume.list, volume.create, volume.prune, network.prune,
            libpod.container.list, libpod.container.prune, libpod.network.list, libpod.network.inspect,
            libpod.network.create, libpod.network.prune, libpod.volume.list, libpod.volume.inspect,
            libpod.volume.create, libpod.volume.prune, libpod.image.list, libpod.system.info]
    containers: { label: team=shop }
    networks: { label: team=shop }
    volumes: { label: team=shop }
    images: { use: ["shop/*"] }
`;

const entry = (name: string, team: string, id = MINE) => ({
  AutoRemove: false,
  Id: id,
  Labels: { team },
  Names: [name],
});
const compat = (Id: string, name: string, team: string) => ({
  ...{ Id, Names: [`/${name}`], Labels: { team }, State: "exited" },
  ...{ HostConfig: {}, NetworkSettings: { Networks: {} } },
});
const containers = {
  [MINE]: { name: "web", interfaces: {} },
  [OTHER]: { name: "bank-db", interfaces: {} },
};
const network = (name: string, id: string, team: string) => ({
  ...{ name, id, driver: "bridge", labels: { team }, containers },
});
const volume = (Name: string, team: string) => ({
  ...{ Name, Labels: { team }, MountCount: 3, UID: 9007199254740993 },
});
const image = {
  Id: "1".repeat(64),
  RepoTags: ["shop/app:1", "bank/app:1"],
  RepoDigests: [],
  Containers: 4,
  Names: ["shop/app:1", "bank/app:1"],
  History: ["bank/old:1", "shop/app:1"],
};

const ANSWERS: Readonly<Record<string, unknown>> = {
  [`${OWN}/containers/json`]: [
    entry("old", "shop"),
    entry("web", "shop"),
    entry("bank-db", "bank", OTHER),
  ],
  "/containers/json": [
    compat(OTHER, "bank-db", "bank"),
    compat(MINE, "web", "shop"),
  ],
  [`/containers/${MINE}/json`]: {
    ...{ Id: MINE, Name: "/web", Config: { Labels: { team: "shop" } } },
    ...{ State: {}, HostConfig: {}, NetworkSettings: { Networks: {} } },
  },
  [`/containers/${OTHER}/json`]: {
    ...{ Id: OTHER, Name: "/bank-db", Config: { Labels: { team: "bank" } } },
    ...{ State: {}, HostConfig: {}, NetworkSettings: { Networks: {} } },
  },
  [`${OWN}/networks/json`]: [
    network("back", FOREIGN_NET, "bank"),
    network("front", NET, "shop"),
  ],
  "/networks/front": { Id: NET, Name: "front", Labels: { team: "shop" } },
  "/networks/back": { Id: FOREIGN_NET, Name: "back", Labels: { team: "bank" } },
  [`${OWN}/networks/${NET}/json`]: network("front", NET, "shop"),
  "/volumes/data": { Name: "data", Labels: { team: "shop" } },
  "/volumes/vault": { Name: "vault", Labels: { team: "bank" } },
  "/volumes": { Volumes: [volume("data", "shop")], Warnings: [] },
  [`${OWN}/volumes/json`]: [volume("vault", "bank"), volume("data", "shop")],
  [`${OWN}/volumes/data/json`]: volume("data", "shop"),
  [`${OWN}/images/json`]: [
    image,
    { ...image, RepoTags: ["bank/app:1"], Names: ["bank/app:1"] },
  ],
  "/images/json": [image],
  [`${OWN}/info`]: {
    host: { arch: "amd64" },
    store: {
      configFile: "/etc/storage.conf",
      containerStore: { number: 2, paused: 0, running: 1, stopped: 1 },
      imageStore: { number: 2 },
      volumePath: "/volumes",
    },
  },
  "/version": { Components: [{ Name: "Podman Engine", Version: "5.8.2" }] },
  "POST": {},
};

function engineOf(more: Readonly<Record<string, unknown>> = {}): Handler {
  const all = { ...ANSWERS, ...more };
  return async (c, head) => {
    const [method, target = ""] = head.split(" ");
    if (target.startsWith("/events?filters=")) return;
    const found = method === "POST" ? all.POST : all[target.split("?")[0]!];
    await c.write(
      found === undefined
        ? "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
        : ok(JSON.stringify(found)),
    );
  };
}

async function withShop(
  run: (rig: Rig) => Promise<void>,
  handler: Handler = engineOf(),
  policy = POLICY,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-podman-" });
  const { file, listeners } = policyFile(
    policy.replace("LISTEN", `unix://${folder}/shop.sock`),
  );
  try {
    await withRig(handler, { file, listeners }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Answer {
  readonly status: string;
  readonly text: string;
  /** The last target that the engine got with that method and API; null where it got none. */
  readonly target: string | null;
  // deno-lint-ignore no-explicit-any -- a body as the engine got it
  readonly body: any;
}

/** Sends a request; what came of it. */
async function send(
  rig: Rig,
  call: string,
  body: unknown = null,
): Promise<Answer> {
  const content = body === null ? "" : JSON.stringify(body);
  const start = rig.engine.received().length;
  const client = await rig.connect();
  await client.send(
    `${call} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${content.length}\r\n\r\n${content}`,
  );
  const answer = await client.rest();
  const [method, target = ""] = call.split(" ");
  const path = target.split("?")[0]!;
  const got = rig.engine.received().slice(start).split(/(?=^[A-Z]+ \/)/m)
    .findLast((one) =>
      one.startsWith(`${method} ${path}`) || method === "POST" &&
        one.startsWith("POST ")
    );
  const json = got?.split("\r\n\r\n")[1] ?? "";
  return {
    status: answer.split(" ")[1] ?? "",
    text: answer.split("\r\n\r\n")[1] ?? "",
    target: got === undefined ? null : decodeURIComponent(got.split(" ")[1]!),
    body: json.startsWith("{") ? JSON.parse(json) : null,
  };
}

async function jsonOf(rig: Rig, path: string) {
  const { status, text } = await send(rig, `GET ${path}`);
  assertEquals(status, "200", text);
  assert(!/bank|bbbb|dddd/.test(text), text);
  return JSON.parse(text);
}

const filters = (value: unknown) =>
  `filters=${encodeURIComponent(JSON.stringify(value))}`;

Deno.test("podman's own lists show what is in scope, by names without a slash", async () => {
  await withShop(async (rig) => {
    assertEquals(await jsonOf(rig, `${OWN}/containers/json?all=true`), [
      entry("old", "shop"),
      entry("web", "shop"),
    ]);
    assertEquals(await jsonOf(rig, `${OWN}/networks/json`), [
      { ...network("front", NET, "shop"), containers: {} },
    ]);
    const { text } = await send(rig, `GET ${OWN}/volumes/json`);
    // Numbers stay as they were written.
    assertEquals(
      text,
      `[${
        JSON.stringify(volume("data", "shop")).replace(
          '"MountCount":3',
          '"MountCount":0',
        )
      }]\n`,
    );
  });
});

Deno.test("images show their names in scope in all fields, in both of podman's APIs", async () => {
  const shown = {
    ...image,
    RepoTags: ["shop/app:1"],
    Names: ["shop/app:1"],
    History: ["shop/app:1"],
    Containers: -1,
  };
  await withShop(async (rig) => {
    assertEquals(await jsonOf(rig, `${OWN}/images/json`), [shown]);
    assertEquals(await jsonOf(rig, "/images/json"), [shown]);
  });
});

Deno.test("a limit of podman's counts the newest in scope, which stand last", async () => {
  await withShop(async (rig) => {
    for (
      const [query, names] of [
        ["last=1", ["web"]],
        ["limit=1", ["web"]],
        ["limit=2", ["old", "web"]],
        // Podman takes 'last' where it is there.
        ["limit=1&last=9", ["old", "web"]],
        ["limit=0", ["old", "web"]],
      ] as const
    ) {
      const list = await jsonOf(rig, `${OWN}/containers/json?${query}`);
      assertEquals(
        list.map(({ Names }: { Names: string[] }) => Names[0]),
        [...names],
        query,
      );
    }
    const { target } = await send(
      rig,
      `GET ${OWN}/containers/json?last=1&size=true`,
    );
    assertEquals(
      target,
      `${OWN}/containers/json?size=true&all=1&filters={"label":{"team=shop":true}}`,
    );
  });
});

Deno.test("the last of many entries are shown, and no others", async () => {
  const many = Array.from({ length: 3000 }, (_, i) => entry(`c${i}`, "shop"));
  await withShop(
    async (rig) => {
      assertEquals(
        await jsonOf(rig, `${OWN}/containers/json?last=3`),
        many.slice(-3),
      );
    },
    engineOf({ [`${OWN}/containers/json`]: many }),
  );
});

Deno.test("what of a query is not known to keep to the scope is refused by its name", async () => {
  await withShop(async (rig) => {
    for (
      const [target, name] of [
        [`${OWN}/containers/json?external=true`, "external"],
        [`${OWN}/containers/json?new=1`, "new"],
        [`${OWN}/containers/json?${filters({ pod: ["bank"] })}`, "pod"],
        [`${OWN}/containers/json?${filters({ new: ["x"] })}`, "new"],
        [`/containers/json?${filters({ pod: ["bank"] })}`, "pod"],
        [`${OWN}/networks/json?${filters({ dangling: ["1"] })}`, "dangling"],
        [`${OWN}/volumes/json?${filters({ dangling: ["1"] })}`, "dangling"],
        [`${OWN}/volumes/json?${filters({ after: ["vault"] })}`, "after"],
        [`${OWN}/images/json?${filters({ containers: ["1"] })}`, "containers"],
        [`/images/json?${filters({ containers: ["true"] })}`, "containers"],
        [`/images/json?${filters({ after: ["bank/app:1"] })}`, "after"],
      ] as const
    ) {
      const { status, text } = await send(rig, `GET ${target}`);
      assertEquals(status, "403", target);
      assertStringIncludes(text, `'${name}'`);
    }
    assertEquals(
      (await jsonOf(rig, `${OWN}/containers/json?external=false`)).length,
      2,
    );
  });
});

Deno.test("filters of podman's name nothing outside", async () => {
  const nothing = "0".repeat(64);
  const cases: readonly (readonly [string, object, object])[] = [
    ["containers", { network: ["front", "back"] }, {
      network: { [NET]: true, [nothing]: true },
    }],
    ["containers", { volume: ["data:/x", "vault:/x"] }, {
      volume: { data: true, [nothing]: true },
    }],
    ["images", { reference: ["shop/app:1", "bank/app:1", "*"] }, {
      reference: { "shop/app:1": true, [nothing]: true },
    }],
  ];
  await withShop(async (rig) => {
    for (const [kind, given, sent] of cases) {
      const { target } = await send(
        rig,
        `GET ${OWN}/${kind}/json?${filters(given)}`,
      );
      const { label: _, ...others } = JSON.parse(
        target!.split("filters=")[1]!,
      );
      assertEquals(others, sent);
    }
  });
});

Deno.test("podman finds no image by a name outside, by its Docker API too; Docker shows what it finds", async () => {
  const given = { reference: ["shop/app:1", "bank/app:1", "shop/a*"] };
  const path = `/images/json?${filters(given)}`;
  const sent = async (rig: Rig) =>
    Object.keys(
      JSON.parse(
        (await send(rig, `GET ${path}`)).target!.split("filters=")[1]!,
      ).reference,
    );
  await withShop(async (rig) => {
    assertEquals(await sent(rig), ["shop/app:1", "0".repeat(64), "shop/a*"]);
    const { status } = await send(rig, "GET /images/json?filter=bank/app");
    assertEquals(status, "403");
  });
  await withShop(
    async (rig) => assertEquals(await sent(rig), given.reference),
    engineOf({ "/version": { Components: [{ Name: "Engine" }] } }),
  );
  await withShop(
    async (rig) => {
      const { status, target } = await send(rig, `GET ${path}`);
      assertEquals([status, target], ["502", null]);
    },
    engineOf({ "/version": undefined }),
  );
});

Deno.test("the scope's label is no alternative to a filter of volumes", async () => {
  await withShop(async (rig) => {
    for (const path of [`${OWN}/volumes/json`, "/volumes"]) {
      const { target } = await send(
        rig,
        `GET ${path}?${filters({ name: ["x"] })}`,
      );
      assertStringIncludes(target!, '{"name":{"x":true}}');
    }
  });
});

Deno.test("podman's own inspects show what is in scope", async () => {
  await withShop(async (rig) => {
    const shown = await jsonOf(rig, `${OWN}/networks/front/json`);
    assertEquals(Object.keys(shown.containers), [MINE]);
    assertEquals(
      (await jsonOf(rig, `${OWN}/volumes/data/json`)).MountCount,
      0,
    );
    for (const path of ["networks/back", "volumes/vault"]) {
      const { status, target } = await send(rig, `GET ${OWN}/${path}/json`);
      assertEquals([status, target], ["404", null]);
    }
  });
});

Deno.test("podman's own info counts what is in scope", async () => {
  await withShop(async (rig) => {
    const { host, store } = await jsonOf(rig, `${OWN}/info`);
    assertEquals(host, { arch: "amd64" });
    assertEquals(store, {
      configFile: "/etc/storage.conf",
      containerStore: { number: 1, paused: 0, running: 0, stopped: 1 },
      imageStore: { number: 1 },
      volumePath: "/volumes",
    });
  });
  await withShop(
    async (rig) => {
      const { status } = await send(rig, `GET ${OWN}/info`);
      assertEquals(status, "502");
    },
    engineOf({ [`${OWN}/info`]: { host: {} } }),
  );
});

Deno.test("a volume of podman's own creation gets the scope's label, in 'Labels' alone", async () => {
  const go = `POST ${OWN}/volumes/create`;
  await withShop(
    async (rig) => {
      const made = await send(rig, go, {
        ...{ Name: "new", Label: { a: "1", b: "1" }, Labels: { b: "2" } },
      });
      assertEquals(made.status, "200");
      assertEquals(made.body, {
        Name: "new",
        Labels: { a: "1", b: "2", team: "shop" },
      });
      for (
        const [body, status] of [
          [{ Name: "vault", IgnoreIfExists: true }, "409"],
          [{ Name: "n", Label: { team: "bank" } }, "403"],
          [{ Name: "n", label: { team: "bank" } }, "403"],
          [{ Name: "n", Driver: "image", Options: { image: "bank/x" } }, "403"],
        ] as const
      ) {
        const sent = await send(rig, go, body);
        assertEquals([sent.status, sent.target], [status, null]);
      }
      const { status } = await send(rig, "POST /volumes/create", {
        ...{ Name: "n", driver: "image" },
      });
      assertEquals(status, "403");
    },
    engineOf({ POST: volume("new", "shop") }),
  );
  await withShop(
    async (rig) => {
      const { status, text } = await send(rig, go, { Name: "late" });
      assertEquals([status, text.includes("bank")], ["502", false]);
    },
    engineOf({ POST: volume("late", "bank") }),
  );
});

Deno.test("a network of podman's own creation reaches no other one", async () => {
  const go = `POST ${OWN}/networks/create`;
  await withShop(async (rig) => {
    const body = {
      ...{ name: "new", id: "", driver: "bridge", labels: { a: "1" } },
      ...{ subnets: [{ subnet: "10.1.0.0/24" }], options: { mtu: "1400" } },
    };
    const made = await send(rig, go, body);
    assertEquals(made.status, "200");
    assertEquals(made.body, { ...body, labels: { a: "1", team: "shop" } });
    for (
      const [more, word] of [
        [{ network_interface: "podman2" }, "network_interface"],
        [{ id: FOREIGN_NET }, "'id'"],
        [{ driver: "macvlan" }, "driver"],
        [{ options: { parent: "podman2" } }, "parent"],
        [{ options: { mode: "unmanaged" } }, "mode"],
        [{ labels: { team: "bank" } }, "outside the client's scope"],
        [{ Labels: { team: "bank" } }, "Labels"],
        [{ name: "0123456789ab" }, "start of an id"],
        [{ routes: [] }, "routes"],
      ] as const
    ) {
      const { status, target, text } = await send(rig, go, {
        ...body,
        ...more,
      });
      assertEquals([status, target], ["403", null], word);
      assertStringIncludes(text, word);
    }
    const taken = await send(rig, go, { name: "back" });
    assertEquals([taken.status, taken.target], ["409", null]);
    const query = await send(rig, `${go}?ignoreIfExists=true`, body);
    assertEquals(query.status, "403");
  });
});

Deno.test("podman prunes by the scope's label, and says of an error what is in scope", async () => {
  const Err = `in use by ${OTHER}`;
  await withShop(
    async (rig) => {
      for (const kind of ["containers", "networks", "volumes"]) {
        const { status, target, text } = await send(
          rig,
          `POST ${OWN}/${kind}/prune`,
        );
        assertEquals(status, "200");
        assertStringIncludes(target!, '{"label":["team=shop"]}');
        assertEquals(JSON.parse(text), [
          { Id: MINE, Err: "in use by ...", Size: 1 },
        ]);
      }
      const { target } = await send(
        rig,
        `POST ${OWN}/containers/prune?${filters({ label: ["a"] })}`,
      );
      assertStringIncludes(target!, '{"label":["a","team=shop"]}');
    },
    engineOf({ POST: [{ Id: MINE, Err, Size: 1 }] }),
  );
});

Deno.test("beside the scope's label podman prunes volumes and networks by no other filter, Docker does", async () => {
  const given = [
    { label: ["a=b"] },
    { until: ["1h"] },
    { "label!": ["keep"] },
    { all: ["true"] },
  ];
  for (
    const path of [
      `${OWN}/volumes/prune`,
      "/volumes/prune",
      `${OWN}/networks/prune`,
      "/networks/prune",
    ]
  ) {
    await withShop(async (rig) => {
      for (const one of given) {
        const { status, target } = await send(
          rig,
          `POST ${path}?${filters(one)}`,
        );
        assertEquals([status, target], ["403", null], JSON.stringify(one));
      }
      const own = filters({ label: ["team=shop"] });
      assertEquals(
        (await send(rig, `POST /volumes/prune?${own}`)).status,
        "200",
      );
    });
  }
  await withShop(
    async (rig) => {
      for (const one of given) {
        const { status } = await send(
          rig,
          `POST /volumes/prune?${filters(one)}`,
        );
        assertEquals(status, "200");
      }
    },
    engineOf({ "/version": { Components: [{ Name: "Engine" }] } }),
  );
  await withShop(
    async (rig) => {
      const { status, target } = await send(
        rig,
        `POST /volumes/prune?${filters({ all: ["true"] })}`,
      );
      assertEquals([status, target], ["502", null]);
    },
    engineOf({ "/version": undefined }),
  );
});
