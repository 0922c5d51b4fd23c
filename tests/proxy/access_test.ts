/** The policy in force, and the plans of each client under it. */

import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import type { Presence } from "../../lib/identity/presence.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import {
  type Access,
  createAccess,
  MAX_ROUNDS,
} from "../../lib/proxy/access.ts";
import { ok, startEngine } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";

const HOST = `
clients:
  ops: { from: { host: localhost }, allow: [ container.list ] }
`;
const CIDR = HOST.replace("host: localhost", "cidr: 127.0.0.0/8");

function policy(text: string): Policy {
  return compile(grants({}), policyFile(text).file);
}

async function withAccess(
  text: string,
  run: (access: Access, changes: () => number) => Promise<void>,
): Promise<void> {
  let changes = 0;
  const access = createAccess({
    policy: policy(text),
    engine: { kind: "unix", path: "/nonexistent.sock" },
    limits: { headBytes: 1024, headerCount: 10, requestLineBytes: 1024 },
    inside: false,
    dryRun: false,
    changed: () => changes++,
    tell: () => {},
  });
  try {
    await access.prepare();
    await run(access, () => changes);
  } finally {
    access.stop();
  }
}

/** A peer that has just been seen; the test hears of each look. */
function presence(look: () => void = () => {}): Presence {
  return {
    proves: true,
    shown: null,
    seenAt: () => {
      look();
      return performance.now() + 3_600_000;
    },
    ask: () => false,
    rest: () => {},
  };
}

async function find(access: Access, peer: Presence | null) {
  const found = await access.find({
    listener: "tcp://127.0.0.1:2375",
    remote: peer === null ? "" : "127.0.0.1",
    local: peer === null ? "" : "127.0.0.1",
    presence: peer,
    certificateNames: [],
  });
  if ("reason" in found) throw new Error(found.reason);
  return found;
}

Deno.test("find() gives a client one planner, until the policy changes", async () => {
  await withAccess(CIDR, async (access) => {
    const first = await find(access, presence());
    assertEquals(first.planner.client.name, "ops");
    assertEquals([first.client, first.container], ["ops", null]);
    assertEquals(first.generation, access.generation);
    assertStrictEquals(first.identities, access.policy.identities);
    assertStrictEquals(
      (await find(access, presence())).planner,
      first.planner,
    );
    const other = await find(access, null);
    assertEquals(other.planner.client.name, null);
    assertStrictEquals(other.planner, access.reserved());
    access.setPolicy(policy(CIDR));
    const later = await find(access, presence());
    assert(later.planner !== first.planner);
    assert(later.generation > first.generation);
    assertStrictEquals(later.planner.policy, access.policy);
  });
});

Deno.test("prepare() resolves the host names of the policy", async () => {
  await withAccess(HOST, (access) => {
    assert(access.hosts.addresses.get("localhost")!.length > 0);
    return Promise.resolve();
  });
});

Deno.test("setPolicy() keeps the facts about the clients of the new policy up to date", async () => {
  await withAccess(CIDR, async (access) => {
    access.setPolicy(policy(HOST));
    assertEquals((await find(access, presence())).client, "ops");
  });
});

Deno.test("setPolicy() reports the change after the policy is in force", async () => {
  await withAccess(CIDR, async (access, changes) => {
    assertEquals([access.generation, changes()], [0, 0]);
    const next = policy(CIDR.replace("ops", "dev"));
    access.setPolicy(next);
    assertEquals([access.generation, changes()], [1, 1]);
    assertEquals((await find(access, presence())).client, "dev");
  });
});

Deno.test("find() remembers for a connection what a host name has shown it to be", async () => {
  await withAccess(HOST, async (access) => {
    const peer = presence();
    assertEquals((await find(access, peer)).client, "ops");
    assertEquals(peer.shown?.client, "ops");
    assertStrictEquals(peer.shown?.under, access.policy.identities);
  });
  await withAccess(CIDR, async (access) => {
    const peer = presence();
    assertEquals((await find(access, peer)).client, "ops");
    assertEquals(peer.shown, null);
  });
});

Deno.test("find() looks again where something has changed meanwhile, a bounded number of times", async () => {
  await withAccess(HOST, async (access) => {
    let looks = 0;
    let changes = MAX_ROUNDS - 1;
    const peer = presence(() => {
      looks++;
      if (changes-- > 0) access.setPolicy(policy(HOST));
    });
    const found = await find(access, peer);
    assertEquals(found.generation, access.generation);
    assertEquals(looks, MAX_ROUNDS);
    looks = 0;
    changes = Infinity;
    peer.shown = null;
    const failed = await find(access, peer).then(() => "", String);
    assertEquals(looks, MAX_ROUNDS);
    assert(failed.includes("changed during each of 20 look-ups"), failed);
    // What rests on the past is not remembered.
    assertEquals(peer.shown, null);
  });
});

Deno.test("find() says why, where the engine does not say who a client is", async () => {
  const text = CIDR.replace("cidr: 127.0.0.0/8", "container: web");
  await withAccess(text, async (access) => {
    const failed = await find(access, presence()).then(() => "", String);
    assert(failed.includes("/nonexistent.sock does not exist"), failed);
  });
});

Deno.test("find() says why, where our own container must be known first and is not", async () => {
  const access = createAccess({
    policy: policy(CIDR),
    engine: { kind: "unix", path: "/nonexistent.sock" },
    limits: { headBytes: 1024, headerCount: 10, requestLineBytes: 1024 },
    inside: true,
    dryRun: false,
    changed: () => {},
    tell: () => {},
  });
  // Who it is does not rest on it.
  assertEquals((await find(access, presence())).client, "ops");
  assertEquals(access.policy.ownSought, true);
  assertStringIncludes(
    (await access.learnOwn())!.reason,
    "cannot find out which container sockwarden runs in: the engine's socket unix:///nonexistent.sock",
  );
  const web = policy(CIDR.replace("cidr: 127.0.0.0/8", "container: web"));
  access.setPolicy(web);
  assertEquals(access.policy.ownSought, true);
  const failed = await find(access, presence()).then(() => "", String);
  assert(failed.includes("which container sockwarden runs in"), failed);
  access.stop();
});

Deno.test("our own container stays protected under a new policy", async () => {
  const id = "a".repeat(64);
  const container = JSON.stringify({
    Id: id,
    Name: "/proxy",
    Config: { Hostname: id.slice(0, 12) },
  });
  const engine = await startEngine(async (connection, head) => {
    if (head.startsWith("GET /containers/json ")) {
      await connection.write(ok("[]"));
    } else if (head.startsWith("GET /containers/")) {
      await connection.write(ok(container));
    }
  });
  const { readTextFileSync } = Deno;
  Object.assign(Deno, { readTextFileSync: () => `${id.slice(0, 12)}\n` });
  const generations: number[] = [];
  const access = createAccess({
    policy: policy(CIDR),
    engine: { kind: "unix", path: engine.path },
    limits: { headBytes: 1024, headerCount: 10, requestLineBytes: 1024 },
    inside: true,
    dryRun: false,
    changed: () => generations.push(access.generation),
    tell: () => {},
  });
  try {
    assertEquals(access.policy.own, null);
    await access.prepare();
    assertEquals(access.policy.own?.id, id);
    assertEquals(access.policy.ownSought, false);
    assertEquals(generations, [1]);
    access.setPolicy(policy(CIDR));
    assertEquals(access.policy.own?.id, id);
  } finally {
    Object.assign(Deno, { readTextFileSync });
    access.stop();
    await engine.stop();
  }
});
