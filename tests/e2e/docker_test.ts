/**
 * The real docker CLI through the real program to a real Docker Engine.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  docker,
  type Dockerd,
  dockerWith,
  IMAGE,
  spawnDocker,
  startDockerd,
  whySkipped,
} from "./dockerd.ts";
import { type Sockwarden, startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();
/** So long that a stop which waits for it is seen, on a machine that is busy too. */
const STOP_GRACE_SECONDS = 30;
const EVERYTHING = ["--allow=*", `--stop-grace=${STOP_GRACE_SECONDS}s`];

interface Stage {
  readonly dockerd: Dockerd;
  readonly warden: Sockwarden;
  /** The unix sockets that sockwarden holds before any client has come. */
  readonly atFirst: Set<string>;
  /** The docker CLI through sockwarden. */
  docker(...args: string[]): ReturnType<typeof docker>;
  dockerWith(
    input: string | Uint8Array,
    ...args: string[]
  ): ReturnType<typeof docker>;
}

if (reason !== null) {
  Deno.test.ignore(`end to end with the docker CLI: ${reason}`, () => {});
} else {
  Deno.test("end to end with the docker CLI", async (t) => {
    const dockerd = await startDockerd();
    const warden = await startSockwarden(dockerd.socket, EVERYTHING);
    const stage: Stage = {
      dockerd,
      warden,
      atFirst: await warden.unixSockets(),
      docker: (...args) => docker(warden.host, ...args),
      dockerWith: (input, ...args) => dockerWith(warden.host, input, ...args),
    };
    try {
      await dockerd.docker(
        "run",
        "-d",
        "--name",
        "web",
        IMAGE,
        "sh",
        "-c",
        "seq 3; exec sleep 10000",
      );
      for (const [name, step] of STEPS) {
        await t.step(name, () => step(stage));
      }
      await t.step(
        "a stop closes streams without an end at once, writes their records, and exits 0",
        async () => {
          await until("no connection to the engine", () => isQuiet(stage));
          const clients = [
            ["logs", "-f", "web"],
            ["events"],
            ["stats", "web"],
            // It waits for the container too, over a connection of its own.
            ["attach", "--no-stdin", "web"],
          ].map((args) => spawnDocker(warden.host, ...args));
          // The first has its answer; how far the others are makes no difference.
          const reader = clients[0]!.stdout.getReader();
          await reader.read();
          reader.releaseLock();
          const { code, seconds } = await warden.stop();
          assertEquals(code, 0);
          assert(seconds < STOP_GRACE_SECONDS, `${seconds} s`);
          const lines = warden.log().trimEnd().split("\n");
          const last = lines.slice(
            lines.findIndex((line) => line.includes("SIGTERM: stopping")),
          );
          assert(
            last.some((line) =>
              line.includes(" container.logs ") &&
              line.includes('end="stopped"')
            ),
            last.join("\n"),
          );
          assert(last.at(-1)!.endsWith(" stopped"), last.join("\n"));
          for (const client of clients) {
            await Promise.allSettled([
              client.stdin.close(),
              client.stdout.cancel(),
              client.stderr.cancel(),
            ]);
            try {
              // Some clients ask again for ever.
              client.kill("SIGKILL");
            } catch {
              // It has ended.
            }
            await client.status;
          }
        },
      );
    } finally {
      await warden.stop();
      await dockerd.stop();
    }
  });
}

const STEPS: readonly (readonly [string, (stage: Stage) => Promise<void>])[] = [
  ["version, ps and inspect answer as without the proxy", async (s) => {
    for (
      const args of [
        ["version", "--format", "{{json .Server}}"],
        ["ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}"],
        ["inspect", "web"],
        ["images", "-q", "--no-trunc"],
        ["info", "--format", "{{.ID}}"],
      ]
    ) {
      const direct = await s.dockerd.docker(...args);
      const through = await s.docker(...args);
      assertEquals(through, direct);
    }
  }],
  ["run -i carries standard input and its end", async (s) => {
    const input = "line\n".repeat(100_000);
    const { code, stdout } = await s.dockerWith(
      input,
      "run",
      "--rm",
      "-i",
      "--network=none",
      IMAGE,
      "wc",
      "-c",
    );
    assertEquals([code, stdout.trim()], [0, String(input.length)]);
  }],
  ["run gives the exit code", async (s) => {
    const { code } = await s.docker(
      "run",
      "--rm",
      "--network=none",
      IMAGE,
      "sh",
      "-c",
      "exit 42",
    );
    assertEquals(code, 42);
  }],
  ["exec -i goes on after standard input has ended", async (s) => {
    const { stdout } = await s.dockerWith(
      "abc",
      "exec",
      "-i",
      "web",
      "sh",
      "-c",
      "cat; sleep 1; echo ' and after'",
    );
    assertEquals(stdout, "abc and after\n");
  }],
  ["attach sees what comes after it, and kill ends it", async (s) => {
    await s.docker(
      "run",
      "-d",
      "--network=none",
      "--name",
      "ticker",
      IMAGE,
      "sh",
      "-c",
      "while true; do echo tick; sleep 0.2; done",
    );
    const attach = spawnDocker(s.warden.host, "attach", "--no-stdin", "ticker");
    const output = follow(attach.stdout);
    await until(
      "a tick",
      () => Promise.resolve(output.text().includes("tick")),
    );
    await s.docker("kill", "ticker");
    await attach.stdin.close();
    await Promise.all([output.ended, attach.stderr.cancel(), attach.status]);
    await s.docker("rm", "ticker");
  }],
  ["logs, and logs -f until the container ends", async (s) => {
    assertEquals((await s.docker("logs", "web")).stdout, "1\n2\n3\n");
    await s.docker(
      "run",
      "-d",
      "--network=none",
      "--name",
      "talker",
      IMAGE,
      "sh",
      "-c",
      "for i in $(seq 5); do echo $i; sleep 0.2; done",
    );
    assertEquals(
      (await s.docker("logs", "-f", "talker")).stdout,
      "1\n2\n3\n4\n5\n",
    );
    await s.docker("rm", "talker");
  }],
  ["events arrive while they happen", async (s) => {
    const events = spawnDocker(
      s.warden.host,
      "events",
      "--format",
      "{{.Action}}",
    );
    const output = follow(events.stdout);
    // Events before the stream began are not in it: they are made until they are.
    await until("events", async () => {
      await s.docker("pause", "web");
      await s.docker("unpause", "web");
      return output.text().includes("pause\nunpause\n");
    });
    events.kill("SIGTERM");
    await events.stdin.close().catch(() => {});
    await Promise.all([output.ended, events.stderr.cancel(), events.status]);
  }],
  ["cp carries files both ways", async (s) => {
    const folder = await Deno.makeTempDir();
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    await Deno.writeFile(`${folder}/in`, bytes);
    assertEquals((await s.docker("cp", `${folder}/in`, "web:/tmp/in")).code, 0);
    assertEquals(
      (await s.docker("cp", "web:/tmp/in", `${folder}/out`)).code,
      0,
    );
    assertEquals(await Deno.readFile(`${folder}/out`), bytes);
    await Deno.remove(folder, { recursive: true });
  }],
  ["build uploads and reports at the same time", async (s) => {
    const folder = await Deno.makeTempDir();
    await Deno.writeFile(`${folder}/ballast`, new Uint8Array(20_000_000));
    await Deno.writeTextFile(
      `${folder}/Dockerfile`,
      `FROM ${IMAGE}\nCOPY ballast /b\nLABEL a=b\n`,
    );
    const { code, stdout, stderr } = await s.docker(
      "build",
      "-t",
      "built:1",
      folder,
    );
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "Successfully tagged built:1");
    await Deno.remove(folder, { recursive: true });
  }],
  ["save and load carry an image unchanged", async (s) => {
    const folder = await Deno.makeTempDir();
    const sum = async (host: string) => {
      const file = `${folder}/image.tar`;
      assertEquals((await docker(host, "save", "-o", file, "built:1")).code, 0);
      return await crypto.subtle.digest("SHA-256", await Deno.readFile(file));
    };
    const direct = await sum(`unix://${s.dockerd.socket}`);
    assertEquals(
      new Uint8Array(await sum(s.warden.host)),
      new Uint8Array(direct),
    );
    await s.docker("rmi", "built:1");
    const { stdout } = await s.docker("load", "-i", `${folder}/image.tar`);
    assertStringIncludes(stdout, "Loaded image: built:1");
    await Deno.remove(folder, { recursive: true });
  }],
  ["wait and stats", async (s) => {
    const { stdout: id } = await s.docker(
      "run",
      "-d",
      "--network=none",
      IMAGE,
      "sh",
      "-c",
      "sleep 1; exit 7",
    );
    assertEquals((await s.docker("wait", id.trim())).stdout.trim(), "7");
    await s.docker("rm", id.trim());
    assertStringIncludes(
      (await s.docker("stats", "--no-stream", "web")).stdout,
      "web",
    );
  }],
  ["50 clients at once", async (s) => {
    const outputs = await Promise.all(
      Array.from({ length: 50 }, () => s.docker("ps", "-q", "--no-trunc")),
    );
    const first = outputs[0]!.stdout;
    assert(first.length > 60);
    for (const { code, stdout } of outputs) {
      assertEquals([code, stdout], [0, first]);
    }
  }],
  [
    "a client killed in the middle of a stream leaves no connection to the engine behind",
    async (s) => {
      await until("no connection to the engine", () => isQuiet(s));
      const follow = spawnDocker(s.warden.host, "logs", "-f", "web");
      await until("the stream", async () => !await isQuiet(s));
      follow.kill("SIGKILL");
      await follow.stdin.close().catch(() => {});
      await follow.output();
      await until("its end", () => isQuiet(s));
    },
  ],
  ["the engine is restarted under load, and calls go on", async (s) => {
    let stop = false;
    const codes: number[] = [];
    const load = Array.from({ length: 4 }, async () => {
      while (!stop) codes.push((await s.docker("ps", "-q")).code);
    });
    await s.dockerd.restart();
    await until(
      "calls that succeed again",
      async () => (await s.docker("ps", "-q")).code === 0,
    );
    stop = true;
    await Promise.all(load);
    assert(codes.includes(0));
    assertStringIncludes(s.warden.log(), 'end="engine ');
    await s.docker("start", "web");
  }],
];

/** What a program writes, as it comes. */
function follow(
  from: ReadableStream<Uint8Array>,
): { text(): string; readonly ended: Promise<void> } {
  const decoder = new TextDecoder();
  let text = "";
  const read = async () => {
    for await (const bytes of from) text += decoder.decode(bytes);
  };
  return { text: () => text, ended: read() };
}

/**
 * Whether sockwarden has no connection to the engine. The engine's own ends
 * are not counted: it leaves those of tunnels open for a while after both
 * sides have closed them, without a proxy too.
 */
async function isQuiet({ warden, atFirst }: Stage): Promise<boolean> {
  return (await warden.unixSockets()).isSubsetOf(atFirst);
}

async function until(
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await holds()) return;
    // No event announces it, so the test looks again and again.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never happened: ${what}`);
}
