/**
 * The commands as a user runs them; no Docker Engine is needed.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SETTINGS } from "../../lib/config/settings.ts";
import { SWITCHES } from "../../lib/policy/switches.ts";
import { VERSION } from "../../lib/version.ts";
import { runSockwarden, sockwarden } from "../e2e/sockwarden.ts";

Deno.test("COMMAND --help says how that command is called", async () => {
  const { code, stdout } = await runSockwarden(["explain", "--help"]);
  assertEquals(code, 0);
  assertEquals(
    stdout,
    "Usage: sockwarden explain [--client NAME] METHOD PATH [FLAGS]\n" +
      "  show what the policy does with a request, and why\n\n" +
      "FLAGS, switches and variables are those of serve: see sockwarden --help\n",
  );
  const whole = await runSockwarden(["--help"]);
  assertEquals((await runSockwarden(["serve", "--help"])).stdout, whole.stdout);
});

Deno.test("explain says that a dry run lets a refused request through", async () => {
  const call = ["explain", "GET", "/containers/json"];
  const dry = await runSockwarden([...call, "--dry-run"]);
  assertEquals(dry.code, 1);
  assertStringIncludes(
    dry.stdout,
    "dry run:   forwarded to the engine all the same",
  );
  assert(!(await runSockwarden(call)).stdout.includes("dry run"));
});

Deno.test("--help names every setting and every switch, each with its variable", async () => {
  const { code, stdout } = await runSockwarden(["--help"]);
  assertEquals(code, 0);
  for (const { flag, variable } of SETTINGS) {
    assertStringIncludes(stdout, `--${flag}`);
    assertStringIncludes(stdout, variable);
  }
  for (const { name } of SWITCHES) assertStringIncludes(stdout, ` ${name} `);
});

Deno.test("--version says what deno.json says", async () => {
  const { version } = JSON.parse(await Deno.readTextFile("deno.json"));
  assertEquals(version, VERSION);
  assertEquals(
    (await runSockwarden(["--version"])).stdout,
    `sockwarden ${VERSION}\n`,
  );
});

Deno.test("explain names the operation, the setting and the remedy", async () => {
  const refused = await runSockwarden(
    ["explain", "POST", "/v1.41/containers/web/restart", "--containers"],
  );
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stdout, "container.restart (write, plain)");
  assertStringIncludes(refused.stdout, "set ALLOW_RESTARTS=1");
  const allowed = await runSockwarden(
    ["explain", "GET", "/containers/json"],
    { CONTAINERS: "1" },
  );
  assertEquals(allowed.code, 0);
  assertStringIncludes(allowed.stdout, "setting:   CONTAINERS=1");
});

Deno.test("check prints each granted operation with what grants it", async () => {
  const { code, stdout } = await runSockwarden(
    ["check", "--allow=container.restart", "--allow=GET /new"],
    { IMAGES: "1" },
  );
  assertEquals(code, 0);
  assert(/^image\.list +read +IMAGES=1$/m.test(stdout), stdout);
  assert(
    /^container\.restart +write +--allow container\.restart$/m.test(stdout),
  );
  assert(/^GET \/new +path +--allow$/m.test(stdout));
  assert(!/^image\.pull/m.test(stdout));
});

Deno.test("a wrong setting ends with 2, a wrong command too", async () => {
  const wrong = await runSockwarden(["--lisen=x"], { POST: "true" });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "--listen");
  assertStringIncludes(wrong.stderr, "POST=true");
  assertEquals((await runSockwarden(["nonsense"])).code, 2);
  assertEquals((await runSockwarden(["constructor"])).code, 2);
});

Deno.test("a command: of HAProxy gets the way to migrate", async () => {
  const { code, stderr } = await runSockwarden(["haproxy", "-f", "/x.cfg"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "docs/migration.md");
});

Deno.test("demo serves its imitation and ends on SIGTERM with 0", async () => {
  const child = sockwarden([
    "demo",
    "--containers",
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

Deno.test("a log that nobody reads does not stop the service", async () => {
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
