import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { OPERATION_BY_NAME, OPERATIONS } from "../../lib/docker/operations.ts";
import {
  allRights,
  type ClientGrants,
  compile,
  isOn,
  type Policy,
  type PolicyFile,
  type Rights,
  rightsOf,
  verdictOf,
  withOwnContainer,
} from "../../lib/policy/compile.ts";
import { parseRule, type Rule } from "../../lib/policy/rules.ts";
import { SWITCHES } from "../../lib/policy/switches.ts";
import { grants } from "../support/grants.ts";

const PLACE = "policy.yaml:3:3";

interface Rules {
  readonly allow?: string[];
  readonly deny?: string[];
  readonly allowSelf?: string[];
  readonly origins?: string[];
}

function rules(texts: string[] = []): Rule[] {
  return texts.map((text) => parseRule(text, PLACE) as Rule);
}

function fileGrants(given: Rules): PolicyFile["rest"] {
  return {
    allow: rules(given.allow),
    deny: rules(given.deny),
    allowSelf: rules(given.allowSelf) as PolicyFile["rest"]["allowSelf"],
    origins: given.origins ?? [],
    scope: null,
    guard: null,
    hide: null,
    limits: null,
  };
}

/** A policy file from what its clients are granted, and its default. */
function file(
  clients: Record<string, Rules>,
  rest: Rules = {},
): PolicyFile {
  return {
    path: "policy.yaml",
    clients: Object.entries(clients).map(([name, given]): ClientGrants => ({
      identity: { name, from: [], listen: [`/run/${name}.sock`] },
      source: PLACE,
      grants: {
        ...fileGrants(given),
        switches: new Map(),
        defaultSwitches: false,
      },
    })),
    rest: fileGrants(rest),
  };
}

/** The operations that rights grant. */
function held({ verdicts }: Rights): string[] {
  return [...verdicts.values()].filter(({ allowed }) => allowed)
    .map(({ operation }) => operation.name);
}

function by(policy: Policy, client: string | null, operation: string): string {
  return rightsOf(policy, client).verdicts.get(operation)!.by;
}

Deno.test("compile() gives a client what the file says, and nothing of switches and flags", () => {
  const everything = Object.fromEntries(
    SWITCHES.map(({ name }) => [name, true]),
  );
  const policy = compile(
    grants(everything, { allow: ["*", "GET /new"], origins: ["https://ui"] }),
    file({ viewer: { allow: ["container.list", "container.inspect"] } }),
  );
  const viewer = rightsOf(policy, "viewer");
  assertEquals(held(viewer), ["container.list", "container.inspect"]);
  assertEquals(viewer.allowPaths, []);
  assertEquals([...viewer.origins], []);
  assertEquals(held(policy.rest).length, OPERATIONS.length);
});

Deno.test("compile() gives a client not even what switches grant unless they are off", () => {
  const policy = compile(grants({}), file({ idle: {} }));
  assertEquals(held(rightsOf(policy, "idle")), []);
  assert(held(policy.rest).includes("system.ping"));
});

Deno.test("compile() gives one client nothing of another, nor of the default", () => {
  const policy = compile(
    grants({}),
    file({
      viewer: { allow: ["container.list"], deny: ["image.pull"] },
      puller: { allow: ["image.pull"], deny: ["container.list"] },
    }, {
      allow: ["volume.list", "GET /new"],
      deny: ["container.*", "image.*"],
      allowSelf: ["container.restart"],
      origins: ["https://ui"],
    }),
  );
  for (
    const [name, operations] of [
      ["viewer", ["container.list"]],
      ["puller", ["image.pull"]],
    ] as const
  ) {
    const rights = rightsOf(policy, name);
    assertEquals(held(rights), [...operations]);
    assertEquals(rights.allowPaths, []);
    assertEquals(rights.allowSelf.size, 0);
    assertEquals(rights.origins.size, 0);
  }
});

Deno.test("compile() adds the default of the file to what switches and flags grant", () => {
  const policy = compile(
    grants({ PING: 0, EVENTS: 0, VERSION: 0, INFO: 1 }, {
      allow: ["image.list", "GET /one"],
      origins: ["https://a"],
    }),
    file({}, {
      allow: ["volume.list", "GET /two"],
      deny: ["GET /three"],
      origins: ["https://b"],
    }),
  );
  const { rest } = policy;
  assertEquals(
    held(rest).filter((name) => !name.startsWith("libpod.")).sort(),
    ["image.list", "system.info", "volume.list"],
  );
  assertEquals(rest.allowPaths.map(({ text }) => text), [
    "GET /one",
    "GET /two",
  ]);
  assertEquals(rest.denyPaths.map(({ text }) => text), ["GET /three"]);
  assertEquals([...rest.origins], ["https://a", "https://b"]);
});

Deno.test("compile() lets --deny refuse to every client and the default, whatever the file says", () => {
  const policy = compile(
    grants({}, { deny: ["container.kill", "GET /new"] }),
    file(
      { a: { allow: ["*", "GET /new"] }, b: { allow: ["container.kill"] } },
      {
        allow: ["*"],
      },
    ),
  );
  for (const rights of allRights(policy)) {
    assert(!held(rights).includes("container.kill"), rights.client ?? "rest");
    assertEquals(rights.denyPaths.map(({ text }) => text), ["GET /new"]);
  }
  assertEquals(by(policy, "a", "container.kill"), "--deny container.kill");
  assertEquals(held(rightsOf(policy, "a")).length, OPERATIONS.length - 1);
});

Deno.test("compile() lets the deny of a client, and of the default, refuse to that one only", () => {
  const policy = compile(
    grants({ CONTAINERS: 1 }),
    file({
      a: { allow: ["container.*"], deny: ["container.logs"] },
      b: { allow: ["container.*"] },
    }, { deny: ["container.top"] }),
  );
  const has = (client: string | null, name: string) =>
    held(rightsOf(policy, client)).includes(name);
  assertEquals(
    ["a", "b", null].map((client) => [
      has(client, "container.logs"),
      has(client, "container.top"),
    ]),
    [[false, true], [true, true], [true, false]],
  );
});

Deno.test("compile() names the rule of the file that grants or refuses", () => {
  const policy = compile(
    grants({}),
    file({ a: { allow: ["container.*:read"], deny: ["container.stats"] } }),
  );
  assertEquals(by(policy, "a", "container.list"), `${PLACE} container.*:read`);
  assertEquals(by(policy, "a", "container.stats"), `${PLACE} container.stats`);
  assertEquals(by(policy, "a", "image.list"), "");
});

Deno.test("compile() lets --allow-self and the default's allow-self count for the default only", () => {
  const flags = {
    ...grants({}),
    allowSelf: fileGrants({ allowSelf: ["container.kill"] }).allowSelf,
  };
  const policy = compile(
    flags,
    file({ a: { allowSelf: ["container.stop"] } }, {
      allowSelf: ["container.restart"],
    }),
  );
  assertEquals([...policy.rest.allowSelf], [
    "container.kill",
    "container.restart",
  ]);
  assertEquals([...rightsOf(policy, "a").allowSelf], ["container.stop"]);
});

Deno.test("compile() keeps the order and the places of the clients", () => {
  const policy = compile(grants({}), file({ b: {}, a: {}, c: {} }));
  assertEquals(policy.identities.map(({ name }) => name), ["b", "a", "c"]);
  assertEquals(allRights(policy).map(({ client }) => client), [
    "b",
    "a",
    "c",
    null,
  ]);
  assertEquals(rightsOf(policy, "a").source, PLACE);
  assertEquals(policy.rest.source, "policy.yaml");
});

Deno.test("compile() without a file has no clients, and one set of rights", () => {
  const policy = compile(grants({ IMAGES: 1 }));
  assertEquals(policy.identities, []);
  assertEquals(allRights(policy), [policy.rest]);
  assertEquals(policy.rest.client, null);
  assertEquals(policy.rest.source, "");
});

Deno.test("rightsOf() gives an unknown name the rights of unknown clients", () => {
  const policy = compile(grants({}), file({ a: { allow: ["*"] } }));
  assertEquals(rightsOf(policy, "constructor"), policy.rest);
  assertEquals(rightsOf(policy, null), policy.rest);
});

Deno.test("withOwnContainer() leaves the policy that it is given as it was", () => {
  const policy = compile(grants({}));
  const own = {
    id: "0".repeat(64),
    name: "warden",
    aliases: [],
    service: null,
  };
  assertEquals(withOwnContainer(policy, own), { ...policy, own });
  assertEquals(policy.own, null);
});

Deno.test("a client holds exactly what its rules allow and no deny rule covers", () => {
  const patterns = fc.array(
    fc.constantFrom(
      "*",
      "*:read",
      "container.*",
      "container.*:write",
      "exec.*",
      "image.pull",
      "libpod.*:exec",
    ),
    { maxLength: 3 },
  );
  const switches = fc.dictionary(
    fc.constantFrom(...SWITCHES.map(({ name }) => name)),
    fc.boolean(),
  );
  const covered = (texts: string[]) =>
    new Set(
      rules(texts).flatMap((rule) =>
        rule.kind === "operations" ? [...rule.names] : []
      ),
    );
  fc.assert(
    fc.property(
      switches,
      patterns,
      patterns,
      patterns,
      patterns,
      (settings, flagAllow, flagDeny, allow, deny) => {
        const policy = compile(
          grants(settings, { allow: flagAllow, deny: flagDeny }),
          file({ a: { allow, deny } }),
        );
        const denied = covered([...flagDeny, ...deny]);
        assertEquals(
          new Set(held(rightsOf(policy, "a"))),
          new Set([...covered(allow)].filter((name) => !denied.has(name))),
        );
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("isOn() takes a setting first, and the default where defaults count", () => {
  const { switches } = grants({ PING: 0, IMAGES: 1 });
  const on = (defaultSwitches: boolean) =>
    ["PING", "VERSION", "IMAGES", "NETWORKS", "ALLOW_LOGS", "NO_SWITCH"]
      .filter((name) =>
        isOn({ ...grants({}), switches, defaultSwitches }, name)
      );
  assertEquals(on(true), ["VERSION", "IMAGES"]);
  assertEquals(on(false), ["IMAGES"]);
});

for (
  const [name, settings, rules, allowed, by] of [
    ["container.logs", {}, {}, false, ""],
    ["container.logs", { CONTAINERS: 1 }, {}, true, "CONTAINERS=1"],
    [
      "container.logs",
      { CONTAINERS: 1, ALLOW_LOGS: 0 },
      {},
      false,
      "ALLOW_LOGS=0",
    ],
    [
      "container.logs",
      { CONTAINERS: 1, ALLOW_LOGS: 1 },
      {},
      true,
      "ALLOW_LOGS=1",
    ],
    ["container.logs", { ALLOW_LOGS: 1 }, {}, true, "ALLOW_LOGS=1"],
    [
      "container.archive.put",
      { CONTAINERS: 1, POST: 1, ALLOW_ARCHIVE: 0 },
      {},
      false,
      "ALLOW_ARCHIVE=0",
    ],
    ["container.archive.put", { ALLOW_ARCHIVE: 1 }, {}, false, ""],
    [
      "libpod.container.logs",
      { LIBPOD_CONTAINERS: 1, ALLOW_LOGS: 0 },
      {},
      false,
      "ALLOW_LOGS=0",
    ],
    ["container.stop", { ALLOW_STOP: 1 }, {}, true, "ALLOW_STOP=1"],
    ["container.stop", { ALLOW_STOP: 0 }, {}, false, ""],
    ["container.stop", { CONTAINERS: 1 }, {}, false, ""],
    [
      "container.stop",
      { CONTAINERS: 1, POST: 1 },
      {},
      true,
      "CONTAINERS=1 POST=1",
    ],
    ["system.ping", {}, {}, true, "PING=1 (default)"],
    ["system.ping", { PING: 0 }, {}, false, ""],
    [
      "container.logs",
      { ALLOW_LOGS: 0 },
      { allow: ["container.logs"] },
      true,
      "--allow container.logs",
    ],
    [
      "container.logs",
      { ALLOW_LOGS: 1 },
      { allow: ["container.*"], deny: ["image.*", "*:sensitive-read"] },
      false,
      "--deny *:sensitive-read",
    ],
    ["debug.vars", { CONTAINERS: 1, POST: 1 }, {}, false, ""],
  ] as const
) {
  Deno.test(
    `verdictOf() ${allowed ? "allows" : "refuses"} ${name} with ${
      JSON.stringify({ ...settings, ...rules })
    }`,
    () => {
      const operation = OPERATION_BY_NAME.get(name)!;
      const { allow = [], deny = [] } = rules as {
        allow?: readonly string[];
        deny?: readonly string[];
      };
      assertEquals(
        verdictOf(
          grants(settings, { allow: [...allow], deny: [...deny] }),
          operation,
        ),
        { operation, allowed, by },
      );
    },
  );
}
