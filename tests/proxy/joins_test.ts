/**
 * A container that joins another speaks with its addresses: whose it is, and
 * through what it has joined itself, is known before it is made, or it is not
 * made.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Handler, ok } from "../support/engine.ts";
import { policyFile } from "../support/policy.ts";
import { request, withRig } from "../support/proxy.ts";

/** The maker stands last: who it is rests on the list, which then changes nothing later. */
const POLICY = `
clients:
  bob: { from: { service: deployer }, allow: [ container.restart ] }
  carl: { from: { container: carl }, allow: [ container.list ] }
  maker: { from: { cidr: 127.0.0.0/8 }, allow: [ container.create ] }
`;

/** Containers that one may be joined to through others. */
const MAX_JOINED = 16;

/** A container of the engine. */
interface Made {
  readonly id: string;
  readonly name: string;
  /** What it has joined, by the field that says so. */
  readonly joined?: Record<string, string>;
  readonly service?: string;
}

/** An id that begins so. */
function idOf(start: string): string {
  return start.padEnd(64, "0");
}

/** What HostConfig says of a container that joins another's network. */
function join(reference: string): Record<string, string> {
  return { NetworkMode: `container:${reference}` };
}

/** A chain of so many containers, each joined to the next. */
function chainOf(length: number): Made[] {
  return Array.from({ length }, (_, i) => ({
    id: idOf(`f${i.toString(16)}f`),
    name: `n${i}`,
    ...(i + 1 < length && { joined: join(`n${i + 1}`) }),
  }));
}

/** An engine with these containers; it fails for what is named `broken`. */
function engineWith(containers: readonly Made[]): Handler {
  return async (connection, head) => {
    const target = head.split(" ")[1]!;
    const reference = /^\/containers\/([^/]+)\/json$/.exec(target)?.[1];
    if (target.startsWith("/events")) {
      await connection.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
    } else if (target === "/containers/json") await connection.write(ok("[]"));
    else if (reference === "broken") {
      await connection.write(ok("{}").replace("200 OK", "500 Oh"));
    } else if (reference !== undefined) {
      // As Docker resolves it: a name first, then the start of an id.
      const found = containers.find(({ name }) => name === reference) ??
        containers.find(({ id }) => id.startsWith(reference));
      await connection.write(
        found === undefined
          ? ok("{}").replace("200 OK", "404 Not Found")
          : ok(JSON.stringify({
            Id: found.id,
            Name: `/${found.name}`,
            Config: {
              Labels: found.service === undefined
                ? {}
                : { "com.docker.compose.service": found.service },
            },
            HostConfig: found.joined ?? {},
            State: { Running: true, StartedAt: "2026-01-01T00:00:00Z" },
          })),
      );
    } else await connection.write(ok("made"));
  };
}

/** The status and the detail of making a container that joins these. */
async function made(
  containers: readonly Made[],
  host: Record<string, unknown>,
): Promise<{ status: number; detail: string; asked: number }> {
  let result = { status: 0, detail: "", asked: 0 };
  await withRig(
    engineWith(containers),
    { file: policyFile(POLICY).file },
    async (rig) => {
      const client = await rig.connect();
      await client.send(request(
        "POST",
        "/containers/create",
        JSON.stringify({ HostConfig: host }),
        "Content-Type: application/json",
      ));
      await client.until("\r\n\r\n");
      const { status, message: detail } = rig.records[0]!;
      const received = rig.engine.received();
      assertEquals(received.includes("POST"), status === 200);
      assertStringIncludes(client.seen(), `HTTP/1.1 ${status} `);
      const asked = received.match(/GET \/containers\/[^/]+\/json/g) ?? [];
      result = { status, detail, asked: asked.length };
    },
  );
  return result;
}

Deno.test("a container of no client may be joined, by its name and by its id", async () => {
  const containers = [{ id: idOf("abcdef"), name: "plain" }];
  for (const reference of ["plain", idOf("abcdef"), "abcdef0"]) {
    const { status, detail } = await made(containers, join(reference));
    assertEquals([reference, status, detail], [reference, 200, ""]);
  }
});

Deno.test("a name that could be the start of another's id joins nothing, at the start or through others", async () => {
  const hexadecimal = { id: idOf("123"), name: "cafe" };
  for (
    const [containers, reference] of [
      [[hexadecimal], "cafe"],
      [[
        { id: idOf("456"), name: "plain", joined: join("cafe") },
        hexadecimal,
      ], "plain"],
    ] as const
  ) {
    const { status, detail } = await made(containers, join(reference));
    assertEquals(status, 403);
    assertStringIncludes(detail, `container '${reference}' is`);
  }
  // The start of its own id names no other container.
  const own = { id: idOf("cafe"), name: "cafe" };
  assertEquals((await made([own], join("cafe"))).status, 200);
  // A name that no id begins with needs no such look.
  const other = { id: idOf("123"), name: "cafeg" };
  assertEquals((await made([other], join("cafeg"))).status, 200);
});

Deno.test("another client's container is not joined, nor through others, by whatever they share", async () => {
  const bobs = { id: idOf("b0b"), name: "bobs", service: "deployer" };
  for (const field of ["NetworkMode", "PidMode", "IpcMode"]) {
    const through = (to: string) => ({ [field]: `container:${to}` });
    const chain = [
      { id: idOf("a1"), name: "one", joined: through("two") },
      { id: idOf("a2"), name: "two", joined: through("bobs") },
      bobs,
    ];
    for (const reference of ["bobs", "two", "one"]) {
      const { status, detail } = await made(chain, through(reference));
      assertEquals([field, reference, status], [field, reference, 403]);
      assertStringIncludes(detail, "client 'bob'");
    }
  }
});

Deno.test("what the engine does not know, or does not tell, joins nothing", async () => {
  for (const reference of ["missing", "broken", "through"]) {
    const through = {
      id: idOf("aa"),
      name: "through",
      joined: join("missing"),
    };
    const { status, detail } = await made([through], join(reference));
    assertEquals([reference, status], [reference, 403]);
    assertStringIncludes(detail, `container '${reference}' is`);
  }
});

Deno.test(`a chain of ${MAX_JOINED} containers is followed, and a longer one joins nothing`, async () => {
  const allowed = await made(chainOf(MAX_JOINED), join("n0"));
  assertEquals(allowed, { status: 200, detail: "", asked: MAX_JOINED });
  const refused = await made(chainOf(MAX_JOINED + 1), join("n0"));
  assertEquals(refused.status, 403);
  // The one too many is the last that is asked for.
  const endless = await made(chainOf(MAX_JOINED + 10), join("n0"));
  assertEquals(endless.asked, MAX_JOINED + 1);
});

Deno.test("containers that join each other, or one twice, count once", async () => {
  const circle = [
    { id: idOf("a1"), name: "one", joined: join("two") },
    { id: idOf("a2"), name: "two", joined: join("one") },
  ];
  const { status, asked } = await made(circle, join("one"));
  assertEquals([status, asked], [200, 3]);
  // Both ways through the chain lead to containers that are counted already.
  const twice = chainOf(MAX_JOINED).map((container, i) =>
    i === 0
      ? {
        ...container,
        joined: { ...container.joined, PidMode: "container:n2" },
      }
      : container
  );
  assertEquals((await made(twice, join("n0"))).status, 200);
});

Deno.test("after one join that is refused the engine is asked for no other", async () => {
  const { status, asked } = await made([], {
    VolumesFrom: ["missing", "another", "third"],
  });
  assertEquals([status, asked], [403, 1]);
});
