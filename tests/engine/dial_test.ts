/** How the engine is connected to, and what is said where that fails. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  dial,
  type DialFailure,
  isFailure,
  MAX_ATTEMPTS,
  MAX_CONNECT_MS,
} from "../../lib/engine/dial.ts";
import type { Conn } from "../../lib/host.ts";
import type { EngineAddress } from "../../lib/net/address.ts";
import { withClock } from "../support/clock.ts";

const UNIX = { kind: "unix", path: "/run/none/engine.sock" } as const;
const TCP = { kind: "tcp", host: "192.0.2.1", port: 2375 } as const;

/** Runs a test in which the runtime connects as that says. */
async function withConnect(
  connect: (options: { path?: string; port?: number }) => Promise<unknown>,
  run: () => Promise<void>,
): Promise<void> {
  const { connect: real } = Deno;
  Object.assign(Deno, { connect });
  try {
    await run();
  } finally {
    Object.assign(Deno, { connect: real });
  }
}

function connection() {
  let closed = false;
  const tuned: boolean[] = [];
  return {
    closed: () => closed,
    tuned,
    conn: {
      close: () => closed = true,
      setNoDelay: (on: boolean) => tuned.push(on),
      setKeepAlive: () => {},
    },
  };
}

async function failure(address: EngineAddress): Promise<DialFailure> {
  const outcome = await dial(address);
  if (!isFailure(outcome)) throw new Error("it did not fail");
  return outcome;
}

Deno.test("dial() connects to a unix socket, and to a TCP address whose small writes are sent at once", async () => {
  const { conn, tuned } = connection();
  const asked: unknown[] = [];
  await withConnect((options) => {
    asked.push(options);
    return Promise.resolve(conn);
  }, async () => {
    for (const address of [UNIX, TCP]) {
      const outcome = await dial(address);
      assert(!isFailure(outcome));
      assertEquals(outcome, conn as unknown as Conn);
    }
  });
  assertEquals(asked, [
    { transport: "unix", path: UNIX.path },
    { hostname: TCP.host, port: TCP.port },
  ]);
  assertEquals(tuned, [true]);
});

Deno.test("dial() tries a unix socket whose backlog is full again, a bounded number of times", async () => {
  const full = () => Promise.reject(new Deno.errors.WouldBlock("full"));
  await withClock(async (clock) => {
    let attempts = 0;
    await withConnect(() => {
      attempts++;
      return full();
    }, async () => {
      const { status, reason } = await clock.pass(failure(UNIX));
      assertEquals([attempts, status], [MAX_ATTEMPTS, 502]);
      // Longer from try to try.
      assertEquals(clock.passed(), 20 + 40 + 60 + 80);
      assertStringIncludes(reason, `cannot connect to unix://${UNIX.path}`);
    });
    const { conn } = connection();
    attempts = 0;
    await withConnect(
      () => ++attempts === MAX_ATTEMPTS ? Promise.resolve(conn) : full(),
      async () => {
        assert(!isFailure(await clock.pass(dial(UNIX))));
      },
    );
  });
});

Deno.test("dial() does not try again for another reason, nor on the network", async () => {
  for (
    const [address, error] of [
      [UNIX, new Deno.errors.ConnectionRefused("no")],
      [TCP, new Deno.errors.WouldBlock("no")],
    ] as const
  ) {
    let attempts = 0;
    await withConnect(() => {
      attempts++;
      return Promise.reject(error);
    }, async () => {
      await failure(address);
      assertEquals(attempts, 1);
    });
  }
});

Deno.test("dial() waits for an engine on the network no longer than its time limit, and closes what comes later", async () => {
  await withClock(async (clock) => {
    const { conn, closed } = connection();
    const connecting = Promise.withResolvers<unknown>();
    await withConnect(() => connecting.promise, async () => {
      const dialling = failure(TCP);
      let ended = false;
      dialling.then(() => ended = true);
      await clock.advance(MAX_CONNECT_MS - 1);
      assert(!ended);
      await clock.advance(1);
      const { status, reason } = await dialling;
      assertEquals(status, 502);
      assertStringIncludes(
        reason,
        "the engine at tcp://192.0.2.1:2375 did not accept the connection within 10 s",
      );
      assert(!closed());
      connecting.resolve(conn);
      await clock.advance(0);
      assert(closed());
    });
  });
});

Deno.test("dial() leaves a connection open that came in time, and no timer", async () => {
  await withClock(async (clock) => {
    const { conn, closed } = connection();
    await withConnect(() => Promise.resolve(conn), async () => {
      assert(!isFailure(await dial(TCP)));
      assertEquals(clock.timers(), 0);
      await clock.advance(2 * MAX_CONNECT_MS);
      assert(!closed());
    });
    await withConnect(() => Promise.reject(new Error("x")), async () => {
      await failure(TCP);
      assertEquals(clock.timers(), 0);
    });
  });
});

Deno.test("dial() says why it failed, with the status for the client", async () => {
  const unix = `unix://${UNIX.path}`;
  for (
    const [error, status, reason, denied] of [
      [
        new Deno.errors.NotFound("x"),
        502,
        `the engine's socket ${unix} does not exist: is the engine running, and is its socket mounted here?`,
        undefined,
      ],
      [
        new Deno.errors.ConnectionRefused("x"),
        502,
        `nothing listens on ${unix}: is the engine running?`,
        undefined,
      ],
      [
        new Deno.errors.PermissionDenied("x"),
        502,
        `permission denied on ${unix}: run as a user or group that may open it and the folders above it (chmod a+x)`,
        true,
      ],
      [
        new Error("too many (os error 24)"),
        503,
        `no file descriptor is left for a connection to ${unix}; raise the limit (ulimit -n), or lower --max-connections`,
        undefined,
      ],
      [
        new Deno.errors.AddrNotAvailable("x"),
        502,
        `this host has no address from which ${unix} can be reached; check the address, and whether there is IPv6 here`,
        undefined,
      ],
      [
        new Deno.errors.NotCapable("x"),
        502,
        `this process has no permission to connect to ${unix} (x); start it with 'deno task start'`,
        undefined,
      ],
      [new Error("x"), 502, `cannot connect to ${unix}: x`, undefined],
      ["x", 502, `cannot connect to ${unix}: x`, undefined],
    ] as const
  ) {
    await withConnect(() => Promise.reject(error), async () => {
      const failed = await failure(UNIX);
      assertEquals(
        // This machine may have an engine at a usual place.
        [
          failed.status,
          failed.reason.replace(/ There is.*/, ""),
          failed.denied,
        ],
        [status, reason, denied],
      );
    });
  }
});

Deno.test("dial() names a socket at another usual place", async () => {
  const { statSync } = Deno;
  Object.assign(Deno, {
    statSync: (path: string) => ({ isSocket: path === "/run/docker.sock" }),
  });
  try {
    await withConnect(
      () => Promise.reject(new Deno.errors.NotFound("x")),
      async () => {
        assertStringIncludes(
          (await failure(UNIX)).reason,
          "mounted here? There is one at /run/docker.sock: set SOCKET_PATH=/run/docker.sock",
        );
      },
    );
  } finally {
    Object.assign(Deno, { statSync });
  }
});

Deno.test("dial() says that a folder stands where the engine's socket should", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { reason } = await failure({ kind: "unix", path: folder });
    assertEquals(
      reason,
      `unix://${folder} is a folder: Docker makes one where the source of a mount does not exist; remove it on the host, and mount the engine's socket`,
    );
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test("dial() names the group that may open the socket", async () => {
  const { statSync } = Deno;
  const denied = () => Promise.reject(new Deno.errors.PermissionDenied("x"));
  const hint = async (address: EngineAddress, stat: () => unknown) => {
    Object.assign(Deno, { statSync: stat });
    try {
      let reason = "";
      await withConnect(denied, async () => {
        reason = (await failure(address)).reason;
      });
      return reason;
    } finally {
      Object.assign(Deno, { statSync });
    }
  };
  assertStringIncludes(
    await hint(UNIX, () => ({ uid: 0, gid: 998, mode: 0o140660 })),
    'the socket belongs to group 998 with mode 0660; run with that group (docker: --group-add 998, compose: group_add: ["998"], systemd: SupplementaryGroups=)',
  );
  // Another group would not help there.
  assertStringIncludes(
    await hint(UNIX, () => ({ uid: 0, gid: 0, mode: 0o140600 })),
    "its mode 0600 lets only user 0 open it; let a group do so",
  );
  assertStringIncludes(
    await hint(UNIX, () => ({ uid: 65534, gid: 65534, mode: 0o140660 })),
    "userns_mode: host",
  );
  for (
    const stat of [
      () => ({ gid: null, mode: 0o660 }),
      () => ({ gid: 998, mode: null }),
      () => {
        throw new Deno.errors.PermissionDenied("the folder");
      },
    ]
  ) {
    assertStringIncludes(
      await hint(UNIX, stat),
      "run as a user or group that may open it",
    );
  }
  assertStringIncludes(
    await hint(TCP, () => ({ gid: 998, mode: 0o660 })),
    "check the engine's own access rules",
  );
});
