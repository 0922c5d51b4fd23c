/** What a client sees in answers of which something is hidden from it, in front of an imitated engine. */

import {
  assert,
  assertEquals,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import type { Handler } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  eventually,
  get,
  request,
  type Rig,
  withRig,
} from "../support/proxy.ts";

const SECRET = /(?:ENV|ARG|MOUNT)SECRET/;
const ID = "a".repeat(64);
const OTHER = "b".repeat(64);

const POLICY = `
clients:
  viewer:
    listen: "LISTEN"
    allow: ["container.*:read", container.inspect, container.top, container.stats, "image.*:read", image.inspect, image.history, system.events, system.info, container.start, container.wait, volume.list, container.logs]
    hide: [env, args, mounts]
`;

const inspected = {
  Id: ID,
  Name: "/web",
  Path: "ARGSECRET",
  Args: ["--password=ARGSECRET"],
  State: { Running: true, Health: { Log: [{ Output: "ARGSECRET" }] } },
  Mounts: [{ Source: "/srv/MOUNTSECRET" }],
  HostConfig: { Binds: ["/srv/MOUNTSECRET:/data"], Memory: 1 },
  Config: {
    Env: ["PATH=/bin", "PASSWORD=ENVSECRET"],
    Cmd: ["ARGSECRET"],
    Labels: { team: "shop" },
  },
  NetworkSettings: { Networks: {} },
};
const listed = (id: string, team: string) => ({
  Id: id,
  Names: [`/${team}`],
  Image: "web",
  Command: "run ARGSECRET",
  Labels: { team },
  HostConfig: { NetworkMode: "default" },
  NetworkSettings: { Networks: {} },
  Mounts: [{ Source: "/srv/MOUNTSECRET" }],
});

const ANSWERS: Readonly<Record<string, unknown>> = {
  "/containers/json": [listed(OTHER, "bank"), listed(ID, "shop")],
  "/containers/web/json": inspected,
  [`/containers/${ID}/json`]: inspected,
  "/images/web/json": {
    Id: "sha256:1",
    Config: { Env: ["A=ENVSECRET"], Cmd: ["ARGSECRET"] },
  },
  "/images/web/history": [
    { Id: "x", CreatedBy: "ENV A=ENVSECRET", Size: 1 },
    { Id: "y", CreatedBy: "/bin/sh -c ARGSECRET", Size: 2 },
  ],
  "/containers/web/top": {
    Titles: ["PID", "CMD"],
    Processes: [["1", "web ARGSECRET"]],
  },
};

/** How the engine frames its answers. */
type Frame = (body: string) => string;

const withLength: Frame = (body) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
/** In chunks of seven bytes, so that every boundary is hit. */
const inChunks: Frame = (body) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${
    (body.match(/[\s\S]{1,7}/g) ?? []).map((piece) =>
      `${piece.length.toString(16)}\r\n${piece}\r\n`
    ).join("")
  }0\r\n\r\n`;

function engineOf(
  frame: Frame = withLength,
  answers: Readonly<Record<string, unknown>> = ANSWERS,
): Handler {
  return async (c, head) => {
    const [, target = ""] = head.split(" ");
    // The index's own stream of events never begins.
    if (target.startsWith("/events?filters=")) return;
    const found = answers[target.split("?")[0]!];
    if (typeof found === "string") return await c.write(found);
    await c.write(
      found === undefined
        ? "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
        : frame(JSON.stringify(found) + "\n"),
    );
  };
}

async function withViewer(
  run: (rig: Rig) => Promise<void>,
  handler: Handler = engineOf(),
  policy = POLICY,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-hide-" });
  const { file, listeners } = policyFile(
    policy.replace("LISTEN", `unix://${folder}/viewer.sock`),
  );
  try {
    await withRig(handler, { file, listeners }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Head and content of the answer to one request. */
async function answerTo(rig: Rig, text: string): Promise<[string, string]> {
  const client = await rig.connect();
  await client.send(text.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  const answer = await client.rest();
  const at = answer.indexOf("\r\n\r\n");
  return [answer.slice(0, at), answer.slice(at + 4)];
}

for (
  const [name, frame] of [["a length", withLength], [
    "chunks",
    inChunks,
  ]] as const
) {
  Deno.test(`secrets are taken out of answers with ${name}, and the rest stays`, async () => {
    await withViewer(async (rig) => {
      const read = async (target: string) => {
        const [head, body] = await answerTo(rig, get(target));
        assertStringIncludes(head, " 200 ");
        assertNotMatch(body, SECRET);
        // It is short, so its length is known.
        assertStringIncludes(head, `Content-Length: ${body.length}`);
        return JSON.parse(body);
      };
      const container = await read("/containers/web/json");
      assertEquals(container.Config.Env, [
        "PATH=<hidden>",
        "PASSWORD=<hidden>",
      ]);
      assertEquals(container.Config.Labels, { team: "shop" });
      assertEquals(container.HostConfig.Memory, 1);
      const list = await read("/containers/json?all=1");
      assertEquals(list.map((one: { Id: string }) => one.Id), [OTHER, ID]);
      assertEquals(list[0].Command, "<hidden>");
      assertEquals((await read("/images/web/json")).Id, "sha256:1");
      const layers = await read("/images/web/history");
      assertEquals(layers.map((one: { Size: number }) => one.Size), [1, 2]);
      assertEquals(await read("/containers/web/top"), {
        Titles: ["PID", "CMD"],
        Processes: [["1", "<hidden>"]],
      });
    }, engineOf(frame));
  });
}

Deno.test("the engine is asked for a plain answer where it is read, and as the client asks where it is not", async () => {
  await withViewer(async (rig) => {
    await answerTo(rig, get("/containers/web/json", "Accept-Encoding: gzip"));
    assertNotMatch(rig.engine.received(), /accept-encoding/i);
    await answerTo(rig, get("/volumes", "Accept-Encoding: gzip"));
    assertNotMatch(rig.engine.received(), /accept-encoding/i);
    await answerTo(
      rig,
      get("/containers/web/logs?stdout=1", "Accept-Encoding: gzip"),
    );
    assertStringIncludes(rig.engine.received(), "Accept-Encoding: gzip");
  });
});

Deno.test("nothing of an answer that cannot be judged passes", async (t) => {
  const bodies: Record<string, string> = {
    "gzip":
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nENVSECRET",
    "no JSON": withLength("ENVSECRET"),
    "no object": withLength('["ENVSECRET"]'),
    "a key twice": withLength('{"Config":{"Env":["A=ENVSECRET"],"Env":[]}}'),
    "another type": withLength('{"Config":{"Env":{"A":"ENVSECRET"}}}'),
    "nothing": withLength(""),
  };
  for (const [name, answer] of Object.entries(bodies)) {
    await t.step(name, async () => {
      await withViewer(async (rig) => {
        const [head, body] = await answerTo(rig, get("/containers/web/json"));
        assertStringIncludes(head, " 502 ");
        assertNotMatch(body, SECRET);
        assertStringIncludes(body, "what is hidden from the client");
        await eventually("a record", () => rig.records.length === 1);
        assertEquals(rig.records[0]!.code, "engine.unreadable_answer");
      }, engineOf(withLength, { "/containers/web/json": answer }));
    });
  }
  await t.step("a list with such an entry", async () => {
    await withViewer(
      async (rig) => {
        const [head, body] = await answerTo(rig, get("/containers/json"));
        assertStringIncludes(head, " 502 ");
        assertNotMatch(body, SECRET);
      },
      engineOf(withLength, {
        "/containers/json": [listed(ID, "shop"), {
          Id: OTHER,
          Command: ["ARGSECRET"],
        }, { Id: OTHER, Command: { a: "ARGSECRET" } }],
      }),
    );
  });
});

Deno.test("a list that is empty or null stays one", async () => {
  for (const [given, expected] of [["[]\n", []], ["null\n", null]] as const) {
    await withViewer(async (rig) => {
      const [head, body] = await answerTo(rig, get("/containers/json"));
      assertStringIncludes(head, " 200 ");
      assertEquals(JSON.parse(body), expected);
    }, engineOf(withLength, { "/containers/json": withLength(given) }));
  }
});

Deno.test("an answer that ends with the engine's connection is rewritten too", async () => {
  await withViewer(async (rig) => {
    const [, body] = await answerTo(rig, get("/containers/web/json"));
    assertNotMatch(body, SECRET);
    assertStringIncludes(body, '"PASSWORD=<hidden>"');
  }, async (c) => {
    await c.write(
      `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${
        JSON.stringify(inspected)
      }`,
    );
    c.close();
  });
});

Deno.test("an error that may cite a command is replaced, another one passes", async () => {
  const error = (text: string) =>
    `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  await withViewer(
    async (rig) => {
      const [head, body] = await answerTo(
        rig,
        request("POST", "/containers/web/start", ""),
      );
      assertStringIncludes(head, " 400 ");
      assertStringIncludes(head, "Content-Type: application/json");
      assertNotMatch(head, /text\/plain/);
      assertNotMatch(body, SECRET);
      assertStringIncludes(JSON.parse(body).message, "hidden");
      const [, other] = await answerTo(rig, get("/containers/web/json"));
      assertEquals(other, "no such container");
    },
    engineOf(withLength, {
      "/containers/web/start": error('exec: "ARGSECRET": not found'),
      "/containers/web/json": error("no such container"),
    }),
  );
});

Deno.test("events are shown as they come, without the commands that they carry", async () => {
  const event = (action: string) =>
    JSON.stringify({
      Type: "container",
      Action: action,
      status: action,
      Actor: { ID, Attributes: { name: "web", execID: "1" } },
    }) + "\n";
  let engine: Parameters<Handler>[0] | null = null;
  await withViewer(async (rig) => {
    const client = await rig.connect();
    await client.send(get("/events"));
    // The head is there before any event.
    await client.until("\r\n\r\n");
    const all = event("exec_create: sh -c ARGSECRET") + event("start");
    const piece = (text: string) =>
      engine!.write(`${text.length.toString(16)}\r\n${text}\r\n`);
    await piece(all.slice(0, 40));
    await piece(all.slice(40));
    const seen = await client.until('"start"');
    assertNotMatch(seen, SECRET);
    assertStringIncludes(seen, "exec_create: <hidden>");
    await piece('{"Action":"exec_create: ARGSECRET","Action":"x"}\n');
    const rest = await client.rest();
    assertNotMatch(rest, SECRET);
    // A cut shows: the last chunk is missing.
    assert(!rest.endsWith("0\r\n\r\n"));
  }, async (c, head) => {
    if (!head.startsWith("GET /events HTTP")) return;
    engine = c;
    await c.write(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
  });
});

Deno.test("a query of top that may show commands in another column is refused", async () => {
  await withViewer(async (rig) => {
    for (const args of ["-o%20args=PID", "axh", "axo%20pid,environ"]) {
      const [head, body] = await answerTo(
        rig,
        get(`/containers/web/top?ps_args=${args}`),
      );
      assertStringIncludes(head, " 403 ");
      assertStringIncludes(body, "hidden");
    }
    assertEquals(rig.engine.received(), "");
    const [head] = await answerTo(rig, get("/containers/web/top?ps_args=-ef"));
    assertStringIncludes(head, " 200 ");
    await eventually("records", () => rig.records.length === 4);
    assertEquals(
      rig.records.map(({ code }) => code).slice(0, 3),
      Array(3).fill("policy.hidden"),
    );
  });
});

Deno.test("a filter that tells the start of a command is not sent", async () => {
  await withViewer(async (rig) => {
    const filters = encodeURIComponent(
      '{"event":["exec_start","exec_create: ARG"]}',
    );
    const [head, body] = await answerTo(
      rig,
      get(`/events?until=1&filters=${filters}`),
    );
    assertStringIncludes(head, " 403 ");
    assertStringIncludes(body, "the filter event would tell what is hidden");
    assertEquals(rig.engine.received(), "");
  });
});

Deno.test("what would show what is hidden is refused where a wildcard grants it", async () => {
  await withViewer(
    async (rig) => {
      const [head, body] = await answerTo(
        rig,
        get("/containers/web/archive?path=/proc/1/environ"),
      );
      assertStringIncludes(head, " 403 ");
      assertStringIncludes(body, "name container.archive.get in allow");
      assertEquals(rig.engine.received(), "");
    },
    engineOf(),
    POLICY.replace('"container.*:read"', '"container.*"'),
  );
});

Deno.test("beside a scope the scope is applied first, then what is hidden is taken out", async () => {
  await withViewer(
    async (rig) => {
      const [, list] = await answerTo(rig, get("/containers/json?all=1"));
      assertNotMatch(list, SECRET);
      assertEquals(
        JSON.parse(list).map((one: object) => Object.keys(one).sort()),
        [["Command", "Id"]],
      );
      const [head, body] = await answerTo(rig, get(`/containers/${ID}/json`));
      assertStringIncludes(head, " 200 ");
      assertNotMatch(body, SECRET);
    },
    engineOf(),
    `
clients:
  viewer:
    listen: "LISTEN"
    allow: [container.list, container.inspect]
    containers: { label: team=shop }
    hide: { args: true, env: true, mounts: true, fields: { container.list: [Id, Command] } }
`,
  );
});

Deno.test("two requests on one connection are rewritten each, and the connection goes on", async () => {
  await withViewer(async (rig) => {
    const client = await rig.connect();
    await client.send(get("/containers/web/json"));
    await client.until('"Networks":{}}}');
    await client.send(get("/containers/web/json"));
    const seen = await client.until('"Networks":{}}}', 2);
    assertNotMatch(seen, SECRET);
    assertEquals(client.state(), "open");
  });
});

Deno.test("a client without hide gets the bytes of the engine", async () => {
  await withViewer(
    async (rig) => {
      const [, body] = await answerTo(rig, get("/containers/web/json"));
      assertEquals(body, JSON.stringify(inspected) + "\n");
    },
    engineOf(),
    POLICY.replace(/ {4}hide.*\n/, ""),
  );
});

/** What a change of the policy makes of a stream of events that is under way. */
const CHANGES: readonly (readonly [string, string, boolean])[] = [
  ["is the same", "[env, args, mounts]", true],
  ["hides less", "[env, args]", true],
  ["hides more of events", "[env, args, mounts, addresses]", true],
  [
    "shows fewer fields",
    "{ args: true, fields: { system.events: [Type] } }",
    false,
  ],
];

for (const [what, hide, goesOn] of CHANGES) {
  Deno.test(`a stream ${goesOn ? "goes on" : "ends"} where the policy's hide ${what}`, async () => {
    let engine: Parameters<Handler>[0] | null = null;
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-hide-" });
    const text = POLICY.replace("LISTEN", `unix://${folder}/viewer.sock`);
    const { file, listeners } = policyFile(text);
    const next = policyFile(text.replace("[env, args, mounts]", hide)).file;
    const piece = (text: string) =>
      engine!.write(`${text.length.toString(16)}\r\n${text}\r\n`);
    try {
      await withRig(
        async (c, head) => {
          if (!head.startsWith("GET /events HTTP")) return;
          engine = c;
          await c.write(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          );
        },
        { file, listeners },
        async (rig) => {
          const client = await rig.connect();
          await client.send(get("/events"));
          await client.until("\r\n\r\n");
          rig.server.setPolicy(compile(grants({}), next));
          if (!goesOn) {
            await client.rest();
            await eventually("a record", () => rig.records.length > 0);
            assertEquals(rig.records.at(-1)!.code, "policy.revoked");
            return;
          }
          await piece('{"Action":"exec_create: ARGSECRET"}\n');
          assertNotMatch(await client.until("exec_create"), SECRET);
          assertEquals(client.state(), "open");
        },
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a client of HTTP/1.0 gets the answer without chunks", async () => {
  await withViewer(async (rig) => {
    const client = await rig.connect();
    await client.send("GET /containers/web/json HTTP/1.0\r\n\r\n");
    const seen = await client.rest();
    assertNotMatch(seen, /transfer-encoding/i);
    assertNotMatch(seen, SECRET);
    assertEquals(JSON.parse(seen.split("\r\n\r\n")[1]!).Id, ID);
  }, engineOf(inChunks));
});

Deno.test("a wait's head comes before its answer", async () => {
  let engine: Parameters<Handler>[0] | null = null;
  await withViewer(async (rig) => {
    const client = await rig.connect();
    await client.send(request("POST", "/containers/web/wait", ""));
    await client.until("\r\n\r\n");
    const body = '{"StatusCode":1,"Error":{"Message":"exec ARGSECRET"}}\n';
    await engine!.write(
      `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    );
    const seen = await client.until("0\r\n\r\n");
    assertNotMatch(seen, SECRET);
    assertStringIncludes(seen, '"StatusCode":1');
  }, async (c) => {
    engine = c;
    await c.write(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
  });
});

Deno.test("an object longer than the bound is 502, and a long list passes", async () => {
  const filler = "x".repeat(1 << 20);
  await withViewer(
    async (rig) => {
      const [head] = await answerTo(rig, get("/containers/web/json"));
      assertStringIncludes(head, " 502 ");
      const [, list] = await answerTo(rig, get("/containers/json"));
      assertNotMatch(list, SECRET);
      // Its chunks are all there.
      assert(list.endsWith("0\r\n\r\n"));
    },
    engineOf(withLength, {
      "/containers/web/json": { ...inspected, Filler: filler.repeat(9) },
      "/containers/json": Array.from(
        { length: 12 },
        () => ({ ...listed(ID, "shop"), Image: filler }),
      ),
    }),
  );
});

Deno.test("a dry run passes answers as they come", async () => {
  const { file } = policyFile(
    "default: { allow: [container.inspect], hide: env }",
  );
  await withRig(
    engineOf(),
    { file, grants: grants({}), dryRun: true },
    async (rig) => {
      const [, body] = await answerTo(rig, get("/containers/web/json"));
      assertEquals(body, JSON.stringify(inspected) + "\n");
    },
  );
});

Deno.test("an answer that comes again is shown to each client, and after a change of policy, as its own hide says", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-hide-" });
  const policyOf = (first: string, second: string) =>
    policyFile(
      ["a", "b"].reduce(
        (text, name, i) =>
          `${text}  ${name}: { listen: "unix://${folder}/${name}.sock", allow: [container.inspect], hide: [${
            [first, second][i]
          }] }\n`,
        "clients:\n",
      ),
    );
  const { file, listeners } = policyOf("env", "args");
  const shown = async (rig: Rig, listener: number) => {
    const client = await rig.connect(listener);
    await client.send(
      get("/containers/web/json", "Connection: close"),
    );
    const answer = await client.rest();
    return [...new Set(answer.match(/(?:ENV|ARG)SECRET/g) ?? [])].sort();
  };
  try {
    await withRig(engineOf(), { file, listeners }, async (rig) => {
      for (let i = 0; i < 2; i++) {
        assertEquals(await shown(rig, 0), ["ARGSECRET"]);
        assertEquals(await shown(rig, 1), ["ENVSECRET"]);
      }
      rig.server.setPolicy(
        compile(grants({}), policyOf("args, env", "env").file),
      );
      for (let i = 0; i < 2; i++) {
        assertEquals(await shown(rig, 0), []);
        assertEquals(await shown(rig, 1), ["ARGSECRET"]);
      }
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("heads that come again are sent and passed on as they were the first time", async () => {
  const older: Frame = (body) =>
    withLength(body).replace("HTTP/1.1", "HTTP/1.0")
      .replace("\r\n\r\n", "\r\nETag: x\r\nServer: y\r\n\r\n");
  await withViewer(async (rig) => {
    for (const version of ["1.1", "1.1", "1.0", "1.1", "1.0"]) {
      const asked = get("/containers/web/json", "Accept-Encoding: gzip")
        .replace("HTTP/1.1", `HTTP/${version}`);
      const [head, body] = await answerTo(rig, asked);
      assertEquals(head.split("\r\n")[0], `HTTP/${version} 200 OK`);
      assertStringIncludes(head, "\r\nServer: y");
      assertStringIncludes(head, `\r\nContent-Length: ${body.length}`);
      assertNotMatch(head, /etag/i);
      assertNotMatch(body, SECRET);
    }
    assertNotMatch(rig.engine.received(), /accept-encoding/i);
  }, engineOf(older));
  const encoded: Frame = (body) =>
    withLength(body).replace("\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n");
  await withViewer(async (rig) => {
    for (let i = 0; i < 3; i++) {
      const [head, body] = await answerTo(rig, get("/containers/web/json"));
      assertStringIncludes(head, " 502 ");
      assertNotMatch(body, SECRET);
    }
  }, engineOf(encoded));
});

Deno.test("an answer that differs in one member is shown as that member says", async () => {
  let round = 0;
  const answers = {
    get "/containers/web/json"() {
      const Log = Array.from(
        { length: ++round % 4 },
        (_, i) => ({ Output: `ARGSECRET ${round} ${i}` }),
      );
      return {
        ...inspected,
        State: { Running: round % 3 > 0, Health: { Log } },
        Labels: { long: "x".repeat(2000) },
      };
    },
  };
  await withViewer(async (rig) => {
    for (let i = 1; i <= 8; i++) {
      const [, body] = await answerTo(rig, get("/containers/web/json"));
      const { Config, State, Labels } = JSON.parse(body);
      assertNotMatch(body, SECRET);
      assertEquals(State.Running, i % 3 > 0);
      assertEquals(State.Health.Log.length > 0, i % 4 > 0);
      assertEquals(Labels.long.length, 2000);
      assertEquals(Config.Env, ["PATH=<hidden>", "PASSWORD=<hidden>"]);
    }
  }, engineOf(withLength, answers));
});
