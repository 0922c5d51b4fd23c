/** A client with a scope, in front of an engine that says what it is asked. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import { type Handler, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually, get, type Rig, withRig } from "../support/proxy.ts";

const MINE = "a".repeat(64);
const OTHER = "b".repeat(64);
const EXEC = "e".repeat(64);
const OTHER_EXEC = "f".repeat(64);

const NAMES: Readonly<Record<string, string>> = {
  "web": MINE,
  "aaaaaaaaaaaa": MINE,
  [MINE]: MINE,
  "db": OTHER,
  "bbbbbbbbbbbb": OTHER,
  [OTHER]: OTHER,
};

function notFound(text: string): string {
  const body = JSON.stringify({ message: text });
  return `HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Answers what identity and scopes ask; everything else with its own target. */
const engine: Handler = async (c, head) => {
  const [method, target = ""] = head.split(" ");
  const asked = /^\/(containers|exec)\/([^/]+)\/json$/.exec(target);
  if (method !== "GET" || asked === null) {
    return await c.write(ok(JSON.stringify({ target })));
  }
  const [, kind, name = ""] = asked;
  if (kind === "exec") {
    const container = { [EXEC]: MINE, [OTHER_EXEC]: OTHER }[name];
    return await c.write(
      container === undefined
        ? notFound(`No such exec instance: ${name}`)
        : ok(JSON.stringify({ ID: name, ContainerID: container })),
    );
  }
  const id = NAMES[name];
  await c.write(
    id === undefined ? notFound(`No such container: ${name}`) : ok(
      JSON.stringify({
        Id: id,
        Name: id === MINE ? "/web" : "/db",
        State: { Running: true },
        Config: { Labels: { team: id === MINE ? "shop" : "bank" } },
        HostConfig: {},
        NetworkSettings: { Networks: {} },
      }),
    ),
  );
};

const POLICY = `
clients:
  shop:
    listen: "tcp://127.0.0.1:PORT"
    allow: ["container.*", "exec.*", "network.*", system.ping]
    containers: { label: team=shop }
`;

async function withShop(
  run: (rig: Rig, folder: string) => Promise<void>,
  handler = engine,
  dryRun = false,
  policy = POLICY,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-scope-" });
  const { file, listeners } = policyFile(inFolder(policy, folder));
  try {
    await withRig(
      handler,
      { file, listeners, dryRun },
      (rig) => run(rig, folder),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function inFolder(policy: string, folder: string): string {
  return policy.replace("tcp://127.0.0.1:PORT", `unix://${folder}/shop.sock`);
}

/** What a client gets for one request, without the fields of its head. */
async function answerTo(rig: Rig, request: string): Promise<[string, string]> {
  const client = await rig.connect();
  await client.send(
    request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"),
  );
  const text = await client.rest();
  const [head = "", ...body] = text.split("\r\n\r\n");
  return [head.split(" ")[1] ?? "", body.join("")];
}

const post = (target: string, body = "") =>
  `POST ${target} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** What the index of objects asks at any time, whatever clients ask. */
const INDEX =
  /^GET (?:\/events\?filters=\S+create\S+|\/containers\/json\?all=1) /;

/** What the engine got, without what the index asks. */
function received(rig: Rig): string {
  return rig.engine.received().split(/(?<=\r\n\r\n)/)
    .filter((request) => !INDEX.test(request)).join("");
}

/** Targets of the requests that the engine got beyond our questions. */
function sent(rig: Rig): string[] {
  return [...received(rig).matchAll(/^([A-Z]+ \S+) HTTP/gm)]
    .map(([, line]) => line!)
    .filter((line) => !/^GET \/(?:containers|exec)\/[^/]+\/json$/.test(line));
}

Deno.test("what is offered of an object outside shows it alone, and the client is told nothing of it", async () => {
  let line = "";
  await withShop(async (rig) => {
    const [status, body] = await answerTo(rig, get("/containers/db/logs"));
    assertEquals([status, body.includes("scope")], ["404", false]);
    const [record] = rig.records;
    assertEquals(record!.code, "policy.out_of_scope");
    assertEquals(record!.remedies?.map(({ kind }) => kind), ["policy"]);
    line = record!.remedies![0]!.text;
  });
  assertEquals(line, '- { name: "db" }');
  const applied = POLICY.replace(
    "containers: { label: team=shop }",
    `containers:\n      - { label: team=shop }\n      ${line}`,
  );
  await withShop(
    async (rig) => {
      assertEquals((await answerTo(rig, get("/containers/db/logs")))[0], "200");
    },
    ...[engine, false, applied] as const,
  );
});

Deno.test("a kind that is closed is opened by the line that is offered", async () => {
  const create = post(
    "/v1.41/containers/create?name=n",
    '{"Image":"a","HostConfig":{"Binds":["data:/data"]}}',
  );
  let line = "";
  await withShop(async (rig) => {
    assertEquals((await answerTo(rig, create))[0], "403");
    const [record] = rig.records;
    assertEquals(record!.code, "policy.scope");
    assertEquals(record!.remedies?.length, 1);
    line = record!.remedies![0]!.text;
  });
  assertEquals(line, "images: any");
  await withShop(
    async (rig) => {
      await answerTo(rig, create);
      const [record] = rig.records;
      assertStringIncludes(record!.message, "joins volumes");
    },
    ...[engine, false, `${POLICY}    ${line}\n`] as const,
  );
});

Deno.test("an object in scope is reached under its full id, however it is named", async () => {
  for (const name of ["web", "aaaaaaaaaaaa", MINE]) {
    await withShop(async (rig) => {
      const [status, body] = await answerTo(
        rig,
        get(`/v1.41/containers/${name}/logs?follow=1`),
      );
      assertEquals(status, "200");
      assertEquals(JSON.parse(body), {
        target: `/v1.41/containers/${MINE}/logs?follow=1`,
      });
      const { path, object, scope } = rig.records[0]!;
      assertEquals([path, object, scope], [
        `/v1.41/containers/${name}/logs`,
        MINE,
        "label team=shop",
      ]);
    });
  }
});

Deno.test("an object outside is as if not there: the same answer and the same questions as for one that is absent", async () => {
  const seen: unknown[] = [];
  for (const name of ["db", "bbbbbbbbbbbb", OTHER, "nothing"]) {
    await withShop(async (rig) => {
      const [status, body] = await answerTo(
        rig,
        post(`/containers/${name}/stop`),
      );
      assertEquals([status, JSON.parse(body)], ["404", {
        message: `No such container: ${name}`,
      }]);
      assertEquals(sent(rig), []);
      seen.push(received(rig).replaceAll(name, "NAME"));
    });
  }
  for (const one of seen) assertEquals(one, seen[0]);
});

Deno.test("the log alone says what was hidden, and by which key", async () => {
  await withShop(async (rig) => {
    await answerTo(rig, get("/containers/db/logs"));
    await answerTo(rig, get("/containers/nothing/logs"));
    const [hidden, absent] = rig.records;
    assertEquals([hidden!.code, hidden!.status], ["policy.out_of_scope", 404]);
    assertEquals(
      hidden!.message,
      "container 'db' is outside the scope: label is none of team=shop",
    );
    assertEquals(absent!.code, "api.no_such_object");
  });
});

Deno.test("an exec is held by its container", async () => {
  await withShop(async (rig) => {
    const [, started] = await answerTo(
      rig,
      post(`/exec/${EXEC}/resize?h=1&w=2`),
    );
    assertEquals(JSON.parse(started), {
      target: `/exec/${EXEC}/resize?h=1&w=2`,
    });
    for (const id of [OTHER_EXEC, "0".repeat(64)]) {
      const [status, body] = await answerTo(rig, get(`/exec/${id}/json`));
      assertEquals([status, JSON.parse(body)], ["404", {
        message: `No such exec instance: ${id}`,
      }]);
    }
  });
});

Deno.test("a body goes with the request to the object's id, gathered or as it streams", async () => {
  await withShop(async (rig) => {
    const body = '{"Cmd":["true"]}';
    await answerTo(rig, post("/containers/web/exec", body));
    await answerTo(
      rig,
      `PUT /containers/web/archive?path=/ HTTP/1.1\r\nHost: d\r\nContent-Length: 4\r\n\r\ntar!`,
    );
    await answerTo(rig, post("/containers/web/attach?stream=1"));
    assertEquals(sent(rig), [
      `POST /containers/${MINE}/exec`,
      `PUT /containers/${MINE}/archive?path=/`,
      `POST /containers/${MINE}/attach?stream=1`,
    ]);
    assertStringIncludes(rig.engine.received(), body);
    assertStringIncludes(rig.engine.received(), "\r\n\r\ntar!");
  });
});

Deno.test("where the engine does not say, nothing is guessed", async () => {
  const broken: Handler = async (c, head) => {
    if (head.includes("/containers/web/json")) {
      await c.write("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
    } else await engine(c, head);
  };
  await withShop(async (rig) => {
    const [status, body] = await answerTo(rig, post("/containers/web/stop"));
    assertEquals(status, "502");
    assertStringIncludes(body, "cannot tell which of the containers 'web' is");
    assertEquals(rig.records[0]!.code, "engine.scope_unknown");
    assertEquals(sent(rig), []);
  }, broken);
});

Deno.test("what joins a kind without a scope is refused, with how to open it", async () => {
  await withShop(async (rig) => {
    const [status, body] = await answerTo(
      rig,
      post("/networks/x/connect", '{"Container":"web"}'),
    );
    assertEquals(status, "403");
    assertStringIncludes(body, "'networks: any', to client 'shop'");
    assertEquals(sent(rig), []);
  });
});

Deno.test("what a client without a scope asks costs no question", async () => {
  await withShop(
    async (rig) => {
      await answerTo(rig, post("/containers/web/stop"));
      assertEquals(rig.engine.received().split(" HTTP/1.1\r\n").length - 1, 1);
      assert(rig.engine.received().startsWith("POST /containers/web/stop "));
    },
    engine,
    false,
    POLICY.replace(/ *containers:.*\n/, ""),
  );
});

Deno.test("a container starts only where what it joins is in scope", async () => {
  const joined: Handler = async (c, head) => {
    if (!head.includes(`/${MINE}/json`)) return await engine(c, head);
    await c.write(ok(JSON.stringify({
      Id: MINE,
      Name: "/web",
      State: { Running: false },
      Config: { Labels: { team: "shop" } },
      HostConfig: { NetworkMode: `container:${OTHER}` },
      NetworkSettings: { Networks: {} },
    })));
  };
  await withShop(async (rig) => {
    const [status, body] = await answerTo(rig, post("/containers/web/start"));
    assertEquals(status, "404");
    assertEquals(JSON.parse(body), { message: `No such container: ${OTHER}` });
    assertEquals(rig.records[0]!.code, "policy.out_of_scope");
    assertEquals(sent(rig), []);
  }, joined);
  await withShop(async (rig) => {
    const [status] = await answerTo(rig, post("/containers/web/start"));
    assertEquals(status, "200");
    assertEquals(sent(rig), [`POST /containers/${MINE}/start`]);
  });
});

Deno.test("a dry run sends what the scope would hide, as it came, and logs it", async () => {
  await withShop(
    async (rig) => {
      const [, body] = await answerTo(rig, post("/containers/db/stop"));
      assertEquals(JSON.parse(body), { target: "/containers/db/stop" });
      assertEquals(rig.records[0]!.wouldRefuse, "policy.out_of_scope");
    },
    engine,
    true,
  );
});

Deno.test("a reload ends the open streams on what it takes out of scope, and no others", async () => {
  const stream: Handler = async (c, head) => {
    if (!head.includes("/logs")) return await engine(c, head);
    await c.write(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    );
  };
  for (
    const [scope, ends] of [
      ["[{ label: team=shop }, { name: db }]", false],
      ["{ name: w* }", false],
      ["{ label: team=shop, name: web }", false],
      ["{ label: team=bank }", true],
      ["{ label: team=shop, not: { name: web } }", true],
    ] as const
  ) {
    await withShop(async (rig, folder) => {
      const client = await rig.connect();
      await client.send(get("/containers/web/logs?follow=1"));
      await client.until("{}");
      const text = inFolder(POLICY, folder)
        .replace("{ label: team=shop }", scope);
      rig.server.setPolicy(compile(grants({}), policyFile(text).file));
      if (ends) {
        await client.rest();
        await eventually("the record", () => rig.records.length > 0);
        assertEquals(rig.records[0]!.code, "policy.revoked");
        return;
      }
      // A request that is judged after the reload: by then the stream is too.
      await answerTo(rig, get("/containers/web/json"));
      const logs = rig.engine.connections.find(({ received }) =>
        received.includes("/logs")
      )!;
      await logs.write("2\r\n[]\r\n");
      await client.until("[]");
    }, stream);
  }
});
