import { plainAddress } from "../../lib/net/loopback.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { ListenError, openListener } from "../../lib/listen/listener.ts";
import { ok } from "../support/engine.ts";
import { get, withRig } from "../support/proxy.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-test-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function unix(path: string, mode = 0o660, group: string | null = null) {
  return { kind: "unix", path, mode, group } as const;
}

Deno.test("openListener() makes a socket with the mode asked for and removes it", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.sock`;
    for (const mode of [0o600, 0o660, 0o666]) {
      const open = await openListener(unix(path, mode));
      assertEquals(Deno.lstatSync(path).mode! & 0o777, mode);
      await open.close();
      assertEquals([...Deno.readDirSync(folder)].length, 0);
    }
  });
});

Deno.test("openListener() replaces a socket that nothing answers on, and nothing else", async () => {
  await inFolder(async (folder) => {
    const stale = `${folder}/stale.sock`;
    await new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `Deno.listen({transport:"unix",path:${
          JSON.stringify(stale)
        }});Deno.exit(0)`,
      ],
    }).output();
    assert(Deno.lstatSync(stale).isSocket);
    await (await openListener(unix(stale))).close();

    const live = `${folder}/live.sock`;
    const other = Deno.listen({ transport: "unix", path: live });
    const error = await assertRejects(
      () => openListener(unix(live)),
      ListenError,
    );
    assertStringIncludes(error.message, "another program answers there");
    other.close();

    const file = `${folder}/file`;
    Deno.writeTextFileSync(file, "precious");
    await assertRejects(() => openListener(unix(file)), ListenError);
    assertEquals(Deno.readTextFileSync(file), "precious");
  });
});

Deno.test("openListener() never removes a successor's socket", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/a.sock`;
    const first = await openListener(unix(path));
    Deno.removeSync(path);
    const successor = Deno.listen({ transport: "unix", path });
    await first.close();
    assert(Deno.lstatSync(path).isSocket);
    successor.close();
  });
});

Deno.test("openListener() says that the host does not have an address", async () => {
  const error = await assertRejects(
    () => openListener({ kind: "tcp", host: "192.0.2.1", port: 0 }),
    ListenError,
  );
  assertStringIncludes(error.message, "this host has no such address");
});

Deno.test("openListener() says which address is in use and how to mend it", async () => {
  const first = await openListener({ kind: "tcp", host: "127.0.0.1", port: 0 });
  const error = await assertRejects(
    () => openListener(first.address),
    ListenError,
  );
  assertStringIncludes(error.message, "is in use");
  await first.close();
});

Deno.test("openListener() says which folder or port a user may not use", async () => {
  const { listen } = Deno;
  Object.assign(Deno, {
    listen: () => {
      throw new Deno.errors.PermissionDenied("x");
    },
  });
  const said = async (address: Parameters<typeof openListener>[0]) =>
    (await assertRejects(() => openListener(address), ListenError)).message;
  try {
    const uid = Deno.uid();
    assertEquals(
      await said(unix("/run/none/a.sock")),
      `cannot listen on unix:///run/none/a.sock: user ${uid} may not write to its folder; give the folder to that user (chown ${uid}), or mount a volume of its own there`,
    );
    assertEquals(
      await said({ kind: "tcp", host: "127.0.0.1", port: 80 }),
      `cannot listen on tcp://127.0.0.1:80: user ${uid} may not use this port; choose one above 1023`,
    );
  } finally {
    Object.assign(Deno, { listen });
  }
});

Deno.test("openListener() says that a group does not exist", async () => {
  await inFolder(async (folder) => {
    const error = await assertRejects(
      () => openListener(unix(`${folder}/a`, 0o660, "no-such-group")),
      ListenError,
    );
    assertStringIncludes(error.message, "no-such-group");
  });
});

Deno.test("a unix listener serves, and logs its path as the client", async () => {
  await inFolder(async (folder) => {
    const listeners = [unix(`${folder}/a.sock`)];
    await withRig((c) => c.write(ok("[]")), { listeners }, async (rig) => {
      const client = await rig.connect();
      await client.send(get("/containers/json"));
      assertStringIncludes(await client.until("[]"), "200 OK");
      assertEquals(rig.records[0]?.remote, `unix:${folder}/a.sock`);
    });
  });
});

Deno.test("plainAddress() makes IPv4 of IPv4 in IPv6", () => {
  assertEquals(plainAddress("::ffff:172.18.0.3"), "172.18.0.3");
  assertEquals(plainAddress("::1"), "::1");
  assertEquals(plainAddress("fe80::ffff:1"), "fe80::ffff:1");
});
