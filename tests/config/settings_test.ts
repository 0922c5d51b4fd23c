import { assertEquals } from "@std/assert";
import { readFlags, switchFlag } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { foreignVariable } from "../../lib/config/foreign.ts";
import { OTHER_VARIABLES, SETTINGS } from "../../lib/config/settings.ts";
import { SWITCHES } from "../../lib/policy/switches.ts";

Deno.test("no two settings or switches have the same flag or variable", () => {
  const flags = [
    ...SETTINGS.map(({ flag }) => flag),
    ...SWITCHES.map(({ name }) => switchFlag(name)),
  ];
  assertEquals(new Set(flags).size, flags.length);
  const variables = [
    ...SETTINGS.map(({ variable }) => variable).filter((name) => name !== ""),
    ...SWITCHES.map(({ name }) => name),
    ...OTHER_VARIABLES,
  ];
  assertEquals(new Set(variables).size, variables.length);
  assertEquals(variables.filter((name) => foreignVariable(name) !== null), []);
});

for (const { flag, placeholder, defaultValue } of SETTINGS) {
  // Words describe what has no single value.
  if (defaultValue === "" || defaultValue.includes(" ")) continue;
  Deno.test(`the default of --${flag} that the help text names is the one in force`, () => {
    // Without a file there is nothing to watch, even with 0.
    const value = placeholder === ""
      ? `--${flag}=0`
      : `--${flag}=${defaultValue}`;
    assertEquals(
      readConfig(readFlags([value]), {}),
      readConfig(readFlags([]), {}),
    );
  });
}
