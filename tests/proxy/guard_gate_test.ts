/** The guard at the gate, in front of an engine that says what it is asked. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { compile } from "../../lib/policy/compile.ts";
import { describeFindings } from "../../lib/proxy/guard_gate.ts";
import { config } from "../support/config.ts";
import { type Handler, ok } from "../support/engine.ts";
import { policyFile } from "../support/policy.ts";
import { type Rig, withRig } from "../support/proxy.ts";

const POLICY = `
clients:
  ci:
    listen: "LISTEN"
    allow: [container.create, container.list]
    guard: GUARD
    MORE
`;

/** Volumes by name; the engine answers for no other. */
const VOLUMES: Readonly<Record<string, object>> = {
  trap: { Name: "trap", Driver: "local", Options: { device: "/etc" } },
  data: { Name: "data", Driver: "local", Options: null, Labels: null },
  own: { Name: "own", Driver: "local", Options: null, Labels: { a: "b" } },
};

const DOCKER = '{"Components":[{"Name":"Engine"}]}';
/** What the engine says that it is. */
const VERSION = { text: DOCKER };

const engine: Handler = async (c, head) => {
  const [method, target = ""] = head.split(" ");
  if (method !== "GET") return await c.write(ok('{"Id":"1"}'));
  if (target === "/version") return await c.write(ok(VERSION.text));
  const name = target.replace(/^\/(?:v1\.41\/)?volumes\//, "");
  if (name === "broken") {
    return await c.write(
      "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}",
    );
  }
  if (name === "cut") return c.close();
  if (name === "twice") return await c.write(ok('{"Name":"a","Name":"b"}'));
  if (name === "refused") {
    return await c.write(
      "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}",
    );
  }
  const found = VOLUMES[name];
  if (found === undefined) {
    return await c.write(
      "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
    );
  }
  await c.write(ok(JSON.stringify(found)));
};

async function withGuard(
  guard: string,
  run: (rig: Rig) => Promise<void>,
  { more = "", dryRun = false }: { more?: string; dryRun?: boolean } = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-guard-" });
  const { file, listeners } = policyFile(
    POLICY.replace("LISTEN", `unix://${folder}/ci.sock`)
      .replace("GUARD", guard).replace("MORE", more),
  );
  try {
    await withRig(engine, { file, listeners, dryRun }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Creates a container; what the client was told, and whether the engine got it. */
async function create(rig: Rig, body: unknown) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const before = rig.engine.received().length;
  const client = await rig.connect();
  await client.send(
    `POST /v1.41/containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
  const answer = await client.rest();
  const asked = rig.engine.received().slice(before);
  const record = rig.records.at(-1)!;
  return {
    status: Number(answer.split(" ")[1]),
    message: answer.split("\r\n\r\n")[1] ?? "",
    asked,
    sent: asked.includes("POST "),
    record,
  };
}

Deno.test("a body that keeps to the guard is sent byte for byte", async () => {
  await withGuard("standard", async (rig) => {
    const body = '{ "Image" : "a","HostConfig":{"Memory":9007199254740991} }';
    const { status, asked } = await create(rig, body);
    assertEquals(status, 200);
    assert(asked.endsWith(body));
  });
});

Deno.test("all findings are told at once, and nothing is sent", async () => {
  await withGuard("standard", async (rig) => {
    const { status, message, sent, record } = await create(rig, {
      Image: "a",
      PidMode: "host",
      HostConfig: { Privileged: true, Binds: ["/etc:/e"] },
    });
    assertEquals([status, sent, record.code], [403, false, "policy.guard"]);
    for (
      const word of [
        "guard 'standard'",
        "HostConfig.Privileged",
        "PidMode",
        "client 'ci' (policy.yaml:6:12)",
        "privileged: allow",
        "namespaces: [pid]",
        "binds: [/etc]",
      ]
    ) assertStringIncludes(message, word);
  });
});

Deno.test("a body that could be read in another way is refused before it is judged", async () => {
  await withGuard("standard", async (rig) => {
    for (
      const body of [
        '{"HostConfig":{"Privileged":true},"HostConfig":{}}',
        '{"hostconfig":{"Privileged":true}}',
        '{"HostConfig":{"Privileged":1}}',
        '{"Image":"a"}{}',
        "",
      ]
    ) {
      const { status, sent } = await create(rig, body);
      assertEquals([status, sent], [403, false], body);
    }
  });
});

Deno.test("a volume that is there is judged as if it were made here, and one that is not known is not guessed", async () => {
  await withGuard("standard", async (rig) => {
    const mount = (name: string) =>
      create(rig, { Image: "a", HostConfig: { Binds: [`${name}:/x`] } });
    assertEquals((await mount("data")).status, 200);
    assertEquals((await mount("absent")).status, 200);
    const trap = await mount("trap");
    assertEquals([trap.status, trap.sent], [403, false]);
    assertStringIncludes(trap.message, "volume-options: allow");
    const broken = await mount("broken");
    assertEquals([broken.status, broken.sent], [502, false]);
    assertEquals(broken.record.code, "engine.guard_unknown");
    assertStringIncludes(broken.message, "cannot tell what 'broken'");
    for (const name of ["twice", "refused"]) {
      const unread = await mount(name);
      assertEquals([unread.status, unread.sent], [403, false], name);
      assertEquals(unread.record.code, "policy.guard");
      assertStringIncludes(unread.message, `cannot tell what '${name}'`);
    }
  });
});

Deno.test("an engine that closes without an answer leaves the request unsent with 502", async () => {
  await withGuard("standard", async (rig) => {
    const cut = await create(rig, {
      Image: "a",
      HostConfig: { Binds: ["cut:/x"] },
    });
    assertEquals([cut.status, cut.sent], [502, false]);
    assertEquals(cut.record.code, "engine.guard_unknown");
  });
});

Deno.test("a knob at warn lets the request pass, and logs what was found", async () => {
  await withGuard("{ privileged: warn }", async (rig) => {
    const { status, sent, record } = await create(rig, {
      Image: "a",
      HostConfig: { Privileged: true },
    });
    assertEquals([status, sent], [200, true]);
    assertEquals(record.wouldRefuse, "policy.guard");
    assertStringIncludes(record.message, "HostConfig.Privileged");
    assertEquals(record.remedies?.map(({ text }) => text), [
      "privileged: allow",
    ]);
  });
});

Deno.test("what is offered to copy allows the creation, also with a long path; a path that is cut is not offered", async () => {
  const bind = (length: number) => ({
    Image: "a",
    HostConfig: { Binds: [`/srv/${"d".repeat(length)}:/d`] },
  });
  let line = "";
  await withGuard("{ level: standard }", async (rig) => {
    const { status, record } = await create(rig, bind(200));
    assertEquals(status, 403);
    assertEquals(record.remedies?.length, 1);
    const { text, where } = record.remedies![0]!;
    assertEquals(where, "the guard of client 'ci' (policy.yaml:6:14)");
    line = text;
    const long = await create(rig, bind(300));
    assertEquals([long.status, long.record.remedies], [403, []]);
  });
  await withGuard(`{ level: standard, ${line} }`, async (rig) => {
    assertEquals((await create(rig, bind(200))).status, 200);
    assertEquals((await create(rig, bind(201))).status, 403);
  });
});

Deno.test("a dry run sends what the guard refuses, and says so in the log", async () => {
  await withGuard("standard", async (rig) => {
    const { status, sent, record } = await create(rig, {
      Image: "a",
      HostConfig: { Privileged: true },
    });
    assertEquals([status, sent], [200, true]);
    assertEquals(record.wouldRefuse, "policy.guard");
  }, { dryRun: true });
});

Deno.test("beside a scope the guard judges what the scope has made of the body", async () => {
  await withGuard("{ labels-forbidden: [a=b] }", async (rig) => {
    // The label comes from the scope.
    const { status, message } = await create(rig, { Image: "a" });
    assertEquals(status, 403);
    assertStringIncludes(message, "labels-forbidden");
  }, { more: "containers: { label: a=b }\n    images: any" });
});

Deno.test("the engine's own socket is mounted by its exact path alone", async () => {
  const mount = (rig: Rig) =>
    create(rig, {
      Image: "a",
      HostConfig: { Binds: [`${rig.engine.path}:/s`] },
    });
  await withGuard('{ binds: ["/tmp/**"] }', async (rig) => {
    const { status, message } = await mount(rig);
    assertEquals(status, 403);
    assertStringIncludes(message, "binds: [/");
  });
});

Deno.test("an operation that no guard judges costs nothing", async () => {
  await withGuard("strict", async (rig) => {
    const client = await rig.connect();
    await client.send(
      "GET /v1.41/containers/json HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n",
    );
    assertStringIncludes(await client.rest(), "404");
    assertEquals(rig.engine.received().match(/GET /g)?.length, 1);
  });
});

Deno.test("a refusal by the guard of a preset says what to write in its place", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-guard-" });
  const { file, listeners } = policyFile(
    `clients: { ci: { listen: "unix://${folder}/ci.sock", preset: [gitlab-runner, sablier] } }`,
  );
  try {
    await withRig(engine, { file, listeners }, async (rig) => {
      const { status, message, sent } = await create(rig, {
        Image: "a",
        HostConfig: { Binds: ["/etc:/e"] },
      });
      assertEquals([status, sent], [403, false]);
      assertStringIncludes(
        message,
        "to allow it write a guard of client 'ci' in place of that of presets gitlab-runner, sablier: level: standard, targets: allow, binds: [/etc]",
      );
      assertEquals((await create(rig, { Image: "a" })).status, 200);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("without a client the refusal by a preset's guard names the setting", () => {
  const { rest } = compile(config(["--preset=gitlab-runner"]).grants);
  const of = (...remedies: string[]) =>
    describeFindings(
      rest,
      rest.guard!,
      remedies.map((remedy) => ({ knob: "", path: "", what: "it is", remedy })),
    );
  assertStringIncludes(
    of("binds: [/a]", "privileged: allow"),
    "to allow it write a guard (--guard, or default of a policy file) in place of that of preset gitlab-runner: level: standard, binds: [/a], privileged: allow",
  );
  // What no knob allows needs no other knob.
  assert(
    of("binds: [/a]", "guard: none").endsWith("gitlab-runner: guard: none"),
  );
});

Deno.test("a variable without a value passes on Docker and not on podman, and the engine is asked only for one", async () => {
  await withGuard("standard", async (rig) => {
    const plain = await create(rig, { Image: "a", Env: ["A=b"] });
    assertEquals([plain.status, plain.asked.includes("/version")], [
      200,
      false,
    ]);
    const body = { Image: "a", Env: ["HOME"] };
    assertEquals((await create(rig, body)).status, 200);
    try {
      VERSION.text = '{"Components":[{"Name":"Podman Engine"}]}';
      const podman = await create(rig, body);
      assertEquals([podman.status, podman.sent], [403, false]);
      assertStringIncludes(podman.message, "env-inherited: allow");
      VERSION.text = "{";
      const unknown = await create(rig, body);
      assertEquals([unknown.status, unknown.sent], [502, false]);
    } finally {
      VERSION.text = DOCKER;
    }
  });
});
