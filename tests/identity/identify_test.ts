/** Which client a peer is, and when a connection belongs to another. */

import { assertEquals, assertRejects } from "@std/assert";
import {
  type FoundIdentity,
  identify,
  type Identity,
  isAnother,
  MAX_IDENTIFY_MS,
} from "../../lib/identity/identify.ts";
import type { Addresses, Hosts } from "../../lib/identity/hosts.ts";
import type { Presence } from "../../lib/identity/presence.ts";
import type { ClientIdentity } from "../../lib/policy/clients.ts";
import { withClock } from "../support/clock.ts";
import { policyFile } from "../support/policy.ts";
import { GATEWAY, LATER, presence, REMOTE, withIndex, world } from "./world.ts";

const LISTENER = "tcp://127.0.0.1:2375";

function clients(text: string): ClientIdentity[] {
  return policyFile(`clients:\n${text}`).file!.clients.map(({ identity }) =>
    identity
  );
}

const HOST = clients(`
  ops: { from: { host: build }, allow: [ container.list ] }
`);

/** Hosts that resolve as a test says. */
interface FakeHosts extends Hosts {
  /** Held since when; NaN where it is not known. */
  heldSince: number;
  /** What a refresh finds; a name that is missing was not resolved in time. */
  fresh: Map<string, string[]>;
  known: Map<string, string[]>;
  refreshed: string[][];
  /** Called at each refresh. */
  onRefresh: () => void;
}

function hostsWith(more: Partial<FakeHosts> = {}): FakeHosts {
  const hosts: FakeHosts = {
    heldSince: 100,
    fresh: new Map([["build", [REMOTE]]]),
    known: new Map([["build", [REMOTE]]]),
    refreshed: [],
    onRefresh: () => {},
    get addresses() {
      return hosts.known;
    },
    refresh(names): Promise<Addresses> {
      hosts.refreshed.push([...names]);
      hosts.onRefresh();
      return Promise.resolve(
        new Map([...hosts.fresh].filter(([name]) => names.includes(name))),
      );
    },
    since: () => hosts.heldSince,
    setNames: () => {},
    distrust: () => {},
    stop: () => {},
    ...more,
  };
  return hosts;
}

/**
 * Identifies a peer at {@link REMOTE} by its host names, or on a unix socket
 * where its presence is null; throws the reason where it is not known.
 */
async function identified(
  identities: readonly ClientIdentity[],
  hosts: Hosts,
  peer: Presence | null,
): Promise<FoundIdentity> {
  let found: Awaited<ReturnType<typeof identify>> = { reason: "nothing" };
  await withIndex(world(), async ({ index }) => {
    const learnOwn = () => Promise.resolve(null);
    found = await identify({ index, hosts, learnOwn }, identities, {
      listener: LISTENER,
      remote: peer === null ? "" : REMOTE,
      local: peer === null ? "" : GATEWAY,
      presence: peer,
      certificateNames: [],
    });
  });
  if ("reason" in found) throw new Error(found.reason);
  return found;
}

async function clientOf(
  identities: readonly ClientIdentity[],
  hosts: Hosts,
  peer: Presence | null,
): Promise<string | null> {
  return (await identified(identities, hosts, peer)).client;
}

Deno.test("identify() finds a peer by a host name that was there once the name had the address", async () => {
  const hosts = hostsWith();
  const { peer, asked } = presence(100);
  const found = await identified(HOST, hosts, peer);
  assertEquals([found.client, found.container], ["ops", null]);
  assertEquals(found.shown, { client: "ops", under: HOST });
  assertEquals(asked(), 0);
  assertEquals(hosts.refreshed, [["build"]]);
});

Deno.test("identify() waits for a sign of a peer that was there before, and does not match the host name without one", async () => {
  await withClock(async (clock) => {
    const ask = async (seen: number, sign: number | null, proves = true) => {
      const { peer } = presence(seen, sign, proves);
      return await clock.pass(clientOf(HOST, hostsWith(), peer));
    };
    assertEquals(await ask(99, LATER), "ops");
    assertEquals(await ask(99, 99), null);
    assertEquals(await ask(99, null), null);
    // Where there is no proof the fresh addresses decide.
    assertEquals(await ask(99, null, false), "ops");
  });
});

Deno.test("identify() does not match a host name that lost the address while it waited for a sign", async () => {
  await withClock(async (clock) => {
    const ask = async (change: (hosts: FakeHosts) => void) => {
      const hosts = hostsWith();
      const { peer } = presence(99, LATER);
      hosts.onRefresh = () => {
        if (hosts.refreshed.length === 2) change(hosts);
      };
      const client = await clock.pass(clientOf(HOST, hosts, peer));
      assertEquals(hosts.refreshed.length, 2);
      return client;
    };
    assertEquals(await ask(() => {}), "ops");
    assertEquals(await ask((hosts) => hosts.heldSince = LATER + 1), null);
    // Distrusted for what another container did, and known again before the sign.
    assertEquals(await ask((hosts) => hosts.heldSince = 101), "ops");
    assertEquals(await ask((hosts) => hosts.heldSince = NaN), null);
    assertEquals(await ask((hosts) => hosts.fresh.clear()), null);
  });
});

Deno.test("identify() does not match a host name while it does not know since when the name has the address", async () => {
  const { peer, asked } = presence(LATER);
  const hosts = hostsWith({ heldSince: NaN });
  assertEquals(await clientOf(HOST, hosts, peer), null);
  assertEquals(asked(), 0);
});

Deno.test("identify() needs no other sign of a peer that was shown to be the client among the same clients", async () => {
  const { peer } = presence(0);
  const ask = () => clientOf(HOST, hostsWith(), peer);
  peer.shown = { client: "ops", under: HOST };
  assertEquals(await ask(), "ops");
  peer.shown = { client: "other", under: HOST };
  assertEquals(await ask(), null);
  peer.shown = { client: "ops", under: [...HOST] };
  assertEquals(await ask(), null);
});

Deno.test("identify() counts from the latest of a client's names that have the address", async () => {
  const both = clients(`
  ops: { from: [ { host: build }, { host: deploy } ], allow: [ container.list ] }
`);
  const fresh = new Map([["build", [REMOTE]], ["deploy", [REMOTE]]]);
  const since: Record<string, number> = { build: 100, deploy: NaN };
  const hosts = hostsWith({ fresh, since: (name) => since[name]! });
  assertEquals(await clientOf(both, hosts, presence(99).peer), null);
  assertEquals(await clientOf(both, hosts, presence(100).peer), "ops");
  since.deploy = 200;
  assertEquals(await clientOf(both, hosts, presence(199).peer), null);
  assertEquals(await clientOf(both, hosts, presence(200).peer), "ops");
});

Deno.test("identify() asks for no proof of a name where something else identifies the client", async () => {
  const identities = clients(`
  ops: { from: [ { host: build }, { cidr: 10.0.0.0/8 } ], allow: [ container.list ] }
`);
  const { peer, asked } = presence(0);
  const found = await identified(identities, hostsWith(), peer);
  assertEquals([found.client, found.shown, asked()], ["ops", undefined, 0]);
});

Deno.test("identify() matches a peer without its host name where the host name proves nothing", async () => {
  const identities = clients(`
  ops: { from: { host: build }, allow: [ container.list ] }
  lan: { from: { cidr: 10.0.0.0/8 }, allow: [ container.list ] }
`);
  assertEquals(
    await clientOf(identities, hostsWith(), presence(0).peer),
    "lan",
  );
  assertEquals(
    await clientOf(identities, hostsWith(), presence(100).peer),
    "ops",
  );
});

Deno.test("identify() gives no rights by addresses that may be outdated", async () => {
  const { peer } = presence(LATER);
  const late = hostsWith({ fresh: new Map() });
  await assertRejects(
    () => identified(HOST, late, peer),
    Error,
    "host 'build' of client 'ops' was not resolved within 2 s",
  );
  // A name that has another address now.
  const moved = hostsWith({ fresh: new Map([["build", ["10.0.0.9"]]]) });
  assertEquals(await clientOf(HOST, moved, peer), null);
  // A name that is not known yet does not stop a peer that matches no client.
  const unknown = hostsWith({ fresh: new Map(), known: new Map() });
  assertEquals(await clientOf(HOST, unknown, peer), null);
  // One that has the address only now.
  const fresh = hostsWith({ known: new Map() });
  assertEquals(await clientOf(HOST, fresh, peer), "ops");
});

Deno.test("identify() resolves only the names of the client that matches, or all where none does", async () => {
  const identities = clients(`
  ops: { from: { host: build }, allow: [ container.list ] }
  dev: { from: { host: deploy }, allow: [ container.list ] }
`);
  const matching = hostsWith();
  await identified(identities, matching, presence(LATER).peer);
  assertEquals(matching.refreshed, [["build"]]);
  const none = hostsWith({ known: new Map() });
  await identified(identities, none, presence(LATER).peer);
  assertEquals(none.refreshed, [["build", "deploy"]]);
});

Deno.test("identify() resolves nothing for a unix socket, nor where no client has a host name, or there is none", async () => {
  const hosts = hostsWith();
  assertEquals(await clientOf(HOST, hosts, null), null);
  assertEquals(await clientOf([], hosts, presence(LATER).peer), null);
  const lan = clients(`
  lan: { from: { cidr: 10.0.0.0/8 }, allow: [ container.list ] }
`);
  assertEquals(await clientOf(lan, hosts, presence(LATER).peer), "lan");
  assertEquals(hosts.refreshed, []);
});

Deno.test("identify() looks a container up only where a client of the listener is identified by it", async () => {
  const ask = async (text: string, state = world()) => {
    let found: unknown = null;
    await withIndex(state, async ({ index }) => {
      const learnOwn = () => Promise.resolve(null);
      const sources = { index, hosts: hostsWith(), learnOwn };
      found = await identify(sources, clients(text), {
        listener: LISTENER,
        remote: REMOTE,
        local: GATEWAY,
        presence: presence(LATER).peer,
        certificateNames: [],
      });
    });
    const { client = null, container = null, reason = null } = found as {
      client?: string | null;
      container?: { id: string } | null;
      reason?: string;
    };
    return [client, container?.id ?? null, reason, state.asked.length > 0];
  };
  const web = `
  web: { from: { container: web }, allow: [ container.list ] }
`;
  const lan = `
  lan: { from: { cidr: 10.0.0.0/8 }, allow: [ container.list ] }
`;
  assertEquals(await ask(web), ["web", world().id, null, true]);
  assertEquals(await ask(lan), ["lan", null, null, false]);
  assertEquals(await ask(web, world({ status: 500 })), [
    null,
    null,
    "the engine answered GET /containers/json with status 500",
    true,
  ]);
});

Deno.test("isAnother() goes by the container, and by a client that a host name identifies", () => {
  const identities = clients(`
  ops: { from: { host: build }, allow: [ container.list ] }
  dev: { from: { host: deploy }, allow: [ container.list ] }
  lan: { from: { cidr: 10.0.0.0/8 }, allow: [ container.list ] }
`);
  const who = (client: string | null, id: string | null = null): Identity => ({
    client,
    container: id === null ? null : { id, name: id, labels: new Map() },
    identities,
  });
  for (
    const [before, now, expected] of [
      // Another container, or one where there was none.
      [who("lan", "a"), who("lan", "b"), true],
      [who("lan", "a"), who("lan"), true],
      [who("lan"), who("lan", "a"), true],
      [who("lan", "a"), who("lan", "a"), false],
      // The same container under another name.
      [who("lan", "a"), who(null, "a"), false],
      // A host name leads to another client now.
      [who("ops"), who("dev"), true],
      [who(null), who("ops"), true],
      [who("ops"), who("ops"), false],
      [who(null), who(null), false],
      // Something else does.
      [who("ops"), who("lan"), false],
      [who("ops"), who(null), false],
      // A client that the file does not have any more.
      [who("ops"), who("gone"), false],
    ] as const
  ) {
    assertEquals(
      isAnother(before, now),
      expected,
      `${before.client} ${before.container?.id}, ${now.client} ${now.container?.id}`,
    );
  }
});

Deno.test("identify() matches a host name without the containers, but where the name proves nothing they decide", async () => {
  const identities = clients(`
  ops: { from: { host: build }, allow: [ container.list ] }
  web: { from: { container: web }, allow: [ container.list ] }
`);
  await withClock(async (clock) => {
    const ask = async (hosts: FakeHosts, seen: number) => {
      const asked = identified(identities, hosts, presence(seen, LATER).peer);
      const { client, container } = await clock.pass(asked);
      return [client, container?.name];
    };
    assertEquals(await ask(hostsWith(), LATER), ["ops", undefined]);
    const moved = hostsWith({ fresh: new Map([["build", []]]) });
    assertEquals(await ask(moved, LATER), ["web", "web"]);
    const unproven = hostsWith({ heldSince: NaN });
    assertEquals(await ask(unproven, LATER), ["web", "web"]);
    const unknown = hostsWith({ known: new Map(), fresh: new Map() });
    assertEquals(await ask(unknown, LATER), ["web", "web"]);
  });
});

Deno.test("identify() gives up on an engine that does not answer, and says so", async () => {
  const identities = clients(`
  web: { from: { container: web }, allow: [ container.list ] }
`);
  await withClock((clock) =>
    withIndex(world(), async ({ index }) => {
      const never = () => new Promise<never>(() => {});
      Object.assign(index, { refresh: never });
      const learnOwn = () => Promise.resolve(null);
      const sources = { index, hosts: hostsWith(), learnOwn };
      const found = identify(sources, identities, {
        listener: LISTENER,
        remote: REMOTE,
        local: GATEWAY,
        presence: presence(LATER).peer,
        certificateNames: [],
      });
      await clock.advance(MAX_IDENTIFY_MS);
      assertEquals(await found, {
        reason:
          `the engine did not say within 10 s which container has the address ${REMOTE}`,
      });
      // A reason of our own container is told as it is.
      const reason = { reason: "own" };
      assertEquals(
        await identify(
          { ...sources, learnOwn: () => Promise.resolve(reason) },
          identities,
          {
            listener: LISTENER,
            remote: REMOTE,
            local: GATEWAY,
            presence: presence(LATER).peer,
            certificateNames: [],
          },
        ),
        reason,
      );
    })
  );
});
