/** The wall clock steps: no connection notices, since time limits do not read it. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { ok } from "../support/engine.ts";
import { get, withRig } from "../support/proxy.ts";

const DAY_MS = 86_400_000;
const BEGUN =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";

for (const [what, step] of [["back", -DAY_MS], ["forward", DAY_MS]] as const) {
  Deno.test(`a wall clock that steps a day ${what} ends neither an idle connection nor a stream`, async () => {
    await withRig(
      (c, head) => c.write(head.includes("/events") ? BEGUN : ok("[]")),
      { heldClock: true },
      async (rig) => {
        const idle = await rig.connect();
        await idle.send(get("/containers/json"));
        await idle.until("[]");
        const stream = await rig.connect();
        await stream.send(get("/events"));
        await stream.until("abc");
        const { now } = Date;
        Date.now = () => now() + step;
        try {
          // The limits are looked at each second.
          await rig.advance(3000);
          await idle.send(get("/containers/json"));
          assertStringIncludes(await idle.until("[]", 2), "200 OK");
          assertEquals(stream.state(), "open");
          // The limit itself still holds.
          await rig.advance(601_000);
          await idle.rest();
          assertEquals(stream.state(), "open");
        } finally {
          Date.now = now;
        }
      },
    );
  });
}
