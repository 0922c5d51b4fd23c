import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { POLICY, withFiles } from "./support.ts";

Deno.test("explain names the operation, the setting and the remedy", async () => {
  const refused = await runSockwarden(
    ["explain", "POST", "/v1.41/containers/web/restart", "--containers"],
  );
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stdout, "container.restart (write, plain)");
  assertStringIncludes(refused.stdout, "set ALLOW_RESTARTS=1");
  const allowed = await runSockwarden(
    ["explain", "GET", "/containers/json"],
    { CONTAINERS: "1" },
  );
  assertEquals(allowed.code, 0);
  assertStringIncludes(allowed.stdout, "setting:   CONTAINERS=1");
});

Deno.test("explain says that a dry run lets a refused request through", async () => {
  const call = ["explain", "GET", "/containers/json"];
  const dry = await runSockwarden([...call, "--dry-run"]);
  assertEquals(dry.code, 1);
  assertStringIncludes(
    dry.stdout,
    "dry run:   forwarded to the engine all the same",
  );
  assert(!(await runSockwarden(call)).stdout.includes("dry run"));
});

Deno.test("explain names the rule of a client by file and line, and what would change it", async () => {
  await withFiles({ "policy.yaml": POLICY }, async (path) => {
    const config = `--config=${path("policy.yaml")}`;
    const explain = (...argv: string[]) =>
      runSockwarden(["explain", ...argv, config]);
    const refused = await explain(
      "--client",
      "traefik",
      "POST",
      "/containers/web/restart",
    );
    assertEquals(refused.code, 1);
    assertStringIncludes(
      refused.stdout,
      `add container.restart to allow of client 'traefik' (${
        path("policy.yaml")
      }:2:3)`,
    );
    const allowed = await explain(
      "--client=traefik",
      "GET",
      "/containers/json",
    );
    assertEquals(allowed.code, 0);
    assertStringIncludes(
      allowed.stdout,
      `setting:   ${path("policy.yaml")}:4:13 preset traefik\n`,
    );
    assertStringIncludes(
      allowed.stdout,
      "change:    to refuse it, remove that setting, or add container.list to deny of client 'traefik'",
    );
    const denied = await explain(
      "--client=ci",
      "GET",
      "/containers/web/attach/ws",
    );
    assertEquals(denied.code, 1);
    assertStringIncludes(
      denied.stdout,
      `remove ${path("policy.yaml")}:8:13 container.attach.ws`,
    );
    const create = await explain("--client=ci", "POST", "/containers/create");
    assertEquals(create.code, 0);
    assertStringIncludes(
      create.stdout,
      "decision:  allowed under conditions",
    );
    assertStringIncludes(
      create.stdout,
      "condition: its query and body must not take another client's name, label, alias or address",
    );
    const unknown = await explain("GET", "/containers/json");
    assertEquals(unknown.code, 1);
    assertStringIncludes(
      unknown.stdout,
      "client:    default (matches no client",
    );
    const typo = await explain("--client=traefic", "GET", "/_ping");
    assertEquals(typo.code, 2);
    assertStringIncludes(typo.stderr, "did you mean traefik?");
  });
});

Deno.test("explain takes flags and their values wherever they stand", async () => {
  await withFiles({ "policy.yaml": POLICY }, async (path) => {
    const { code, stdout } = await runSockwarden([
      "explain",
      "--config",
      path("policy.yaml"),
      "GET",
      "/_ping",
      "--client",
      "default",
    ]);
    assertEquals(code, 0, stdout);
  });
});

Deno.test("explain exits with 2 without a method and a path, and names an unknown flag", async () => {
  for (const argv of [[], ["GET"], ["GET", "/a b"], ["G(T", "/a"]]) {
    const { code, stderr } = await runSockwarden(["explain", ...argv]);
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      "sockwarden: expected a method and a path: sockwarden explain",
    );
  }
  // The flag takes the method for its value.
  const { code, stderr } = await runSockwarden(
    ["explain", "--bogus", "GET", "/a"],
  );
  assertEquals(code, 2);
  assertStringIncludes(stderr, "unknown flag --bogus");
});

Deno.test("explain says that only a policy file has clients", async () => {
  const { code, stderr } = await runSockwarden(
    ["explain", "--client=ci", "GET", "/_ping"],
  );
  assertEquals(code, 2);
  assertEquals(
    stderr,
    "sockwarden: --client=ci: only a policy file has clients: name one with --config\n",
  );
});

Deno.test("explain names the nearest route of what it does not know, and no setting for what is malformed", async () => {
  const typo = await runSockwarden([
    "explain",
    "get",
    "/v1.43/containres/json",
  ]);
  assertEquals(typo.code, 1);
  assertStringIncludes(
    typo.stdout,
    "\nnearest:   GET /containers/json (container.list)\n",
  );
  assertStringIncludes(typo.stdout, "setting:   none grants it\n");
  const malformed = await runSockwarden([
    "explain",
    "GET",
    "/containers//json",
  ]);
  assertEquals(malformed.code, 1);
  assert(!malformed.stdout.includes("setting:"), malformed.stdout);
  assert(!malformed.stdout.includes("nearest:"));
  const known = await runSockwarden(["explain", "GET", "/images/json"]);
  assert(!known.stdout.includes("nearest:"));
});

Deno.test("explain says what becomes of the answer to a preset's client, and judges its body", async () => {
  const explain = (...argv: string[]) => runSockwarden(["explain", ...argv]);
  const inspect = ["GET", "/containers/web/json"];
  const hidden = "what is hidden from the client is taken out of its answer";
  const now = await explain("--preset=dozzle", ...inspect);
  assertEquals(now.code, 0);
  assertStringIncludes(now.stdout, hidden);
  const first = await explain("--preset=dozzle@1", ...inspect);
  assertEquals([first.code, first.stdout.includes(hidden)], [0, false]);
  const restart = await explain(
    "--preset=dozzle-actions",
    "POST",
    "/containers/web/restart",
    "--engine=unix:///nonexistent.sock",
  );
  assertEquals(restart.code, 0);
  assertStringIncludes(restart.stdout, "it has nothing that is judged");
  const body = '{"Image":"a","HostConfig":{"Binds":["/etc:/e"]}}';
  await withFiles({ "body.json": body }, async (path) => {
    const create = await explain(
      "--preset=gitlab-runner",
      "POST",
      "/v1.45/containers/create",
      `--body=${path("body.json")}`,
      "--engine=unix:///nonexistent.sock",
    );
    assertEquals(create.code, 1, create.stdout);
    assertStringIncludes(create.stdout, "binds: [/etc]");
  });
});

Deno.test("explain judges a body and a query with the labels that the guard adds", async () => {
  const policy = `clients:
  ci:
    from: { host: ci }
    allow: [container.create, image.build, container.commit]
    guard: { labels-added: [owner=ci] }
`;
  const bodies = {
    "policy.yaml": policy,
    "plain.json": '{"Image":"a"}',
    "other.json": '{"Image":"a","Labels":{"owner":"me"}}',
  };
  await withFiles(bodies, async (path) => {
    const explain = (target: string, body: string) =>
      runSockwarden([
        "explain",
        `--config=${path("policy.yaml")}`,
        "--client=ci",
        "--engine=unix:///nonexistent.sock",
        ...["POST", target, `--body=${path(body)}`],
      ]);
    const create = "/v1.45/containers/create";
    const plain = await explain(create, "plain.json");
    assertEquals(plain.code, 0, plain.stdout);
    assertStringIncludes(plain.stdout, "keeps to the guard");
    const other = await explain(create, "other.json");
    assertEquals(other.code, 1, other.stdout);
    assertStringIncludes(
      other.stdout,
      `refused: Labels["owner"] sets another value for the label 'owner'; to allow it: labels-added: []`,
    );
    const build = await explain("/v1.45/build?t=x", "plain.json");
    assertEquals(build.code, 0, build.stdout);
  });
});
