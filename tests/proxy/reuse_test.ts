/**
 * The connection to the engine that is kept between requests: when a request
 * is sent again over a new one, and what may come over it.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type EngineConnection, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import {
  eventually,
  get,
  request,
  type RigOptions,
  watchReads,
  withRig,
} from "../support/proxy.ts";

const OPEN: RigOptions = {
  grants: grants({ CONTAINERS: 1, IMAGES: 1, POST: 1, EXEC: 1 }),
};
const LIST = get("/containers/json");
const START = request("POST", "/containers/a/start", "");

/**
 * Sends a request over a kept connection that ends without an answer, and
 * returns what the engine got on each connection after the first request.
 *
 * @param part What the engine sends before it ends; it does so on new
 * connections too where `always`.
 */
async function sentAgain(
  text: string,
  part = "",
  always = false,
): Promise<{ seen: string; requests: number; code: string }> {
  let requests = 0;
  let result = { seen: "", requests: 0, code: "" };
  await withRig(
    async (c, head) => {
      requests++;
      if (requests === 1 || requests > 2 && !always) {
        // The answer to HEAD has no body.
        const answer = ok("[]");
        return await c.write(
          head.startsWith("HEAD") ? answer.slice(0, -2) : answer,
        );
      }
      if (part !== "") await c.write(part);
      c.close();
    },
    OPEN,
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.until("[]");
      await client.send(text);
      await eventually("the record", () => rig.records.length === 2);
      await client.until("\r\n\r\n", 2);
      result = {
        seen: client.seen().slice(ok("[]").length),
        requests: requests - 1,
        code: rig.records[1]!.code,
      };
    },
  );
  return result;
}

for (
  const [what, text] of [
    ["a GET", LIST],
    ["a HEAD", request("HEAD", "/_ping", "")],
  ] as const
) {
  Deno.test(`${what} that gets no byte of an answer over a kept connection is sent again, once`, async () => {
    const once = await sentAgain(text);
    assertStringIncludes(once.seen, "HTTP/1.1 200 OK");
    assertEquals([once.requests, once.code], [2, "request.completed"]);
    const never = await sentAgain(text, "", true);
    assertStringIncludes(never.seen, "HTTP/1.1 502 ");
    assertEquals([never.requests, never.code], [2, "engine.closed"]);
  });
}

for (
  const [what, text, part] of [
    ["a POST", START, ""],
    ["a PUT", request("PUT", "/containers/a/archive?path=/", ""), ""],
    ["a DELETE", request("DELETE", "/containers/a", ""), ""],
    [
      "a GET with a body",
      request("GET", "/containers/json", "{}", "Content-Type: text/plain"),
      "",
    ],
    ["a GET that has got a byte of an answer", LIST, "H"],
  ] as const
) {
  Deno.test(`${what} is not sent again`, async () => {
    const { seen, requests, code } = await sentAgain(text, part);
    assertStringIncludes(seen, "HTTP/1.1 502 ");
    assertStringIncludes(seen, "was not sent again");
    assertEquals([requests, code], [1, "engine.closed"]);
  });
}

Deno.test("a request that gets no answer over a new connection is not sent again", async () => {
  let requests = 0;
  await withRig(
    (c) => {
      requests++;
      c.close();
    },
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      assertStringIncludes(await client.until("\r\n\r\n"), "HTTP/1.1 502 ");
      assertEquals(requests, 1);
    },
  );
});

/**
 * A rig whose first connection to the engine fails at its second request.
 *
 * @param written How many bytes of the request it takes before.
 */
async function withBrokenPipe(
  written: number,
  run: (client: { text: string; requests: string[] }) => void,
): Promise<void> {
  let first = true;
  const requests: string[] = [];
  await withRig(
    (c, head) => {
      requests.push(head);
      return c.write(ok("[]"));
    },
    {
      ...OPEN,
      dialled(conn) {
        if (!first) return;
        first = false;
        const write = conn.write.bind(conn);
        let writes = 0;
        Object.assign(conn, {
          write(bytes: Uint8Array) {
            writes++;
            if (writes === 1) return write(bytes);
            if (writes === 2 && written > 0) {
              return write(bytes.subarray(0, written));
            }
            // What the system says before the end has been read.
            conn.close();
            return Promise.reject(new Deno.errors.BrokenPipe("broken"));
          },
        });
      },
    },
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.until("[]");
      await client.send(START);
      await eventually("the record", () => rig.records.length === 2);
      await client.until("\r\n\r\n", 2);
      run({ text: client.seen().slice(ok("[]").length), requests });
    },
  );
}

Deno.test("a POST of which nothing was written is sent over a new connection", async () => {
  await withBrokenPipe(0, ({ text, requests }) => {
    assertStringIncludes(text, "HTTP/1.1 200 OK");
    assertEquals(requests.length, 2);
  });
});

Deno.test("a POST of which a part was written is not sent again", async () => {
  await withBrokenPipe(4, ({ text, requests }) => {
    assertStringIncludes(text, "HTTP/1.1 502 ");
    assertEquals(requests.length, 1);
  });
});

Deno.test("bytes beyond an answer end both connections, and are recorded", async () => {
  await withRig(
    (c) => c.write(ok("[]") + "x"),
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST + LIST);
      const text = await client.rest();
      assertEquals(text.replace("Connection: close\r\n", ""), ok("[]"));
      await eventually("the end", () => rig.engine.connections[0]!.ended);
      assertEquals(rig.records.map(({ code }) => code), [
        "engine.bad_answer",
      ]);
      assertEquals(rig.engine.connections.length, 1);
    },
  );
});

Deno.test("bytes that come after an answer are never the next one: it is 502", async () => {
  const reads = watchReads();
  await withRig(
    (c) => c.write(ok("[]")),
    { dialled: reads.watch },
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.until("[]");
      const stolen = ok("[stolen]");
      await rig.engine.connections[0]!.write(stolen);
      await eventually(
        "they are read",
        () => reads.bytes() === ok("[]").length + stolen.length,
      );
      await client.send(LIST);
      const text = await client.rest();
      assertStringIncludes(text, "HTTP/1.1 502 ");
      assert(!text.includes("stolen"), text);
      assertEquals(rig.records[1]!.code, "engine.bad_answer");
      // The request was not sent over it.
      assertEquals(rig.engine.received().split("GET").length, 2);
    },
  );
});

Deno.test("eight interim answers are passed on, and a ninth is 502", async () => {
  const interim = (i: number) => `HTTP/1.1 102 Processing\r\nX-N: ${i}\r\n\r\n`;
  const send = (many: number) => async (c: EngineConnection) => {
    for (let i = 1; i <= many; i++) await c.write(interim(i));
    await c.write(ok("[]"));
  };
  await withRig(send(8), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(LIST);
    const all = Array.from({ length: 8 }, (_, i) => interim(i + 1)).join("");
    assertEquals(await client.until("[]"), all + ok("[]"));
    assertEquals(rig.records[0]!.code, "request.completed");
  });
  await withRig(send(9), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(LIST);
    const text = await client.rest();
    assertStringIncludes(text, interim(8) + "HTTP/1.1 502 ");
    assert(!text.includes("X-N: 9"), text);
    assertEquals(rig.records[0]!.code, "engine.bad_answer");
    await eventually("the end", () => rig.engine.connections[0]!.ended);
  });
});
