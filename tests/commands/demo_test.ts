import { assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden, sockwarden } from "../e2e/sockwarden.ts";

Deno.test("demo serves its imitation and ends on SIGTERM with 0", async () => {
  const child = sockwarden([
    "demo",
    "--listen=tcp://127.0.0.1:0",
  ])
    .spawn();
  let log = "";
  const decoder = new TextDecoder();
  const reader = child.stdout.getReader();
  while (!log.includes(": version ")) {
    const { value, done } = await reader.read();
    if (done) break;
    log += decoder.decode(value);
  }
  assertStringIncludes(log, "This is a demo");
  assertEquals(log.match(/^ {2}curl /gm)?.length, 3);
  const url = /listening on tcp:\/\/(127\.0\.0\.1:[0-9]+)/.exec(log)![1];
  const list = await (await fetch(`http://${url}/containers/json`)).json();
  assertEquals(list.length, 3);
  const logs = await (await fetch(`http://${url}/containers/web/logs`)).text();
  assertStringIncludes(logs, "line 3 of the demo");
  child.kill("SIGTERM");
  while (!(await reader.read()).done);
  await child.stderr.cancel();
  assertEquals((await child.status).code, 0);
});

Deno.test("demo keeps its own engine, and the grants of its flags instead of its own", async () => {
  for (const flag of ["--engine", "--socket-path", "--docker-host"]) {
    const { code, stderr } = await runSockwarden(["demo", `${flag}=/a.sock`]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `${flag}: the demo has an engine of its own`);
  }
  const child = sockwarden(["demo", "--images", "--listen=tcp://127.0.0.1:0"])
    .spawn();
  let log = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    log += decoder.decode(bytes);
    if (!log.includes(": version ")) continue;
    child.kill("SIGTERM");
    break;
  }
  await child.stderr.cancel();
  await child.status;
  assertStringIncludes(log, " --images: ");
  assertEquals(log.includes(" --containers: "), false);
});
