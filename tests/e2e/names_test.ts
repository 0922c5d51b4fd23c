/**
 * Names that Docker accepts, from their creation to their end, through the
 * real program.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { docker, startDockerd, whySkipped } from "./dockerd.ts";
import { startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();

/** Signs, spaces and letters that are escaped in a path. */
const NAMES = ["my net", "grüße", "a+b", "a%b", "a/b", "q?x#y"];

if (reason !== null) {
  Deno.test.ignore(`names end to end: ${reason}`, () => {});
} else {
  Deno.test("names end to end", async (t) => {
    const dockerd = await startDockerd();
    const warden = await startSockwarden(dockerd.socket, [], {
      CONTAINERS: "1",
      IMAGES: "1",
      NETWORKS: "1",
      VOLUMES: "1",
      POST: "1",
    });
    const run = (...args: string[]) => docker(warden.host, ...args);
    try {
      for (const name of NAMES) {
        await t.step(
          `a network called '${name}' is made, shown and removed`,
          async () => {
            // This engine lets a network have any name.
            const made = await run("network", "create", name);
            assertEquals(made.code, 0, made.stderr);
            const format = "--format={{.Id}}";
            const shown = await run("network", "inspect", format, name);
            assertEquals(shown.stdout, made.stdout, shown.stderr);
            // Looks for a container and an image of that name first.
            const found = await run("inspect", format, name);
            assertEquals(found.stdout, made.stdout, found.stderr);
            const removed = await run("network", "rm", name);
            assertEquals(removed.code, 0, removed.stderr);
            const gone = await run("network", "inspect", name);
            assertStringIncludes(gone.stderr.toLowerCase(), "no such network");
          },
        );
        await t.step(
          `a volume called '${name}' is what the engine says of it`,
          async () => {
            for (const args of [["create"], ["inspect"], ["rm"]]) {
              const own = await dockerd.docker("volume", ...args, name);
              const ours = await run("volume", ...args, name);
              assertEquals(ours, own, `volume ${args}`);
            }
          },
        );
      }
      await t.step("a container of such a name is not there", async () => {
        const { stderr } = await run("inspect", "--type=container", "grüße");
        assertStringIncludes(stderr.toLowerCase(), "no such container: grüße");
      });
      await t.step(
        "docker inspect of something absent says so, whatever kinds are refused",
        async () => {
          for (const name of ["web1", "library/web", "web:1", "my web"]) {
            const { code, stderr } = await run("inspect", name);
            assertEquals(code, 1);
            // It may say before that it cannot ask whether this is a swarm.
            assertStringIncludes(
              stderr.toLowerCase(),
              `no such object: ${name}`,
            );
          }
          const plugin = await run("plugin", "inspect", "web1");
          assertStringIncludes(plugin.stderr, "set PLUGINS=1");
        },
      );
    } finally {
      await warden.stop();
      await dockerd.stop();
    }
  });
}
