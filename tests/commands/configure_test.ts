import { assertEquals, assertStringIncludes } from "@std/assert";
import { readSettings } from "../../lib/commands/configure.ts";
import { readFlags } from "../../lib/config/flags.ts";
import { namesPresets } from "../../lib/config/read.ts";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { withFiles } from "./support.ts";

Deno.test("a policy file that does not exist stops the start, and the message says what to do", async () => {
  const { code, stderr } = await runSockwarden(["check"], {
    SOCKWARDEN_CONFIG: "/nonexistent/policy.yaml",
  });
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    "the policy file /nonexistent/policy.yaml does not exist: mount it, or set another path with --config",
  );
});

Deno.test("a policy file that is a directory stops the start, and the message says what to do", async () => {
  await withFiles({}, async (path) => {
    const config = path("policy");
    await Deno.mkdir(config);
    const { code, stderr } = await runSockwarden([
      "check",
      `--config=${config}`,
    ]);
    assertEquals(code, 2);
    assertEquals(
      stderr,
      `sockwarden: a setting is not valid:\n  the policy file ${config} is a directory: set the path of the file in it\n`,
    );
  });
});

Deno.test("the problems of settings and policy file are printed together, with their number", async () => {
  await withFiles({ "policy.yaml": "client: {}\n" }, async (path) => {
    const { code, stderr } = await runSockwarden(
      ["check", "--nonsense", `--config=${path("policy.yaml")}`],
      { POST: "true" },
    );
    assertEquals(code, 2);
    assertEquals(stderr.split("\n").length, 5);
    assertStringIncludes(stderr, "sockwarden: 3 settings are not valid:\n");
  });
});

Deno.test("presets are loaded where the environment or a flag names one, and nowhere else", async () => {
  const names = async (argv: string[], variables: Record<string, string>) => {
    const { config, problems } = await readSettings(
      readFlags(argv),
      variables,
    );
    return problems ?? config.grants.allow.map(({ text }) => text);
  };
  assertEquals(await names([], { SOCKWARDEN_PRESET: "traefik@1" }), [
    "traefik@1",
  ]);
  assertEquals(await names(["--preset=dozzle"], {}), ["dozzle"]);
  assertEquals(await names([], { SOCKWARDEN_PRESET: "" }), []);
  assertEquals(
    namesPresets(readFlags(["--allow=system.ping"]), {}),
    false,
  );
});
