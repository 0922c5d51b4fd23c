/**
 * The manual page: what the formatters say of it, and what stands in it.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import { SWITCHES } from "../../lib/policy/switches.ts";
import { exists } from "../../tools/exists.ts";

const PAGE = new URL("../../deploy/man/sockwarden.1", import.meta.url).pathname;
const MANDOC = "/usr/bin/mandoc";

async function mandoc(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(MANDOC, {
    args: [...args, PAGE],
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

if (!exists(MANDOC)) {
  Deno.test.ignore(
    `mandoc takes the manual page: ${MANDOC} is missing (apt-get install mandoc)`,
    () => {},
  );
} else {
  Deno.test("mandoc finds nothing wrong with the manual page", async () => {
    assertEquals(await mandoc("-Tlint", "-Wwarning"), { code: 0, text: "" });
  });

  Deno.test("the manual page shows every command, setting, switch and variable", async () => {
    const { code, text } = await mandoc("-Tutf8", "-Owidth=200");
    assertEquals(code, 0);
    // Bold and underlined characters are written twice.
    // deno-lint-ignore no-control-regex
    const plain = text.replaceAll(/.\x08/g, "");
    for (const { usage } of COMMANDS) {
      const words = usage.replaceAll("…", "...").replaceAll(/\s+/g, "\\s+")
        .replaceAll(/[[\].|]/g, "\\$&");
      assertMatch(plain, new RegExp(`sockwarden ${words}\n`));
    }
    for (const { flag, variable, placeholder } of SETTINGS) {
      assert(
        plain.includes(
          `--${flag}${placeholder === "" ? "" : `=${placeholder}`}`,
        ),
        flag,
      );
      assert(plain.includes(variable), variable);
    }
    for (const { name } of SWITCHES) {
      assertMatch(plain, new RegExp(`^ +${name}\\b`, "m"));
    }
  });
}
