/** What the gate asks the engine for: no more than the conditions need. */

import { assert, assertEquals } from "@std/assert";
import { type Claims, readClaims } from "../../lib/guard/claims.ts";
import type { Condition } from "../../lib/policy/conditions.ts";
import { compile } from "../../lib/policy/compile.ts";
import type { Container } from "../../lib/policy/inventory.ts";
import { type ClaimFacts, claimFacts } from "../../lib/proxy/gate_facts.ts";
import { grants } from "../support/grants.ts";

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
  return {
    id: id.padEnd(64, "0"),
    name: "",
    labels: new Map(),
    running: true,
    startedAt: 0,
    onHost: false,
    hostname: "",
    aliases: [],
    joined: [],
    endpoints: [],
    gateways: [],
    blocks: [],
    ...more,
  };
}

/** The facts, and what was asked for. */
async function facts(
  body: unknown,
  {
    conditions = IDENTITY,
    client = null as string | null,
    containers = {} as Record<string, Container | { reason: string }>,
    policy = POLICY,
  } = {},
) {
  const asked: string[] = [];
  const found = await claimFacts(
    {
      policy,
      hosts: { addresses: new Map() },
      index: {
        imageLabels: (reference) => {
          asked.push(`image ${reference}`);
          return Promise.resolve(
            reference === "gone"
              ? null
              : reference === "down"
              ? { reason: "the engine is down" }
              : new Map([["role", "alice"], ["x", "image"]]),
          );
        },
        container: (reference) => {
          asked.push(`container ${reference}`);
          return Promise.resolve(containers[reference] ?? null);
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
  const body = { Image: "x", ...joins("web") };
  const { found, asked } = await facts(body, { conditions: OWN });
  assertEquals(asked, []);
  assertEquals(found, { claims: claims(body), joined: new Map() });
});

Deno.test("claimFacts() adds the labels of the image that the body does not give", async () => {
  const { found, asked } = await facts({ Image: "x", Labels: { x: "body" } });
  assertEquals(asked, ["image x"]);
  assertEquals((found as ClaimFacts).claims.labels, [["x", "body"], [
    "role",
    "alice",
  ]]);
});

Deno.test("claimFacts() asks for no image where none is named", async () => {
  const { found, asked } = await facts({ Labels: { x: "body" } });
  assertEquals(asked, []);
  assert("claims" in found);
});

Deno.test("claimFacts() distinguishes a missing image from one that cannot be looked up", async () => {
  assertEquals((await facts({ Image: "gone" })).found, { missing: "gone" });
  assertEquals((await facts({ Image: "down" })).found, {
    problem:
      "sockwarden cannot read the labels of its image: the engine is down",
  });
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
