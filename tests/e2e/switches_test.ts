/**
 * The original's switches on the real program, seen with the docker CLI.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { docker, IMAGE, startDockerd, whySkipped } from "./dockerd.ts";
import { runSockwarden, startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();

if (reason !== null) {
  Deno.test.ignore(`the original's switches end to end: ${reason}`, () => {});
} else {
  Deno.test("the original's switches end to end", async (t) => {
    const dockerd = await startDockerd();
    await dockerd.docker(
      "run",
      "-d",
      "--network=none",
      "--name",
      "web",
      IMAGE,
      "sleep",
      "10000",
    );
    const withSettings = async (
      settings: Record<string, string>,
      run: (host: string) => Promise<void>,
    ) => {
      const warden = await startSockwarden(dockerd.socket, [], settings);
      try {
        await run(warden.host);
      } finally {
        await warden.stop();
      }
    };
    try {
      await t.step(
        "CONTAINERS=1 reads and changes nothing",
        () =>
          withSettings({ CONTAINERS: "1" }, async (host) => {
            assertEquals(
              (await docker(host, "inspect", "--type=container", "web")).code,
              0,
            );
            const { code, stderr } = await docker(
              host,
              "restart",
              "-t0",
              "web",
            );
            assertEquals(code, 1);
            assertStringIncludes(
              stderr,
              "to allow it set ALLOW_RESTARTS=1, or --allow container.restart",
            );
            assertEquals((await docker(host, "images")).code, 1);
          }),
      );
      await t.step(
        "ALLOW_RESTARTS=1 restarts with POST=0",
        () =>
          withSettings(
            { CONTAINERS: "1", ALLOW_RESTARTS: "1" },
            async (host) => {
              assertEquals(
                (await docker(host, "restart", "-t0", "web")).code,
                0,
              );
              assertEquals((await docker(host, "rm", "-f", "web")).code, 1);
            },
          ),
      );
      await t.step("EXEC=0 makes no exec, EXEC=1 runs it", async () => {
        const most = { CONTAINERS: "1", POST: "1" };
        await withSettings(most, async (host) => {
          const { stderr } = await docker(host, "exec", "web", "true");
          assertStringIncludes(stderr, "set EXEC=1");
        });
        await withSettings({ ...most, EXEC: "1" }, async (host) => {
          assertEquals(
            (await docker(host, "exec", "web", "echo", "ran")).stdout,
            "ran\n",
          );
        });
      });
      await t.step(
        "ALLOW_LOGS=0 takes logs away",
        () =>
          withSettings({ CONTAINERS: "1", ALLOW_LOGS: "0" }, async (host) => {
            const { stderr } = await docker(host, "logs", "web");
            assertStringIncludes(stderr, "ALLOW_LOGS=1");
          }),
      );
      await t.step(
        "healthcheck finds the listener of the environment and asks the engine",
        async () => {
          const warden = await startSockwarden(dockerd.socket, [], {
            PING: "0",
          });
          const settings = { SOCKWARDEN_LISTEN: `tcp://[::]:${warden.port}` };
          const well = await runSockwarden(["healthcheck"], settings);
          assertEquals([well.code, well.stdout], [0, "healthy\n"]);
          await warden.stop();
          const gone = await runSockwarden(["healthcheck"], settings);
          assertEquals(gone.code, 1);
          assertStringIncludes(gone.stderr, "nothing listens");
        },
      );
    } finally {
      await dockerd.stop();
    }
  });
}
