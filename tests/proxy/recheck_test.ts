/** A body that is held back while the policy changes: what was allowed is looked at again before it is sent. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import { type Handler, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually, get, request, withRig } from "../support/proxy.ts";

const ID = "a".repeat(64);

/** The container `alice` starts execs; a client with its own listener needs no look-up. */
const POLICY = `
clients:
  alice: { from: { container: alice }, allow: [ exec.start ] }
  ops: { listen: "unix://FOLDER/ops.sock", allow: [ system.ping ] }
`;

for (
  const [what, narrow, sent] of [
    ["lost the right to it meanwhile", true, false],
    ["has the right to it still", false, true],
  ] as const
) {
  Deno.test(`a request whose client ${what} is ${sent ? "" : "not "}sent once its body has come`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-recheck-" });
    const { file, listeners } = policyFile(POLICY.replace("FOLDER", folder));
    const next = policyFile(
      POLICY.replace("FOLDER", folder)
        .replace("exec.start", narrow ? "container.list" : "exec.*"),
    ).file;
    let release = () => {};
    let held: Promise<void> | null = null;
    let waiting = 0;
    const facts = {
      Id: ID,
      NetworkSettings: {
        Networks: {
          net: { NetworkID: "n", IPAddress: "127.0.0.1", IPPrefixLen: 8 },
        },
      },
    };
    const engine: Handler = async (c, head) => {
      const target = head.split(" ")[1]!;
      if (target.startsWith("/events")) {
        return await c.write(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
      }
      if (target === "/containers/json") {
        const listed = { ...facts, Names: ["/alice"], Labels: {} };
        return await c.write(ok(JSON.stringify([listed])));
      }
      if (target !== `/containers/${ID}/json`) return await c.write(ok("done"));
      if (held !== null) {
        waiting++;
        await held;
      }
      await c.write(ok(JSON.stringify({
        ...facts,
        Name: "/alice",
        Config: { Labels: {} },
        State: { Running: true, StartedAt: "2026-01-01T00:00:00Z" },
      })));
    };
    await withRig(engine, {
      grants: { ...grants({}), defaultSwitches: false },
      file,
      listeners: [{ kind: "tcp", host: "127.0.0.1", port: 0 }, ...listeners],
    }, async (rig) => {
      const alice = await rig.connect();
      await alice.send(
        request(
          "POST",
          "/exec/e1/start",
          "{}",
          "Content-Type: application/json",
          "Expect: 100-continue",
        ).slice(0, -1),
      );
      // It was decided on, and waits for the rest.
      await alice.until("100 Continue\r\n\r\n");
      // From now on it takes time to know who a client is.
      held = new Promise((resolve) => release = resolve);
      rig.server.setPolicy(compile(grants({}), next));
      await eventually("the look-up", () => waiting > 0);
      await alice.send("}");
      // Others are served meanwhile, each over a new connection to the engine.
      for (let i = 0; i < 5; i++) {
        const ops = await rig.connect(1);
        await ops.send(get("/_ping"));
        assertStringIncludes(await ops.until("done"), "200 OK");
      }
      assert(!rig.engine.received().includes("/exec/"));
      release();
      if (sent) {
        assertStringIncludes(await alice.until("done"), "200 OK");
      } else await alice.rest();
      const own = () => rig.records.filter(({ client }) => client === "alice");
      await eventually("the record", () => own().length > 0);
      assertEquals(own().map(({ code }) => code), [
        sent ? "request.completed" : "policy.revoked",
      ]);
      assertEquals(rig.engine.received().includes("/exec/"), sent);
    });
    await Deno.remove(folder, { recursive: true });
  });
}
