/** Requests under an audit: their ids, and the lines that they leave. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import type { KeptAudit, Line } from "../audit/support.ts";
import { keptAudit } from "../audit/support.ts";
import { type Handler, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  eventually,
  request as requestWith,
  type Rig,
  type RigOptions,
  withRig,
} from "../support/proxy.ts";

const ID = /\r\nX-Request-Id: ([0-9a-f]{32})\r\n/;
const answers: Handler = (connection) => connection.write(ok("[]"));

function request(
  method: string,
  target: string,
  body = "",
  ...fields: string[]
): string {
  return requestWith(method, target, body, ...fields);
}

/** A rig with an audit. */
async function audited(
  handler: Handler,
  options: RigOptions,
  run: (rig: Rig, audit: KeptAudit) => Promise<void>,
  full: "refuse" | "drop" = "drop",
): Promise<void> {
  const audit = keptAudit(full);
  const { auditor } = audit;
  await withRig(handler, { ...options, auditor }, (rig) => run(rig, audit));
}

/** Waits until so many requests have ended; returns all lines. */
async function ended(audit: KeptAudit, times = 1): Promise<Line[]> {
  const ends = () => audit.lines().filter(({ event }) => event === "ended");
  await eventually("the ends", () => ends().length >= times);
  return audit.lines();
}

function ids(text: string): string[] {
  return [...text.matchAll(new RegExp(ID, "g"))].map(([, id]) => id!);
}

Deno.test("a request leaves a line when it is let through and one when it is over, joined by the id that engine and client get", () =>
  audited(answers, {}, async ({ engine, connect }, audit) => {
    const client = await connect();
    await client.send(request("GET", "/v1.41/containers/json?all=1"));
    const text = await client.until("[]");
    const [decided, end] = await ended(audit) as [Line, Line];
    const [id] = ids(text);
    assertEquals(ids(engine.received()), [id]);
    assertEquals(decided, {
      audit: 1,
      event: "decided",
      time: decided.time,
      id,
      remote: "127.0.0.1",
      listener: "tcp://127.0.0.1:0",
      operation: "container.list",
      method: "GET",
      path: "/v1.41/containers/json",
      query_keys: ["all=1"],
      decision: "allowed",
      rule: "CONTAINERS=1",
      policy_hash: decided.policy_hash,
      seq: 1,
    });
    assertEquals(
      [end.event, end.id, end.status, end.code, end.in, end.out],
      ["ended", id, 200, "request.completed", 0, text.length],
    );
    // Ours is a part of the engine's, and that of the whole.
    const own = Number(end.own_ms);
    assert(own >= 0 && own <= Number(end.engine_ms) + 0.1, String(own));
    assert(Number(end.engine_ms) <= Number(end.duration_ms) + 0.1);
    assertStringIncludes(text, "\r\n\r\n[]");
  }));

Deno.test("equal requests on one connection each have an id of their own, everywhere", () =>
  audited(answers, {}, async ({ engine, connect }, audit) => {
    const client = await connect();
    let text = "";
    for (let i = 1; i <= 20; i++) {
      await client.send(request("GET", "/containers/json"));
      text = await client.until("[]", i);
    }
    const lines = await ended(audit, 20);
    const of = (kind: string) =>
      lines.filter(({ event }) => event === kind).map(({ id }) => id);
    assertEquals(new Set(ids(text)).size, 20);
    assertEquals(ids(text), ids(engine.received()));
    assertEquals(of("decided"), ids(text));
    assertEquals(of("ended"), ids(text));
  }));

Deno.test("requests of several connections that are under way together keep their ids", () => {
  const waiting: (() => void)[] = [];
  const late: Handler = async (connection, head) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    await connection.write(ok(ids(head)[0]!));
  };
  return audited(late, {}, async ({ connect }) => {
    const clients = await Promise.all([connect(), connect(), connect()]);
    for (const client of clients) {
      await client.send(request("GET", "/containers/json"));
    }
    await eventually("all requests", () => waiting.length === 3);
    for (const go of waiting.reverse()) go();
    for (const client of clients) {
      const text = await client.until("\r\n\r\n");
      const [id] = ids(text);
      // The body is the id that the engine got.
      assertStringIncludes(await client.until(id!, 2), `\r\n\r\n${id}`);
    }
  });
});

Deno.test("a client's own id gives way to ours, and is told, bounded and on its line", () =>
  audited(answers, {}, async ({ engine, connect }, audit) => {
    const client = await connect();
    const own = `mine\x80\xe9${"x".repeat(200)}`;
    await client.send(
      request("GET", "/containers/json", "", `x-request-id: ${own}`, "A: b"),
    );
    const text = await client.until("[]");
    const [decided] = await ended(audit) as [Line];
    assertEquals(ids(text).length, 1);
    assertEquals(engine.received().match(/x-request-id/gi)?.length, 1);
    assertStringIncludes(engine.received(), "\r\nA: b\r\n");
    const told = decided.client_request_id as string;
    assert(told.startsWith("mine\x80\xe9xx") && told.endsWith("…"));
    assertEquals(told.length, 128);
    // deno-lint-ignore no-control-regex -- control bytes are what it is about
    assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(audit.sink.text), false);
  }));

Deno.test("an id of the engine's is left out of an answer that has ours", () => {
  const own: Handler = (connection) =>
    connection.write(ok("[]", "X-REQUEST-ID: 5\r\n"));
  return audited(own, {}, async ({ connect }) => {
    const client = await connect();
    await client.send(request("GET", "/containers/json"));
    const text = await client.until("[]");
    assertEquals(text.match(/x-request-id/gi)?.length, 1);
    assertMatch(text, ID);
  });
});

Deno.test("without an audit ids pass as they come", () =>
  withRig(
    (connection) => connection.write(ok("[]", "X-Request-Id: 5\r\n")),
    {},
    async ({ engine, connect }) => {
      const client = await connect();
      await client.send(
        request("GET", "/containers/json", "", "X-Request-Id: mine"),
      );
      assertStringIncludes(await client.until("[]"), "\r\nX-Request-Id: 5\r\n");
      assertStringIncludes(engine.received(), "\r\nX-Request-Id: mine\r\n");
    },
  ));

Deno.test("an answer of any length comes whole behind the line of its id", async () => {
  const body = "x".repeat(300_000);
  for (const length of [0, 1, 500, 900, 950, 1000, 1024, 5000, 300_000]) {
    const sized: Handler = (connection) =>
      connection.write(ok(body.slice(0, length)));
    await audited(sized, {}, async ({ connect }) => {
      const client = await connect();
      for (let i = 1; i <= 3; i++) {
        await client.send(request("GET", "/containers/json"));
        const text = await client.until("\r\n\r\n" + body.slice(0, length), i);
        assertEquals(ids(text).length, i);
      }
    });
  }
});

Deno.test("W3C's trace is passed on as it came, and told", () =>
  audited(answers, {}, async ({ engine, connect }, audit) => {
    const client = await connect();
    const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await client.send(
      request("GET", "/containers/json", "", `TraceParent: ${trace}`),
    );
    await client.until("[]");
    const [decided] = await ended(audit) as [Line];
    assertEquals(decided.traceparent, trace);
    assertStringIncludes(engine.received(), `\r\nTraceParent: ${trace}\r\n`);
  }));

Deno.test("a refused request, and a malformed one, leave both lines, and their answers have the id", () =>
  audited(answers, {}, async ({ engine, connect }, audit) => {
    const client = await connect();
    await client.send(request("POST", "/containers/create?name=web%0Ax", "{}"));
    const refused = await client.until("}\n");
    await client.send("GET /a b c HTTP/1.1\r\n\r\n");
    const text = await client.rest();
    const [first, firstEnd, second, secondEnd] = await ended(audit, 2);
    assertEquals(
      [first!.decision, first!.code, first!.id, first!.object],
      ["refused", "policy.not_granted", ids(refused)[0], {
        kind: "container",
        name: "web\nx",
      }],
    );
    assertMatch(first!.message as string, /--allow container.create/);
    assertEquals([firstEnd!.status, firstEnd!.id], [403, first!.id]);
    assertEquals(
      [second!.operation, second!.code, second!.id],
      ["-", "http.bad_request_line", ids(text)[1]],
    );
    assertEquals([secondEnd!.status, secondEnd!.id], [400, second!.id]);
    assertEquals(engine.received(), "");
  }));

Deno.test("a request of a client of the policy file says who it is, and how that is known", () => {
  const { file } = policyFile(`
clients:
  ci:
    from: [ { cidr: 127.0.0.0/8 }, { cidr: 10.0.0.1, host: ci.example } ]
    allow: [ container.list ]
`);
  return audited(answers, { grants: grants({}), file }, async (rig, audit) => {
    const client = await rig.connect();
    await client.send(request("GET", "/containers/json"));
    await client.until("[]");
    const [decided] = await ended(audit) as [Line];
    assertEquals(
      [decided.client, decided.identified_by, decided.rule],
      [
        "ci",
        ["cidr 127.0.0.0/8", "cidr 10.0.0.1 and host ci.example"],
        "policy.yaml:5:14 container.list",
      ],
    );
  });
});

Deno.test("a request that a guard refuses has its findings in its line", () => {
  const { file } = policyFile(`
default: { allow: [ container.create ], guard: standard }
`);
  return audited(answers, { grants: grants({}), file }, async (rig, audit) => {
    const client = await rig.connect();
    const body = '{"Image":"a","HostConfig":{"Privileged":true}}';
    const type = "Content-Type: application/json";
    await client.send(request("POST", "/containers/create", body, type));
    await client.until("}\n");
    const [decided, end] = await ended(audit) as [Line, Line];
    assertEquals([decided.decision, decided.code], ["refused", "policy.guard"]);
    assertMatch(
      (decided.findings as string[]).join(),
      /^HostConfig.Privileged gives it all rights/,
    );
    assertEquals([end.status, end.code, end.in], [403, "policy.guard", 46]);
  });
});

Deno.test("a dry run says what it would refuse, with the findings", () => {
  const { file } = policyFile(`
default: { allow: [ container.create ], guard: standard }
`);
  const options = { grants: grants({}), file, dryRun: true };
  return audited(answers, options, async (rig, audit) => {
    const client = await rig.connect();
    const body = '{"Image":"a","HostConfig":{"Privileged":true}}';
    const type = "Content-Type: application/json";
    await client.send(request("POST", "/containers/create", body, type));
    await client.until("[]");
    await client.send(request("GET", "/containers/json"));
    await client.until("[]", 2);
    const lines = await ended(audit, 2);
    const decided = lines.filter(({ event }) => event === "decided");
    assertEquals(
      decided.map(({ decision, code, dry_run }) => [
        decision,
        code,
        dry_run,
      ]),
      [
        ["would_refuse", "policy.guard", true],
        ["would_refuse", "policy.not_granted", true],
      ],
    );
    assertEquals((decided[0]!.findings as string[]).length, 1);
    assertEquals(lines[1]!.would_refuse, "policy.guard");
  });
});

Deno.test("a stream is in the audit from its first byte, and its end once it has ended", () => {
  const stream: Handler = (connection) =>
    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  const options = { grants: grants({ EVENTS: 1 }) };
  return audited(stream, options, async ({ connect }, audit) => {
    const client = await connect();
    await client.send(request("GET", "/events"));
    await client.until("\r\n\r\n");
    assertEquals(audit.lines().map(({ event }) => event), ["decided"]);
    client.close();
    const [, end] = await ended(audit) as [Line, Line];
    assertEquals(end.code, "client.closed");
  });
});

Deno.test("what changes something is on its way to the file before it is on its way to the engine", () => {
  const flushes: number[] = [];
  const audit = keptAudit();
  const noted: Handler = (connection) => {
    flushes.push(audit.sink.flushed);
    return connection.write(ok("[]"));
  };
  const options = { grants: grants({ CONTAINERS: 1, POST: 1 }) };
  return withRig(
    noted,
    { ...options, auditor: audit.auditor },
    async ({ connect }) => {
      const client = await connect();
      await client.send(request("GET", "/containers/json"));
      await client.until("[]");
      await client.send(request("POST", "/containers/a/start"));
      await client.until("[]", 2);
      assertEquals(flushes, [0, 1]);
    },
  );
});

Deno.test("refuse: what cannot be written is not let through, and served again once it can", () =>
  audited(answers, {}, async ({ engine, connect, records }, audit) => {
    const client = await connect();
    audit.sink.full = true;
    await client.send(request("GET", "/containers/json"));
    const text = await client.until("}\n");
    assertMatch(text, /^HTTP\/1.1 503 /);
    assertMatch(text, /\(audit.full\)/);
    assertMatch(text, ID);
    assertEquals(engine.received(), "");
    assertEquals(records.map(({ code }) => code), ["audit.full"]);
    audit.sink.full = false;
    await client.send(request("GET", "/containers/json"));
    await client.until("[]");
    const lines = await ended(audit, 2);
    assertEquals(lines.map(({ decision, code }) => decision ?? code), [
      "refused",
      "audit.full",
      "allowed",
      "request.completed",
    ]);
  }, "refuse"));

Deno.test("refuse: a change of policy while the line is written counts", () => {
  const audit = keptAudit("refuse");
  let write = (_: boolean) => {};
  audit.sink.written = () => new Promise((resolve) => write = resolve);
  const stream: Handler = (connection) => connection.write(ok("[]"));
  return withRig(
    stream,
    { auditor: audit.auditor },
    async ({ engine, server, connect, records }) => {
      const client = await connect();
      await client.send(request("GET", "/containers/json"));
      await eventually("the line", () => audit.sink.text !== "");
      const { compile, NO_GRANTS } = await import(
        "../../lib/policy/compile.ts"
      );
      server.setPolicy(compile(NO_GRANTS));
      write(true);
      await client.rest();
      assertEquals(engine.received(), "");
      assertEquals(records.map(({ code }) => code), ["policy.revoked"]);
      const [decided, end] = await ended(audit) as [Line, Line];
      assertEquals([decided.decision, end.code], ["allowed", "policy.revoked"]);
    },
  );
});

Deno.test("drop: what has no room is counted, told once, and said in a line when there is room", () =>
  audited(answers, {}, async ({ connect, records }, audit) => {
    const client = await connect();
    audit.sink.waiting = 4 << 20;
    for (let i = 1; i <= 2; i++) {
      await client.send(request("GET", "/containers/json"));
      await client.until("[]", i);
    }
    await eventually("the ends", () => records.length === 2);
    assertEquals([audit.dropped(), audit.told.length], [4, 1]);
    audit.sink.waiting = 0;
    await client.send(request("GET", "/containers/json"));
    await client.until("[]", 3);
    const lines = await ended(audit);
    assertEquals(lines.map(({ event, lines }) => lines ?? event), [
      4,
      "decided",
      "ended",
    ]);
    assertMatch(audit.told.at(-1)!, /^4 audit lines were dropped/);
  }));

Deno.test("a path of a megabyte leaves a short line", () => {
  const options = {
    limits: { headBytes: 1 << 21, requestLineBytes: 1 << 21 },
  };
  return audited(answers, options, async ({ connect }, audit) => {
    const client = await connect();
    await client.send(
      request("GET", `/containers/${"a".repeat(1 << 20)}/json`),
    );
    await client.rest();
    const [decided] = await ended(audit) as [Line];
    assertEquals(decided.decision, "refused");
    assert(audit.sink.text.length < 8192);
  });
});

Deno.test("a connection that is turned away leaves both lines", () => {
  const stream: Handler = (connection) =>
    connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  const options = { limits: { maxConnections: 1 } };
  return audited(stream, options, async (rig, audit) => {
    const client = await rig.connect();
    await client.send(request("GET", "/containers/json"));
    await client.until("\r\n\r\n");
    const text = await (await rig.connect()).rest();
    const lines = await ended(audit);
    const [decided, end] = lines.slice(-2) as [Line, Line];
    assertEquals([decided.code, end.status], ["client.no_connection", 503]);
    assertEquals(ids(text), [decided.id]);
  });
});

Deno.test("ids of two runs differ", () =>
  audited(answers, {}, () => {
    assertNotEquals(
      keptAudit().auditor.newId().slice(0, 20),
      keptAudit().auditor.newId().slice(0, 20),
    );
    return Promise.resolve();
  }));
