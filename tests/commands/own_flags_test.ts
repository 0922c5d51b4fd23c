import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { readAsked } from "../../lib/commands/learn_files.ts";
import { argumentsOf, ownArguments } from "../../lib/commands/own_flags.ts";
import { readFlags } from "../../lib/config/flags.ts";

Deno.test("argumentsOf() has no flags that are not in a command's usage, but for --json", () => {
  for (const { name, usage } of COMMANDS) {
    const { flags, words, alone = false } = argumentsOf(name);
    for (const { flag } of flags) {
      // The usage of learn would be too long with all of them.
      if (["body", "format", "accept-risk"].includes(flag)) continue;
      assertStringIncludes(usage, `--${flag}`);
    }
    assertEquals(usage.includes("[FLAGS]"), !alone, name);
    assertEquals(
      words === "none",
      !/ (?:\[?(?:FILE|NAME)|METHOD|OLD|RECORDING|SHELL)/.test(
        usage.replaceAll(/\[--[^\]]*\]/g, ""),
      ),
      name,
    );
  }
  assertEquals(argumentsOf("constructor").flags, []);
});

Deno.test("argumentsOf('learn') names values that learn takes", () => {
  for (const { flag, values = [] } of argumentsOf("learn").flags) {
    for (const value of values) {
      const asked = readAsked(
        readFlags([`--${flag}=${value}`], ownArguments("learn")),
      );
      assert(!("problems" in asked), `--${flag}=${value}`);
    }
  }
});

Deno.test("readFlags() of a command that stands alone takes no settings", () => {
  const { problems } = readFlags(["--containers"], ownArguments("presets"));
  assertEquals(problems.length, 1);
  assertStringIncludes(problems[0]!, "unknown flag --containers");
});
