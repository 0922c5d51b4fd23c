/** The audit of real clients of a real engine. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Line, linesOf } from "../audit/support.ts";
import {
  docker,
  type Dockerd,
  IMAGE,
  spawnDocker,
  startDockerd,
  whySkipped,
} from "./dockerd.ts";
import { CALL_SECRET, tellSecrets } from "./secret_calls.ts";
import {
  runSockwarden,
  type Sockwarden,
  startSockwarden,
} from "./sockwarden.ts";

const reason = whySkipped();

interface Stage {
  readonly dockerd: Dockerd;
  /** A path in a folder that everyone may write to. */
  readonly path: (name: string) => string;
  /** Starts sockwarden with an audit and a key. */
  readonly serve: (...flags: string[]) => Promise<Sockwarden>;
  /** The audit so far; a line that is being written is left out. */
  readonly lines: () => Line[];
  /** Waits for a line. */
  readonly line: (holds: (line: Line) => boolean) => Promise<Line>;
  /** Verifies the audit. */
  readonly verify: () => ReturnType<typeof runSockwarden>;
}

/** Resolves once something holds, looked at whenever a file of the folder changes. */
async function once<Found>(
  folder: string,
  look: () => Found | undefined,
): Promise<Found> {
  const watcher = Deno.watchFs(folder);
  try {
    const found = look();
    if (found !== undefined) return found;
    for await (const _ of watcher) {
      const found = look();
      if (found !== undefined) return found;
    }
    throw new Error("the watch has ended");
  } finally {
    try {
      watcher.close();
    } catch {
      // The loop has closed it.
    }
  }
}

const STEPS: readonly (readonly [string, (stage: Stage) => Promise<void>])[] = [
  [
    "an exec that lasts is in the audit from its first second, and after a kill; the chain goes on with the next start",
    async ({ dockerd, serve, line, lines, verify }) => {
      const { code, stderr } = await dockerd.docker(
        ...["run", "-d", "--network=none", "--name=web", IMAGE],
        ...["sleep", "10000"],
      );
      assertEquals(code, 0, stderr);
      const flags = ["--containers", "--exec", "--post"];
      const warden = await serve(...flags);
      const exec = spawnDocker(warden.host, "exec", "web", "sleep", "3600");
      const isExec = ({ operation }: Line) => operation === "exec.start";
      const decided = await line(isExec);
      assertEquals(
        [decided.event, decided.decision, decided.method],
        ["decided", "allowed", "POST"],
      );
      const created = lines().find(({ operation }) =>
        operation === "container.exec.create"
      );
      assertEquals(
        (created?.object as { name: string }).name,
        "web",
      );
      await warden.kill();
      await exec.status;
      assert(lines().some(isExec));
      assert(
        !lines().some(({ event, id }) =>
          event === "ended" && id === decided.id
        ),
      );
      const again = await serve(...flags);
      assertEquals((await docker(again.host, "ps")).code, 0);
      assertEquals((await again.stop()).code, 0);
      const last = lines().at(-1)!;
      assertEquals([last.event, last.dropped], ["stopped", 0]);
      const verified = await verify();
      assertEquals(verified.code, 0, verified.stdout);
      assertMatch(verified.stdout, /note: is a start after no stop/);
    },
  ],
  [
    "a creation that a guard refuses has its findings in the line, and nothing is made",
    async ({ dockerd, serve, line }) => {
      const warden = await serve("--allow=container.*", "--guard=standard");
      const made = await docker(
        warden.host,
        ...["create", "--name=bad", "--privileged", "-v=/etc:/e", IMAGE],
      );
      assertMatch(made.stderr, /guard 'standard'/);
      const refused = await line(({ code }) => code === "policy.guard");
      assertEquals(
        [refused.operation, refused.decision, refused.object],
        ["container.create", "refused", { kind: "container", name: "bad" }],
      );
      const findings = (refused.findings as string[]).join("\n");
      assertMatch(findings, /HostConfig.Privileged/);
      assertMatch(findings, /HostConfig.Binds.*\/etc/);
      assertEquals((await warden.stop()).code, 0);
      const { stdout } = await dockerd.docker("ps", "-aq", "--filter=name=bad");
      assertEquals(stdout, "");
    },
  ],
  [
    "no value that a client sends is in the audit, whatever it is refused or granted",
    async ({ serve, lines, path }) => {
      const guarded = ["--allow=*", "--guard=strict"];
      for (const grants of [["--allow=*"], guarded, []]) {
        const warden = await serve(...grants);
        await tellSecrets(warden.host);
        assertEquals((await warden.stop()).code, 0);
      }
      const operations = new Set(lines().map(({ operation }) => operation));
      assert(operations.has("image.build") && operations.has("secret.create"));
      const text = await Deno.readTextFile(path("audit.jsonl"));
      assert(!text.includes(CALL_SECRET), text);
      assert(!text.includes(btoa(CALL_SECRET).slice(0, 7)));
    },
  ],
  [
    "learn and replay read the audit: what was asked for is proposed, and what it refuses is told",
    async ({ serve, path }) => {
      const warden = await serve("--containers");
      assertEquals((await docker(warden.host, "ps")).code, 0);
      assertEquals((await docker(warden.host, "inspect", "web")).code, 0);
      await warden.stop();
      const learned = await runSockwarden(["learn", path("audit.jsonl")]);
      assertEquals(learned.code, 0, learned.stderr);
      assertMatch(learned.stdout, /- container\.list /);
      assertMatch(learned.stdout, /- container\.inspect /);
      const replayed = await runSockwarden(
        ["replay", path("audit.jsonl"), "--allow=container.list"],
      );
      assertEquals(replayed.code, 1, replayed.stderr);
      assertMatch(replayed.stdout, /container\.inspect/);
    },
  ],
];

async function withStage(
  dockerd: Dockerd,
  run: (stage: Stage) => Promise<void>,
) {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-audit-" });
  // The lean binary gives up root before it opens the audit.
  await Deno.chmod(folder, 0o777);
  const path = (name: string) => `${folder}/${name}`;
  await Deno.writeTextFile(path("key"), "0123456789abcdef".repeat(4));
  const flags = [
    `--audit=${path("audit.jsonl")}`,
    `--audit-key=${path("key")}`,
  ];
  const lines = () => {
    const text = Deno.readTextFileSync(path("audit.jsonl"));
    return linesOf(text.slice(0, text.lastIndexOf("\n") + 1));
  };
  try {
    await run({
      dockerd,
      path,
      lines,
      serve: (...more) => startSockwarden(dockerd.socket, [...flags, ...more]),
      line: (holds) => once(folder, () => lines().find(holds)),
      verify: () =>
        runSockwarden(["audit", "verify", path("audit.jsonl"), flags[1]!]),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (reason !== null) {
  Deno.test.ignore(`audit end to end: ${reason}`, () => {});
} else {
  Deno.test("audit end to end", async (t) => {
    const dockerd = await startDockerd();
    try {
      for (const [name, step] of STEPS) {
        await t.step(name, () => withStage(dockerd, step));
      }
    } finally {
      await dockerd.docker("rm", "-f", "web");
      await dockerd.stop();
    }
  });
}
