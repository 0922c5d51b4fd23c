/** How the parts of identity work together. */

import { assert, assertEquals } from "@std/assert";
import { createResolver, type Resolver } from "../../lib/identity/resolver.ts";
import { withClock } from "../support/clock.ts";
import { policyFile } from "../support/policy.ts";
import { eventually } from "../support/proxy.ts";
import { GATEWAY, LATER, presence, REMOTE, withIndex, world } from "./world.ts";
import type { World } from "./world.ts";

function clients(from: string) {
  return policyFile(
    `clients:\n  ops: { from: ${from}, allow: [ container.list ] }\n`,
  ).file!.clients.map(({ identity }) => identity);
}

async function withResolver(
  state: World,
  run: (resolver: Resolver, changes: () => number) => Promise<void>,
): Promise<void> {
  await withIndex(state, async ({ engine }) => {
    let changes = 0;
    const resolver = createResolver({
      engine,
      inside: false,
      ownFound: () => {},
      changed: () => changes++,
      tell: () => {},
    });
    try {
      await run(resolver, () => changes);
    } finally {
      resolver.stop();
    }
  });
}

Deno.test("watch() follows the engine's events only where a client is identified by its container", async () => {
  const state = world();
  await withResolver(state, async (resolver, changes) => {
    resolver.watch(clients("{ cidr: 10.0.0.0/8 }"));
    resolver.watch(clients("{ host: localhost }"));
    resolver.watch(clients("{ label: role=ops, cidr: 10.0.0.0/8 }"));
    await eventually("the first list", () => changes() === 1);
    assertEquals(
      state.asked.filter((target) => target.startsWith("/events")).length,
      1,
    );
    resolver.stop();
    await eventually("the end", () => state.followers[0]!.ended);
  });
  const other = world();
  await withResolver(other, async (resolver) => {
    resolver.watch(clients("{ cidr: 10.0.0.0/8 }"));
    // A question of another kind is the only one.
    await resolver.index.container("web");
    assertEquals(other.asked, ["/containers/web/json"]);
  });
});

Deno.test("watch() keeps the host names of clients resolved, until stop()", async () => {
  await withClock((clock) =>
    withResolver(world(), (resolver) => {
      resolver.watch(clients("{ host: localhost }"));
      assertEquals(clock.timers(), 1);
      resolver.stop();
      assertEquals(clock.timers(), 0);
      return Promise.resolve();
    })
  );
});

Deno.test("a change of the containers makes host names prove their addresses again, and is reported", async () => {
  const identities = clients("[ { container: web }, { host: localhost } ]");
  await withResolver(world(), async (resolver, changes) => {
    // Without a watch nothing but this test resolves the name.
    resolver.hosts.setNames(["localhost"]);
    await resolver.hosts.refresh(["localhost"]);
    await eventually("the new addresses", () => changes() === 1);
    const address = resolver.hosts.addresses.get("localhost")![0]!;
    const before = resolver.hosts.since("localhost", address);
    assert(!Number.isNaN(before));
    const found = await resolver.identify(identities, {
      listener: "tcp://127.0.0.1:2375",
      remote: REMOTE,
      local: GATEWAY,
      presence: presence(LATER).peer,
      certificateNames: [],
    });
    assert("client" in found && found.client === "ops");
    assertEquals(changes(), 2);
    await resolver.hosts.refresh(["localhost"]);
    assert(resolver.hosts.since("localhost", address) > before);
  });
});
