import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import {
  eventually,
  get,
  request,
  type RigOptions,
  watchReads,
  withRig,
} from "../support/proxy.ts";

const OPEN = { grants: grants({ CONTAINERS: 1, IMAGES: 1, POST: 1 }) };
const LIST = get("/containers/json");

Deno.test("an engine that is down gives 502 with the reason, and is used once it is up", async () => {
  await withRig((c) => c.write(ok("[]")), {}, async (rig) => {
    rig.engine.stopListening();
    const client = await rig.connect();
    await client.send(LIST);
    const text = await client.until("}\n");
    assertStringIncludes(text, "HTTP/1.1 502 Bad Gateway");
    assertStringIncludes(text, "does not exist");
    rig.engine.listenAgain();
    await client.send(LIST);
    assertStringIncludes(await client.until("[]"), "200 OK");
  });
});

Deno.test("a kept engine connection that was closed is dialled again, and the client does not notice", async () => {
  const reads = watchReads();
  const options = { ...OPEN, dialled: reads.watch };
  await withRig((c) => c.write(ok("[]")), options, async (rig) => {
    const client = await rig.connect();
    for (let i = 1; i <= 3; i++) {
      await client.send(
        i === 2
          ? request(
            "POST",
            "/containers/create",
            "{}",
            "Content-Type: application/json",
          )
          : LIST,
      );
      await client.until("[]", i);
      rig.engine.connections[i - 1]!.close();
      await eventually("the proxy sees it", () => reads.ended() === i);
    }
    assertEquals(rig.engine.connections.length, 3);
  });
});

Deno.test("a GET is sent again when the kept connection closes unanswered, a POST is not", async () => {
  let requests = 0;
  await withRig(
    (c) => {
      requests++;
      if (requests === 1) return c.write(ok("[]"));
      if (requests === 2 || requests === 5) return c.close();
      return c.write(ok("[]"));
    },
    OPEN,
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.until("[]");
      await client.send(LIST);
      await client.until("[]", 2);
      assertEquals(requests, 3);
      await client.send(LIST);
      await client.until("[]", 3);
      await client.send(request("POST", "/containers/a/start", ""));
      const text = await client.rest();
      assertStringIncludes(text, "HTTP/1.1 502");
      assertStringIncludes(text, "POST was not sent again");
      assertEquals(requests, 5);
    },
  );
});

for (
  const [what, answer] of [
    [
      "101 to a request that is not a tunnel",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    ],
    [
      "more than eight interim answers",
      "HTTP/1.1 102 Processing\r\n\r\n".repeat(9) + ok("[]"),
    ],
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
    [
      "length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["no HTTP", "nonsense\r\n\r\n"],
    ["a bare LF", "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n"],
    [
      "a bad chunk",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
  ] as const
) {
  Deno.test(`${what} from the engine is 502, and both sides close`, async () => {
    await withRig((c) => c.write(answer), {}, async (rig) => {
      const client = await rig.connect();
      await client.send(LIST + LIST);
      const text = await client.rest();
      assertStringIncludes(text, "HTTP/1.1 502");
      assert(!text.includes(" 101 ") && !text.includes(" 200 "), text);
      await eventually("the end", () => rig.engine.connections[0]!.ended);
      assertEquals(rig.records[0]?.code, "engine.bad_answer");
    });
  });
}

Deno.test("bytes beyond an answer's end are never the next answer", async () => {
  await withRig(
    (c) => c.write(ok("[]") + ok("[stolen]")),
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST + LIST);
      const text = await client.rest();
      assert(!text.includes("stolen"), text);
      assertEquals(rig.engine.connections.length, 1);
      assertEquals(rig.records[0]?.code, "engine.bad_answer");
    },
  );
});

Deno.test("an answer that is cut short does not look whole", async () => {
  await withRig(
    async (c) => {
      await c.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
      );
    },
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.until("abc");
      rig.engine.connections[0]!.close();
      const text = await client.rest();
      assert(text.endsWith("3\r\nabc\r\n"), text);
      assertEquals(rig.records[0]?.code, "engine.closed");
    },
  );
});

for (
  const [what, answer, code] of [
    [
      "is cut short",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
      "engine.closed",
    ],
    ["is whole", "HTTP/1.1 200 OK\r\n\r\nabc", "request.completed"],
  ] as const
) {
  Deno.test(`a plain answer that ${what} is recorded as ${code} though its client has ended its side`, async () => {
    const reads = watchReads();
    await withRig(
      (c) => c.write(answer),
      { acceptor: reads.acceptor },
      async (rig) => {
        const client = await rig.connect();
        await client.send(LIST);
        await client.until("abc");
        await client.conn.closeWrite();
        await eventually("its end", () => reads.ended() === 1);
        rig.engine.connections[0]!.close();
        await client.rest();
        assertEquals(rig.records[0]?.code, code);
      },
    );
  });
}

/** Lets the end of the engine's connections be a reset. */
const RESET: RigOptions = {
  dialled: (conn) => {
    const read = conn.read.bind(conn);
    conn.read = async (into) => {
      const size = await read(into);
      if (size === null) throw new Deno.errors.ConnectionReset("reset");
      return size;
    };
  },
};
const CHUNKED =
  "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n";

for (const version of ["1.0", "1.1"]) {
  const begin = `HTTP/${version} 200 OK\r\nA: b\r\n\r\nabc`;

  Deno.test(`an HTTP/${version} answer that ends with its connection is sent in chunks`, async () => {
    await withRig((c) => c.write(begin), {}, async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.until("abc");
      const [engine] = rig.engine.connections;
      await engine!.write("0123456789abcdef");
      await client.until("cdef");
      engine!.close();
      assertEquals(
        await client.rest(),
        `${CHUNKED}\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n`,
      );
      assertEquals(rig.records[0]?.code, "request.completed");
    });
  });

  Deno.test(`such an HTTP/${version} answer does not look whole where the connection broke`, async () => {
    await withRig((c) => c.write(begin), RESET, async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.until("abc");
      rig.engine.connections[0]!.close();
      assertEquals(await client.rest(), `${CHUNKED}\r\n3\r\nabc\r\n`);
      assertEquals(rig.records[0]?.code, "engine.closed");
    });
  });
}

Deno.test("an answer that we cut does not look whole", async () => {
  const reads = watchReads();
  await withRig(
    (c) => c.write("HTTP/1.1 200 OK\r\nA: b\r\n\r\nabc"),
    { heldClock: true, acceptor: reads.acceptor },
    async (rig) => {
      const client = await rig.connect();
      await client.send(get("/events"));
      await client.until("abc");
      // It cancels the stream, which the engine does not end by itself.
      await client.conn.closeWrite();
      await eventually("its end", () => reads.ended() === 1);
      await rig.advance(500);
      assertEquals(await client.rest(), `${CHUNKED}\r\n3\r\nabc\r\n`);
    },
  );
});

Deno.test("an empty answer that ends with its connection is whole", async () => {
  await withRig(
    async (c) => {
      await c.write("HTTP/1.0 200 OK\r\nA: b\r\n\r\n");
      c.close();
    },
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      assertEquals(
        await client.rest(),
        `${CHUNKED}\r\n0\r\n\r\n`,
      );
    },
  );
});

Deno.test("an answer before the body was read reaches the client", async () => {
  await withRig((c) => c.write(ok("early")), OPEN, async (rig) => {
    const client = await rig.connect();
    await client.send(
      "POST /images/load HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nstart",
    );
    assertStringIncludes(await client.until("early"), "200 OK");
    await client.rest();
    assertEquals(rig.records[0]?.status, 200);
  });
});
