/**
 * The command line as a user writes it; no Docker Engine is needed.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS, findCommand } from "../../lib/commands/commands.ts";
import { VERSION } from "../../lib/version.ts";
import { runSockwarden } from "../e2e/sockwarden.ts";

Deno.test("every command is found by its name and can be loaded", async () => {
  for (const command of COMMANDS) {
    assertEquals(findCommand(command.name), command);
    if (command.alias !== undefined) {
      assertEquals(findCommand(command.alias), command);
    }
    assertEquals(typeof await command.load(), "function");
    assert(
      command.usage.replace("[serve]", "serve").startsWith(command.name),
      command.usage,
    );
  }
  assertEquals(findCommand("constructor"), null);
});

Deno.test("COMMAND --help prints the help of that command, and serve --help all of it", async () => {
  const { code, stdout } = await runSockwarden(["explain", "--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Usage: sockwarden explain [--client NAME]");
  const whole = await runSockwarden(["--help"]);
  assertEquals(whole.code, 0);
  assertStringIncludes(whole.stdout, "Rules (deny takes precedence");
  for (const argv of [["serve", "--help"], ["-h"], ["help"]]) {
    assertEquals((await runSockwarden(argv)).stdout, whole.stdout);
  }
});

Deno.test("--version says what deno.json says", async () => {
  const { version } = JSON.parse(await Deno.readTextFile("deno.json"));
  assertEquals(version, VERSION);
  assertEquals(
    (await runSockwarden(["--version"])).stdout,
    `sockwarden ${VERSION}\n`,
  );
});

Deno.test("--version beside other arguments is told from the switch of this name", async () => {
  const { code, stderr } = await runSockwarden(["--containers", "--version"]);
  assertEquals(code, 2);
  assertEquals(
    stderr,
    "sockwarden: --version prints the version, and stands alone then: write --version=1 or --version=0 for the switch VERSION\n",
  );
  assertEquals((await runSockwarden(["check", "--version=0"])).code, 0);
});

Deno.test("validate and match are other names of check and explain", async () => {
  const valid = await runSockwarden(["validate", "--containers"]);
  assertEquals(valid.code, 0);
  assertStringIncludes(valid.stdout, "Listening: ");
  const match = await runSockwarden(["match", "GET", "/_ping"]);
  assertStringIncludes(match.stdout, "operation: system.ping");
});

Deno.test("a wrong setting and a wrong command exit with 2", async () => {
  const wrong = await runSockwarden(["--lisen=x"], { POST: "true" });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "--listen");
  assertStringIncludes(wrong.stderr, "POST=true");
  const unknown = await runSockwarden(["nonsense"]);
  assertEquals(unknown.code, 2);
  assertEquals(
    unknown.stderr,
    "sockwarden: unknown command 'nonsense'; commands: serve, check, explain, diff, learn, replay, unused, audit, presets, top, completion, healthcheck, demo; see sockwarden --help\n",
  );
  assertEquals((await runSockwarden(["constructor"])).code, 2);
});

Deno.test("a HAProxy command line is answered with how to migrate", async () => {
  const { code, stderr } = await runSockwarden(["haproxy", "-f", "/x.cfg"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "docs/migration.md");
});
