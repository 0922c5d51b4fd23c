import { assert, assertEquals } from "@std/assert";
import { matchOperation } from "../../lib/docker/match.ts";
import { encodeUtf8 } from "../../lib/host.ts";
import { bodyNeeds } from "../../lib/learn/body_needs.ts";
import { readNeed } from "../../lib/learn/needs.ts";
import type { RecordedBody } from "../../lib/learn/recording.ts";

const ENGINE = {
  describe: (_kind: string, reference: string) =>
    Promise.resolve(
      reference === "down" ? { reason: "the engine is down" } : null,
    ),
  isPodman: () => Promise.resolve(false),
};

async function needsOf(
  method: string,
  target: string,
  body: unknown,
): Promise<RecordedBody | undefined> {
  const match = matchOperation(method, target);
  if (match.kind !== "operation") throw new Error(`${match.kind}: ${target}`);
  const bytes = body === null
    ? null
    : encodeUtf8(typeof body === "string" ? body : JSON.stringify(body));
  return await bodyNeeds(ENGINE, ["/run/docker.sock"], match, bytes);
}

const CREATE = "/containers/create";

Deno.test("bodyNeeds: what a guard does not judge has no body", async () => {
  assertEquals(await needsOf("GET", "/containers/json", ""), undefined);
  assertEquals(await needsOf("POST", "/containers/x/stop", ""), undefined);
});

Deno.test("bodyNeeds: of an operation that is judged by its container, whether that keeps to a guard", async () => {
  const start = await needsOf("POST", "/exec/x/start", { Later: true });
  assertEquals(start?.standard, ["fields: [Later]"]);
  for (const path of ["restart", "unpause", "attach", "start"]) {
    // The engine of this test has no such container.
    assertEquals(await needsOf("POST", `/containers/x/${path}`, null), {
      fields: [],
      needs: ["targets: allow"],
      standard: ["targets: allow"],
    }, path);
  }
});

Deno.test("bodyNeeds: fields that were given, without indexes, keys and what is empty", async () => {
  const found = await needsOf("POST", CREATE, {
    Image: "postgres:17",
    Labels: { "secret.planted": "x" },
    HostConfig: { Devices: [], Binds: ["/srv/data:/data", "/srv/b:/b"] },
  });
  assertEquals(found?.fields, [
    "HostConfig",
    "HostConfig.Binds",
    "Image",
    "Labels",
  ]);
  assertEquals(found?.image, "postgres:17");
});

Deno.test("bodyNeeds: what each level would have to allow", async () => {
  const found = await needsOf("POST", CREATE, {
    Image: "postgres:17",
    HostConfig: {
      Binds: ["/srv/data:/data"],
      CapAdd: ["NET_ADMIN"],
      PortBindings: { "80/tcp": [{ HostPort: "8080" }] },
    },
  });
  assertEquals(found?.standard, [
    "binds: [/srv/data]",
    "capabilities: [NET_ADMIN]",
  ]);
  const strict = found?.needs ?? [];
  for (const need of ["images: [postgres:17]", "ports: [8080]"]) {
    assert(strict.includes(need), `${need} in ${strict}`);
  }
  // Of requirements the list without the word that is not met.
  assert(
    strict.includes("require: [pids, user, no-new-privileges, drop-all]"),
    `${strict}`,
  );
});

Deno.test("bodyNeeds: no value of an environment, no command and no content", async () => {
  const secret = "planted-secret";
  const found = [
    await needsOf("POST", CREATE, {
      Image: "x",
      Env: [`PASSWORD=${secret}`, secret],
      Cmd: ["sh", "-c", secret],
      Entrypoint: [secret],
      Healthcheck: { Test: ["CMD", secret] },
      Labels: { [secret]: secret },
      HostConfig: {
        LogConfig: { Type: "gelf", Config: { "gelf-address": secret } },
        Sysctls: { "kernel.x": secret },
      },
    }),
    await needsOf("POST", "/containers/x/exec", {
      Cmd: ["psql", secret],
      Env: [`A=${secret}`],
      Privileged: true,
    }),
    await needsOf("POST", "/secrets/create", { Name: "s", Data: btoa(secret) }),
  ];
  const text = JSON.stringify(found);
  assert(!text.includes(secret) && !text.includes(btoa(secret)), text);
  assert(text.includes("privileged: allow"), text);
});

Deno.test("bodyNeeds: a body that cannot be read is told, with no part of it", async () => {
  assertEquals(await needsOf("POST", CREATE, null), {
    unread: "the body was not read",
  });
  const twice = await needsOf("POST", CREATE, '{"Image":"x","image":"y"}');
  assert(twice?.unread !== undefined && twice.fields === undefined);
  assertEquals(
    await needsOf("POST", CREATE, {
      Image: "x",
      HostConfig: { NetworkMode: "down" },
    }),
    {
      unread:
        "sockwarden cannot tell what 'down' of the networks is: the engine is down",
    },
  );
});

Deno.test("bodyNeeds: of an operation that is judged by its query no body is missed, but for a build's context", async () => {
  // Ansible sends `null` with a start, dockerode the query once more with a tag.
  for (const target of ["/containers/x/start", "/images/x/tag?repo=a&tag=b"]) {
    const found = await needsOf("POST", target, null);
    assertEquals(found?.unread, undefined, target);
    assert(found?.needs !== undefined, target);
  }
  assertEquals(await needsOf("POST", "/build?t=a", null), {
    unread: "the body was not read",
  });
});

Deno.test("bodyNeeds: bodies as dockerode, aiodocker, docker-py and docker-java spell them need nothing for it", async () => {
  const exec = (body: object) =>
    needsOf("POST", "/containers/x/exec", { Cmd: ["true"], ...body });
  for (
    const found of [
      await needsOf("POST", `${CREATE}?name=a`, { name: "a", Image: "x" }),
      await exec({ detachKeys: "" }),
      await exec({ Container: "x" }),
      await exec({ containerId: "x" }),
      await needsOf("POST", "/exec/x/start", { hijack: true, stdin: false }),
    ]
  ) {
    const needs = found?.standard ?? ["unread"];
    assertEquals(needs.filter((need) => need !== "targets: allow"), []);
  }
});

Deno.test("bodyNeeds: a path that would cover others as an entry of binds needs what cannot be written", async () => {
  for (const source of ["/srv/**", "/srv/**:ro", "/srv:ro", "/**", "/a:b"]) {
    for (const ReadOnly of [false, true]) {
      const found = await needsOf("POST", CREATE, {
        Image: "postgres:17",
        HostConfig: {
          Mounts: [{ Type: "bind", Source: source, Target: "/x", ReadOnly }],
        },
      });
      const [need = ""] = found?.standard ?? [];
      assert(need.startsWith("binds: "), need);
      assertEquals(readNeed(need), null, need);
    }
  }
});

Deno.test("bodyNeeds: an image whose name is too long is not known", async () => {
  const found = await needsOf("POST", CREATE, { Image: "a".repeat(300) });
  assertEquals(found?.image, undefined);
});
