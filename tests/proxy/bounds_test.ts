/**
 * Bounds on what is read of clients and the engine, each exact: what meets the
 * bound passes, one byte more does not.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  eventually,
  get,
  type RigOptions,
  type TestClient,
  withRig,
} from "../support/proxy.ts";

const OPEN = grants({ CONTAINERS: 1, IMAGES: 1, POST: 1, EXEC: 1 });
const LIST = get("/containers/json");
/** Bytes of a body that is read whole before it is sent. */
const MAX_GATHERED = 1024 * 1024;
/** Bytes of a refused request's body that are read to keep the connection. */
const MAX_DISCARDED = 64 * 1024;
/** Bytes of an answer's head. */
const MAX_ANSWER_HEAD = 256 * 1024;

/** A body of so many bytes, JSON where it is not empty, with the field that frames it. */
function framed(size: number, chunked: boolean): string {
  const body = `{}${" ".repeat(size - 2)}`;
  if (!chunked) return `Content-Length: ${size}\r\n\r\n${body}`;
  // Two chunks, so that neither is too large by itself.
  const half = Math.floor(size / 2);
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  return `Transfer-Encoding: chunked\r\n\r\n${chunk(body.slice(0, half))}${
    chunk(body.slice(half))
  }0\r\n\r\n`;
}

/** Its container's body is read, since it could claim another client's identity. */
const JUDGED = `
clients:
  maker: { from: { cidr: 127.0.0.0/8 }, allow: [ container.create, exec.start ] }
  other: { from: { cidr: 192.0.2.0/24 }, allow: [ container.list ] }
`;

for (
  const [what, target, operation] of [
    ["an exec's", "/exec/e1/start", "exec.start"],
    ["a judged", "/containers/create", "container.create"],
  ] as const
) {
  for (const chunked of [false, true]) {
    const how = chunked ? "in chunks" : "of known length";
    const head =
      `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
    const options = { grants: OPEN, file: policyFile(JUDGED).file };

    Deno.test(`${what} body of 1 MiB ${how} is sent whole`, async () => {
      await withRig(
        async (c, got) => {
          if (!got.startsWith("POST")) return;
          await eventually(
            "the body",
            () => c.received.length >= got.length + MAX_GATHERED,
          );
          await c.write(ok("made"));
        },
        options,
        async (rig) => {
          const client = await rig.connect();
          await client.send(head + framed(MAX_GATHERED, chunked));
          assertStringIncludes(await client.until("made"), "200 OK");
          assertStringIncludes(
            rig.engine.received(),
            `Content-Length: ${MAX_GATHERED}\r\n`,
          );
          assertEquals(rig.records[0]!.bytesIn, MAX_GATHERED);
        },
      );
    });

    Deno.test(`${what} body of 1 MiB and a byte ${how} gets 413, and nothing is sent`, async () => {
      await withRig((c) => c.write(ok("made")), options, async (rig) => {
        const client = await rig.connect();
        await client.send(head + framed(MAX_GATHERED + 1, chunked));
        const text = await client.rest();
        assertStringIncludes(text, "HTTP/1.1 413 ");
        assertStringIncludes(text, "Connection: close\r\n");
        assertStringIncludes(
          text,
          `the body of ${operation} is larger than ${MAX_GATHERED} bytes`,
        );
        assertEquals(client.state(), "ended");
        assertEquals(rig.engine.received(), "");
        assertEquals(
          rig.records.map(({ status, code }) => [status, code]),
          [
            [413, "http.body_too_large"],
          ],
        );
      });
    });
  }
}

const refused = (size: number, chunked = false) =>
  `POST /build HTTP/1.1\r\nHost: a\r\n${framed(size, chunked)}`;

Deno.test("a refused body of 64 KiB is read, and the connection goes on", async () => {
  await withRig((c) => c.write(ok("[]")), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(refused(MAX_DISCARDED) + LIST);
    assertStringIncludes(await client.until("[]"), "HTTP/1.1 403 ");
    assertStringIncludes(client.seen(), "200 OK");
  });
});

for (
  const [what, sent] of [
    ["of 64 KiB and a byte", refused(MAX_DISCARDED + 1)],
    ["in chunks, whose size nobody knows,", refused(10, true)],
  ] as const
) {
  Deno.test(`a refused body ${what} ends the connection`, async () => {
    await withRig((c) => c.write(ok("[]")), {}, async (rig) => {
      const client = await rig.connect();
      await client.send(sent + LIST);
      assertStringIncludes(await client.rest(), "HTTP/1.1 403 ");
      assertEquals(rig.engine.received(), "");
    });
  });
}

const SMALL: RigOptions = {
  limits: { headBytes: 2048, requestLineBytes: 512, headTimeout: 1000 },
  heldClock: true,
};
/** Bytes of the two bounds; each head below comes in one packet. */
const [HEAD_BYTES, LINE_BYTES] = [2048, 512];

/** What the client gets who sends that and then nothing: whatever comes at once, or 408. */
async function statusOfPart(part: string): Promise<number> {
  let status = 0;
  await withRig(() => {}, SMALL, async (rig) => {
    const client: TestClient = await rig.connect();
    client.follow();
    await client.send(part);
    await eventually("an answer", () => {
      void rig.advance(2000);
      return client.seen().includes("\r\n\r\n");
    });
    status = Number(client.seen().split(" ")[1]);
    await eventually("the end", () => client.state() !== "open");
    await eventually("the record", () => rig.records.length === 1);
    assertEquals(rig.records[0]!.status, status);
    assertEquals(rig.engine.received(), "");
  });
  return status;
}

/** The start of a request, filled up to so many bytes. */
function filled(start: string, size: number): string {
  return start + "x".repeat(size - start.length);
}

Deno.test("a request line that is too long gets 414 before it has ended, and not a byte earlier", async () => {
  const line = "GET /containers/json?filters=";
  assertEquals(await statusOfPart(filled(line, LINE_BYTES)), 408);
  assertEquals(await statusOfPart(filled(line, LINE_BYTES + 1)), 414);
  // As soon as it has ended, with the head still to come.
  const ended = (size: number) =>
    filled(line, size - 9) + " HTTP/1.1\r\nHost: a\r\nX: ";
  assertEquals(await statusOfPart(ended(LINE_BYTES)), 408);
  assertEquals(await statusOfPart(ended(LINE_BYTES + 1)), 414);
});

Deno.test("a head that is too large gets 431 before it has ended, and not a byte earlier", async () => {
  const head = "GET /containers/json HTTP/1.1\r\nHost: a\r\nX: ";
  assertEquals(await statusOfPart(filled(head, HEAD_BYTES)), 408);
  assertEquals(await statusOfPart(filled(head, HEAD_BYTES + 1)), 431);
});

Deno.test("a whole head and a whole request line may be as large as their bounds", async () => {
  const line = (size: number) =>
    filled("GET /containers/json?x=", size - 9) + " HTTP/1.1";
  const head = (size: number) =>
    filled("GET /containers/json HTTP/1.1\r\nHost: a\r\nX: ", size - 4) +
    "\r\n\r\n";
  for (
    const [text, status] of [
      [`${line(LINE_BYTES)}\r\nHost: a\r\n\r\n`, 200],
      [`${line(LINE_BYTES + 1)}\r\nHost: a\r\n\r\n`, 414],
      [head(HEAD_BYTES), 200],
      [head(HEAD_BYTES + 1), 431],
    ] as const
  ) {
    await withRig((c) => c.write(ok("[]")), SMALL, async (rig) => {
      const client = await rig.connect();
      await client.send(text);
      assertStringIncludes(
        await client.until("\r\n\r\n"),
        `HTTP/1.1 ${status} `,
      );
    });
  }
});

/** The start of an answer, filled up to so many bytes. */
function answerPart(size: number): string {
  return filled("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: ", size);
}

Deno.test("an answer's head of 256 KiB is relayed", async () => {
  const head = answerPart(MAX_ANSWER_HEAD - 4) + "\r\n\r\n";
  await withRig((c) => c.write(head + "[]"), {}, async (rig) => {
    const client = await rig.connect();
    await client.send(LIST);
    const text = await client.until("\r\n\r\n[]");
    assertEquals(text.length, MAX_ANSWER_HEAD + 2);
    assert(text === head + "[]");
    assertEquals(rig.records[0]!.code, "request.completed");
  });
});

Deno.test("an answer's head that goes on beyond 256 KiB is 502, and not a byte earlier", async () => {
  for (
    const [size, code] of [
      // It ends there, within its bound: cut short.
      [MAX_ANSWER_HEAD, "engine.closed"],
      [MAX_ANSWER_HEAD + 1, "engine.bad_answer"],
    ] as const
  ) {
    await withRig(
      async (c) => {
        await c.write(answerPart(size));
        if (code === "engine.closed") c.close();
      },
      {},
      async (rig) => {
        const client = await rig.connect();
        await client.send(LIST);
        const text = await client.rest();
        assertStringIncludes(text, "HTTP/1.1 502 ");
        assert(!text.includes("X-A"), "a part of it was relayed");
        assertEquals(rig.records.map((record) => record.code), [code]);
        await eventually("the end", () => rig.engine.connections[0]!.ended);
      },
    );
  }
});
