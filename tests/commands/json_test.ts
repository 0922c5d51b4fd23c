/**
 * What commands print with `--json` keeps to the published schemas, and says
 * what their text says.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Ajv } from "ajv";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { POLICY, withFiles } from "./support.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const ajv = new Ajv({ allErrors: true });

/** Runs a command with `--json`, and holds its answer against its schema. */
async function json(
  command: string,
  argv: readonly string[],
  code: number,
  // deno-lint-ignore no-explicit-any -- the schema says what it is
): Promise<any> {
  const ran = await runSockwarden([command, "--json", ...argv]);
  assertEquals([ran.code, ran.stderr], [code, ""]);
  const answer = JSON.parse(ran.stdout);
  const path = `${ROOT}schema/${command}.schema.json`;
  const id = ajv.getSchema(path) ??
    ajv.addSchema(JSON.parse(await Deno.readTextFile(path)), path)
      .getSchema(path)!;
  assert(id(answer), JSON.stringify(id.errors));
  return answer;
}

const text = async (argv: readonly string[]) =>
  (await runSockwarden(argv)).stdout;

Deno.test("check --json says what check says", async () => {
  await withFiles({ "policy.yaml": POLICY }, async (path) => {
    const argv = [`--config=${path("policy.yaml")}`];
    const answer = await json("check", argv, 0);
    const said = await text(["check", ...argv]);
    assertEquals(
      answer.clients.map(({ name }: { name: string }) => name),
      ["traefik", "ci", "default"],
    );
    const [traefik, ci, rest] = answer.clients;
    assertEquals(rest.operations.map(({ name }: { name: string }) => name), [
      "system.ping",
    ]);
    assertEquals(ci.denied, [{
      rule: "container.attach.ws",
      by: `${path("policy.yaml")}:8:13`,
    }]);
    assertStringIncludes(said, traefik.identity);
    for (const { gives_away, name, conditions } of answer.clients) {
      for (const { sentence } of gives_away) {
        assertStringIncludes(said, `  client ${name} ${sentence}\n`);
      }
      for (const { condition } of conditions) {
        assertStringIncludes(said, condition);
      }
    }
    assert(ci.gives_away.length > 0);
    for (const line of [...answer.warnings, ...answer.notes]) {
      assertStringIncludes(said, `: ${line}\n`);
    }
    assertEquals(answer.listening, [
      "tcp://127.0.0.1:2375",
      "unix:///run/ci.sock",
    ]);
  });
  const plain = await json("check", [
    "--allow=GET /new",
    "--deny=secret.*",
    "--containers",
    "--post",
    "--dry-run",
  ], 0);
  assertEquals([plain.policy_file, plain.dry_run], [null, true]);
  assertEquals(plain.clients[0].paths, [
    { path: "GET /new", by: "--allow", until: null },
  ]);
  const held = await json("check", [
    "--guard=standard",
    "--hide=env",
    "--containers-label=app",
    "--containers",
    "--post",
  ], 0);
  const [all] = held.clients;
  for (const part of ["scope", "guard", "hide"]) assert(all[part].length > 0);
});

Deno.test("check --json prints no JSON where a setting is wrong", async () => {
  const { code, stdout, stderr } = await runSockwarden([
    "check",
    "--json",
    "--listen=x",
  ]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "--listen 'x'");
});

Deno.test("explain --json says what explain says", async () => {
  const allowed = await json(
    "explain",
    ["--containers", "GET", "/v1.41/containers/json"],
    0,
  );
  assertEquals([allowed.allowed, allowed.decision], [true, "allowed"]);
  assertEquals(allowed.operation.name, "container.list");
  assertEquals([allowed.by, allowed.refusal], ["--containers", null]);
  const refused = await json("explain", ["GET", "/contaners/json"], 1);
  assertEquals([refused.operation, refused.allowed], [null, false]);
  assertStringIncludes(refused.refusal.nearest, "GET /containers/json");
  assertStringIncludes(
    await text(["explain", "GET", "/contaners/json"]),
    refused.refusal.message,
  );
  const odd = await json("explain", ["GET", "//x"], 1);
  assertEquals(odd.refusal.status, 400);
  const guarded = [
    "--containers",
    "--post",
    "--guard=standard",
    "POST",
    "/containers/create",
  ];
  const create = await json("explain", guarded, 0);
  assertEquals(create.decision, "conditional");
  assertStringIncludes(create.guard.lines[0], "--body=FILE");
  await withFiles({
    "policy.yaml":
      "clients: { a: { from: { host: a }, allow: [ { rule: system.ping, until: 9999-01-01 } ] } }\n",
    "body.json": '{"HostConfig":{"Privileged":true}}',
  }, async (path) => {
    const ping = await json("explain", [
      `--config=${path("policy.yaml")}`,
      "--client=a",
      "GET",
      "/_ping",
    ], 0);
    assertEquals(ping.client.identity, "host a");
    assertEquals(ping.until, "9999-01-01T00:00:00Z");
    const privileged = await json("explain", [
      `--body=${path("body.json")}`,
      ...guarded,
    ], 1);
    assertEquals(
      [privileged.allowed, privileged.guard.refused],
      [false, true],
    );
  });
});

Deno.test("diff --json says what diff says, and its exit code is the same", async () => {
  const wider = POLICY.replace("[ system.ping ]", "[ system.info ]")
    .replace("container: traefik", "service: traefik");
  await withFiles({ "old.yaml": POLICY, "new.yaml": wider }, async (path) => {
    const files = [path("old.yaml"), path("new.yaml")];
    const answer = await json("diff", files, 1);
    assertEquals(answer.wider, true);
    type Change = {
      name: string;
      note: string;
      change: string;
      what: string[];
    };
    assertEquals(
      answer.changes.map(({ name, note, change, what }: Change) =>
        `${name}${note === "" ? "" : ` (${note})`}: ${change}: ${
          what.join(", ")
        }\n`
      ).join(""),
      await text(["diff", ...files]),
    );
    assertEquals(
      (await json("diff", [files[0]!, files[0]!], 0)).changes,
      [],
    );
  });
});

Deno.test("presets --json says what presets says", async () => {
  const all = await json("presets", [], 0);
  assertEquals(all.switches, null);
  const list = await text(["presets"]);
  for (const { name, title } of all.presets) {
    assert(
      list.split("\n").some((line) =>
        line.startsWith(`${name} `) && line.endsWith(` ${title}`)
      ),
      name,
    );
  }
  const one = await json("presets", ["traefik@1,portainer"], 0);
  assertEquals(
    one.presets.map(({ name }: { name: string }) => name),
    ["traefik", "portainer"],
  );
  const said = await text(["presets", "traefik@1", "portainer"]);
  assertStringIncludes(said, one.switches.settings.join(" "));
  for (const { operations } of one.presets) {
    for (const { name } of operations) assertStringIncludes(said, `${name} `);
  }
});

Deno.test("presets takes no settings, and says so", async () => {
  const { code, stderr } = await runSockwarden(["presets", "--containers"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "unknown flag --containers");
});
