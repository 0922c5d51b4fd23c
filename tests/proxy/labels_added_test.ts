/** Labels that a guard adds, in front of an engine: what it gets is what was judged. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { gzipSync } from "node:zlib";
import { type Handler, ok } from "../support/engine.ts";
import { policyFile } from "../support/policy.ts";
import { type Rig, withRig } from "../support/proxy.ts";
import { tarOf } from "../support/tar.ts";

const POLICY = `
clients:
  ci:
    listen: "LISTEN"
    allow: ["container.*", "image.*", "volume.*", "build.*"]
    guard: { buildkit: allow, labels-added: ["owner=ci", "team=a b"], MORE }
    SCOPE
OTHER
`;

const engine: Handler = async (c, head) => {
  if (head.startsWith("GET /version")) {
    return await c.write(ok('{"Components":[{"Name":"Engine"}]}'));
  }
  if (/^GET .*\/containers\/target\/json/.test(head)) {
    const id = "a".repeat(64);
    return await c.write(
      ok(JSON.stringify({
        Id: id,
        Name: "/target",
        Config: { Image: "a", Labels: {} },
        HostConfig: { NetworkMode: "none", CgroupnsMode: "private" },
        NetworkSettings: { Networks: {} },
        Mounts: [],
        State: {},
      })),
    );
  }
  if (head.startsWith("GET ")) {
    return await c.write(
      "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
    );
  }
  await c.write(ok('{"Id":"1"}'));
};

interface Setting {
  readonly more?: string;
  readonly scope?: string;
  readonly other?: string;
  readonly dryRun?: boolean;
}

async function withLabels(
  run: (rig: Rig) => Promise<void>,
  { more = "", scope = "", other = "", dryRun = false }: Setting = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-labels-" });
  const { file, listeners } = policyFile(
    POLICY.replace("LISTEN", `unix://${folder}/ci.sock`)
      .replace("MORE", more).replace("SCOPE", scope).replace("OTHER", other),
  );
  try {
    await withRig(engine, { file, listeners, dryRun }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Sends a request as bytes; what the client was told, and what the engine got of it. */
async function send(
  rig: Rig,
  call: string,
  body: string | Uint8Array<ArrayBuffer> = "",
  fields = "",
) {
  const before = rig.engine.received().length;
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body;
  const framing = fields.includes("Transfer-Encoding")
    ? ""
    : `Content-Length: ${bytes.length}\r\n`;
  const head = new TextEncoder().encode(
    `${call} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nConnection: close\r\n${fields}${framing}\r\n`,
  );
  const client = await rig.connect();
  await client.send(new Uint8Array([...head, ...bytes]));
  const answer = await client.rest();
  const asked = rig.engine.received().slice(before);
  const sent = asked.slice(asked.lastIndexOf("POST "));
  const [line = "", ...rest] = sent.split("\r\n");
  return {
    status: Number(answer.split(" ")[1]),
    message: answer.split("\r\n\r\n")[1] ?? "",
    isSent: asked.includes("POST "),
    target: line.split(" ")[1] ?? "",
    fields: rest.join("\r\n").split("\r\n\r\n")[0]!.toLowerCase(),
    body: sent.slice(sent.indexOf("\r\n\r\n") + 4),
  };
}

const CREATE = "POST /v1.41/containers/create";
const BOTH = '"owner":"ci","team":"a b"';

Deno.test("a creation gets the labels, and nothing else of it changes", async () => {
  await withLabels(async (rig) => {
    const got = await send(
      rig,
      CREATE,
      '{ "Image":"a", "HostConfig":{"Memory":9007199254740991} }',
    );
    assertEquals(got.status, 200, got.message);
    assertEquals(
      got.body,
      `{"Labels":{${BOTH}}, "Image":"a", "HostConfig":{"Memory":9007199254740991} }`,
    );
    assertStringIncludes(got.fields, `content-length: ${got.body.length}`);
  });
});

Deno.test("a chunked creation is sent with its new length", async () => {
  await withLabels(async (rig) => {
    const got = await send(
      rig,
      CREATE,
      '9\r\n{"Image":\r\n4\r\n"a"}\r\n0\r\n\r\n',
      "Transfer-Encoding: chunked\r\n",
    );
    assertEquals(got.status, 200, got.message);
    assertEquals(got.body, `{"Labels":{${BOTH}},"Image":"a"}`);
    assertStringIncludes(got.fields, `content-length: ${got.body.length}`);
    assert(!got.fields.includes("transfer-encoding"));
  });
});

Deno.test("another value, and what could be read in another way, never reaches the engine", async () => {
  await withLabels(async (rig) => {
    for (
      const [word, body] of [
        ["another value for the label 'owner'", '{"Labels":{"owner":"me"}}'],
        ["another value for the label 'owner'", '{"Labels":{"owner":null}}'],
        ["another value for the label 'owner'", '{"Labels":{"owner=me":""}}'],
        ["labels-added: [", '{"Labels":{"owner":"me","team":"a b"}}'],
        ["twice", '{"Labels":{},"Labels":{"owner":"me"}}'],
        ["twice", '{"Labels":{"owner":"ci","owner":"me"}}'],
        ["Labels", '{"labels":{"owner":"me"}}'],
        ["Labels", '{"LABELS":null}'],
        ["Labels", '{"Label\\u017f":{"owner":"me"}}'],
        ["Labels", '{"Labels":["owner=me"]}'],
        ["Labels", '{"Labels":{"owner":["ci"],"team":"a b"}}'],
        ["JSON", '{"Image":"a"}{"Labels":{"owner":"me"}}'],
        ["lacks the label 'owner=ci'", "null"],
        ["empty", ""],
      ] as const
    ) {
      const { status, isSent, message } = await send(rig, CREATE, body);
      assertEquals([status, isSent], [403, false], `${body}: ${message}`);
      assertStringIncludes(message, word, body);
    }
    const zipped = new Uint8Array(gzipSync('{"Image":"a"}'));
    const got = await send(rig, CREATE, zipped, "Content-Encoding: gzip\r\n");
    assertEquals([got.status, got.isSent], [403, false], got.message);
  });
});

Deno.test("a body of the largest size that is read gets them too", async () => {
  await withLabels(async (rig) => {
    const text = JSON.stringify({
      Image: "a",
      Env: ["X=".padEnd(1024 * 1024 - 40, "x")],
    });
    const got = await send(rig, CREATE, text);
    assertEquals(got.status, 200, got.message);
    assertEquals(got.body.length, text.length + `"Labels":{${BOTH}},`.length);
  });
});

Deno.test("a build gets the labels in its query, and its context as it came", async () => {
  await withLabels(async (rig) => {
    const context = tarOf({ name: "Dockerfile", content: "FROM a\n" });
    const text = String.fromCharCode(...context);
    const labels = encodeURIComponent(`{${BOTH},"x":"y"}`);
    for (
      const query of [
        'labels={"x":"y"}&t=a',
        "t=a&%6Cabels=%7b%22x%22:%22y%22}",
      ]
    ) {
      const call = `POST /v1.41/build?${query.replaceAll('"', "%22")}`;
      const got = await send(rig, call, context);
      assertEquals(got.status, 200, got.message);
      assertEquals(got.target, `/v1.41/build?t=a&labels=${labels}`);
      assertEquals(got.body, text);
    }
    for (
      const [word, query] of [
        ["is given twice", "labels={}&labels={}"],
        ["is given twice", "labels={}&l%61bels={}"],
        ["podman reads 'Labels'", "Labels={}"],
        ["another value", "labels={%22owner%22:%22me%22}"],
        ["another value", "labels={%22own%5Cu0065r%22:%22me%22}"],
        ["lacks the label", "labels=[]"],
        ["twice", "labels={%22a%22:%221%22,%22a%22:%222%22}"],
        ["BuildKit", "version=2"],
      ] as const
    ) {
      const call = `POST /v1.41/build?${query}`;
      const { status, isSent, message } = await send(rig, call, context);
      assertEquals([status, isSent], [403, false], `${query}: ${message}`);
      assertStringIncludes(message, word, query);
    }
  });
});

Deno.test("a Dockerfile is judged beside it, where a knob asks", async () => {
  await withLabels(async (rig) => {
    const of = (text: string) =>
      send(rig, "POST /build", tarOf({ name: "Dockerfile", content: text }));
    const got = await of("FROM a\nLABEL x=y owner=me\n");
    assertEquals(got.status, 200, got.message);
    assertStringIncludes(got.target, "/build?labels=");
    const other = await of("FROM b\n");
    assertEquals(other.status, 403);
  }, { more: "images: [a]" });
});

Deno.test("a commit gets them as its first changes, under the id of its container", async () => {
  await withLabels(async (rig) => {
    const call = "POST /v1.41/commit?container=target&repo=x";
    const got = await send(rig, call, "null");
    assertEquals(got.status, 200, got.message);
    assert(
      got.target.startsWith(
        "/v1.41/commit?changes=LABEL%20owner%3Dci&changes=LABEL%20team%3D%22a%20b%22&",
      ),
      got.target,
    );
    assertStringIncludes(got.target, `container=${"a".repeat(64)}`);
    assertEquals(got.body, "null");
    const change = "&changes=LABEL%20owner%3Dme";
    const other = await send(rig, `${call}${change}`, "null");
    assertEquals([other.status, other.isSent], [403, false]);
  });
});

Deno.test("BuildKit's own connections are refused", async () => {
  await withLabels(async (rig) => {
    for (const call of ["POST /v1.41/session", "POST /grpc"]) {
      const { status, isSent, message } = await send(rig, call);
      assertEquals([status, isSent], [403, false], message);
      assertStringIncludes(message, "where no label is sure");
    }
  });
});

Deno.test("a dry run sends what came, and finds what would be refused with the labels", async () => {
  await withLabels(async (rig) => {
    const body = '{"Image":"a"}';
    const kept = await send(rig, CREATE, body);
    assertEquals([kept.status, kept.body], [200, body]);
    assertEquals(rig.records.at(-1)!.wouldRefuse ?? null, null);
    const built = await send(rig, "POST /build?t=a", tarOf());
    assertEquals([built.status, built.target], [200, "/build?t=a"]);
    const other = '{"Image":"a","Labels":{"owner":"me"}}';
    const found = await send(rig, CREATE, other);
    assertEquals([found.status, found.body], [200, other]);
    assert((rig.records.at(-1)!.wouldRefuse ?? null) !== null);
  }, { dryRun: true });
});

Deno.test("a scope and other clients' labels come after them", async () => {
  const other = `
  web:
    from: { label: role=web }
    allow: [container.list]`;
  await withLabels(async (rig) => {
    const got = await send(rig, CREATE, '{"Image":"a"}');
    assertEquals(got.status, 200, got.message);
    assertEquals(JSON.parse(got.body).Labels, {
      owner: "ci",
      team: "a b",
      shop: "1",
      role: "",
    });
  }, {
    scope:
      "containers: { label: shop=1 }\n    images: any\n    networks: any\n    volumes: any",
    other,
  });
  await withLabels(async (rig) => {
    const got = await send(rig, CREATE, '{"Image":"a"}');
    assertEquals(got.status, 200, got.message);
    assertEquals(JSON.parse(got.body).Labels, {
      owner: "ci",
      team: "a b",
      role: "",
    });
  }, { other });
});

Deno.test("a label that is added does not make it another client, or puts it outside the scope", async () => {
  await withLabels(async (rig) => {
    const got = await send(rig, CREATE, '{"Image":"a"}');
    assertEquals([got.status, got.isSent], [403, false], got.message);
    assertStringIncludes(got.message, "web");
  }, {
    other: "  web:\n    from: { label: owner=ci }\n    allow: [container.list]",
  });
  await withLabels(async (rig) => {
    const got = await send(rig, CREATE, '{"Image":"a"}');
    assertEquals([got.status, got.isSent], [403, false], got.message);
    assertStringIncludes(got.message, "outside the client's scope");
  }, {
    scope:
      "containers: { label: owner=shop }\n    images: any\n    networks: any\n    volumes: any",
  });
});
