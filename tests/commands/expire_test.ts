import { assert, assertEquals } from "@std/assert";
import { type Expiry, startExpiry } from "../../lib/commands/expire.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import { DAY, parseUntil } from "../../lib/policy/until.ts";
import type { Handler } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  eventually,
  get,
  request,
  type Rig,
  withRig,
} from "../support/proxy.ts";

const END = parseUntil("2027-03-01")!;
const MINUTE = 60_000;
const NONE = { ...grants({}), defaultSwitches: false };

/** Settings with this `allow` of the default. */
function settings(allow: string) {
  const { file } = policyFile(`default: { allow: ${allow} }`);
  return { grants: NONE, policyFile: file };
}

const LOGS = "[ system.ping, { rule: container.logs, until: 2027-03-01 } ]";

/** A wall clock and timers that a test moves, and what grants do meanwhile. */
interface World {
  readonly rig: Rig;
  readonly expiry: Expiry;
  readonly lines: string[];
  /** The policies that were put in force. */
  readonly put: Policy[];
  /** Sets the wall clock; timers do not notice. */
  set(now: number): void;
  /** Lets time pass on both clocks, by steps of a minute. */
  pass(milliseconds: number): Promise<void>;
  inForce(allow: string): ReturnType<Expiry["current"]>;
}

async function withWorld(
  start: number,
  allow: string,
  engine: Handler,
  run: (world: World) => Promise<void>,
): Promise<void> {
  const wall = Date.now;
  let now = start;
  Date.now = () => now;
  try {
    await withRig(engine, { grants: NONE, heldClock: true }, async (rig) => {
      const lines: string[] = [];
      const put: Policy[] = [];
      const inForce = (allow: string) => ({
        settings: settings(allow),
        policy: compile(NONE, settings(allow).policyFile, now),
      });
      const first = inForce(allow);
      rig.server.setPolicy(first.policy);
      const expiry = startExpiry({
        inForce: first,
        log: { line: (_level, text) => lines.push(text) },
        compile,
        setPolicy(policy) {
          put.push(policy);
          rig.server.setPolicy(policy);
        },
      });
      await run({
        rig,
        expiry,
        lines,
        put,
        inForce,
        set: (time) => now = time,
        async pass(milliseconds) {
          for (let left = milliseconds; left > 0; left -= MINUTE) {
            now += Math.min(left, MINUTE);
            await rig.advance(Math.min(left, MINUTE));
          }
        },
      });
    });
  } finally {
    Date.now = wall;
  }
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const SENDS_LOGS: Handler = (connection) =>
  connection.write(`${CHUNKED}4\r\nline\r\n`);
const ENDED =
  "default: container.logs (policy.yaml:1:42) has ended (until 2027-03-01T00:00:00Z): what it granted is refused, and its streams are closed";

Deno.test("a stream under way ends when its rule ends, and the next one is refused", async () => {
  await withWorld(END - MINUTE, LOGS, SENDS_LOGS, async ({ rig, ...world }) => {
    const client = await rig.connect();
    await client.send(get("/containers/a/logs?follow=1"));
    await client.until("line");
    await world.pass(MINUTE - 1);
    assertEquals([client.state(), world.put.length], ["open", 0]);
    await world.pass(1);
    await client.rest();
    await eventually("the record", () => rig.records.length === 1);
    assertEquals(rig.records[0]!.code, "policy.revoked");
    assertEquals(world.lines, [ENDED]);
    const late = await rig.connect();
    await late.send(get("/containers/a/logs"));
    const answer = await late.until("later time there");
    assert(answer.startsWith("HTTP/1.1 403 "), answer);
    assert(
      answer.includes(
        "its grant (policy.yaml:1:42) ended at 2027-03-01T00:00:00Z",
      ),
      answer,
    );
  });
});

Deno.test("a tunnel under way ends when its rule ends, and one of another rule goes on", async () => {
  const shell: Handler = (connection) =>
    connection.write(
      "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nshell",
    );
  const allow = "[ container.attach, { rule: exec.start, until: 2027-03-01 } ]";
  await withWorld(END - MINUTE, allow, shell, async ({ rig, pass }) => {
    const open = async (target: string) => {
      const client = await rig.connect();
      await client.send(
        request("POST", target, "", "Connection: Upgrade", "Upgrade: tcp"),
      );
      await client.until("shell");
      return client;
    };
    const kept = await open("/containers/a/attach?stream=1&stdout=1");
    const cut = await open("/exec/e1/start");
    await pass(MINUTE);
    await cut.rest();
    await eventually("the record", () => rig.records.length === 1);
    assertEquals(
      rig.records.map(({ operation, code }) => [operation, code]),
      [["exec.start", "policy.revoked"]],
    );
    assertEquals(kept.state(), "open");
  });
});

Deno.test("a wall clock that is set past an end is noticed within a minute", async () => {
  await withWorld(END - 400 * DAY, LOGS, SENDS_LOGS, async (world) => {
    await world.pass(MINUTE);
    assertEquals(world.put.length, 0);
    world.set(END + DAY);
    await world.pass(MINUTE);
    assertEquals(world.put.length, 1);
    assertEquals(world.lines, [ENDED]);
  });
});

Deno.test("a rule that ends is warned of once, a day before", async () => {
  await withWorld(
    END - DAY - 2 * MINUTE,
    LOGS,
    SENDS_LOGS,
    async ({ lines, pass }) => {
      await pass(MINUTE);
      assertEquals(lines, []);
      await pass(5 * MINUTE);
      assertEquals(lines, [
        "default: container.logs (policy.yaml:1:42) ends at 2027-03-01T00:00:00Z, in 1 day",
      ]);
    },
  );
});

Deno.test("the ends of the policy of a reload count, and no longer those of the one before", async () => {
  await withWorld(END - 2 * MINUTE, LOGS, SENDS_LOGS, async (world) => {
    world.expiry.replace(world.inForce(LOGS.replace("-01 }", "-05 }")));
    await world.pass(5 * MINUTE);
    assertEquals([world.lines, world.put.length], [[], 0]);
    world.expiry.replace(
      world.inForce(LOGS.replace("-01 }", "-01T00:04:00Z }")),
    );
    await world.pass(MINUTE);
    assertEquals(world.put.length, 1);
    assertEquals(world.expiry.current().policy, world.put[0]);
    world.expiry.replace(world.inForce("[ system.ping ]"));
    await world.pass(10 * MINUTE);
    assertEquals(world.put.length, 1);
  });
});

Deno.test("several ends come one after the other", async () => {
  const allow =
    "[ { rule: container.logs, until: 2027-03-01 }, { rule: image.list, until: 2027-03-01T00:10:00Z } ]";
  await withWorld(END - MINUTE, allow, SENDS_LOGS, async ({ put, pass }) => {
    await pass(2 * MINUTE);
    assertEquals(put.map(({ until }) => until), [END + 10 * MINUTE]);
    await pass(20 * MINUTE);
    assertEquals(put.map(({ until }) => until), [END + 10 * MINUTE, null]);
  });
});

Deno.test("what has an end is refused until the clock is set, and granted within a minute after", async () => {
  await withWorld(5000, LOGS, SENDS_LOGS, async ({ rig, ...world }) => {
    const early = await rig.connect();
    await early.send(get("/containers/a/logs"));
    const answer = await early.until("set the clock");
    assert(answer.startsWith("HTTP/1.1 403 "), answer);
    await world.pass(3 * MINUTE);
    assertEquals(world.put, []);
    world.set(END - 2 * MINUTE);
    await world.pass(MINUTE);
    const client = await rig.connect();
    await client.send(get("/containers/a/logs?follow=1"));
    await client.until("line");
    await world.pass(MINUTE);
    await client.rest();
    assertEquals(world.lines.filter((line) => !line.includes(" ends at ")), [
      "the machine's clock is set: grants that have an end count again",
      ENDED,
    ]);
  });
});
