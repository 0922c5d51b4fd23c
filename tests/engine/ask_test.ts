import { assertEquals, assertMatch } from "@std/assert";
import { ask, follow } from "../../lib/engine/ask.ts";
import { type Handler, ok, startEngine } from "../support/engine.ts";

/** Asks an engine that answers as the test says. */
async function asked(handler: Handler, maxBytes?: number) {
  const engine = await startEngine(handler);
  try {
    const address = { kind: "unix", path: engine.path } as const;
    return {
      outcome: await ask(address, "/_ping", maxBytes),
      received: engine.received(),
    };
  } finally {
    await engine.stop();
  }
}

/** The reason why there is no answer; fails where there is one. */
async function reasonOf(
  answer: string,
  maxBytes?: number,
  end = true,
): Promise<string> {
  const { outcome } = await asked(async (c) => {
    await c.write(answer);
    if (end) c.close();
  }, maxBytes);
  return "reason" in outcome ? outcome.reason : `status ${outcome.status}`;
}

const CUT = "the engine closed the connection before it answered GET /_ping";

Deno.test("ask() sends a GET over a new connection and reads the whole answer", async () => {
  const { outcome, received } = await asked((c) => c.write(ok("é")));
  assertEquals(
    received,
    "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n",
  );
  assertEquals(outcome, { status: 200, body: "\ufffd" });
});

for (
  const [what, answer] of [
    [
      "in chunks",
      "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
    ],
    ["with a length", "Content-Length: 3\r\n\r\nabcNEXT"],
    ["to the end of the connection", "\r\nabc"],
  ] as const
) {
  Deno.test(`ask() reads an answer ${what}, wherever it is cut`, async () => {
    const text = `HTTP/1.1 404 Not Found\r\n${answer}`;
    for (const cut of [1, 24, text.length - 4]) {
      const { outcome } = await asked(async (c) => {
        await c.write(text.slice(0, cut));
        // So that the pieces come apart: time alone parts them.
        await new Promise((resolve) => setTimeout(resolve, 1));
        await c.write(text.slice(cut));
        c.close();
      });
      assertEquals(outcome, { status: 404, body: "abc" });
    }
  });
}

Deno.test("ask() says why there is no answer", async () => {
  assertEquals(await reasonOf(""), CUT);
  assertEquals(await reasonOf("HTTP/1.1 200 OK\r\n"), CUT);
  assertEquals(await reasonOf(ok("abc").slice(0, -1)), CUT);
  assertEquals(
    await reasonOf("nonsense\r\n\r\n"),
    "the engine's answer is malformed: its status line is not HTTP/1.1's",
  );
  assertEquals(
    await reasonOf(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ),
    "the engine's answer is malformed",
  );
  const nowhere = { kind: "unix", path: "/nonexistent/engine.sock" } as const;
  assertMatch(JSON.stringify(await ask(nowhere, "/")), /"reason":"/);
});

Deno.test("ask() reads a body up to its bound, and a head of 64 KiB", async () => {
  assertEquals(await reasonOf(ok("abc"), 3), "status 200");
  assertEquals(await reasonOf(ok("abc"), 2), "the engine's answer is too long");
  assertEquals(await reasonOf(ok("a".repeat(65536))), "status 200");
  assertEquals(
    await reasonOf(ok("a".repeat(65537))),
    "the engine's answer is too long",
  );
  const head = (size: number) => {
    const start = "HTTP/1.1 204 No Content\r\nA: ";
    return start + "a".repeat(size - start.length - 4) + "\r\n\r\n";
  };
  assertEquals(await reasonOf(head(65536)), "status 204");
  assertEquals(
    await reasonOf(head(65537)),
    "the head of the engine's answer is longer than 65536 bytes",
  );
});

/** Follows an engine's answer; the test may stop it at its third piece. */
async function followed(handler: Handler, stopAtThird = false) {
  const engine = await startEngine(handler);
  const seen: string[] = [];
  let stop = () => {};
  try {
    const why = await follow({ kind: "unix", path: engine.path }, "/events", {
      stopper: (given) => stop = given,
      begun: () => seen.push("begun"),
      more: () => {
        seen.push("more");
        if (stopAtThird && seen.length === 4) stop();
      },
    });
    return [why, ...seen];
  } finally {
    await engine.stop();
  }
}

const CHUNKS = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

Deno.test("follow() reports the beginning, each piece, and why it ended", async () => {
  const pieces = async (c: Parameters<Handler>[0], ...texts: string[]) => {
    for (const text of texts) {
      await c.write(text);
      // So that the pieces come apart: time alone parts them.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  assertEquals(
    await followed((c) =>
      pieces(c, CHUNKS, "1\r\na\r\n", "1\r\nb\r\n", "0\r\n\r\n")
    ),
    ["the engine ended the stream", "begun", "more", "more"],
  );
  assertEquals(
    await followed(async (c) => {
      await c.write(`${CHUNKS}1\r\na\r\n`);
      c.close();
    }),
    [CUT.replace("_ping", "events"), "begun", "more"],
  );
  assertEquals(
    await followed((c) => c.write(ok("no").replace("200 OK", "500 No"))),
    ["the engine answered with status 500"],
  );
  const [, ...seen] = await followed(
    (c) => pieces(c, CHUNKS, "1\r\na\r\n", "1\r\na\r\n", "1\r\na\r\n"),
    true,
  );
  assertEquals(seen, ["begun", "more", "more", "more"]);
});
