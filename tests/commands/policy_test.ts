/**
 * The commands about a policy file, as a user runs them.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden, sockwarden } from "../e2e/sockwarden.ts";
import { eventually } from "../support/proxy.ts";

const POLICY = `clients:
  traefik:
    from: { container: traefik }
    preset: traefik
  ci:
    listen: unix:///run/ci.sock
    allow: [ "container.*", "exec.*" ]
    deny: [ container.attach.ws ]
default: { allow: [ system.ping ] }
`;

/** Runs a test with files in a folder of its own. */
async function withFiles(
  files: Record<string, string>,
  run: (path: (name: string) => string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-test-" });
  // The lean binary gives up root and must still reach the file.
  await Deno.chmod(folder, 0o755);
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await run((name) => `${folder}/${name}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

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
      "change:    to refuse it remove that, or add container.list to deny of client 'traefik'",
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
      "condition: its query and body must not take another client's name",
    );
    const nobody = await explain("GET", "/containers/json");
    assertEquals(nobody.code, 1);
    assertStringIncludes(nobody.stdout, "client:    default (whoever is no");
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

Deno.test("check shows clients by groups of operations, and says what they give away", async () => {
  await withFiles({ "policy.yaml": POLICY }, async (path) => {
    const { code, stdout } = await runSockwarden([
      "check",
      `--config=${path("policy.yaml")}`,
    ]);
    assertEquals(code, 0);
    assert(
      /^CLIENT +system +container +exec +WHO$/m.test(stdout),
      stdout,
    );
    assert(/^traefik +rS +rs +- +container traefik$/m.test(stdout), stdout);
    assert(/^ci +- +RSWx +SWX +on unix:\/\/\/run\/ci\.sock$/m.test(stdout));
    assert(/^default +r +- +- +everybody else$/m.test(stdout));
    assertStringIncludes(
      stdout,
      "client ci can become root on the host: container.create",
    );
    assert(!stdout.includes("client traefik can become root"));
    // Every client has its own listener but traefik, which needs the common one.
    assertStringIncludes(
      stdout,
      "Listening: tcp://127.0.0.1:2375, unix:///run/ci.sock",
    );
  });
});

Deno.test("check says all that is wrong with a policy file, each with its place", async () => {
  const wrong = POLICY.replace("container: traefik", "contaner: traefik")
    .replace("attach.ws", "attch.ws").replace("preset: traefik", "preset: x");
  await withFiles({ "policy.yaml": wrong }, async (path) => {
    const { code, stderr } = await runSockwarden([
      "check",
      `--config=${path("policy.yaml")}`,
    ]);
    assertEquals(code, 2);
    const places = [...stderr.matchAll(/policy\.yaml:([0-9]+:[0-9]+): /g)]
      .map(([, place]) => place);
    assertEquals(places, ["3:13", "4:13", "8:13"], stderr);
    assertStringIncludes(stderr, "did you mean container?");
    assertStringIncludes(stderr, "did you mean container.attach.ws?");
  });
});

Deno.test("a policy file that is not there stops the start and says so", async () => {
  const { code, stderr } = await runSockwarden(["check"], {
    SOCKWARDEN_CONFIG: "/nonexistent/policy.yaml",
  });
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    "the policy file /nonexistent/policy.yaml does not exist: mount it, or name another with --config",
  );
});

const SOCKET =
  "clients: { ci: { listen: 'unix:///run/ci.sock', allow: [ system.info ] } }\n";

Deno.test("diff tells what is newly allowed and refused, and ends with 1 where something is allowed", async () => {
  const wider = POLICY.replace(
    "[ system.ping ]",
    "[ system.ping, system.info ]",
  );
  const other = POLICY.replace("container: traefik", "service: traefik");
  await withFiles(
    {
      "old.yaml": POLICY,
      "wider.yaml": wider,
      "other.yaml": other,
      "denied.yaml":
        "default: { allow: [ GET /new/route ], deny: [ GET /new/* ] }\n",
      "undenied.yaml": "default: { allow: [ GET /new/route ] }\n",
      "socket.yaml": SOCKET,
      "open.yaml": SOCKET.replace("ci.sock", "ci.sock?mode=0666"),
    },
    async (path) => {
      const diff = (before: string, after: string) =>
        runSockwarden(["diff", path(before), path(after)]);
      const widened = await diff("old.yaml", "wider.yaml");
      assertEquals(
        [widened.code, widened.stdout],
        [1, "default (everybody else): newly allowed: system.info\n"],
      );
      const narrowed = await diff("wider.yaml", "old.yaml");
      assertEquals(
        [narrowed.code, narrowed.stdout],
        [0, "default (everybody else): newly refused: system.info\n"],
      );
      const same = await diff("old.yaml", "old.yaml");
      assertEquals(
        [same.code, same.stdout],
        [0, "Nothing is newly allowed or refused.\n"],
      );
      const moved = await diff("old.yaml", "other.yaml");
      assertEquals(
        [moved.code, moved.stdout],
        [
          1,
          "traefik: newly allowed to: service traefik\ntraefik: no longer: container traefik\n" +
          "ci: changed by the identities of other clients: container.create, container.rename, container.commit\n",
        ],
      );
      const undenied = await diff("denied.yaml", "undenied.yaml");
      assertEquals(
        [undenied.code, undenied.stdout],
        [
          1,
          "default (everybody else): newly allowed: GET /new/* (no longer denied)\n",
        ],
      );
      assertEquals((await diff("undenied.yaml", "denied.yaml")).code, 0);
      const opened = await diff("socket.yaml", "open.yaml");
      assertEquals(
        [opened.code, opened.stdout],
        [
          1,
          "sockets: newly allowed to open: unix:///run/ci.sock?mode=0666 (was unix:///run/ci.sock?mode=0660)\n",
        ],
      );
      assertEquals((await diff("open.yaml", "socket.yaml")).code, 0);
      assertEquals((await diff("old.yaml", "none.yaml")).code, 2);
      assertEquals((await runSockwarden(["diff", path("old.yaml")])).code, 2);
    },
  );
});

/** Runs a test with a sockwarden that serves; its engine is not there. */
async function serving(
  args: readonly string[],
  run: (
    child: Deno.ChildProcess,
    says: (what: string) => Promise<void>,
  ) => Promise<void>,
): Promise<number> {
  const child = sockwarden([
    "--listen=tcp://127.0.0.1:0",
    "--engine=unix:///nonexistent.sock",
    ...args,
  ]).spawn();
  let log = "";
  const reading = (async () => {
    for await (const bytes of child.stdout) {
      log += new TextDecoder().decode(bytes);
    }
  })();
  const says = (what: string) =>
    eventually(`it says ${what}`, () => log.includes(what), 10_000);
  let code: number;
  try {
    await says(" engine ");
    await run(child, says);
  } finally {
    child.kill("SIGTERM");
    ({ code } = await child.status);
    await reading;
    await child.stderr.cancel();
  }
  return code;
}

Deno.test("--watch takes a file that was replaced, and keeps the policy while it is wrong", async () => {
  const text = (rule: string) => `default: { allow: [ ${rule} ] }\n`;
  await withFiles({ "policy.yaml": text("system.ping") }, async (path) => {
    const replace = async (rule: string) => {
      await Deno.writeTextFile(path("next"), text(rule));
      await Deno.rename(path("next"), path("policy.yaml"));
    };
    const config = `--config=${path("policy.yaml")}`;
    await serving([config, "--watch"], async (_child, says) => {
      await replace("system.pingg");
      await says("the policy before stays in force");
      await says("did you mean system.ping?");
      await Deno.writeTextFile(path("policy.yaml"), "");
      await says("policy.yaml is empty: it would take away every right");
      await replace("system.info");
      await says("default (everybody else): newly allowed: system.info");
      await Deno.remove(path("policy.yaml"));
      await says("policy.yaml does not exist");
    });
  });
});

Deno.test("SIGHUP takes listeners in another order, and no others", async () => {
  await withFiles({ "policy.yaml": "" }, async (path) => {
    const client = (name: string, socket = name) =>
      `  ${name}: { listen: "unix://${
        path(`${socket}.sock`)
      }", allow: [ system.ping ] }\n`;
    const write = (text: string) =>
      Deno.writeTextFile(path("policy.yaml"), `clients:\n${text}`);
    await write(client("a") + client("b"));
    await serving(
      [`--config=${path("policy.yaml")}`],
      async (child, says) => {
        await write(client("b") + client("a"));
        child.kill("SIGHUP");
        await says("is in force");
        await write(client("b") + client("a", "c"));
        child.kill("SIGHUP");
        await says("they change with a restart only");
      },
    );
  });
});

Deno.test("SIGHUP without a policy file is told and changes nothing", async () => {
  const code = await serving(["--containers"], async (child, says) => {
    child.kill("SIGHUP");
    await says("SIGHUP: no policy file is named");
  });
  assertEquals(code, 0);
});

Deno.test("--dry-run is told at the start", async () => {
  await serving(["--dry-run"], async (_child, says) => {
    await says(
      " warning dry run: nothing is refused that a policy could allow",
    );
  });
});
