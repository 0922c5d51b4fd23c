/** How our own container is found where the lean base knows its id. */

import { kernel } from "../support/lean_base.ts";
import { assertEquals } from "@std/assert";
import { createEventWatch, stopWatch } from "../../lib/identity/events.ts";
import {
  createOwnSearch,
  inContainer,
  learnOwn,
} from "../../lib/identity/own_container.ts";
import { withIndex, world } from "./world.ts";

/** The id of our own container as it is found; null for none. */
async function ownId(containerId: string): Promise<string | null> {
  kernel.containerId = containerId;
  let found: string | null = null;
  await withIndex(world(), async ({ index }) => {
    const events = createEventWatch(index);
    assertEquals(await learnOwn(createOwnSearch(index, events)), null);
    found = index.own?.id ?? null;
    stopWatch(events);
  }, { inside: true });
  return found;
}

Deno.test("learnOwn() finds the container by the id that the base knows, whatever its host name", async () => {
  const { id } = world();
  assertEquals(await ownId(id), id);
});

Deno.test("learnOwn() does not accept a container with another id than the base knows as ours", async () => {
  // The engine finds it by the start of its id.
  assertEquals(await ownId("a".repeat(12)), null);
});

Deno.test("inContainer() holds where the base knows the id", () => {
  const { lstatSync } = Deno;
  const missing = () => {
    throw new Deno.errors.NotFound("no such file");
  };
  Object.assign(Deno, { lstatSync: missing });
  try {
    for (
      const [id, inside] of [["a".repeat(64), true], [null, false]] as const
    ) {
      kernel.containerId = id;
      assertEquals(inContainer(), inside);
    }
  } finally {
    Object.assign(Deno, { lstatSync });
  }
});
