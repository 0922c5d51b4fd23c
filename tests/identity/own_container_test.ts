/** How our own container is found. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createEventWatch, stopWatch } from "../../lib/identity/events.ts";
import {
  createOwnSearch,
  inContainer,
  learnOwn,
  MAX_SEARCH_MS,
  type OwnSearch,
} from "../../lib/identity/own_container.ts";
import { withClock } from "../support/clock.ts";
import { eventually } from "../support/proxy.ts";
import { type Indexed, lists, REMOTE, withIndex, world } from "./world.ts";
import type { World } from "./world.ts";

const HOSTNAME = "aaaaaaaaaaaa";
const LATE =
  "cannot find out which container sockwarden runs in: the engine did not say within 10 s";

/** Runs a test with its files in place of the container's. */
async function withFiles(
  files: Record<string, string>,
  run: () => Promise<void>,
): Promise<void> {
  const { readTextFileSync, lstatSync } = Deno;
  const missing = () => new Deno.errors.NotFound("no such file");
  Object.assign(Deno, {
    readTextFileSync(path: string) {
      if (files[path] === undefined) throw missing();
      return files[path];
    },
    lstatSync(path: string) {
      if (files[path] === undefined) throw missing();
      return {};
    },
  });
  try {
    await run();
  } finally {
    Object.assign(Deno, { readTextFileSync, lstatSync });
  }
}

async function withSearch(
  state: World,
  files: Record<string, string>,
  run: (searched: Indexed & { search: OwnSearch }) => Promise<void>,
  inside = true,
): Promise<void> {
  await withFiles(files, () =>
    withIndex(state, async (indexed) => {
      const events = createEventWatch(indexed.index);
      try {
        const search = createOwnSearch(indexed.index, events);
        await run({ ...indexed, search });
      } finally {
        stopWatch(events);
      }
    }, { inside }));
}

Deno.test("learnOwn() finds the container that has the address of our host name", async () => {
  const state = world({ hostname: "proxy" });
  const files = {
    "/etc/hostname": "proxy\n",
    "/etc/hosts": `127.0.0.1 localhost\n${REMOTE}\tother proxy\n`,
  };
  await withSearch(state, files, async ({ search, index, changes }) => {
    assertEquals(await learnOwn(search), null);
    assertEquals(index.own?.id, state.id);
    // Once for the list, and once for our own container.
    assertEquals(changes(), 2);
    await eventually("the events", () => state.followers.length === 1);
  });
});

Deno.test("learnOwn() finds the container whose id our host name begins", async () => {
  const state = world({ hostname: HOSTNAME, addresses: [] });
  const files = { "/etc/hostname": `${HOSTNAME}\n` };
  await withSearch(state, files, async (searched) => {
    const { search, index, messages } = searched;
    assertEquals(await learnOwn(search), null);
    assertEquals(index.own?.id, state.id);
    assertEquals(messages, []);
    // The list may hang where all else works.
    assertEquals(state.asked[0], `/containers/${HOSTNAME}/json`);
  });
});

Deno.test("learnOwn() takes no other container that has our id's start as its name and our host name", async () => {
  const state = world({ hostname: HOSTNAME });
  const files = { "/etc/hostname": `${HOSTNAME}\n` };
  await withSearch(state, files, async ({ search, index }) => {
    const inspect = index.container;
    Object.assign(index, {
      // Engines look a reference up as a name before they take it for the start of an id.
      async container(reference: string) {
        const found = await inspect(reference);
        return reference === HOSTNAME
          ? { ...found, id: "b".repeat(64), name: HOSTNAME }
          : found;
      },
    });
    assertEquals(await learnOwn(search), null);
    assertEquals(index.own?.id, state.id);
  });
});

Deno.test("learnOwn() gives up on an engine that does not answer, and asks it again later", async () => {
  const state = world({ hostname: HOSTNAME });
  const files = { "/etc/hostname": `${HOSTNAME}\n` };
  await withClock((clock) =>
    withSearch(state, files, async ({ search, index }) => {
      const inspect = index.container;
      const never = () => new Promise<never>(() => {});
      Object.assign(index, { container: never });
      const asked = learnOwn(search);
      await clock.advance(MAX_SEARCH_MS - 1);
      assert(search.running !== null);
      await clock.advance(1);
      assertEquals((await asked)?.reason, LATE);
      Object.assign(index, { container: inspect });
      assertEquals(await learnOwn(search), null);
      assertEquals(index.own?.id, state.id);
    })
  );
});

Deno.test("learnOwn() does not accept a container with another or an unknown host name as ours, and warns", async () => {
  const hosts = { "/etc/hosts": `${REMOTE} proxy\n` };
  for (
    const [what, files, more] of [
      ["another host name", { "/etc/hostname": "proxy\n", ...hosts }, {}],
      ["no id", { "/etc/hostname": "AAAAAAAAAAAA\n" }, {}],
      ["half an id", { "/etc/hostname": "aaaaaaaaaaa\n" }, {}],
      ["no file", {}, {}],
      [
        "the address of another name",
        { "/etc/hostname": "proxy\n", "/etc/hosts": `${REMOTE} other\n` },
        { hostname: "proxy" },
      ],
      ["another id", { "/etc/hostname": "bbbbbbbbbbbb\n" }, {}],
      [
        "a refused list",
        { "/etc/hostname": "proxy\n", ...hosts },
        { hostname: "proxy", status: 403 },
      ],
      [
        "a refused look",
        { "/etc/hostname": `${HOSTNAME}\n` },
        { hostname: HOSTNAME, inspectStatus: 403 },
      ],
    ] as const
  ) {
    const state = world({ hostname: "web", ...more });
    await withSearch(state, files, async (searched) => {
      const { search, index, messages, ownNames } = searched;
      assertEquals(await learnOwn(search), null, what);
      assertEquals(index.own, null, what);
      assertEquals(ownNames, ["none"], what);
      assert(!state.asked.includes("/containers/null/json"), what);
      assertEquals(messages.length, 1, what);
      assertStringIncludes(
        messages[0]!,
        "the engine does not know the container that sockwarden runs in",
      );
      // It has ended.
      const before = state.asked.length;
      assertEquals(await learnOwn(search), null);
      assertEquals(state.asked.length, before);
    });
  }
});

Deno.test("learnOwn() does not guess where two containers have the address of our host name", async () => {
  const state = world({ hostname: "proxy", addresses: [REMOTE, REMOTE] });
  const files = {
    "/etc/hostname": "proxy\n",
    "/etc/hosts": `${REMOTE} proxy\n`,
  };
  await withSearch(state, files, async ({ search, index }) => {
    assertEquals(await learnOwn(search), null);
    assertEquals(index.own, null);
  });
});

Deno.test("learnOwn() says why our own container cannot be known yet, and searches again when it is asked again", async () => {
  const state = world({ hostname: "proxy", status: 500 });
  const files = {
    "/etc/hostname": "proxy\n",
    "/etc/hosts": `${REMOTE} proxy\n`,
  };
  await withSearch(state, files, async ({ search, index, messages }) => {
    const reason = async () => (await learnOwn(search))?.reason ?? null;
    assertEquals(
      await reason(),
      "cannot find out which container sockwarden runs in: the engine answered GET /containers/json with status 500",
    );
    state.status = 200;
    state.inspectStatus = 500;
    assertStringIncludes(await reason() ?? "", "/json with status 500");
    assertEquals(messages, []);
    state.inspectStatus = 200;
    assertEquals(await reason(), null);
    assertEquals(index.own?.id, state.id);
  });
});

Deno.test("learnOwn() searches once for all who ask at the same time", async () => {
  const state = world({ hostname: HOSTNAME });
  const files = { "/etc/hostname": `${HOSTNAME}\n` };
  await withSearch(state, files, async ({ search, ownNames }) => {
    await Promise.all(Array.from({ length: 10 }, () => learnOwn(search)));
    assertEquals(ownNames, ["web"]);
    const inspected = state.asked.filter((target) =>
      target === `/containers/${HOSTNAME}/json`
    );
    assertEquals(inspected.length, 1);
  });
});

Deno.test("learnOwn() asks nothing outside a container", async () => {
  const state = world();
  await withSearch(state, {}, async ({ search, messages }) => {
    assertEquals(await learnOwn(search), null);
    assertEquals([lists(state), messages.length], [0, 0]);
  }, false);
});

Deno.test("inContainer() goes by what engines put into a container", async () => {
  for (
    const [files, inside] of [
      [{ "/.dockerenv": "" }, true],
      [{ "/run/.containerenv": "" }, true],
      [{ "/etc/hostname": "" }, false],
    ] as const
  ) {
    await withFiles(files, () => {
      assertEquals(inContainer(), inside);
      return Promise.resolve();
    });
  }
});

Deno.test("inContainer() treats files that cannot be looked at as missing", () => {
  const { lstatSync } = Deno;
  Object.assign(Deno, {
    lstatSync() {
      throw new Deno.errors.NotCapable("no permission");
    },
  });
  try {
    assertEquals(inContainer(), false);
  } finally {
    Object.assign(Deno, { lstatSync });
  }
});
