/**
 * The completion scripts, asked in the real shells.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../lib/commands/commands.ts";
import {
  commandEntries,
  settingEntries,
} from "../../lib/commands/completion_table.ts";
import { SHELLS } from "../../lib/commands/own_flags.ts";
import { readFlags } from "../../lib/config/flags.ts";
import { readConfig } from "../../lib/config/read.ts";
import { readPreset } from "../../lib/config/preset_rule.ts";
import { runSockwarden } from "../e2e/sockwarden.ts";
import { withFiles } from "./support.ts";

const HERE = new URL("completion/", import.meta.url).pathname;

/** Lines, of which the last word is not complete, and all that is offered for it. */
const LINES: readonly (readonly [line: string, offers: readonly string[]])[] = [
  ["sockwarden che", ["check"]],
  ["sockwarden explain --cl", ["--client"]],
  ["sockwarden explain --j", ["--json"]],
  ["sockwarden --log-level=inf", ["info"]],
  ["sockwarden --log-level inf", ["info"]],
  ["sockwarden check --guard=st", ["standard", "strict"]],
  ["sockwarden presets traefi", ["traefik", "traefik-swarm"]],
  ["sockwarden completion ", ["bash", "fish", "zsh"]],
  ["sockwarden audit ver", ["verify"]],
  ["sockwarden audit pol", []],
  ["sockwarden audit verify FOLDER/pol", ["policy.yaml"]],
  [
    "sockwarden --allow container.re",
    ["container.rename", "container.resize", "container.restart"],
  ],
  ["sockwarden diff FOLDER/pol", ["policy.yaml"]],
  ["sockwarden --config FOLDER/pol", ["policy.yaml"]],
  [
    "sockwarden check --containers",
    [
      "--containers",
      "--containers-label",
      "--containers-name",
      "--containers-project",
    ],
  ],
  // It takes no settings.
  ["sockwarden presets --containers", []],
  // Only the user knows the value.
  ["sockwarden --listen tc", []],
];

/** What each shell prints for lines, by line. */
const ASK: Readonly<
  Record<
    typeof SHELLS[number],
    (script: string, lines: readonly string[]) => Promise<string[][]>
  >
> = {
  bash: (script, lines) =>
    each(lines, (line) => [
      "bash",
      `${HERE}ask.bash`,
      script,
      // Bash takes = for a word of its own.
      ...line.replaceAll("=", " = ").split(" "),
    ]),
  fish: (script, lines) =>
    each(lines, (line) => [
      "fish",
      "--no-config",
      "-c",
      `source ${script}; complete -C '${line}'`,
    ]),
  // It starts slowly: one is asked all of them.
  async zsh(script, lines) {
    const said = await printed([
      "zsh",
      "-f",
      `${HERE}ask.zsh`,
      script,
      ...lines,
    ]);
    return lines.map((line) => {
      const from = said.indexOf(`line:${line}`) + 1;
      assert(from > 0, `no answer for '${line}'`);
      const size = said.slice(from)
        .findIndex((one) => one.startsWith("line:"));
      return said.slice(from, size < 0 ? undefined : from + size);
    });
  },
};

async function each(
  lines: readonly string[],
  command: (line: string) => string[],
): Promise<string[][]> {
  const answers: string[][] = [];
  for (const line of lines) answers.push(await printed(command(line)));
  return answers;
}

async function printed(command: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
  }).output();
  const decoder = new TextDecoder();
  assertEquals([code, decoder.decode(stderr)], [0, ""]);
  return decoder.decode(stdout).split("\n").filter((line) => line !== "");
}

/** The word that is offered: shells add what it means, its flag or its folder. */
function wordOf(offer: string): string {
  return offer.split("\t")[0]!.replace(/^.*\//, "")
    .replace(/^(--[a-z-]+)=$/, "$1").replace(/^--[a-z-]+=(?=.)/, "");
}

for (const shell of SHELLS) {
  const missing = !isInstalled(shell);
  Deno.test({
    name: missing
      ? `the completion of ${shell}: ${shell} is missing (apt-get install ${shell})`
      : `${shell} completes commands, flags and values`,
    ignore: missing,
    async fn() {
      const { code, stdout } = await runSockwarden(["completion", shell]);
      assertEquals(code, 0);
      await withFiles({ script: stdout, "policy.yaml": "" }, async (path) => {
        const folder = path("").slice(0, -1);
        const lines = LINES.map(([line]) => line.replace("FOLDER", folder));
        const answers = await ASK[shell](path("script"), lines);
        for (const [i, [line, offers]] of LINES.entries()) {
          assertEquals(answers[i]!.map(wordOf).sort(), [...offers], line);
        }
      });
    },
  });
}

function isInstalled(shell: string): boolean {
  try {
    return new Deno.Command(shell, { args: ["-c", "exit 0"] }).outputSync()
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("completion wants a shell that it knows", async () => {
  for (const argv of [[], ["tcsh"], ["constructor"]]) {
    const { code, stdout, stderr } = await runSockwarden([
      "completion",
      ...argv,
    ]);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "bash|zsh|fish");
  }
});

Deno.test("settingEntries() offers only values that the program takes", () => {
  let offered = 0;
  for (const { flag, values } of settingEntries()) {
    for (const value of Array.isArray(values) ? values : []) {
      offered++;
      const argv = [`--${flag}=${value}`];
      if (flag === "hide" && value === "none") argv.push("--preset=dozzle");
      const { problems } = readConfig(
        readFlags(argv),
        {},
        null,
        "lean",
        false,
        readPreset,
      );
      assertEquals(problems ?? [], [], argv[0]);
    }
  }
  assert(offered > 100);
});

Deno.test("commandEntries() names each command once", () => {
  const names = commandEntries(COMMANDS).flatMap(({ names }) => names);
  assertEquals(new Set(names).size, names.length);
});
