/** Bodies that are judged as they pass, in front of an engine that keeps every byte. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Handler, latin1 } from "../support/engine.ts";
import { policyFile } from "../support/policy.ts";
import { type Rig, withRig } from "../support/proxy.ts";
import { type Entry, join, pax, tarOf } from "../support/tar.ts";

const POLICY = `
clients:
  ci:
    listen: "LISTEN"
    allow: [image.build]
    guard: GUARD
`;

const LISTED = "{ level: standard, images: [app] }";

/** Answers a build once its body has ended, as the engine does. */
const engine: Handler = async (connection, head) => {
  const length = /Content-Length: (\d+)/i.exec(head)?.[1];
  const isWhole = () => {
    const body = connection.received.slice(
      connection.received.indexOf("\r\n\r\n") + 4,
    );
    return length === undefined
      ? body.endsWith("0\r\n\r\n")
      : body.length >= Number(length);
  };
  while (!isWhole() && !connection.ended) {
    await connection.more();
  }
  if (!isWhole()) return;
  await connection.write(
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbuilt",
  );
};

async function withGuard(
  guard: string,
  run: (rig: Rig) => Promise<void>,
  dryRun = false,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-passing-" });
  const { file, listeners } = policyFile(
    POLICY.replace("LISTEN", `unix://${folder}/ci.sock`)
      .replace("GUARD", guard),
  );
  try {
    await withRig(engine, { file, listeners, dryRun }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How a body is sent: in chunks of a size, or with its length in pieces of a size. */
interface Sending {
  readonly query?: string;
  readonly chunk?: number;
  readonly step?: number;
}

function framed(body: Uint8Array, chunk: number | undefined): Uint8Array {
  if (chunk === undefined) return body;
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += chunk) {
    const piece = body.subarray(at, at + chunk);
    parts.push(
      encoder.encode(`${piece.length.toString(16)}\r\n`),
      piece,
      encoder.encode("\r\n"),
    );
  }
  return join([...parts, encoder.encode("0\r\n\r\n")]);
}

/** Sends a build; what the client was told, and what of the body the engine got. */
async function build(
  rig: Rig,
  body: Uint8Array,
  { query = "", chunk, step }: Sending = {},
) {
  const before = rig.engine.received().length;
  const client = await rig.connect();
  const framing = chunk === undefined
    ? `Content-Length: ${body.length}`
    : "Transfer-Encoding: chunked";
  await client.send(
    `POST /v1.41/build?${query} HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\nConnection: close\r\n${framing}\r\n\r\n`,
  );
  const bytes = framed(body, chunk);
  const size = step ?? bytes.length;
  client.follow();
  for (let at = 0; at < bytes.length && client.state() === "open"; at += size) {
    try {
      await client.send(bytes.slice(at, at + size));
    } catch {
      break;
    }
  }
  const answer = await client.rest();
  const asked = rig.engine.received().slice(before);
  const [, status = ""] = answer.split(" ");
  return {
    status: Number(status),
    answer,
    got: asked.slice(asked.indexOf("\r\n\r\n") + 4),
    record: rig.records.at(-1)!,
  };
}

const file = (content: string, name = "Dockerfile"): Entry => ({
  name,
  content,
});

/** Files before the Dockerfile, so that the tar takes several reads. */
const FILLING: readonly Entry[] = [
  file("a".repeat(40_000), "filling"),
  file("b".repeat(700), "more"),
];

const GOOD = tarOf(...FILLING, file("FROM app\nRUN x\n"));
const BAD = tarOf(...FILLING, file("FROM evil\nRUN x\n"));

const SENDINGS: readonly Sending[] = [
  {},
  { step: 1000 },
  { step: 511 },
  { chunk: 512 },
  { chunk: 7 },
  { chunk: 5000, step: 333 },
];

Deno.test("a context whose Dockerfile keeps to the guard arrives byte for byte", async () => {
  await withGuard(LISTED, async (rig) => {
    for (const sending of SENDINGS) {
      const { status, got } = await build(rig, GOOD, sending);
      assertEquals(status, 200, JSON.stringify(sending));
      const body = sending.chunk === undefined
        ? got
        : got.replace(/([0-9a-f]+)\r\n/g, "$1\r\n");
      if (sending.chunk === undefined) assertEquals(body, latin1(GOOD));
      else {
        assertEquals(unchunked(got), latin1(GOOD), JSON.stringify(sending));
      }
    }
  });
});

Deno.test("what is offered of a context that is refused allows it", async () => {
  let line = "";
  await withGuard(LISTED, async (rig) => {
    const { status, record } = await build(rig, BAD);
    assertEquals([status, record.code], [403, "policy.guard"]);
    assertEquals(record.remedies?.length, 1);
    line = record.remedies![0]!.text;
  });
  assertEquals(line, "images: [evil]");
  await withGuard(
    LISTED.replace("[app]", line.replace("images: ", "")),
    async (rig) => assertEquals((await build(rig, BAD)).status, 200),
  );
});

function unchunked(text: string): string {
  let content = "";
  for (let at = 0;;) {
    const end = text.indexOf("\r\n", at);
    const size = parseInt(text.slice(at, end), 16);
    if (size === 0) return content;
    content += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

Deno.test("the engine never gets the end of a context that is refused", async () => {
  await withGuard(LISTED, async (rig) => {
    for (const sending of SENDINGS) {
      const { status, answer, got, record } = await build(rig, BAD, sending);
      assertEquals(status, 403, JSON.stringify(sending));
      assertEquals(record.code, "policy.guard");
      for (
        const word of [
          "sockwarden: image.build (POST /v1.41/build) is not allowed",
          "Dockerfile:1 builds from the image 'evil'",
          "images: [evil]",
        ]
      ) assertStringIncludes(answer, word);
      assert(!answer.includes("sockwarden: sockwarden"), answer);
      assert(!got.includes("\0".repeat(1024)), "it has the end");
      assert(!got.endsWith("0\r\n\r\n"), "it has the last chunk");
    }
  });
});

Deno.test("nothing is sent of what is no plain tar", async () => {
  const gzip = Uint8Array.from(
    "\x1f\x8b\x08".padEnd(300, "x"),
    (c) => c.charCodeAt(0),
  );
  await withGuard(LISTED, async (rig) => {
    for (
      const [body, word] of [
        [gzip, "is compressed and cannot be read; send it as a plain tar"],
        [join([gzip, gzip, gzip]), "is compressed"],
        [new TextEncoder().encode("FROM app\n"), "ends before"],
        [new TextEncoder().encode("FROM app\n".repeat(99)), "no tar"],
        [GOOD.subarray(0, 100), "ends before"],
      ] as const
    ) {
      for (const sending of [{}, { step: 10 }, { chunk: 10 }]) {
        const { status, answer, got } = await build(rig, body, sending);
        assertEquals([status, got], [403, ""], word);
        assertStringIncludes(answer, word);
      }
    }
  });
});

Deno.test("a body that ends before the tar does is refused before its end is sent", async () => {
  const cut = GOOD.subarray(0, GOOD.length - 1024);
  await withGuard(LISTED, async (rig) => {
    for (const sending of [{}, { step: 900 }, { chunk: 512 }]) {
      const { status, answer, got } = await build(rig, cut, sending);
      assertEquals(status, 403);
      assertStringIncludes(answer, "ends before the two blocks of zeros");
      assert(got.length < cut.length || sending.chunk !== undefined);
      assert(!got.endsWith("0\r\n\r\n"));
    }
    const empty = await build(rig, new Uint8Array(0));
    assertEquals([empty.status, empty.got], [403, ""]);
  });
});

Deno.test("after a block of zeros nothing else may come", async () => {
  const end = GOOD.length - 1024;
  const lone = join([GOOD.subarray(0, end + 512), BAD]);
  await withGuard(LISTED, async (rig) => {
    const whole = await build(rig, lone);
    assertEquals(whole.status, 403);
    assert(!whole.got.includes("evil"));
    const after = join([GOOD, new Uint8Array(9000), BAD]);
    assertEquals((await build(rig, after)).status, 200);
  });
});

Deno.test("two Dockerfiles, links and sparse files are refused", async () => {
  const it = file("FROM app\n");
  await withGuard(LISTED, async (rig) => {
    for (
      const entries of [
        [it, file("FROM evil\n")],
        [it, file("FROM evil\n", "x/../Dockerfile")],
        [it, { name: "a", type: "2", target: "." }, file("", "a/Dockerfile")],
        [it, pax(["path", "Dockerfile"]), file("FROM evil\n", "y")],
        [pax(["GNU.sparse.name", "Dockerfile"]), file("", "y")],
      ]
    ) {
      const { status, got } = await build(rig, tarOf(...FILLING, ...entries));
      assertEquals(status, 403, JSON.stringify(entries));
      assert(!got.includes("\0".repeat(1024)));
    }
  });
});

Deno.test("the query says which file and which arguments are judged", async () => {
  const body = tarOf(
    file("FROM evil\n"),
    file("ARG B=evil\nFROM $B\n", "sub/own"),
  );
  const args = `buildargs=${encodeURIComponent('{"B":"app"}')}`;
  await withGuard(LISTED, async (rig) => {
    const of = async (query: string) =>
      (await build(rig, body, { query })).status;
    assertEquals(await of(`dockerfile=./sub//own&${args}`), 200);
    assertEquals(await of("dockerfile=sub/own"), 403);
    assertEquals(await of(args), 403);
    assertEquals(await of(`dockerfile=sub/own&${args}&dockerfile=x`), 403);
    assertEquals(await of(`dockerfile=sub/own&${args}&${args}`), 403);
    assertEquals(await of(`dockerfile=../own&${args}`), 403);
  });
});

Deno.test("a body passes untouched where no knob asks what is in it", async () => {
  await withGuard("standard", async (rig) => {
    for (const body of [BAD, new TextEncoder().encode("no tar")]) {
      const { status, got } = await build(rig, body, { chunk: 100 });
      assertEquals([status, unchunked(got)], [200, latin1(body)]);
    }
  });
});

Deno.test("warnings and dry runs let all of it pass, and the log says so", async () => {
  const compressed = Uint8Array.from(
    "\x1f\x8b\x08".padEnd(900, "x"),
    (c) => c.charCodeAt(0),
  );
  for (
    const [guard, dryRun] of [["{ images: warn }", false], [
      LISTED,
      true,
    ]] as const
  ) {
    await withGuard(guard, async (rig) => {
      for (const body of [BAD, compressed]) {
        for (const sending of [{}, { step: 100 }, { chunk: 100 }]) {
          const { status, got, record } = await build(rig, body, sending);
          assertEquals(status, 200);
          assertEquals(record.wouldRefuse, "policy.guard");
          const content = "chunk" in sending ? unchunked(got) : got;
          assertEquals(content, latin1(body));
        }
      }
    }, dryRun);
  }
});
