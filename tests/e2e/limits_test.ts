/**
 * Limits of clients, beside a real engine and the real docker CLI: what is
 * refused, what the docker CLI shows, and that others are served.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  docker,
  dockerWith,
  IMAGE,
  spawnDocker,
  startDockerd,
  whySkipped,
} from "./dockerd.ts";
import { send } from "./raw.ts";
import { startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();

/** A port that is free now. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** A client that may do all with containers, on a port of its own. */
function clientOf(name: string, port: number, limits: string): string {
  return `  ${name}:
    listen: tcp://127.0.0.1:${port}
    allow: ["system.*:read", "container.*", "exec.*"]
    limits: ${limits}
`;
}

if (reason !== null) {
  Deno.test.ignore(`limits end to end: ${reason}`, () => {});
} else {
  Deno.test("limits end to end", async (t) => {
    const folder = await Deno.makeTempDir();
    await Deno.chmod(folder, 0o755);
    const file = `${folder}/policy.yaml`;
    const names = ["streams", "rate", "upload", "calm"] as const;
    const ports = Object.fromEntries(
      names.map((name) => [name, freePort()]),
    ) as Record<typeof names[number], number>;
    const limits: Record<string, string> = {
      streams: "{ streams: 2 }",
      // The docker CLI sends a ping before each command.
      rate: "{ rate: 1, burst: 4 }",
      upload: "{ upload-rate: 1m }",
      calm: "{ requests: 100 }",
    };
    await Deno.writeTextFile(
      file,
      `clients:\n${
        names.map((name) => clientOf(name, ports[name], limits[name]!)).join("")
      }`,
    );
    const dockerd = await startDockerd();
    const warden = await startSockwarden(dockerd.socket, [
      `--config=${file}`,
      "--admin=tcp://127.0.0.1:0",
    ]);
    const hostOf = (name: keyof typeof ports) =>
      `tcp://127.0.0.1:${ports[name]}`;
    const [, admin] = /admin listener on tcp:\/\/127\.0\.0\.1:([0-9]+)/.exec(
      warden.log(),
    )!;
    try {
      await dockerd.docker(
        ...["run", "-d", "--name", "web", IMAGE],
        ...["sh", "-c", "echo started; exec sleep 10000"],
      );
      await t.step(
        "a stream beyond the limit is refused, and docker shows why; others are served",
        async () => {
          const host = hostOf("streams");
          const open = [
            spawnDocker(host, "logs", "-f", "web"),
            spawnDocker(
              ...[host, "exec", "-i", "web", "sh", "-c"] as const,
              "echo inside; exec cat",
            ),
          ];
          const readers = open.map(({ stdout }) => stdout.getReader());
          for (const reader of readers) await reader.read();
          const third = await docker(host, "logs", "-f", "web");
          assert(third.code !== 0);
          assertStringIncludes(
            third.stderr,
            "container.logs (GET /v1.",
          );
          assertStringIncludes(
            third.stderr,
            "is more than is allowed to client 'streams': at most 2 streams and tunnels at a time",
          );
          const exec = await docker(host, "exec", "web", "true");
          // Of an upgrade docker shows the status alone; the log says more.
          assertStringIncludes(exec.stderr, "received 429");
          await warden.until(() =>
            /exec\.start [^\n]* 429 [^\n]* code=limit\.streams /.test(
              warden.log(),
            )
          );
          // What is no stream goes on, and so does another client.
          assertEquals((await docker(host, "ps", "-q")).code, 0);
          const calm = await docker(hostOf("calm"), "exec", "web", "echo", "x");
          assertEquals([calm.code, calm.stdout], [0, "x\n"]);
          const metrics = await (await fetch(
            `http://127.0.0.1:${admin}/metrics`,
          )).text();
          for (
            const line of [
              'client_limit{client="streams",limit="streams"} 2',
              'client_limit_used{client="streams",limit="streams"} 2',
              'client_limit_used{client="calm",limit="streams"} 0',
              'requests_total{client="streams",operation="container.logs",decision="refused",code="limit.streams"} 1',
            ]
          ) assertStringIncludes(metrics, `sockwarden_${line}\n`);
          // One ends: there is room again.
          open[0]!.kill("SIGKILL");
          await open[0]!.status;
          await warden.until(() =>
            /container\.logs [^\n]* 200 /.test(warden.log())
          );
          const again = await docker(host, "exec", "web", "echo", "again");
          assertEquals([again.code, again.stdout], [0, "again\n"]);
          await open[1]!.stdin.close();
          for (const reader of readers) await reader.cancel();
          for (const child of open) {
            await child.stderr.cancel();
            await child.status;
          }
        },
      );
      await t.step(
        "a rate is refused with 429 and the time to wait, and docker shows it",
        async () => {
          const answers = [];
          for (let i = 0; i < 6; i++) {
            answers.push(await send(ports.rate, "GET /_ping"));
          }
          const last = answers.at(-1)!;
          assertEquals(last.status, 429);
          assertStringIncludes(last.head, "\r\nRetry-After: 1");
          let shown = "";
          // The rate may have let one through meanwhile.
          for (let i = 0; i < 20 && !shown.includes("more than"); i++) {
            const commands = await Promise.all(
              [1, 2, 3].map(() => docker(hostOf("rate"), "ps")),
            );
            shown += commands.map(({ stderr }) => stderr).join("");
          }
          assertStringIncludes(
            shown,
            "is more than is allowed to client 'rate': at most 1 request a second, 4 at once",
          );
          assertStringIncludes(shown, "try again in 1 s");
        },
      );
      await t.step("an upload is slowed, and comes whole", async () => {
        const size = 4_000_000;
        const begun = performance.now();
        const copied = await dockerWith(
          hostOf("upload"),
          "a".repeat(size),
          ...[
            "exec",
            "-i",
            "web",
            "sh",
            "-c",
            "cat > /tmp/up; wc -c < /tmp/up",
          ],
        );
        assertEquals([copied.code, copied.stdout.trim()], [0, `${size}`]);
        // The rate is a bound from below, whatever the machine does.
        const least = (size / 2 ** 20 - 1) * 1000;
        const took = performance.now() - begun;
        assert(took >= least, `${took} ms, at least ${least}`);
        await warden.until(() => /exec\.start [^\n]* 101 /.test(warden.log()));
        const metrics = await (await fetch(
          `http://127.0.0.1:${admin}/metrics`,
        )).text();
        const seconds = Number(
          /upload_slowed_seconds_total\{client="upload"\} ([0-9.]+)/.exec(
            metrics,
          )?.[1],
        );
        assert(seconds > 1, `${seconds}`);
      });
      await t.step("a reload changes a limit, and says so", async () => {
        const text = await Deno.readTextFile(file);
        await Deno.writeTextFile(file, text.replace("rate: 1,", "rate: 1000,"));
        warden.reload();
        await warden.until(() =>
          warden.log().includes(
            "rate: limits raised: rate 1000 (was 1)",
          )
        );
        for (let i = 0; i < 4; i++) {
          assertEquals((await docker(hostOf("rate"), "ps")).code, 0);
        }
      });
    } finally {
      await warden.stop();
      await dockerd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
