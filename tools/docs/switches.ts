/**
 * `docs/switches.md`: every switch, flag and variable.
 *
 * @module
 */

import { FOREIGN_VARIABLES } from "../../lib/config/foreign.ts";
import { type Setting, SETTINGS } from "../../lib/config/settings.ts";
import {
  type Switch,
  SWITCHES,
  type SwitchKind,
} from "../../lib/policy/switches.ts";
import { code, codes, MADE_BY, table } from "./markup.ts";

const GROUPS: readonly (readonly [Setting["group"], title: string])[] = [
  ["rules", "Rules"],
  ["listen", "Listening"],
  ["engine", "Engine"],
  ["log", "Logging"],
  ["limits", "Limits"],
];

/** The page's text, before `deno fmt`. */
export function switchesPage(): string {
  return `# Switches, flags and variables

${MADE_BY}

A setting is a flag, and nearly every one is an environment variable too. A flag
wins over its variable. An unknown flag, a malformed value or a variable that is
nearly one of ours stops the start with exit code 2; all problems are printed at
once.

## Switches

These are the switches of docker-socket-proxy; [Migrating](migration.md) lists
what differs. A switch is a variable (\`CONTAINERS=1\`) or a flag: its name in
lower case with hyphens (\`--allow-start\`; \`--allow-start=0\` switches it off).
As a switch write \`--version=1\` with its value: a bare \`--version\` prints the
program's version.

| value | meaning |
| --- | --- |
| an integer | on, unless it is 0 |
| empty, \`false\`, \`no\`, \`off\` | off |
| \`true\`, \`yes\`, \`on\` | stops the start: the original reads them as off; write 1 or 0 |
| anything else | stops the start; \`VERSION\`, \`COMMIT\` and \`BUILD\`, which other software uses too, keep their default and a warning is logged |

### Sections

A section grants its operations: [Operations](operations.md) lists them under
the section's name. What changes or runs something also needs \`POST=1\`, and
creating an exec needs \`EXEC=1\` as well. \`POST\` alone grants nothing.

${sections(false)}

For podman's libpod API:

${sections(true)}

### Single permissions

These grant their operations with \`POST=0\` too, and without their section. All
are off by default.

${
    table(
      ["switch", "grants"],
      ofKind("allow").map(({ name, grants }) => [code(name), codes(grants)]),
    )
  }

### Gates

An unset gate follows \`CONTAINERS\`. 0 takes its operations away, whatever the
sections say. 1 grants the reads alone, without \`CONTAINERS\`.

${
    table(
      ["switch", "1 grants", "0 takes away"],
      ofKind("gate").map(({ name, grants, removes }) => [
        code(name),
        codes(grants),
        codes(removes),
      ]),
    )
  }

## Settings

A time is \`500ms\`, \`10s\`, \`5m\` or \`1h\`. A setting with "…" may be given
several times; its variable takes the values with commas between them.

${
    GROUPS.map(([group, title]) =>
      `### ${title}\n\n${
        table(
          ["flag", "variable", "default", "meaning"],
          SETTINGS.filter((setting) => setting.group === group).map(settingRow),
        )
      }`
    ).join("\n\n")
  }

For the engine's address \`--engine\` wins, then \`--socket-path\`, then
\`--docker-host\`, then the variables in the same order. \`DOCKER_TLS_VERIFY\` stops
the start with a \`tcp://\` engine, since TLS is not spoken to the engine.
\`SOCKWARDEN_IGNORE\` names variables, with commas between them, that look like
ours and are not.

## Variables of other proxies

These grant nothing; a warning at the start says what to write instead. Those
marked "stops" would have narrowed something there, so the start stops, unless
the value narrows nothing (\`0.0.0.0\`, \`false\`) or \`SOCKWARDEN_IGNORE\` names
the variable. \`ALLOWED_HOSTS\`, \`BIND\`, \`HOST\` and \`PRIVILEGED\` do so only beside
\`ALLOWED_METHODS\` or \`ALLOWED_PATHS\`. The rows before \`SP_ALLOW_*\`, and names such
as \`CONTAINERS_RENAME\` or \`ALLOW_DELETE\`, are told only with the value of a
switch.

${
    table(
      ["variable", "here", ""],
      FOREIGN_VARIABLES.map(([name, twin]) => [
        code(name.replace(/[!=?]$/, "")),
        twin,
        name.endsWith("!") ? "stops" : "",
      ]),
    )
  }
`;
}

function ofKind(kind: SwitchKind): Switch[] {
  return SWITCHES.filter((entry) => entry.kind === kind);
}

/** The section switches of Docker or of podman. */
function sections(podman: boolean): string {
  return table(
    ["switch", "default", "grants"],
    ofKind("section").filter(({ name }) =>
      name.startsWith("LIBPOD_") === podman
    )
      .map(({ name, onByDefault, help }) => [
        code(name),
        onByDefault ? "1" : "0",
        help.replace(/ \(default 1\)$|^podman: /, ""),
      ]),
  );
}

function settingRow(setting: Setting): string[] {
  const { flag, variable, placeholder, repeatable, defaultValue, help } =
    setting;
  const value = placeholder === "" ? "" : `=${placeholder}`;
  return [
    code(`--${flag}${value}`) + (repeatable ? " …" : ""),
    variable === "" ? "" : code(variable),
    defaultValue === ""
      ? ""
      : defaultValue.includes(" ")
      ? defaultValue
      : code(defaultValue),
    help.replaceAll(/'([^']+)'/g, "`$1`"),
  ];
}
