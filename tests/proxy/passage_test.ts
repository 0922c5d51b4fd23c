/** A body that the gate rewrites: what the engine gets, byte for byte, and who its container is. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withOwnContainer } from "../../lib/policy/compile.ts";
import { setBody } from "../../lib/proxy/gather.ts";
import {
  enterGate,
  passGate,
  renew,
  standingOf,
} from "../../lib/proxy/passage.ts";
import type { Exchange } from "../../lib/proxy/state.ts";
import {
  atGate,
  foundUnder,
  headOf,
  policyOf,
  WEB,
} from "../support/at_gate.ts";
import { type EngineConnection, ok } from "../support/engine.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import { eventually, get, type Rig, withRig } from "../support/proxy.ts";

const ID = "a".repeat(64);

/** The maker has its own listener. Alice is a container with a label, on the first listener. */
const POLICY = `
clients:
  maker:
    listen: "unix://FOLDER/maker.sock"
    allow: [ container.create, container.rename, service.create, service.update, system.ping ]
  alice: { from: { label: role=alice }, allow: [ system.info ] }
  bob: { from: { container: bob }, allow: [ system.info ] }
`;

/** What the image of a creation has, though inspecting it shows no label. */
const OF_IMAGE: Readonly<Record<string, string>> = { role: "alice", x: "1" };

/** An engine whose next container has the address of the tests; its labels are the body's, then the image's. */
function createEngine() {
  let labels: Record<string, string> = {};
  const asked: string[] = [];
  const facts = () => ({
    Id: ID,
    Config: { Labels: labels },
    Labels: labels,
    Name: "/made",
    Names: ["/made"],
    State: { Running: true, StartedAt: "2026-01-01T00:00:00Z" },
    NetworkSettings: {
      Networks: {
        net: { NetworkID: "n", IPAddress: "127.0.0.1", IPPrefixLen: 8 },
      },
    },
  });
  return {
    asked,
    answer: async (connection: EngineConnection, head: string) => {
      const target = head.split(" ")[1]!;
      asked.push(target);
      if (target.startsWith("/events")) {
        await connection.write(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
      } else if (head.startsWith("POST ")) {
        const length = Number(
          /\r\nContent-Length: ([0-9]+)\r\n/.exec(head)![1],
        );
        const start = connection.received.indexOf(head) + head.length;
        await eventually(
          "the body",
          () => connection.received.length >= start + length,
        );
        const body = JSON.parse(connection.received.slice(start));
        labels = { ...OF_IMAGE, ...body.Labels };
        await connection.write(ok("{}"));
      } else if (target.startsWith("/images/")) {
        await connection.write(ok('{"Config":{"Labels":{}}}'));
      } else if (target === `/containers/${ID}/json`) {
        await connection.write(ok(JSON.stringify(facts())));
      } else {
        await connection.write(ok(JSON.stringify([facts()])));
      }
    },
  };
}

async function withMaker(
  run: (rig: Rig, asked: readonly string[]) => Promise<void>,
  dryRun = false,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-passage-" });
  const { file, listeners } = policyFile(POLICY.replace("FOLDER", folder));
  const { answer, asked } = createEngine();
  try {
    await withRig(
      answer,
      {
        grants: { ...grants({}), defaultSwitches: false },
        file,
        dryRun,
        listeners: [{ kind: "tcp", host: "127.0.0.1", port: 0 }, ...listeners],
      },
      (rig) => run(rig, asked),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Sends a request as the maker; returns the status of the answer, and what the engine got of it. */
async function send(
  rig: Rig,
  text: string,
): Promise<{ status: string; got: string }> {
  const maker = await rig.connect(1);
  await maker.send(text);
  await maker.until("\r\n\r\n", text.includes("Expect:") ? 2 : 1);
  const status = /HTTP\/1\.1 ((?!100)[0-9]{3})/.exec(maker.seen())![1]!;
  maker.close();
  const got = rig.engine.connections.map(({ received }) => received)
    .filter((received) => received.startsWith("POST ")).at(-1) ?? "";
  return { status, got };
}

function creation(
  body: string,
  more = "",
  path = "/containers/create",
): string {
  return `POST ${path} HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function bodyOf(got: string): string {
  return got.slice(got.indexOf("\r\n\r\n") + 4);
}

Deno.test("a request without body and conditions passes the gate without a promise", () => {
  const exchange = {
    body: { done: true },
    plan: { reads: null },
    session: {
      identified: { generation: 1 },
      context: {
        engine: { kind: "unix", path: "" },
        access: { generation: 1 },
      },
    },
    passedFor: null,
  };
  assertEquals(enterGate(exchange as unknown as Exchange), null);
  assertEquals(exchange.passedFor, exchange.session.identified);
});

Deno.test("a request whose client may have changed since it was planned does not pass without a look", async () => {
  const exchange = {
    body: { done: true },
    plan: { reads: null, decision: {} },
    content: null,
    session: {
      identified: { generation: 1 },
      context: {
        engine: { kind: "unix", path: "" },
        access: {
          generation: 2,
          find() {
            throw new Error("looked at");
          },
        },
      },
    },
    passedFor: null,
  };
  const passage = enterGate(exchange as unknown as Exchange);
  await assertRejects(async () => await passage, Error, "looked at");
  assertEquals(exchange.passedFor, null);
});

Deno.test("a request without a body is judged by its query", async () => {
  await withMaker(async (rig) => {
    const { status, got } = await send(
      rig,
      "POST /containers/x/rename?name=bob HTTP/1.1\r\nHost: d\r\n\r\n",
    );
    assertEquals(status, "403");
    assertEquals(got, "");
  });
});

Deno.test("a container does not get a client's label from its image, whatever the engine says of that", async () => {
  await withMaker(async (rig, asked) => {
    const { status } = await send(rig, creation('{"Image":"x"}'));
    assertEquals(status, "200");
    const made = await rig.connect(0);
    await made.send(get("/info"));
    assertStringIncludes(await made.until("\r\n\r\n"), "HTTP/1.1 403 ");
    assertEquals(asked.filter((one) => one.startsWith("/images/")), []);
  });
});

Deno.test("a body is sent with the labels that were written into it, and its new length", async () => {
  await withMaker(async (rig) => {
    for (
      const [body, sent] of [
        ['{"Image":"x"}', '{"Labels":{"role":""},"Image":"x"}'],
        ['{"Labels":null}', '{"Labels":{"role":""}}'],
        [
          '{"n":12345678901234567890,"Labels":{"a":"b"}}',
          '{"n":12345678901234567890,"Labels":{"role":"","a":"b"}}',
        ],
        ['{"Labels":{"role":"bob"}}', '{"Labels":{"role":"bob"}}'],
      ] as const
    ) {
      const { status, got } = await send(rig, creation(body));
      assertEquals(status, "200");
      assertEquals(bodyOf(got), sent);
      assertEquals(got.match(/Content-Length: [0-9]+/gi), [
        `Content-Length: ${sent.length}`,
      ]);
    }
  });
});

Deno.test("a body in chunks, and one that waits to be asked for, is rewritten too", async () => {
  await withMaker(async (rig) => {
    const sent = '{"Labels":{"role":""},"Image":"x"}';
    for (
      const text of [
        'POST /v1.41/containers/create?name=a HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"Ima\r\n8;x=y\r\nge":"x"}\r\n0\r\nTrailer: 1\r\n\r\n',
        creation('{"Image":"x"}', "Expect: 100-continue\r\n"),
      ]
    ) {
      const { status, got } = await send(rig, text);
      assertEquals(status, "200");
      assertEquals(bodyOf(got), sent);
      assertStringIncludes(got, `\r\nContent-Length: ${sent.length}\r\n`);
      assertEquals(/Transfer-Encoding|Expect/i.test(got), false);
    }
  });
});

Deno.test("the labels of a service go to its containers", async () => {
  await withMaker(async (rig) => {
    for (const path of ["/services/create", "/services/web/update?version=1"]) {
      const { status, got } = await send(
        rig,
        creation(
          '{"Name":"web","Labels":{},"TaskTemplate":{"ContainerSpec":{"Image":"x:1"}}}',
          "",
          path,
        ),
      );
      assertEquals(status, "200");
      assertEquals(
        bodyOf(got),
        '{"Name":"web","Labels":{},"TaskTemplate":{"ContainerSpec":{"Labels":{"role":""},"Image":"x:1"}}}',
      );
    }
  });
});

Deno.test("a dry run sends a body as it came", async () => {
  await withMaker(async (rig) => {
    for (const body of ['{"Image":"x"}', '{"Labels":{"role":"alice"}}']) {
      const { status, got } = await send(rig, creation(body));
      assertEquals(status, "200");
      assertEquals(bodyOf(got), body);
    }
    await eventually("the records", () => rig.records.length === 2);
    assertEquals(rig.records.map(({ wouldRefuse }) => wouldRefuse), [
      null,
      "policy.identity",
    ]);
  }, true);
});

Deno.test("a body of the largest size is rewritten, a larger one refused", async () => {
  await withMaker(async (rig) => {
    const most = 1024 * 1024;
    const body = (size: number) => `{"a":"${"b".repeat(size - 8)}"}`;
    const { status, got } = await send(rig, creation(body(most)));
    assertEquals(status, "200");
    assertEquals(bodyOf(got).length, most + '"Labels":{"role":""},'.length);
    const refused = await send(rig, creation(body(most + 1)));
    assertEquals(refused.status, "413");
  });
});

// Without connections: the test says who the client is found to be.

const CREATE = headOf("POST", "/containers/create", 2);
const RENAME = headOf("POST", "/containers/x/rename?name=new");
const RULES = ["container.create", "container.rename"];
const FREE = policyOf({}, ...RULES);
const LABELLED = policyOf(
  { alice: { kind: "label", key: "role", value: "a" } },
  ...RULES,
);
const NAMED = policyOf(
  { bob: { kind: "container", name: "bob" } },
  ...RULES,
);
const JOIN = '{"HostConfig":{"NetworkMode":"container:web"}}';
const NO_ANSWER = { reason: "the engine does not answer" };

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

Deno.test("a body that is not gathered goes through the gate, and what must not be judged is not there", async () => {
  const { exchange } = atGate(foundUnder(FREE, 0), CREATE);
  assertEquals(await enterGate(exchange), null);
  assertEquals(exchange.content, null);
  assertEquals(exchange.passedFor, exchange.session.identified);
});

Deno.test("of a request without a body nothing is read before it passes", async () => {
  const { exchange } = atGate(foundUnder(NAMED, 0), RENAME);
  const { first, content } = exchange;
  assertEquals(await enterGate(exchange), null);
  assertEquals(exchange.first === first && exchange.content === content, true);
});

Deno.test("a request whose client is not known any more, or has lost its right, ends without an answer and its record says which", async () => {
  for (
    const [find, code] of [
      [() => NO_ANSWER, "identity.unknown"],
      [() => foundUnder(policyOf({}), 1), "policy.revoked"],
    ] as const
  ) {
    const gate = atGate(foundUnder(NAMED, 0), RENAME);
    Object.assign(gate, { generation: 1, find });
    assertEquals(await enterGate(gate.exchange), false);
    assertEquals(gate.codes, [code]);
    assertEquals(gate.exchange.passedFor, null);
  }
});

Deno.test("a condition that came on a body that was not gathered does not hold, one on a query does", async () => {
  for (
    const [text, kind] of [[CREATE, "revoked"], [RENAME, "passed"]] as const
  ) {
    const gate = atGate(foundUnder(FREE, 0), text);
    Object.assign(gate, { generation: 1, find: () => foundUnder(NAMED, 1) });
    gate.exchange.content = null;
    assertEquals((await passGate(gate.exchange)).kind, kind);
  }
});

Deno.test("a request that was sent is not rewritten but refused", async () => {
  const found = foundUnder(LABELLED, 0);
  for (const [sent, kind] of [[null, "passed"], [found, "refused"]] as const) {
    const { exchange } = atGate(found, CREATE);
    setBody(exchange, bytes("{}"));
    exchange.passedFor = sent;
    const passage = await passGate(exchange);
    assertEquals(passage.kind, kind);
    assertEquals("body" in passage && passage.body !== null, sent === null);
  }
});

Deno.test("only a request that was sent and cannot be judged now is judged again later", async () => {
  const found = foundUnder(NAMED, 0);
  for (
    const [body, sent, kind] of [
      [JOIN, null, "refused"],
      [JOIN, found, "unknown"],
      ["{", null, "refused"],
      ["{", found, "refused"],
    ] as const
  ) {
    const gate = atGate(found, CREATE);
    gate.container = () => NO_ANSWER;
    setBody(gate.exchange, bytes(body));
    gate.exchange.passedFor = sent;
    assertEquals((await passGate(gate.exchange)).kind, kind);
  }
});

Deno.test("a request passes if the policy stands still in one of 20 judgements", async () => {
  for (const [changes, kind] of [[19, "passed"], [20, "revoked"]] as const) {
    const gate = atGate(foundUnder(NAMED, 0), CREATE);
    setBody(gate.exchange, bytes(JOIN));
    let judged = 0;
    gate.find = () => foundUnder(NAMED, gate.generation);
    gate.container = () => {
      if (judged++ < changes) gate.generation++;
      return WEB;
    };
    const passage = await passGate(gate.exchange);
    assertEquals([passage.kind, judged], [kind, 20]);
    assertEquals(gate.finds, 19);
  }
});

Deno.test("a request that a policy refuses after a change does not pass, and nothing more is looked up", async () => {
  const gate = atGate(foundUnder(FREE, 0), RENAME);
  Object.assign(gate, {
    generation: 1,
    find: () => foundUnder(policyOf({}), 1),
  });
  assertEquals(await passGate(gate.exchange), { kind: "revoked" });
  assertEquals(gate.finds, 1);
});

Deno.test("a decision stands as long as nothing has changed, and is made again once something has", async () => {
  const gate = atGate(foundUnder(FREE, 0), RENAME);
  const standing = standingOf(gate.exchange);
  assertEquals(await renew(gate.exchange, standing) === standing, true);
  assertEquals(gate.finds, 0);
  gate.generation = 1;
  const now = foundUnder(NAMED, 1);
  gate.find = () => now;
  const renewed = await renew(gate.exchange, standing);
  assertEquals("found" in renewed && renewed.found === now, true);
  assertEquals(
    "admission" in renewed &&
      renewed.admission.conditions.map(({ kind }) => kind),
    ["identity"],
  );
});

Deno.test("a decision is not made for another container than before, nor for one that is not known", async () => {
  const of = (id: string, generation: number) =>
    foundUnder(FREE, generation, {
      container: { id: id.repeat(64), name: id, labels: new Map() },
    });
  for (
    const [now, kind] of [
      [of("a", 1), null],
      [of("b", 1), "revoked"],
      [NO_ANSWER, "unknown"],
    ] as const
  ) {
    const gate = atGate(of("a", 0), RENAME);
    Object.assign(gate, { generation: 1, find: () => now });
    const renewed = await renew(gate.exchange, standingOf(gate.exchange));
    assertEquals("kind" in renewed ? renewed.kind : null, kind);
  }
});

Deno.test("a decision that needs our own container is made again once it is known, and not without", async () => {
  const sought = withOwnContainer(FREE, null, true);
  for (
    const [answer, kind, finds] of [
      [null, null, 2],
      [NO_ANSWER, "unknown", 1],
    ] as const
  ) {
    const gate = atGate(foundUnder(FREE, 0), RENAME);
    let policy = sought;
    gate.generation = 1;
    gate.find = () => foundUnder(policy, 1);
    gate.learnOwn = () => {
      policy = FREE;
      return answer;
    };
    const renewed = await renew(gate.exchange, standingOf(gate.exchange));
    assertEquals("kind" in renewed ? renewed.kind : null, kind);
    assertEquals(gate.finds, finds);
  }
});
