import { assertEquals } from "@std/assert";
import { runSockwarden, sockwarden } from "../e2e/sockwarden.ts";
import { serving, withFiles } from "./support.ts";

Deno.test("serve warns of --dry-run at the start", async () => {
  await serving(["--dry-run"], async (_child, says) => {
    await says(
      " warning dry run: requests that the policy refuses are logged and forwarded",
    );
  });
});

Deno.test("a log that is not read does not stop the service", async () => {
  const child = sockwarden([
    "demo",
    "--containers",
    "--listen=tcp://127.0.0.1:0",
  ])
    .spawn();
  const reader = child.stdout.getReader();
  let log = "";
  while (!log.includes(": version ")) {
    log += new TextDecoder().decode((await reader.read()).value);
  }
  // From here on the pipe fills and stays full.
  const url = /listening on tcp:\/\/(127\.0\.0\.1:[0-9]+)/.exec(log)![1];
  for (let i = 0; i < 3000; i++) {
    const response = await fetch(`http://${url}/_ping`);
    assertEquals(await response.text(), "OK");
  }
  child.kill("SIGTERM");
  const { code } = await child.status;
  assertEquals(code, 0);
  await reader.cancel();
  await child.stderr.cancel();
});

Deno.test("an engine that does not answer is logged, and does not prevent the start", async () => {
  const code = await serving(["--containers"], async (_child, says) => {
    await says(
      " err engine unix:///nonexistent.sock is not reachable yet: ",
    );
  });
  assertEquals(code, 0);
});

Deno.test("an engine that comes up later is logged once it answers", async () => {
  await withFiles({}, async (path) => {
    const address = path("engine.sock");
    await serving([], async (_child, says) => {
      await says("is not reachable yet");
      const engine = Deno.serve(
        { path: address, onListen: () => {} },
        () => Response.json({ Version: "28.3.0", ApiVersion: "1.51" }),
      );
      await Deno.chmod(address, 0o666);
      await says(`engine unix://${address}: version 28.3.0, API 1.51`);
      await engine.shutdown();
    }, `--engine=unix://${address}`);
  });
});

Deno.test("signals without a meaning are said to have none, and change nothing", async () => {
  const code = await serving([], async (_child, _says, signal) => {
    // Not SIGALRM: what runs below timeout(1) never gets it.
    for (const name of ["SIGUSR1", "SIGUSR2"] as const) {
      await signal(name, `${name} has no meaning here`);
    }
  });
  assertEquals(code, 0);
});

Deno.test("a second SIGTERM says that it stops at once, and exits with 1", async () => {
  await withFiles({}, async (path) => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    const engine = Deno.serve(
      { path: path("engine.sock"), onListen: () => {} },
      (request) => {
        if (!request.url.endsWith("/images/json")) {
          return Response.json({ Version: "28.3.0", ApiVersion: "1.51" });
        }
        asked.resolve();
        return answer.promise;
      },
    );
    await Deno.chmod(path("engine.sock"), 0o666);
    const code = await serving(
      ["--images", `--listen=unix://${path("a.sock")}`],
      async (child, _says, signal) => {
        const client = await Deno.connect({
          transport: "unix",
          path: path("a.sock"),
        });
        await client.write(
          new TextEncoder().encode(
            "GET /images/json HTTP/1.1\r\nHost: a\r\n\r\n",
          ),
        );
        await asked.promise;
        await signal("SIGTERM", "SIGTERM: stopping");
        await signal("SIGTERM", "SIGTERM again: stopping at once");
        await child.status;
        client.close();
      },
      `--engine=unix://${path("engine.sock")}`,
    );
    answer.resolve(new Response());
    await engine.shutdown();
    assertEquals(code, 1);
  });
});

Deno.test("serve exits with 1 where an address cannot be opened", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const { code } = await runSockwarden([`--listen=tcp://127.0.0.1:${port}`]);
  taken.close();
  assertEquals(code, 1);
});
