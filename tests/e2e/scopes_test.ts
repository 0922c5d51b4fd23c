/**
 * A client with a scope, on a real engine: its own containers are as without a
 * proxy, and those outside are as if not there.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { docker, IMAGE, startDockerd, whySkipped } from "./dockerd.ts";
import { startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();

const POLICY = `
clients:
  shop:
    from: { cidr: 127.0.0.1 }
    allow: ["container.*", "exec.*", system.ping, system.version]
    containers: { label: team=shop }
`;

if (reason !== null) {
  Deno.test.ignore(`scopes end to end: ${reason}`, () => {});
} else {
  Deno.test("scopes end to end", async (t) => {
    const dockerd = await startDockerd();
    const folder = await Deno.makeTempDir({ prefix: "sockwarden-scopes-" });
    await Deno.chmod(folder, 0o755);
    await Deno.writeTextFile(`${folder}/policy.yaml`, POLICY);
    const warden = await startSockwarden(dockerd.socket, [
      `--config=${folder}/policy.yaml`,
    ]);
    const run = (...args: string[]) => docker(warden.host, ...args);
    const start = async (name: string, team: string) => {
      const made = await dockerd.docker(
        ...["run", "-d", "--network=none", `--label=team=${team}`],
        ...[`--name=${name}`, IMAGE, "sh", "-c"],
        `echo hello from ${name}; exec sleep 1000`,
      );
      assertEquals(made.code, 0, made.stderr);
      return made.stdout.trim();
    };
    try {
      const web = await start("web", "shop");
      const db = await start("db", "bank");
      for (const name of [web, web.slice(0, 12), "web"]) {
        await t.step(`${name} is reached, as it is in scope`, async () => {
          const shown = await run("inspect", "--format={{.Id}}", name);
          assertEquals(shown.stdout.trim(), web, shown.stderr);
          assertEquals((await run("logs", name)).stdout, "hello from web\n");
          const ran = await run("exec", name, "echo", "inside");
          assertEquals(ran, { code: 0, stdout: "inside\n", stderr: "" });
        });
      }
      await t.step("it is restarted", async () => {
        const { code, stderr } = await run("restart", "-t0", "web");
        assertEquals(code, 0, stderr);
      });
      const calls: string[][] = [
        ["inspect", "--type=container"],
        ["logs"],
        ["top"],
        ["start"],
        ["stop", "-t0"],
        ["restart", "-t0"],
        ["kill"],
        ["pause"],
        ["diff"],
        ["export", "-o/dev/null"],
        ["wait"],
        ["update", "--memory=64m"],
        ["rm", "-f"],
      ];
      for (const name of [db, db.slice(0, 12), "db"]) {
        for (const call of calls) {
          await t.step(
            `${
              call[0]
            } of ${name} says what the engine says of one that is absent`,
            async () => {
              const absent = `absent${name}`;
              const hidden = await run(...call, name);
              const engine = await dockerd.docker(...call, absent);
              assertEquals(hidden, {
                code: engine.code,
                stdout: engine.stdout.replaceAll(absent, name),
                // Older engines begin it with a capital letter.
                stderr: engine.stderr.replaceAll(absent, name)
                  .replace(": Cannot kill", ": cannot kill"),
              });
            },
          );
        }
        await t.step(`exec in ${name} too`, async () => {
          const { code, stderr } = await run("exec", name, "true");
          assertEquals(code, 1);
          assertStringIncludes(stderr, `No such container: ${name}`);
        });
      }
      await t.step("an exec of one outside is not there", async () => {
        const answer = await fetch(
          `${warden.host.replace("tcp", "http")}/exec/${await execOf(
            dockerd.socket,
            db,
          )}/json`,
        );
        assertEquals(answer.status, 404);
        assertStringIncludes(await answer.text(), "No such exec instance");
      });
      await t.step("one that was renamed is what it was", async () => {
        await dockerd.docker("rename", "web", "other");
        await dockerd.docker("rename", "db", "web");
        const { stderr } = await run("logs", "web");
        assertStringIncludes(stderr, "No such container: web");
        assertEquals(
          (await run("logs", "other")).stdout,
          "hello from web\n"
            .repeat(2),
        );
      });
      await t.step("nothing was done to what is outside", async () => {
        const shown = await dockerd.docker(
          "inspect",
          "--format={{.State.Running}} {{.RestartCount}} {{.HostConfig.Memory}}",
          db,
        );
        assertEquals(shown.stdout.trim(), "true 0 0");
      });
      await t.step("the log says what was hidden from whom", () => {
        assertStringIncludes(
          warden.log(),
          "container 'db' is outside the scope: label is none of team=shop",
        );
      });
    } finally {
      await warden.stop();
      await dockerd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Makes an exec past sockwarden; returns its id. */
async function execOf(socket: string, container: string): Promise<string> {
  const conn = await Deno.connect({ transport: "unix", path: socket });
  const body = '{"Cmd":["true"]}';
  await conn.write(
    new TextEncoder().encode(
      `POST /containers/${container}/exec HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    ),
  );
  const text = await new Response(conn.readable).text();
  return /"Id":"([0-9a-f]{64})"/.exec(text)![1]!;
}
