/** What the gate asks the engine for: no more than the conditions need. */

import { assertEquals } from "@std/assert";
import { type Claims, readClaims } from "../../lib/guard/claims.ts";
import type { Condition } from "../../lib/policy/conditions.ts";
import { compile } from "../../lib/policy/compile.ts";
import type { Container } from "../../lib/policy/inventory.ts";
import { type ClaimFacts, claimFacts } from "../../lib/proxy/gate_facts.ts";
import { WEB } from "../support/at_gate.ts";
import { grants } from "../support/grants.ts";
import { NO_OBJECTS } from "../support/objects.ts";

const IDENTITY: readonly Condition[] = [{ kind: "identity", reads: "body" }];
const OWN: readonly Condition[] = [{ kind: "own-container", reads: "body" }];

const POLICY = compile(grants({}), {
  path: "policy.yaml",
  clients: ["alice", "bob"].map((name) => ({
    identity: {
      name,
      from: [[{ kind: "label" as const, key: "role", value: name }]],
      listen: [],
    },
    source: "policy.yaml:1:1",
    grants: grants({}),
  })),
  rest: grants({}),
});

function claims(body: unknown): Claims {
  const read = readClaims(
    "container.create",
    [],
    "",
    new TextEncoder().encode(JSON.stringify(body)),
  );
  if ("problem" in read) throw new Error(read.problem);
  return read;
}

function container(id: string, more: Partial<Container> = {}): Container {
  return { ...WEB, id: id.padEnd(64, "0"), name: "", ...more };
}

/** The facts, and what was asked for. */
async function facts(
  body: unknown,
  {
    conditions = IDENTITY,
    client = null as string | null,
    containers = {} as Record<string, Container | { reason: string }>,
    policy = POLICY,
    hostNetwork = [] as string[] | { reason: string },
  } = {},
) {
  const asked: string[] = [];
  const found = await claimFacts(
    {
      policy,
      hosts: { addresses: new Map() },
      objects: NO_OBJECTS,
      sockets: [],
      index: {
        container: (reference) => {
          asked.push(`container ${reference}`);
          return Promise.resolve(containers[reference] ?? null);
        },
        hostNetwork: () => {
          asked.push("host network");
          return Promise.resolve(hostNetwork);
        },
      },
    },
    claims(body),
    conditions,
    client,
  );
  return { found, asked };
}

const joins = (...references: string[]) => ({
  HostConfig: {
    VolumesFrom: references,
  },
});

Deno.test("claimFacts() asks nothing for our own container alone", async () => {
  const body = joins("web");
  const { found, asked } = await facts(body, { conditions: OWN });
  assertEquals(asked, []);
  assertEquals(found, { claims: claims(body), joined: new Map() });
});

function joinedOf(found: unknown): [string, readonly string[] | null][] {
  return [...(found as ClaimFacts).joined];
}

Deno.test("claimFacts() says which clients a joined container is, and through others too", async () => {
  const containers = {
    web: container("aa", { name: "web", joined: ["bb"] }),
    bb: container("bb", {
      labels: new Map([["role", "bob"]]),
      joined: ["aa0"],
    }),
    aa0: container("aa", { name: "web" }),
  };
  const { found } = await facts(joins("web"), { containers, client: "bob" });
  assertEquals(joinedOf(found), [["web", ["bob"]]]);
  assertEquals((found as ClaimFacts).claims.touches, [
    "aa".padEnd(64, "0"),
    "bb".padEnd(64, "0"),
  ]);
});

Deno.test("claimFacts() asks once for a container that is named twice, and no more once one is another's", async () => {
  const containers = {
    mine: container("aa", { labels: new Map([["role", "bob"]]) }),
    theirs: container("bb", { labels: new Map([["role", "alice"]]) }),
    third: container("cc"),
  };
  const { found, asked } = await facts(
    joins("mine", "mine:ro", "theirs", "third"),
    { containers, client: "bob" },
  );
  assertEquals(asked, ["container mine", "container theirs"]);
  assertEquals(joinedOf(found), [["mine", ["bob"]], ["theirs", ["alice"]]]);
});

Deno.test("claimFacts() distinguishes a missing container from one that cannot be looked up", async () => {
  assertEquals(joinedOf((await facts(joins("web"))).found), [["web", null]]);
  const { found } = await facts(joins("web"), {
    containers: { web: { reason: "the engine is down" } },
  });
  assertEquals(found, {
    problem:
      "sockwarden cannot tell which container 'web' is: the engine is down",
  });
});

Deno.test("claimFacts() treats a reference that could be an id as one only where the id begins with it", async () => {
  const named = { abc: container("ff", { name: "abc" }) };
  assertEquals(
    joinedOf((await facts(joins("abc"), { containers: named })).found),
    [["abc", null]],
  );
  const meant = { abc: container("abc") };
  assertEquals(
    joinedOf((await facts(joins("abc"), { containers: meant })).found),
    [["abc", []]],
  );
});

Deno.test("claimFacts() follows at most 16 containers", async () => {
  const chain = (length: number) =>
    Object.fromEntries(
      Array.from({ length }, (_, i) => [
        i === 0 ? "first" : `n${i}x`,
        container(`${i}`.padStart(4, "e"), {
          joined: i + 1 < length ? [`n${i + 1}x`] : [],
        }),
      ]),
    );
  const sixteen = await facts(joins("first"), { containers: chain(16) });
  assertEquals(joinedOf(sixteen.found), [["first", []]]);
  const more = await facts(joins("first"), { containers: chain(17) });
  assertEquals(joinedOf(more.found), [["first", null]]);
});

Deno.test("claimFacts() counts any address of a container on the host's network", async () => {
  const policy = compile(grants({}), {
    path: "policy.yaml",
    clients: [{
      identity: {
        name: "near",
        from: [[{
          kind: "cidr" as const,
          cidr: {
            text: "10.0.0.0/8",
            groups: [0, 0, 0, 0, 0, 0xffff, 0x0a00, 0],
            bits: 104,
          },
        }]],
        listen: [],
      },
      source: "policy.yaml:1:1",
      grants: grants({}),
    }],
    rest: grants({}),
  });
  const endpoints = [{
    network: "n",
    id: "e",
    address: "172.18.0.2",
    since: 0,
  }];
  const on = async (onHost: boolean) =>
    joinedOf(
      (await facts(joins("web"), {
        policy,
        containers: { web: container("aa", { onHost, endpoints }) },
      })).found,
    );
  assertEquals(await on(false), [["web", []]]);
  assertEquals(await on(true), [["web", ["near"]]]);
});

/** A policy with a client that is identified by its address. */
const BY_ADDRESS = compile(grants({}), {
  path: "policy.yaml",
  clients: [{
    identity: {
      name: "alice",
      from: [[{ kind: "host" as const, name: "alice" }]],
      listen: [],
    },
    source: "policy.yaml:1:1",
    grants: grants({}),
  }],
  rest: grants({}),
});

const on = (NetworkMode: string) => ({ HostConfig: { NetworkMode } });

for (const network of ["235e", "235e9", "afgj", "2"]) {
  Deno.test(`claimFacts() knows the host's network by '${network}'`, async () => {
    const { found, asked } = await facts(on(network), {
      policy: BY_ADDRESS,
      hostNetwork: ["235e9", "afgj4"],
    });
    assertEquals(asked, ["host network"]);
    assertEquals(
      (found as ClaimFacts).claims.unknown.addresses,
      `the network '${network}' is the id of the host's network, or its start, and brings every address of the host`,
    );
  });
}

Deno.test("claimFacts() takes no other network for the host's", async () => {
  for (const network of ["235f", "35e9", "235e91", "web"]) {
    const { found } = await facts(on(network), {
      policy: BY_ADDRESS,
      hostNetwork: ["235e9", "afgj4"],
    });
    assertEquals((found as ClaimFacts).claims.unknown.addresses, null);
  }
});

Deno.test("claimFacts() does not guess whether a network is the host's", async () => {
  const { found } = await facts(on("235e"), {
    policy: BY_ADDRESS,
    hostNetwork: { reason: "the engine is down" },
  });
  assertEquals(found, {
    problem:
      "sockwarden cannot tell whether the network '235e' is the host's: the engine is down",
  });
});

Deno.test("claimFacts() asks for the host's network only where that decides", async () => {
  for (
    const [network, options] of [
      ["235e", { policy: POLICY }],
      ["235e", { policy: BY_ADDRESS, client: "alice" }],
      ["235e", { policy: BY_ADDRESS, conditions: OWN }],
      ["my_net", { policy: BY_ADDRESS }],
      ["bridge", { policy: BY_ADDRESS }],
      ["host", { policy: BY_ADDRESS }],
      ["", { policy: BY_ADDRESS }],
    ] as const
  ) {
    const { asked } = await facts(on(network), options);
    assertEquals(asked, [], network);
  }
});

Deno.test("claimFacts() does not ask for the host's network where the addresses are not known anyway", async () => {
  const body = {
    ...on("host"),
    NetworkingConfig: { EndpointsConfig: { "235e": {} } },
  };
  assertEquals(claims(body).networks, ["235e"]);
  const { found, asked } = await facts(body, { policy: BY_ADDRESS });
  assertEquals(asked, []);
  assertEquals((found as ClaimFacts).claims.unknown, claims(body).unknown);
});
