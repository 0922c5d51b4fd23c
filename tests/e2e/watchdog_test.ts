/** A real engine that ends and comes back, under the watchdog. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { docker, startDockerd, whySkipped } from "./dockerd.ts";
import { startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();

/** How often a text is in another. */
function times(text: string, part: RegExp): number {
  return text.match(new RegExp(part, "g"))?.length ?? 0;
}

if (reason !== null) {
  Deno.test.ignore(`the watchdog end to end: ${reason}`, () => {});
} else {
  Deno.test("the watchdog end to end", async (t) => {
    const dockerd = await startDockerd();
    const flags = [
      "--containers",
      "--watchdog=1s",
      "--admin=tcp://127.0.0.1:0",
    ];
    const watching = await startSockwarden(dockerd.socket, flags);
    const [, admin] = /admin listener on tcp:\/\/127\.0\.0\.1:([0-9]+)/.exec(
      watching.log(),
    )!;
    const ready = async () => {
      const answer = await fetch(`http://127.0.0.1:${admin}/readyz`);
      return [answer.status, await answer.text()] as const;
    };
    const up = async () => {
      const answer = await fetch(`http://127.0.0.1:${admin}/metrics`);
      return /sockwarden_engine_up [01]/.exec(await answer.text())?.[0];
    };
    try {
      await t.step(
        "an engine that is restarted is lost once and back once",
        async () => {
          assertEquals((await ready())[0], 200);
          assertEquals(await up(), "sockwarden_engine_up 1");
          // It may be back before the watchdog looks again.
          await dockerd.restart(async () => {
            await watching.until(() => watching.log().includes(" is lost: "));
            const [status, text] = await ready();
            assertEquals(status, 503);
            assertStringIncludes(text, "does not answer");
            assertEquals(await up(), "sockwarden_engine_up 0");
          });
          await watching.until(() =>
            / is back after [0-9.]+ s/.test(watching.log())
          );
          assertEquals((await ready())[0], 200);
          assertEquals(await up(), "sockwarden_engine_up 1");
          assertEquals(
            [/ is lost: /, / is back after /].map((one) =>
              times(watching.log(), one)
            ),
            [1, 1],
          );
          assertEquals((await docker(watching.host, "ps")).code, 0);
        },
      );
      await t.step(
        "an engine that stays away is told once, and ends who was to exit, with code 69",
        async () => {
          // Started now: the engine's restart may take longer than it waits.
          const leaving = await startSockwarden(dockerd.socket, [
            ...flags,
            "--exit-on-engine-loss=3s",
          ]);
          await dockerd.stop();
          assertEquals(await leaving.ended(), 69);
          assertMatch(
            leaving.log(),
            /crit engine unix:\S+ has been lost for 3 s \(--exit-on-engine-loss\), exiting with code 69: /,
          );
          assertMatch(
            leaving.log(),
            /notice engine loss: stopping\n[^]*notice stopped\n/,
          );
          await watching.until(() => times(watching.log(), / is lost: /) === 2);
          assertEquals((await ready())[0], 503);
          assertEquals(await up(), "sockwarden_engine_up 0");
          assertEquals((await watching.stop()).code, 0);
          assertEquals(times(watching.log(), / is lost: /), 2);
        },
      );
    } finally {
      await watching.stop();
      await dockerd.stop().catch(() => {});
    }
  });
  Deno.test("an engine that was never there ends who was to exit", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const warden = await startSockwarden(`${folder}/none.sock`, [
        "--containers",
        "--watchdog=1s",
        "--exit-on-engine-loss=2s",
      ]);
      assertEquals(await warden.ended(), 69);
      assertEquals(times(warden.log(), / is lost: /), 0);
      assertEquals(times(warden.log(), / is not reachable yet: /), 1);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
