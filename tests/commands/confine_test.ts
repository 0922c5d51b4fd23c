/** How root is given up, with the lean base in place of the kernel. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { kernel } from "../support/lean_base.ts";
import {
  type Confinement,
  describeUser,
  dropPrivileges,
  groupHasChanged,
} from "../../lib/commands/confine.ts";
import type { Config } from "../../lib/config/config.ts";

const PATH = "/run/engine.sock";
const WITH_SOCKET = { engine: { kind: "unix", path: PATH } } as Config;
const ON_NETWORK = {
  engine: { kind: "tcp", host: "10.0.0.1", port: 2375 },
} as Config;

/** A socket as it stands there; null for none. */
interface Socket {
  readonly gid: number;
  readonly uid?: number;
  readonly mode?: number;
  readonly isSocket?: boolean;
}

/** Runs with a user and with what each look at the engine's socket finds; the last find stays. */
async function withSystem(
  uid: number,
  finds: readonly (Socket | null)[],
  run: () => Promise<void> | void,
): Promise<void> {
  const before = { uid: Deno.uid, gid: Deno.gid, statSync: Deno.statSync };
  let looks = 0;
  kernel.dropped = [];
  kernel.capabilitiesDropped = 0;
  kernel.refuses = null;
  kernel.couldWrite = () => true;
  Object.assign(Deno, {
    uid: () => uid,
    gid: () => uid,
    statSync(path: string) {
      assertEquals(path, PATH);
      const found = finds[Math.min(looks++, finds.length - 1)] ?? null;
      if (found === null) throw new Deno.errors.NotFound("no such file");
      return { isSocket: true, uid: 0, mode: 0o140660, ...found };
    },
  });
  try {
    await run();
  } finally {
    Object.assign(Deno, before);
  }
}

type Outcome = Awaited<ReturnType<typeof dropPrivileges>>;

function done(outcome: Outcome): Confinement {
  if ("problem" in outcome) throw new Error(outcome.problem);
  return outcome;
}

function problemOf(outcome: Outcome): string {
  if (!("problem" in outcome)) throw new Error(said(outcome));
  return outcome.problem;
}

function said({ notes }: Confinement): string {
  return notes.map((note) => note.join(" ")).join("\n");
}

Deno.test("dropPrivileges() becomes the unprivileged user with the group of the socket", async () => {
  await withSystem(0, [{ gid: 998 }], async () => {
    const outcome = done(await dropPrivileges(WITH_SOCKET));
    assertEquals(kernel.dropped, [[65532, 998]]);
    assertEquals(
      said(outcome),
      "notice switched to user 65532, group 998, without capabilities",
    );
    assertEquals(outcome.group, 998);
  });
});

Deno.test("dropPrivileges() changes nothing where it was not started as root", async () => {
  await withSystem(1000, [{ gid: 998 }], async () => {
    assertEquals(await dropPrivileges(WITH_SOCKET), { notes: [], group: null });
    assertEquals(kernel.dropped, []);
  });
});

Deno.test("dropPrivileges() gives root up before an engine on the network", async () => {
  await withSystem(0, [null], async () => {
    const outcome = done(await dropPrivileges(ON_NETWORK));
    assertEquals(kernel.dropped, [[65532, 65532]]);
    assertEquals(outcome.notes.length, 1);
    assert(!said(outcome).includes("not there yet"));
  });
});

Deno.test("dropPrivileges() waits for a socket that comes soon, or is opened to its group soon", async () => {
  for (const first of [null, { gid: 998, mode: 0o140000 }]) {
    await withSystem(0, [first, first, { gid: 998 }], async () => {
      let asked = 0;
      kernel.couldWrite = () => first === null || ++asked > 2;
      assertEquals(done(await dropPrivileges(WITH_SOCKET, 60_000)).group, 998);
      assertEquals(kernel.dropped, [[65532, 998]]);
    });
  }
});

Deno.test("dropPrivileges() gives root up where the socket does not come, and a socket of another group is told apart then", async () => {
  // Docker makes a folder of root's where the source of a mount is missing.
  for (const found of [null, { gid: 0, isSocket: false }]) {
    await withSystem(0, [found], async () => {
      const outcome = done(await dropPrivileges(WITH_SOCKET, 0));
      assertEquals(kernel.dropped, [[65532, 65532]]);
      assertStringIncludes(said(outcome), "is not there yet");
      assertEquals(groupHasChanged(WITH_SOCKET, outcome), false);
      await withSystem(65532, [{ gid: 998 }], () => {
        assertEquals(groupHasChanged(WITH_SOCKET, outcome), true);
      });
    });
  }
});

Deno.test("dropPrivileges() stops before a socket that only root may open", async () => {
  for (
    const [socket, mend] of [
      [{ gid: 0, mode: 0o140600 }, "chmod 0660"],
      [{ gid: 0, mode: 0o140600 }, "cap_drop: [ALL]"],
      [{ gid: 1000, uid: 1000, mode: 0o140600 }, 'user: "1000"'],
      // Its own mode would do.
      [{ gid: 0 }, "a folder above it is closed"],
    ] as const
  ) {
    await withSystem(0, [socket], async () => {
      kernel.couldWrite = (_path, uid) => uid === 0;
      const problem = problemOf(await dropPrivileges(WITH_SOCKET, 0));
      assertStringIncludes(problem, PATH);
      assertStringIncludes(problem, mend);
      assertEquals(kernel.dropped, []);
    });
  }
});

Deno.test("dropPrivileges() names the user namespace that keeps root itself from the socket", async () => {
  await withSystem(0, [{ gid: 65534, uid: 65534 }], async () => {
    kernel.couldWrite = () => false;
    const problem = problemOf(await dropPrivileges(WITH_SOCKET, 0));
    assertStringIncludes(problem, "userns_mode: host");
  });
});

Deno.test("dropPrivileges() gives root up where something else keeps root itself from the socket", async () => {
  await withSystem(0, [{ gid: 998 }], async () => {
    kernel.couldWrite = () => false;
    assertEquals(done(await dropPrivileges(WITH_SOCKET, 0)).group, 998);
    assertEquals(kernel.dropped, [[65532, 998]]);
  });
});

Deno.test("dropPrivileges() gives up the capabilities alone where it may not change its user", async () => {
  for (const socket of [{ gid: 998 }, { gid: 0, mode: 0o140600 }, null]) {
    await withSystem(0, [socket], async () => {
      kernel.couldWrite = () => {
        throw new Error("Operation not permitted (os error 1)");
      };
      const outcome = done(await dropPrivileges(WITH_SOCKET, 0));
      assertEquals(kernel.capabilitiesDropped, 1);
      assertStringIncludes(said(outcome), "stays root without capabilities");
      assertEquals(outcome.group, null);
      assertEquals(groupHasChanged(WITH_SOCKET, outcome), false);
    });
  }
});

Deno.test("dropPrivileges() stops where the capabilities cannot be given up", async () => {
  await withSystem(0, [{ gid: 998 }], async () => {
    kernel.refuses = new Error("a thread keeps capabilities");
    const problem = problemOf(await dropPrivileges(WITH_SOCKET, 0));
    assertStringIncludes(problem, "a thread keeps capabilities");
    assertStringIncludes(problem, 'user: "65532:998"');
  });
});

Deno.test("describeUser() says what the start makes of the user", async () => {
  await withSystem(0, [{ gid: 998 }], () => {
    assertStringIncludes(
      describeUser(WITH_SOCKET),
      "given up for user 65532, group 998, without capabilities",
    );
  });
  await withSystem(1000, [{ gid: 998 }], () => {
    assertEquals(describeUser(WITH_SOCKET), "user 1000, group 1000");
  });
});
