import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { commandHelp, helpText } from "../../lib/commands/help.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import { SWITCHES } from "../../lib/policy/switches.ts";

Deno.test("commandHelp() says how a command is called, and leaves the default command to the whole help", () => {
  assertEquals(
    commandHelp("explain"),
    "Usage: sockwarden explain [--client NAME] [--json] METHOD PATH [FLAGS]\n" +
      "  show what the policy does with a request, and why (also: match)\n\n" +
      "FLAGS, switches and variables are those of serve: see sockwarden --help\n",
  );
  assertEquals(
    commandHelp("presets"),
    "Usage: sockwarden presets [NAME] [--json]\n  show what known clients need\n",
  );
  for (const name of ["serve", "", "nonsense", "constructor"]) {
    assertEquals(commandHelp(name), null);
  }
});

Deno.test("helpText() names every command, every setting and every switch, each with its variable", () => {
  const text = helpText();
  for (const { usage, summary } of COMMANDS) {
    assertStringIncludes(text, `  sockwarden ${usage}`);
    assertStringIncludes(text, ` ${summary}\n`);
  }
  for (const { flag, variable, defaultValue, help } of SETTINGS) {
    const end = `${help}${
      defaultValue === "" ? "" : ` (default: ${defaultValue})`
    }${variable === "" ? "" : `; ${variable}`}\n`;
    const line = text.split(`\n  --${flag}`)[1] ?? "";
    assertStringIncludes(line.split("\n")[1] + "\n", end);
  }
  for (const { name, onByDefault } of SWITCHES) {
    const line = text.split("\n").find((line) => line.includes(` ${name} `));
    assertEquals(line?.endsWith(" (default 1)"), onByDefault === true, name);
  }
  assert(text.split("\n").slice(0, 12).every((line) => line.length < 120));
});
