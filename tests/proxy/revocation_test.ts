/** What is under way when the policy changes: what is cut, what goes on, and what the record says. */

import { assert, assertEquals } from "@std/assert";
import { compile, type Grants } from "../../lib/policy/compile.ts";
import { type Handler, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually, get, request, withRig } from "../support/proxy.ts";

/** Allows these operations and nothing else. */
function only(...allow: string[]): Grants {
  return { ...grants({}, { allow }), defaultSwitches: false };
}

Deno.test("the record of a tunnel that lost its right says so", async () => {
  const engine: Handler = (connection) =>
    connection.write(
      "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nshell",
    );
  await withRig(engine, { grants: only("exec.start") }, async (rig) => {
    const client = await rig.connect();
    await client.send(
      request(
        "POST",
        "/exec/e1/start",
        "{}",
        "Connection: Upgrade",
        "Upgrade: tcp",
      ),
    );
    await client.until("shell");
    rig.server.setPolicy(compile(only(), null));
    await client.rest();
    await eventually("the record", () => rig.records.length > 0);
    assertEquals(rig.records.map(({ code }) => code), ["policy.revoked"]);
  });
});

Deno.test("a stream that lost its right while the engine was dialled is not sent", async () => {
  const { connect } = Deno;
  let dialling = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  const changed = Deno as unknown as Record<string, unknown>;
  changed.connect = async (options: Deno.UnixConnectOptions) => {
    if ("path" in options) {
      dialling++;
      await held;
    }
    return await connect(options);
  };
  try {
    const engine: Handler = (connection) => connection.write(ok("log"));
    await withRig(engine, { grants: only("container.logs") }, async (rig) => {
      const client = await rig.connect();
      // So much waits behind the request that the client is not read now.
      await client.send(get("/containers/a/logs") + "x".repeat(60_000));
      await eventually("the dialling", () => dialling > 0);
      rig.server.setPolicy(compile(only(), null));
      await client.rest();
      release();
      await eventually("the record", () => rig.records.length > 0);
      assertEquals(rig.records.map(({ code }) => code), ["policy.revoked"]);
      assertEquals(rig.engine.received(), "");
    });
  } finally {
    Object.assign(Deno, { connect });
  }
});

Deno.test("a build goes on where the engine cannot say what it joins when that is looked at again", async () => {
  const { file } = policyFile(`
clients:
  maker: { from: { cidr: 127.0.0.0/8 }, allow: [ image.build ] }
  carl: { from: { container: carl }, allow: [ container.list ] }
`);
  const more = policyFile(`
clients:
  maker: { from: { cidr: 127.0.0.0/8 }, allow: [ image.build ] }
  carl: { from: { container: carl }, allow: [ container.list ] }
  dora: { from: { container: dora }, allow: [ container.list ] }
`).file;
  const web = {
    Id: "d".repeat(64),
    Name: "/web",
    Config: { Labels: {} },
    State: { Running: true },
    NetworkSettings: { Networks: {} },
  };
  let failing = false;
  let failed = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => finish = resolve);
  const engine: Handler = async (connection, head) => {
    const target = head.split(" ")[1]!;
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    if (target.startsWith("/events")) await connection.write(chunked);
    else if (target === "/containers/web/json") {
      if (failing) failed++;
      await connection.write(
        failing
          ? "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}"
          : ok(JSON.stringify(web)),
      );
    } else if (target.includes("/build")) {
      await connection.write(`${chunked}4\r\nstep\r\n`);
      await finished;
      await connection.write("4\r\ndone\r\n0\r\n\r\n");
    } else await connection.write(ok("[]"));
  };
  await withRig(engine, { grants: only(), file }, async (rig) => {
    const client = await rig.connect();
    await client.send(
      request("POST", "/build?version=2&networkmode=container:web", "tar"),
    );
    await client.until("step");
    failing = true;
    // Another client's identity is protected now: what is joined is looked at.
    rig.server.setPolicy(compile(only(), more));
    await eventually("the failed question", () => failed > 0);
    failing = false;
    finish();
    assert((await client.until("done")).includes("done"));
  });
});
