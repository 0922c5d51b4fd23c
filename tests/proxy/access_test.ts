/** Who a client is that a host name leads to, and whether what it sent is its own. */

import { assertEquals } from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import { type Access, createAccess } from "../../lib/proxy/access.ts";
import type { Presence } from "../../lib/identity/presence.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually } from "../support/proxy.ts";

const POLICY = `
clients:
  ops: { from: { host: localhost }, allow: [ container.list ] }
`;
const LISTENER = "tcp://127.0.0.1:2375";

async function withAccess(
  run: (access: Access) => Promise<void>,
  text = POLICY,
): Promise<void> {
  const access = createAccess({
    policy: compile(grants({}), policyFile(text).file),
    engine: { kind: "unix", path: "/nonexistent.sock" },
    limits: { headBytes: 1024, headerCount: 10, requestLineBytes: 1024 },
    inside: false,
    dryRun: false,
    changed: () => {},
    tell: () => {},
  });
  try {
    await access.prepare();
    await run(access);
  } finally {
    access.stop();
  }
}

/** A peer that was there at that time, and at another once it is asked for a sign. */
function presence(seen: number, sign = seen, proves = true): Presence {
  let asked = false;
  return {
    proves,
    shown: null,
    seenAt: () => asked ? sign : seen,
    ask: () => asked = true,
    rest: () => {},
  };
}

async function clientOf(
  access: Access,
  peer: Presence,
): Promise<string | null> {
  const found = await access.find({
    listener: LISTENER,
    remote: "127.0.0.1",
    local: "127.0.0.1",
    presence: peer,
    certificateNames: [],
  });
  if ("reason" in found) throw new Error(found.reason);
  return found.planner.client.name;
}

const LATER = performance.now() + 3_600_000;

Deno.test("find() takes a peer for a host's that was there once the name had the address", async () => {
  await withAccess(async (access) => {
    assertEquals(await clientOf(access, presence(LATER)), "ops");
  });
});

Deno.test("find() waits for a sign of a peer that was there before, and takes none for the host's that gives none", async () => {
  await withAccess(async (access) => {
    assertEquals(await clientOf(access, presence(0, LATER)), "ops");
    assertEquals(await clientOf(access, presence(0)), null);
    // Where there is no proof the name's fresh addresses decide.
    assertEquals(await clientOf(access, presence(0, 0, false)), "ops");
  });
});

Deno.test("find() needs another sign after an address may have been another's, but not of who was shown to be the host", async () => {
  await withAccess(async (access) => {
    const shown = presence(performance.now());
    assertEquals(await clientOf(access, shown), "ops");
    const seen = performance.now();
    await eventually("a later time", () => performance.now() > seen);
    access.hosts.distrust();
    assertEquals(await clientOf(access, shown), "ops");
    assertEquals(await clientOf(access, presence(seen)), null);
  });
});

Deno.test("find() takes nobody for a host's while it is not known since when the name has the address", async () => {
  await withAccess(async (access) => {
    const finding = clientOf(access, presence(0));
    access.hosts.distrust();
    assertEquals(await finding, null);
  });
});

Deno.test("find() asks for no proof of a name where something else tells the client", async () => {
  const text = POLICY.replace(
    "{ host: localhost }",
    "[ { host: localhost }, { cidr: 127.0.0.0/8 } ]",
  );
  await withAccess(async (access) => {
    const peer = presence(0);
    assertEquals(await clientOf(access, peer), "ops");
    assertEquals(peer.shown, null);
  }, text);
});
