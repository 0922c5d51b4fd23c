/** `sockwarden learn FILE…` as a user calls it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden } from "../e2e/sockwarden.ts";
import {
  creation,
  onContainer,
  plain,
  recordingText,
} from "../learn/recordings.ts";
import { policyFile } from "../support/policy.ts";
import { withFiles } from "./support.ts";

const CALLS = [
  plain("system.ping", "GET", "/_ping"),
  plain("container.list", "GET", "/containers/json"),
  onContainer("container.restart", "web", { n: 3 }),
  onContainer("container.rename", "web"),
];
const RECORDING = recordingText({}, CALLS);
const SECOND = recordingText({
  run: "b".repeat(32),
  started: "2026-11-21T10:00:00Z",
}, [onContainer("container.logs", "db")]);
const RUNNING = `clients:
  ci:
    from: { service: ci }
    allow: [container.list, container.delete]
  other: { from: { service: other } }
`;

Deno.test("learn prints a policy that serve takes, from several files in any order", async () => {
  await withFiles(
    { "a.jsonl": RECORDING, "b.jsonl": SECOND, "p.yaml": RUNNING },
    async (path) => {
      const once = await runSockwarden([
        "learn",
        path("a.jsonl"),
        path("b.jsonl"),
      ]);
      assertEquals([once.code, once.stderr], [0, ""]);
      const { file } = policyFile(once.stdout);
      assertEquals(
        file.clients.map(({ identity, grants }) => [
          identity.name,
          grants.allow.map(({ text }) => text),
        ]),
        [["ci", [
          "system.ping",
          "container.list",
          "container.logs",
          "container.restart",
        ]]],
      );
      const twice = await runSockwarden([
        "learn",
        path("b.jsonl"),
        path("a.jsonl"),
        path("b.jsonl"),
      ]);
      assertEquals(twice.stdout, once.stdout);
      const running = await runSockwarden([
        "learn",
        path("a.jsonl"),
        "--config",
        path("p.yaml"),
      ]);
      assertStringIncludes(running.stdout, "from: { service: ci }");
      assertStringIncludes(running.stdout, "Client other (");
      const check = await Deno.writeTextFile(path("new.yaml"), running.stdout)
        .then(() => runSockwarden(["check", "--config", path("new.yaml")]));
      assertEquals(check.code, 0, check.stderr);
    },
  );
});

Deno.test("--by, --accept-risk and --format choose what is printed", async () => {
  await withFiles({ "a.jsonl": RECORDING, "p.yaml": RUNNING }, async (path) => {
    const learn = (...flags: string[]) =>
      runSockwarden(["learn", path("a.jsonl"), ...flags]);
    const named = await learn("--by=name");
    assertStringIncludes(named.stdout, "        - web # 3 times");
    const byProject = await learn("--by=project");
    assertStringIncludes(byProject.stdout, "no scope: 'web' has no project");
    const risky = await learn("--accept-risk=container.rename");
    assertStringIncludes(risky.stdout, "- container.rename # once");
    assertStringIncludes(risky.stdout, "# accepted: can act as other clients");
    assertStringIncludes(risky.stdout, "# containers: no scope: the new names");
    const flags = await learn("--format=flags");
    assertStringIncludes(flags.stdout, "--allow=container.restart \\\n");
    assertStringIncludes(flags.stdout, "--containers-name=web\n");
    const switches = await learn("--format=switches");
    assertStringIncludes(switches.stdout, "CONTAINERS=1");
    assertStringIncludes(switches.stdout, "ALLOW_RESTARTS=1");
    assertStringIncludes(switches.stdout, "container.stop");
    const json = JSON.parse((await learn("--format=json")).stdout);
    assertEquals(json.proposal, 1);
    assertEquals(json.clients[0].allow[2].rule, "container.restart");
    const diff = await learn("--format=diff", `--config=${path("p.yaml")}`);
    assertEquals(diff.code, 1);
    assertStringIncludes(
      diff.stdout,
      "ci: newly allowed: system.ping, container.restart",
    );
    assertStringIncludes(diff.stdout, "ci: newly refused: container.delete");
  });
});

Deno.test("what could be read is used, the rest is named with its line, and the exit is 2", async () => {
  await withFiles(
    {
      "cut.jsonl": RECORDING.slice(0, -20),
      "later.jsonl": SECOND.replace('"recording":1', '"recording":2'),
      "p.yaml": RUNNING,
      "log.txt":
        "2026-11-25T10:00:00.000Z info 1.2.3.4 container.list GET /containers/json 200 1.3ms in=0 out=1\n",
    },
    async (path) => {
      const names = ["cut.jsonl", "later.jsonl", "p.yaml", "log.txt", "none"];
      const { code, stdout, stderr } = await runSockwarden([
        "learn",
        ...names.map(path),
      ]);
      assertEquals(code, 2);
      assertStringIncludes(stdout, "- container.restart # 3 times");
      for (
        const [name, words] of [
          ["cut.jsonl:6", "is cut"],
          ["later.jsonl:1", "another version"],
          ["p.yaml", "is a policy file"],
          ["log.txt", "is the log as text"],
          ["none", "does not exist"],
        ] as const
      ) {
        const line = stderr.split("\n").find((line) =>
          line.includes(`/${name} `)
        );
        assert(line?.includes(words), `${name}: ${stderr}`);
      }
    },
  );
});

Deno.test("a call that is wrong says what is expected", async () => {
  await withFiles({ "a.jsonl": RECORDING }, async (path) => {
    for (
      const [argv, words] of [
        [["--open"], "--open is for serving"],
        [["--record=x"], "--record is for serving"],
        [["--by=size"], "--by=size: expected name, project, label"],
        [["--format=xml"], "--format=xml: expected policy, flags"],
        [["--accept-risk=nonsense"], "--accept-risk=nonsense: expected"],
        [["--format=diff"], "name it with --config"],
        [["--config=/none.yaml"], "/none.yaml does not exist"],
      ] as const
    ) {
      const { code, stderr } = await runSockwarden([
        "learn",
        path("a.jsonl"),
        ...argv,
      ]);
      assertEquals(code, 2);
      assertStringIncludes(stderr, words);
    }
  });
});

Deno.test("learning from what is served says what is wrong with its settings", async () => {
  for (
    const [argv, words] of [
      [
        ["--open", "--listen=tcp://0.0.0.0:2375"],
        "--open: every client that connects may do everything, so it needs a unix socket or the loopback",
      ],
      [["--open", "--dry-run"], "each lets everything through"],
      [["--for=soon"], "--for=soon: expected a time such as"],
      [["--by=size"], "--by=size: expected name, project, label"],
    ] as const
  ) {
    const { code, stderr } = await runSockwarden(["learn", ...argv]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, words);
  }
});

Deno.test("a proposal of what could be root is served only with its guard", async () => {
  const text = recordingText({}, [
    creation("db", ["images: [postgres:17]"]),
    creation("host", ["privileged: allow"], { client: "root" }),
  ]);
  await withFiles({ "a.jsonl": text }, async (path) => {
    const { stdout } = await runSockwarden(["learn", path("a.jsonl")]);
    await Deno.writeTextFile(path("p.yaml"), stdout);
    const check = await runSockwarden(["check", "--config", path("p.yaml")]);
    assertEquals(check.code, 0, check.stderr);
    assert(!check.stdout.includes("become root"), check.stdout);
    assertStringIncludes(check.stdout, "guard strict");
  });
});

Deno.test("clients stand in the order of the running policy, which is that of matching", async () => {
  const text = recordingText(
    {},
    ["all", "zed"].map((client) =>
      plain("system.ping", "GET", "/_ping", { client })
    ),
  );
  await withFiles({
    "a.jsonl": text,
    "p.yaml":
      "clients:\n  zed: { from: { cidr: 10.1.0.0/16 } }\n  all: { from: { cidr: 10.0.0.0/8 } }\n",
  }, async (path) => {
    const { code, stdout } = await runSockwarden([
      "learn",
      path("a.jsonl"),
      "--config",
      path("p.yaml"),
    ]);
    assertEquals(code, 0);
    assertEquals(
      policyFile(stdout).file.clients.map(({ identity }) => identity.name),
      ["zed", "all"],
    );
  });
});
