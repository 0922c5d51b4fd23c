/** The traffic of the soak is real: every recorded call is answered through sockwarden. */

import { assert, assertEquals } from "@std/assert";
import { closeSource } from "../../lib/wire/source.ts";
import { startSockwarden } from "../e2e/sockwarden.ts";
import { randomFrom } from "../support/random.ts";
import { startSoakEngine } from "./engine.ts";
import { bodyOf, connect, programs, runStream, send } from "./traffic.ts";

Deno.test("each recorded call is answered, and streams begin and end", async () => {
  const engine = await startSoakEngine();
  const proxy = await startSockwarden(`unix://${engine.path}`, ["--allow=*"]);
  const random = randomFrom(1);
  const bad: string[] = [];
  let calls = 0;
  try {
    for (const { name, calls: all } of programs()) {
      for (const call of all) {
        const source = await connect(proxy.port);
        const answer = await send(source, call, bodyOf(call, random));
        closeSource(source);
        calls++;
        if (answer === null || answer.status >= 500) {
          bad.push(`${name}: ${call.method} ${call.target}`);
        }
      }
    }
    assertEquals(bad, []);
    assert(calls > 400, `only ${calls} calls`);
    const streams = await Promise.all(
      Array.from({ length: 20 }, () => runStream(proxy.port, random, 5)),
    );
    assertEquals(streams.filter((problem) => problem !== null), []);
  } finally {
    await proxy.stop();
    await engine.stop();
  }
});
