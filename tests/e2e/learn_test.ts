/**
 * A policy that was learned from real clients of a real engine, on a second
 * state of that engine: other ids, the same names.
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import {
  docker,
  type Dockerd,
  IMAGE,
  type Output,
  startDockerd,
  whySkipped,
} from "./dockerd.ts";
import { tellSecrets } from "./secret_calls.ts";
import { runSockwarden, startLearning, startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();

/** What a test works with. */
interface Stage {
  readonly dockerd: Dockerd;
  /** A path in a folder that everyone may write to. */
  readonly path: (name: string) => string;
}

/** Runs a client against an address; one output a call. */
type Client = (host: string) => Promise<Output[]>;

const cli: Client = async (host) => {
  const outputs: Output[] = [];
  for (
    const args of [["ps"], ["logs", "web"], ["restart", "--time=0", "web"]]
  ) outputs.push(await docker(host, ...args));
  return outputs;
};

/** Makes the containers anew, and tells the id of one. */
async function makeContainers({ dockerd }: Stage): Promise<string> {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await dockerd.docker(...args);
    assertEquals(code, 0, `docker ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  await dockerd.docker("rm", "-f", "web", "other");
  const make = (name: string, ...more: string[]) =>
    run(
      ...["run", "-d", "--network=none", `--name=${name}`, ...more],
      ...[IMAGE, "sh", "-c", "echo up; exec sleep 10000"],
    );
  await make("other");
  return await make("web");
}

/** Runs a client through `learn`, and gives back the policy that it prints. */
async function learn(
  { dockerd, path }: Stage,
  args: readonly string[],
  client: (host: string) => Promise<unknown>,
): Promise<{ policy: string; recording: string; log: string }> {
  const learning = await startLearning(dockerd.socket, [
    `--record=${path("run.jsonl")}`,
    ...args,
  ]);
  try {
    await client(learning.host);
  } finally {
    await learning.stop();
  }
  return {
    policy: learning.printed(),
    recording: await Deno.readTextFile(path("run.jsonl")),
    log: learning.log().replace(learning.printed(), ""),
  };
}

/** Serves with a policy while a test runs. */
async function withPolicy(
  { dockerd, path }: Stage,
  policy: string,
  test: (host: string) => Promise<void>,
): Promise<void> {
  await Deno.writeTextFile(path("policy.yaml"), policy);
  const warden = await startSockwarden(dockerd.socket, [
    `--config=${path("policy.yaml")}`,
  ]);
  try {
    await test(warden.host);
  } finally {
    await warden.stop();
  }
}

/** What is refused beyond the run that was learned from. */
async function othersAreClosed({ dockerd }: Stage, host: string) {
  for (
    const args of [
      ["rm", "-f", "web"],
      ["exec", "web", "true"],
      [
        "inspect",
        "other",
      ],
      ["logs", "other"],
      ["restart", "other"],
    ]
  ) {
    const { code, stderr } = await docker(host, ...args);
    assertNotEquals(code, 0, args.join(" "));
    assertMatch(
      stderr,
      /sockwarden|No such (?:container|object)/,
      args.join(" "),
    );
  }
  assertEquals(
    (await docker(host, "ps", "--format={{.Names}}")).stdout,
    "web\n",
  );
  const { stdout } = await dockerd.docker("ps", "--format={{.Names}}");
  assertEquals(stdout.trim().split("\n").sort(), ["other", "web"]);
}

/** The same through docker-py. */
const PYTHON = `
import docker, sys
client = docker.DockerClient(base_url=sys.argv[1], version="1.41")
client.ping()
[web] = client.containers.list(filters={"name": "^/?web$"})
assert b"up" in web.logs(tail=1)
web.restart(timeout=0)
`;

const sdk: Client = async (host) => {
  const { code, stdout, stderr } = await new Deno.Command("/usr/bin/python3", {
    args: ["-c", PYTHON, host],
  }).output();
  const decoder = new TextDecoder();
  return [{
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  }];
};

async function succeeds(client: Client, host: string): Promise<void> {
  for (const { code, stderr } of await client(host)) {
    assertEquals(code, 0, stderr);
  }
}

/** Learns from a client on one state, and runs it again on another. */
async function learnsFrom(client: Client, stage: Stage): Promise<void> {
  const before = await makeContainers(stage);
  const { policy } = await learn(
    stage,
    ["--open"],
    (host) => succeeds(client, host),
  );
  assertNotEquals(await makeContainers(stage), before);
  await withPolicy(stage, policy, async (host) => {
    await succeeds(client, host);
    await othersAreClosed(stage, host);
  });
}

/** Whether what is tested gives up root before it opens a file: the lean binary does. */
function gaveRootUp(): boolean {
  return (Deno.env.get("SOCKWARDEN_BINARY") ?? "").includes("lean");
}

/** The rules that a proposal sets aside since they were refused. */
function refusedIn(policy: string): string[] {
  const [, lines = ""] =
    /# Not proposed, since these calls were refused:\n([^]*)/.exec(policy) ??
      [];
  return [...lines.matchAll(/^ *# {3}- (\S+) #/gm)].map(([, rule]) => rule!);
}

const STEPS: readonly (readonly [string, (stage: Stage) => Promise<void>])[] = [
  [
    "the docker CLI: what it did passes on another state, and nothing else",
    (stage) => learnsFrom(cli, stage),
  ],
  [
    "docker-py: what it did passes on another state, and nothing else",
    (stage) => learnsFrom(sdk, stage),
  ],
  [
    "enforced grants: what is refused is set aside, and granted it gives the rest",
    async (stage) => {
      await makeContainers(stage);
      const granted = new Set(["container.list"]);
      let rounds = 0;
      let policy = "";
      for (let refused: string[] = [""]; refused.length > 0; rounds++) {
        ({ policy } = await learn(
          stage,
          [...granted].map((rule) => `--allow=${rule}`),
          cli,
        ));
        refused = refusedIn(policy);
        if (rounds === 0) {
          assertStringIncludes(policy, "record another round");
          assertEquals(refused.includes("container.inspect"), true, policy);
        }
        for (const rule of refused) {
          assert(!granted.has(rule), policy);
          granted.add(rule);
        }
      }
      assertEquals([...granted].sort(), [
        "container.inspect",
        "container.list",
        "container.logs",
        "container.restart",
      ]);
      assertStringIncludes(
        policy,
        `# ${rounds} rounds with the grants enforced: `,
      );
      await makeContainers(stage);
      await withPolicy(stage, policy, async (host) => {
        await succeeds(cli, host);
        await othersAreClosed(stage, host);
      });
    },
  ],
  ["no secret of a call is recorded, proposed or logged", async (stage) => {
    await makeContainers(stage);
    const { policy, recording, log } = await learn(
      stage,
      ["--open", "--log-level=debug"],
      tellSecrets,
    );
    for (const text of [policy, recording, log]) {
      assertEquals(text.match(/[^\n]*S3CRET[^\n]*/g), null);
    }
    for (
      const operation of [
        "container.create",
        "container.exec.create",
        "image.build",
        "image.pull",
        "container.list",
        "container.update",
        "network.create",
        "volume.create",
        "secret.create",
        "service.create",
        "system.auth",
      ]
    ) assertStringIncludes(recording, `"operation":"${operation}"`);
  }],
  [
    "learning for a time ends by itself, and prints",
    async (stage) => {
      const learning = await startLearning(stage.dockerd.socket, [
        "--open",
        "--for=1s",
      ]);
      assertEquals(await learning.ended(), 0);
      assertStringIncludes(learning.printed(), "\ndefault:\n");
      assertStringIncludes(learning.log(), "the time of --for is over");
    },
  ],
  [
    "SIGUSR1 prints what is known so far, and learning goes on",
    async (stage) => {
      await makeContainers(stage);
      const learning = await startLearning(stage.dockerd.socket, ["--open"]);
      assertEquals((await docker(learning.host, "ps")).code, 0);
      learning.usr1();
      await learning.until(() => /allow:.*\n$/s.test(learning.printed()));
      const once = learning.printed();
      assertStringIncludes(once, "- container.list #");
      assert(!once.includes("container.logs"), once);
      assertEquals((await docker(learning.host, "logs", "web")).code, 0);
      assertEquals((await learning.stop()).code, 0);
      const again = learning.printed().slice(once.length);
      assertStringIncludes(again, "- container.list #");
      assertStringIncludes(again, "- container.logs #");
    },
  ],
  [
    "a folder that it may not write to is named, with who it is",
    async (stage) => {
      const refusedAt = async (path: string) => {
        const { code, stderr } = await runSockwarden([
          "learn",
          "--open",
          "--listen=tcp://127.0.0.1:0",
          `--engine=${stage.dockerd.socket}`,
          `--record=${path}`,
        ]);
        assertEquals(code, 1);
        const said = `--record=${path}: the recording cannot be`;
        assertStringIncludes(stderr, said);
        assertMatch(stderr, /in a folder that user [0-9]+ may write to/);
        return stderr;
      };
      await Deno.writeTextFile(stage.path("file"), "");
      await refusedAt(stage.path("file/run.jsonl"));
      // Root may write to every folder, and source gives no rights up.
      if (!gaveRootUp()) return;
      const closed = stage.path("closed");
      await Deno.mkdir(closed, { mode: 0o755 });
      assertStringIncludes(
        await refusedAt(`${closed}/run.jsonl`),
        `run chown 65532 '${closed}' before`,
      );
      await Deno.writeTextFile(`${closed}/old.jsonl`, "", { mode: 0o600 });
      assertStringIncludes(
        await refusedAt(`${closed}/old.jsonl`),
        `run chown 65532 '${closed}/old.jsonl' before`,
      );
      // What it says helps.
      await Deno.chown(closed, 65532, null);
      const learning = await startLearning(stage.dockerd.socket, [
        "--open",
        `--record=${closed}/run.jsonl`,
      ]);
      await learning.stop();
      assertMatch(
        await Deno.readTextFile(`${closed}/run.jsonl`),
        /^\{"recording":1,/,
      );
    },
  ],
  [
    "clients of a policy file are recorded by name, and identified as there",
    async (stage) => {
      await makeContainers(stage);
      const socket = stage.path("ci.sock");
      await Deno.writeTextFile(
        stage.path("running.yaml"),
        `clients:
  ci:
    listen: "unix://${socket}?mode=0666"
    allow: [container.list]
  other:
    from: { cidr: 127.0.0.1/32 }
    allow: [container.list, container.inspect, container.logs]
`,
      );
      const { policy, recording } = await learn(stage, [
        `--config=${stage.path("running.yaml")}`,
      ], async (host) => {
        assertEquals((await docker(`unix://${socket}`, "ps")).code, 0);
        assertEquals((await docker(host, "logs", "web")).code, 0);
      });
      assertStringIncludes(recording, '"client":"ci"');
      assertStringIncludes(recording, '"client":"other"');
      assertMatch(policy, /\n {2}ci:\n(?: {4}.*\n)*? {4}listen: .*ci\.sock/);
      assertMatch(policy, /\n {2}other:\n(?: {4}.*\n)*? {4}from:/);
    },
  ],
];

if (reason !== null) {
  Deno.test.ignore(`learn end to end: ${reason}`, () => {});
} else {
  Deno.test("learn end to end", async (t) => {
    const dockerd = await startDockerd();
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-learn-" });
    // The lean binary gives up root before it opens the recording.
    await Deno.chmod(folder, 0o777);
    const stage: Stage = { dockerd, path: (name) => `${folder}/${name}` };
    try {
      for (const [name, step] of STEPS) {
        for await (const { name } of Deno.readDir(folder)) {
          await Deno.remove(`${folder}/${name}`, { recursive: true });
        }
        await t.step(name, () => step(stage));
      }
    } finally {
      await dockerd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
