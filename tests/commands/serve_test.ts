import { assertEquals } from "@std/assert";
import { runSockwarden, sockwarden } from "../e2e/sockwarden.ts";
import { serving } from "./support.ts";

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

Deno.test("serve exits with 1 where an address cannot be opened", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const { code } = await runSockwarden([`--listen=tcp://127.0.0.1:${port}`]);
  taken.close();
  assertEquals(code, 1);
});
