/**
 * Clients that cannot be accepted: which errors cost nothing but their turn,
 * which are reported and waited for, and which client is closed when descriptors run out.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { affordable } from "../../lib/proxy/accept.ts";
import { ok } from "../support/engine.ts";
import {
  type Acceptor,
  eventually,
  get,
  type RigOptions,
  type TestClient,
  withRig,
} from "../support/proxy.ts";

const LIST = get("/containers/json");

/** A listener whose next accepts fail with the errors that a test puts there. */
interface FailingListener {
  readonly acceptor: Acceptor;
  readonly errors: Error[];
  /** How often the proxy has asked for a client. */
  asked: number;
}

function failingListener(...errors: Error[]): FailingListener {
  const failing: FailingListener = {
    errors,
    asked: 0,
    async acceptor(accept) {
      failing.asked++;
      if (errors.length > 0) throw errors.shift()!;
      const conn = await accept();
      // An error that has come meanwhile takes the client's place.
      const error = errors.shift();
      if (error === undefined) return conn;
      conn.close();
      throw error;
    },
  };
  return failing;
}

function held(listener: FailingListener): RigOptions {
  return { heldClock: true, acceptor: listener.acceptor };
}

for (
  const [what, error] of [
    ["was aborted", new Deno.errors.ConnectionAborted("aborted")],
    ["was reset", new Deno.errors.ConnectionReset("reset")],
    ["broke its protocol", new Error("Protocol error (os error 71)")],
    ["had gone", new Error("not connected (os error 107)")],
  ] as const
) {
  Deno.test(`a client that ${what} before it was accepted costs nothing but its turn`, async () => {
    const listener = failingListener(...Array(50).fill(error));
    await withRig((c) => c.write(ok("[]")), held(listener), async (rig) => {
      // No time passes: the next client is accepted at once.
      const client = await rig.connect();
      await client.send(LIST);
      assertStringIncludes(await client.until("[]"), "200 OK");
      assertEquals(listener.errors, []);
      assertEquals(rig.messages, []);
    });
  });
}

for (
  const [what, error] of [
    ["descriptors have run out", new Error("too many (os error 24)")],
    ["another error comes", new Error("something else (os error 5)")],
  ] as const
) {
  Deno.test(`where ${what} it is reported, and accepting goes on after a moment`, async () => {
    const listener = failingListener(error, error);
    await withRig((c) => c.write(ok("[]")), held(listener), async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await rig.advance(99);
      assertEquals(listener.asked, 1);
      assertEquals(rig.messages, [
        `cannot accept a client: ${error.message}; trying again`,
      ]);
      await rig.advance(1);
      assertEquals(listener.asked, 2);
      // The same shortage is not told again so soon.
      assertEquals(rig.messages.length, 1);
      await rig.advance(100);
      assertStringIncludes(await client.until("[]"), "200 OK");
      // Ten seconds after the first, it is.
      await rig.advance(10_000 - 200);
      listener.errors.push(error);
      await rig.connect();
      await eventually("the second message", () => rig.messages.length === 2);
    });
  });
}

Deno.test("a shortage is not reported twice within ten seconds", async () => {
  const error = new Error("too many (os error 24)");
  const listener = failingListener(error);
  await withRig((c) => c.write(ok("[]")), held(listener), async (rig) => {
    await rig.advance(10_000 - 1);
    listener.errors.push(error);
    await rig.connect();
    await eventually("the second error", () => listener.errors.length === 0);
    await rig.advance(100);
    const served = await rig.connect();
    await served.send(LIST);
    await served.until("[]");
    assertEquals(rig.messages.length, 1);
  });
});

Deno.test("the client that has been idle for longest is closed when descriptors run out, and only then", async () => {
  const listener = failingListener();
  await withRig((c) => c.write(ok("[]")), held(listener), async (rig) => {
    const use = async (client: TestClient) => {
      const before = client.seen().split("[]").length;
      await client.send(LIST);
      await client.until("[]", before);
      assertEquals(client.state(), "open");
      await rig.advance(10);
    };
    const fail = async (error: Error) => {
      listener.errors.push(error);
      await rig.connect();
      await eventually("the error", () => listener.errors.length === 0);
      await rig.advance(100);
    };
    const clients = [
      await rig.connect(),
      await rig.connect(),
      await rig.connect(),
    ];
    for (const client of clients) await use(client);
    await fail(new Error("something else (os error 5)"));
    for (const client of clients) await use(client);
    // The first that came is not the one that was idle for longest.
    const [first, second, third] = clients;
    await use(first!);
    await fail(new Error("too many (os error 24)"));
    await second!.rest();
    await use(first!);
    await use(third!);
  });
});

Deno.test("the number of clients follows from the limits of descriptors and of memory", () => {
  const MIB = 1024 * 1024;
  for (
    const [descriptors, memory, most] of [
      [null, null, 4000],
      [20_000, null, 4000],
      [1024, null, 496],
      [10, null, 16],
      [20_000, 80 * MIB, 1024],
      [1024, 80 * MIB, 496],
      [20_000, 512 * MIB, 4000],
      [20_000, 32 * MIB, 256],
      [20_000, 16 * MIB, 16],
    ] as const
  ) assertEquals(affordable(descriptors, memory), most);
});
