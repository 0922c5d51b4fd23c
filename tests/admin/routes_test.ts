/**
 * Every answer of the admin listener, held against its OpenAPI file.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Ajv } from "ajv";
import { openApi } from "../../lib/admin/openapi.ts";
import { PATHS } from "../../lib/admin/routes.ts";
import type { Handler } from "../support/engine.ts";
import { ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { type AdminRig, withAdmin } from "../support/admin.ts";

// deno-lint-ignore no-explicit-any -- the file is looked into at will
const file = openApi("1.2.3") as any;
const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
ajv.addSchema(file, "openapi");

/** Fails where a value is not what the file says of a schema. */
function assertSchema(name: string, value: unknown): void {
  const validate = ajv.getSchema(`openapi#/components/schemas/${name}`)!;
  assert(validate(value), `${name}: ${JSON.stringify(validate.errors)}`);
}

/** The schema of an answer. */
function schemaOf(path: string, status: string): string | null {
  const { responses } = file.paths[path].get;
  const schema = responses[status]?.content["application/json"]?.schema?.$ref;
  return schema === undefined ? null : schema.split("/").at(-1);
}

/** Answers as Docker does, and leaves `logs` open. */
const engine: Handler = (connection, head) => {
  if (head.includes("/version ")) {
    return connection.write(ok('{"Version":"28.1.1","ApiVersion":"1.49"}'));
  }
  return head.includes("/logs")
    ? connection.write(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    )
    : connection.write(ok("[]"));
};

/** A call that is let through, one that is refused, and an open stream. */
async function calls(rig: AdminRig): Promise<() => void> {
  const client = await rig.connect();
  await client.send("GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until("[]");
  await client.send("POST /containers/x/stop HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until("not allowed");
  await client.send(
    "GET /containers/web/logs?follow=1 HTTP/1.1\r\nHost: a\r\n\r\n",
  );
  await client.until("hello");
  return () => client.close();
}

Deno.test("the OpenAPI file names every path that is answered, and no other", () => {
  assertEquals(Object.keys(file.paths).toSorted(), PATHS.toSorted());
});

Deno.test("every answer is what the OpenAPI file says", async () => {
  await withAdmin(engine, {}, async (rig) => {
    const close = await calls(rig);
    for (const path of PATHS) {
      if (path === "/" || path.endsWith("/events")) continue;
      const answer = await rig.get(path);
      assertEquals(answer.status, 200, path);
      const type = answer.headers.get("content-type")!.split(";")[0]!;
      assert(type in file.paths[path].get.responses["200"].content, path);
      const schema = schemaOf(path, "200");
      if (schema === null) await answer.body?.cancel();
      else assertSchema(schema, await answer.json());
    }
    close();
  });
});

Deno.test("the OpenAPI file is served as it is", async () => {
  await withAdmin(engine, {}, async ({ json }) => {
    const served = await json("/api/v1/openapi.json");
    assertEquals(
      { ...served, info: file.info },
      JSON.parse(
        JSON.stringify(file),
      ),
    );
    assertEquals(served.openapi, "3.1.0");
  });
});

Deno.test("a schema of the file refuses what is not in it", () => {
  const validate = ajv.getSchema("openapi#/components/schemas/Readiness")!;
  assertEquals(validate({ ready: true, reasons: [] }), true);
  assertEquals(validate({ ready: true }), false);
  assertEquals(validate({ ready: true, reasons: [], more: 1 }), false);
});

Deno.test("the state counts what was let through and what was refused", async () => {
  await withAdmin(engine, {}, async (rig) => {
    const close = await calls(rig);
    const state = await rig.json("/api/v1/state");
    assertEquals(state.totals.requests, 2);
    assertEquals([state.totals.allowed, state.totals.refused], [1, 1]);
    assertEquals(state.totals.log_lines_dropped, 7);
    assertEquals(state.streams, 1);
    assertEquals(state.connections.open, 1);
    assertEquals(state.engine.version, "28.1.1");
    assertEquals(state.engine.up, true);
    assertMatch(state.policy.hash, /^[0-9a-f]{16}$/);
    close();
  });
});

Deno.test("a refusal tells its rule, its reason and what would allow it", async () => {
  await withAdmin(engine, { grants: grants({ PING: 1 }) }, async (rig) => {
    const client = await rig.connect();
    await client.send("GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n");
    const told = await client.until("container.list");
    client.close();
    const { decisions, next } = await rig.json("/api/v1/decisions");
    assertEquals(next, null);
    const [one] = decisions;
    assertEquals(one.decision, "refused");
    assertEquals(one.code, "policy.not_granted");
    assertEquals(one.status, 403);
    assertEquals(one.engine_ms, null);
    assert(one.own_ms >= 0);
    assertEquals(
      one.remedies.map((
        { kind, text }: { kind: string; text: string },
      ) => [kind, text]),
      [
        ["switch", "CONTAINERS=1"],
        ["flag", "--allow container.list"],
        ["policy", "- container.list"],
      ],
    );
    // The same words as the answer to the client.
    for (const { text } of one.remedies.slice(0, 2)) {
      assert(told.includes(text), `${told} has no ${text}`);
    }
  });
});

Deno.test("decisions are filtered, and told in pages", async () => {
  await withAdmin(engine, {}, async (rig) => {
    const client = await rig.connect();
    for (let i = 0; i < 5; i++) {
      await client.send(
        `GET /containers/c${i}/json HTTP/1.1\r\nHost: a\r\n\r\n`,
      );
      await client.until("[]", i + 1);
    }
    await client.send("POST /containers/x/stop HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("not allowed");
    client.close();
    const ids = async (query: string) => {
      const { decisions, next } = await rig.json(
        `/api/v1/decisions?${query}`,
      );
      return [decisions.map(({ id }: { id: number }) => id), next];
    };
    assertEquals(await ids("limit=2"), [[6, 5], 5]);
    assertEquals(await ids("limit=2&before=5"), [[4, 3], 3]);
    assertEquals(await ids("limit=2&before=3"), [[2, 1], null]);
    assertEquals(await ids("decision=refused"), [[6], null]);
    assertEquals(await ids("operation=container.inspect&limit=1"), [[5], 5]);
    assertEquals(await ids("operation=container.*"), [
      [6, 5, 4, 3, 2, 1],
      null,
    ]);
    assertEquals(await ids("operation=volume.*"), [[], null]);
    assertEquals(await ids("text=C3%2FJSON"), [[4], null]);
    assertEquals(await ids("client=web"), [[], null]);
  });
});

Deno.test("a filter that cannot be is an error", async () => {
  await withAdmin(engine, {}, async ({ get }) => {
    for (
      const query of [
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=1&limit=2",
        "before=-1",
        "before=99999999999999999999",
        "decision=maybe",
        "text=%zz",
      ]
    ) {
      const answer = await get(`/api/v1/decisions?${query}`);
      assertEquals(answer.status, 400, query);
      assertSchema("Error", await answer.json());
    }
  });
});

Deno.test("streams are told with who opened them, what they carry and how fast", async () => {
  await withAdmin(engine, {}, async (rig) => {
    const close = await calls(rig);
    const { streams, total } = await rig.json("/api/v1/streams");
    assertEquals(total, 1);
    const [one] = streams;
    assertEquals(one.operation, "container.logs");
    assertEquals(one.kind, "stream");
    assertEquals(one.path, "/containers/web/logs");
    assert(one.bytes_out > 0);
    assert(one.bytes_per_second > 0);
    close();
    // The proxy sees the client's end by itself.
    for (;;) {
      const { total } = await rig.json("/api/v1/streams");
      if (total === 0) break;
    }
  });
});

Deno.test("the policy tells each client's rules, and who it is", async () => {
  const { file } = policyFile(`
clients:
  web:
    from: { cidr: 10.0.0.0/8 }
    allow: [container.list]
    deny: [container.exec.create]
    containers: { name: web-* }
    guard: standard
    hide: [env]
default:
  allow: ['GET /new/route']
`);
  const defaults = { PING: 0, VERSION: 0, EVENTS: 0 } as const;
  await withAdmin(
    engine,
    { file, grants: grants(defaults) },
    async ({ json }) => {
      const { clients } = await json("/api/v1/policy");
      assertEquals(
        clients.map(({ name }: { name: string }) => name),
        ["web", "default"],
      );
      const [web, rest] = clients;
      assertEquals(web.identity, ["cidr 10.0.0.0/8"]);
      assertEquals(
        web.rules.map(({ rule, effect }: Record<string, string>) => [
          rule,
          effect,
        ]),
        [
          ["container.list", "allow"],
          ["container.exec.create", "deny"],
        ],
      );
      assertMatch(web.rules[0].where, /^policy\.yaml:5:/);
      assertEquals(web.rules[0].operations, ["container.list"]);
      assert(web.scope.length > 0 && web.guard.length > 0);
      assertEquals(web.hide, ["env"]);
      assertEquals(rest.identity, []);
      const path = rest.rules.find(({ rule }: { rule: string }) =>
        rule === "GET /new/route"
      );
      assertEquals(path.operations, []);
      assertEquals([rest.scope, rest.guard, rest.hide], [null, null, null]);
    },
  );
});

Deno.test("what is granted and not used is told, with the least that was used", async () => {
  const { file } = policyFile(`
default:
  allow: [container.list, container.stop, image.list]
`);
  const own = { ...grants({}), defaultSwitches: false };
  await withAdmin(engine, { file, grants: own }, async (rig) => {
    const client = await rig.connect();
    await client.send("GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("[]");
    client.close();
    const { clients } = await rig.json("/api/v1/unused");
    assertEquals(clients[0].unused.toSorted(), [
      "container.stop",
      "image.list",
    ]);
    // It is a policy file by itself.
    const least = policyFile(clients[0].policy);
    assertEquals(
      least.file.rest.allow.map(({ text }) => text),
      ["container.list"],
    );
    const used = await rig.json("/api/v1/clients");
    const uses = Object.fromEntries(
      used.clients[0].operations.map((
        { operation, granted, used }: Record<string, unknown>,
      ) => [operation, [granted, used]]),
    );
    assertEquals(uses, {
      "container.list": [true, 1],
      "container.stop": [true, 0],
      "image.list": [true, 0],
    });
  });
});

Deno.test("it is ready while the engine answers and the policy is valid", async () => {
  await withAdmin(engine, {}, async ({ get, admin }) => {
    assertEquals((await get("/readyz")).status, 200);
    admin.reloaded(false, "policy.yaml:1:1: wrong");
    const kept = await get("/readyz");
    assertEquals(kept.status, 503);
    const answer = await kept.json();
    assertSchema("Readiness", answer);
    assertMatch(answer.reasons[0], /policy\.yaml:1:1: wrong/);
    admin.reloaded(true, "");
    assertEquals((await get("/readyz")).status, 200);
    admin.stopping();
    assertMatch(await (await get("/readyz")).text(), /is stopping/);
    assertEquals((await get("/healthz")).status, 200);
  });
});

Deno.test("it is not ready where the engine does not answer, and lives all the same", async () => {
  const nowhere = { engine: "/nonexistent/engine.sock" };
  await withAdmin(engine, nowhere, async ({ get, json }) => {
    const answer = await get("/readyz");
    assertEquals(answer.status, 503);
    assertMatch((await answer.json()).reasons[0], /does not answer/);
    assertEquals((await json("/api/v1/state")).engine.up, false);
    assertMatch(await (await get("/metrics")).text(), /engine_up 0\n/);
    assertEquals(await (await get("/healthz")).text(), "ok\n");
  });
});

Deno.test("nothing else is answered, and nothing is changed", async () => {
  await withAdmin(engine, {}, async ({ get, url }) => {
    for (
      const path of [
        "/nothing",
        "/api/v1",
        "/api/v1/",
        "/API/V1/state",
        "/metrics/",
        "/_sockwarden/health",
        "/containers/json",
        "/v1.49/containers/json",
        "/_ping",
      ]
    ) {
      const answer = await get(path);
      assertEquals(answer.status, 404, path);
      assertSchema("Error", await answer.json());
    }
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const answer = await fetch(`${url}/api/v1/state`, { method });
      assertEquals(answer.status, 405, method);
      assertEquals(answer.headers.get("allow"), "GET, HEAD");
      assertEquals(answer.headers.get("access-control-allow-origin"), null);
      await answer.body?.cancel();
    }
  });
});

Deno.test("every answer forbids what a browser could make of it", async () => {
  await withAdmin(engine, {}, async ({ get }) => {
    for (const path of ["/healthz", "/metrics", "/api/v1/state", "/nothing"]) {
      const { headers, body } = await get(path);
      assertMatch(
        headers.get("content-security-policy")!,
        /^default-src 'none'/,
      );
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertEquals(headers.get("referrer-policy"), "no-referrer");
      assertEquals(headers.get("cache-control"), "no-store");
      assertEquals(headers.get("set-cookie"), null);
      assertEquals(headers.get("access-control-allow-origin"), null);
      await body?.cancel();
    }
  });
});
