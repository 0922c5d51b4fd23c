/** A body that is held back while the policy changes: what was allowed is looked at again before it is sent. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import { recheck } from "../../lib/proxy/recheck.ts";
import {
  type AtGate,
  atGate,
  foundUnder,
  headOf,
  policyOf,
  WEB,
} from "../support/at_gate.ts";
import { withClock } from "../support/clock.ts";
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

// Without connections: the test says who the client is found to be.

const RULES = [
  "container.logs",
  "container.rename",
  "exec.start",
  "image.build",
  "GET /new/thing",
];
const alice = { kind: "label", key: "role", value: "a" } as const;
const bob = { kind: "container", name: "bob" } as const;
const NOTHING = policyOf({});
const FREE = policyOf({}, ...RULES);
const ALICE = policyOf({ alice }, ...RULES);
const BOB = policyOf({ bob }, ...RULES);
const BOTH = policyOf({ alice, bob }, ...RULES);
const NO_ANSWER = { reason: "the engine does not answer" };

const LOGS = headOf("GET", "/containers/a/logs");
const BUILD = headOf("POST", "/build?version=2&networkmode=container:bob");
const TUNNEL = headOf("POST", "/exec/e1/start").slice(0, -2) +
  "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
const WHOLE = headOf("POST", "/containers/x/rename?name=new");
const UPLOAD = headOf("POST", "/containers/x/rename?name=new", 2);

/** A request that passed under one policy, while another is in force. */
function changed(
  text: string,
  before: typeof FREE,
  after: typeof FREE,
  sent = true,
): AtGate {
  const found = foundUnder(before, 0);
  const gate = atGate(found, text);
  if (sent) gate.exchange.passedFor = found;
  return Object.assign(gate, {
    generation: 1,
    find: () => {
      // A check that does not end fails the test in place of holding it up.
      if (gate.finds > 9) throw new Error("it is looked up for ever");
      return foundUnder(after, 1);
    },
    container: (name: string) => ({ ...WEB, name }),
  });
}

Deno.test("a stream, a tunnel and an upload that lost their right are ended, and a request that the engine has whole is answered", async () => {
  for (
    const [text, ended] of [
      [LOGS, true],
      [TUNNEL, true],
      [UPLOAD, true],
      [WHOLE, false],
    ] as const
  ) {
    for (const sent of [true, false]) {
      const gate = changed(text, FREE, NOTHING, sent);
      await recheck(gate.session);
      assertEquals(gate.closed(), ended);
      assertEquals(gate.session.cause, ended ? "policy.revoked" : null);
      assertEquals(gate.finds, ended ? 1 : 0);
    }
  }
});

Deno.test("a stream is judged again only where the policy demands more than before", async () => {
  for (
    const [before, after, ended] of [
      [FREE, BOB, true],
      [ALICE, BOB, true],
      [BOB, BOB, false],
      [BOTH, BOB, false],
    ] as const
  ) {
    const gate = changed(BUILD, before, after);
    await recheck(gate.session);
    assertEquals(gate.closed(), ended);
  }
});

Deno.test("a stream goes on that does what a new condition allows", async () => {
  const gate = changed(BUILD, FREE, BOB);
  gate.container = () => WEB;
  await recheck(gate.session);
  assertEquals(gate.closed(), false);
});

Deno.test("a body that is still gathered is judged when it is complete", async () => {
  const gate = changed(BUILD, FREE, BOB, false);
  await recheck(gate.session);
  assertEquals(gate.closed(), false);
});

Deno.test("a stream of a path rule goes on, since conditions are of operations", async () => {
  const gate = changed(headOf("GET", "/new/thing"), FREE, BOB);
  await recheck(gate.session);
  assertEquals(gate.closed(), false);
});

Deno.test("what cannot be known is looked up again each second until it is known", async () => {
  for (const [after, ended] of [[FREE, false], [NOTHING, true]] as const) {
    await withClock(async (clock) => {
      const gate = changed(LOGS, FREE, after);
      const { find } = gate;
      gate.find = () => gate.finds < 3 ? NO_ANSWER : find();
      await clock.pass(recheck(gate.session));
      assertEquals([gate.finds, clock.passed()], [3, 2000]);
      assertEquals(gate.closed(), ended);
    });
  }
});

Deno.test("a stream goes on while the engine cannot say what it joins, and is judged once it can", async () => {
  for (const [found, ended] of [["web", false], ["bob", true]] as const) {
    await withClock(async (clock) => {
      const gate = changed(BUILD, FREE, BOB);
      let asked = 0;
      gate.container = () =>
        asked++ === 0 ? NO_ANSWER : { ...WEB, name: found };
      await clock.pass(recheck(gate.session));
      assertEquals([asked, clock.passed()], [2, 1000]);
      assertEquals(gate.closed(), ended);
    });
  }
});

Deno.test("a connection whose request has ended during the check goes on", async () => {
  for (const answer of [foundUnder(NOTHING, 1), NO_ANSWER]) {
    await withClock(async (clock) => {
      const gate = changed(LOGS, FREE, NOTHING);
      const { find } = gate;
      gate.find = () => {
        gate.session.exchange = null;
        return gate.finds === 1 ? answer : find();
      };
      await clock.pass(recheck(gate.session));
      assertEquals(gate.finds, 1);
      assertEquals([gate.closed(), gate.session.cause], [false, null]);
    });
  }
});

Deno.test("a check that is asked for during another follows it, and only one", async () => {
  const gate = changed(LOGS, FREE, FREE);
  const { find } = gate;
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  gate.find = async () => {
    if (gate.finds === 1) await held;
    return find();
  };
  const first = recheck(gate.session);
  await recheck(gate.session);
  await recheck(gate.session);
  assertEquals(gate.finds, 1);
  release();
  await first;
  assertEquals([gate.finds, gate.session.rechecking], [2, null]);
  assertEquals(gate.closed(), false);
});

Deno.test("a right that cannot be checked because of a bug is lost", async () => {
  const gate = changed(LOGS, FREE, FREE);
  gate.find = () => {
    throw new Error("a bug");
  };
  await recheck(gate.session);
  assertEquals(gate.closed(), true);
  assertEquals(gate.session.cause, "policy.revoked");
  assertEquals(gate.session.rechecking, null);
});

Deno.test("a connection without a request is not looked up", async () => {
  const gate = changed(LOGS, FREE, NOTHING);
  gate.session.exchange = null;
  await recheck(gate.session);
  assertEquals([gate.finds, gate.closed()], [0, false]);
});
