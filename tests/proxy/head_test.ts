/**
 * Heads at their bounds, of clients and of the engine.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { eventually, get, request, withRig } from "../support/proxy.ts";

const LIST = get("/containers/json");
const LIMITS = {
  limits: { headBytes: 4096, requestLineBytes: 2048, headTimeout: 60_000 },
};

for (
  const [what, start, status, code, reason] of [
    [
      "a request line beyond its limit",
      `GET /${"a".repeat(2048)}`,
      414,
      "http.uri_too_long",
      "the request line is longer than 2048 bytes (--max-request-line)",
    ],
    [
      "a head beyond its limit",
      `GET / HTTP/1.1\r\nA: ${"b".repeat(4096)}`,
      431,
      "http.head_too_large",
      "the head has more than 4096 bytes (--max-head-bytes)",
    ],
    [
      "a control byte",
      "GET /containers/json HTTP/1.1\r\nA: \x00",
      400,
      "http.bad_field",
      "the head contains a control byte",
    ],
  ] as const
) {
  Deno.test(`${what} gets ${status} before the head is complete`, async () => {
    await withRig((c) => c.write(ok("[]")), LIMITS, async (rig) => {
      for (const pieces of [[start], [start.slice(0, 20), start.slice(20)]]) {
        const client = await rig.connect();
        for (const piece of pieces) {
          await client.send(piece);
          // So that the pieces come apart: time alone parts them.
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        const text = await client.rest();
        assertStringIncludes(text, `HTTP/1.1 ${status} `);
        assertStringIncludes(text, reason);
        assertStringIncludes(text, "Connection: close");
      }
      assertEquals(rig.engine.received(), "");
      assertEquals(rig.records.map((record) => record.code), [code, code]);
    });
  });
}

Deno.test("a client's head of exactly its limit is served, and one of a byte more gets 431", async () => {
  const fill = (size: number) => {
    const head = get("/containers/json", "A: ");
    return head.replace("A: ", `A: ${"b".repeat(size - head.length)}`);
  };
  await withRig((c) => c.write(ok("[]")), LIMITS, async (rig) => {
    for (const cut of [0, 100, 2000]) {
      const head = fill(4096);
      const client = await rig.connect();
      await client.send(head.slice(0, cut));
      // So that the pieces come apart: time alone parts them.
      await new Promise((resolve) => setTimeout(resolve, 5));
      await client.send(head.slice(cut));
      assertStringIncludes(await client.until("[]"), "HTTP/1.1 200 OK");
      const long = await rig.connect();
      await long.send(fill(4097));
      assertStringIncludes(await long.rest(), "HTTP/1.1 431 ");
    }
  });
});

/** An answer whose head has so many bytes. */
function answerOf(size: number): string {
  const answer = ok("[]", "X-Long: \r\n");
  const head = answer.length - "[]".length;
  return answer.replace("X-Long: ", `X-Long: ${"a".repeat(size - head)}`);
}

Deno.test("an answer's head of 256 KiB is relayed, and one of a byte more is 502", async () => {
  const answers = [answerOf(256 * 1024), answerOf(256 * 1024 + 1)];
  await withRig((c) => c.write(answers.shift()!), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(LIST);
    const text = await client.until("\r\n\r\n[]");
    assertEquals(text.length, 256 * 1024 + 2);
    assertStringIncludes(text, "HTTP/1.1 200 OK");
    const second = await rig.connect();
    await second.send(LIST);
    assertStringIncludes(await second.rest(), "HTTP/1.1 502 ");
    assertEquals(rig.records.at(-1)?.code, "engine.bad_answer");
  });
});

Deno.test("an answer's head without an end is 502 once it is larger than 256 KiB", async () => {
  const endless = answerOf(256 * 1024 + 100).slice(0, 256 * 1024 + 1);
  assert(!endless.includes("\r\n\r\n"));
  await withRig((c) => c.write(endless), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(LIST);
    assertStringIncludes(await client.rest(), "HTTP/1.1 502 ");
    await eventually("the end", () => rig.engine.connections[0]!.ended);
  });
});

Deno.test("an answer is relayed byte for byte wherever its head and its body are cut", async () => {
  const answer = ok("0123456789", "X-Odd: \xe9\r\n");
  let cut = 0;
  await withRig(
    async (c) => {
      await c.write(answer.slice(0, cut));
      // So that the pieces come apart: time alone parts them.
      await new Promise((resolve) => setTimeout(resolve, 1));
      await c.write(answer.slice(cut));
    },
    {},
    async (rig) => {
      const client = await rig.connect();
      let seen = "";
      for (cut = 1; cut < answer.length; cut += 3) {
        await client.send(LIST);
        seen += answer;
        await eventually("the answer", () => {
          client.until("never", 1);
          return client.seen().length >= seen.length;
        });
        assertEquals(client.seen(), seen);
      }
      assertEquals(rig.engine.connections.length, 1);
    },
  );
});

Deno.test("an engine that ends within an answer's head is 502, and no GET is sent again", async () => {
  let requests = 0;
  await withRig(
    async (c) => {
      requests++;
      if (requests === 1) return c.write(ok("[]"));
      await c.write("HTTP/1.1 200 OK\r\nContent-Le");
      c.close();
    },
    {},
    async (rig) => {
      const client = await rig.connect();
      await client.send(LIST);
      await client.until("[]");
      await client.send(LIST);
      assertStringIncludes(await client.rest(), "HTTP/1.1 502 ");
      assertEquals(requests, 2);
    },
  );
});

Deno.test("bytes above 0x7F in a field that nobody routes by reach the engine as they came, with a body that is gathered too", async () => {
  let bytes = "";
  for (let byte = 0x80; byte < 0x100; byte++) {
    bytes += String.fromCharCode(byte);
  }
  const field = `X-Name: ${bytes}`;
  const options = { grants: grants({ CONTAINERS: 1, EXEC: 1, POST: 1 }) };
  await withRig((c) => c.write(ok("[]")), options, async (rig) => {
    const client = await rig.connect();
    for (
      const [text, start] of [
        [get("/containers/json", field), "GET /containers/json "],
        [
          request(
            "POST",
            "/exec/a/start",
            "{}",
            field,
            "Content-Type: application/json",
          ),
          "POST /exec/a/start ",
        ],
      ] as const
    ) {
      await client.send(Uint8Array.from(text, (c) => c.charCodeAt(0)));
      await eventually(
        "an answer",
        () => rig.engine.received().includes(start),
      );
      const sent = rig.engine.received().slice(
        rig.engine.received().lastIndexOf(start),
      );
      assertStringIncludes(sent, `\r\n${field}\r\n`);
    }
  });
});
