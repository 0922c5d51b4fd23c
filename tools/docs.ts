/**
 * Writes the reference pages from the program's own tables.
 *
 * ```sh
 * deno run -A tools/docs.ts           # writes docs/switches.md, docs/operations.md and docs/presets.md
 * deno run -A tools/docs.ts --check   # exit code 1 where a page is out of date
 * ```
 *
 * @module
 */

import { nearestSwitches } from "../lib/commands/nearest_switches.ts";
import { bySectionAndClass, operationsOf } from "../lib/commands/presets.ts";
import { switchFlag } from "../lib/config/flags.ts";
import {
  FOREIGN_VARIABLES,
  type Setting,
  SETTINGS,
} from "../lib/config/settings.ts";
import {
  type AccessClass,
  type Operation,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../lib/docker/operations.ts";
import {
  type Preset,
  PRESET_NAMES,
  PRESETS,
  versionsOf,
} from "../lib/docker/presets.ts";
import {
  DIFFERENCES,
  sectionSwitches,
  type Switch,
  SWITCHES,
} from "../lib/policy/switches.ts";
import { format } from "./format.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const MADE_BY =
  "<!-- Made by `deno run -A tools/docs.ts` from the program's tables: do not edit. -->";

const GROUPS: readonly (readonly [Setting["group"], string])[] = [
  ["rules", "Rules"],
  ["listen", "Listening"],
  ["engine", "Engine"],
  ["log", "Logging"],
  ["limits", "Limits"],
];

const CLASSES: Readonly<Record<AccessClass, string>> = {
  "read": "shows facts",
  "sensitive-read":
    "shows what often holds secrets: environments, files, logs, events",
  "write": "changes something",
  "exec": "runs code, or writes to a process",
};

const TRANSPORTS: Readonly<Record<Operation["transport"], string>> = {
  plain: "one answer, and done",
  stream: "a long or endless body, in either direction; no timer cuts it",
  tunnel: "the connection changes hands after the answer (`Upgrade`)",
};

/** The reference pages by file name, formatted as `deno fmt` wants them. */
export async function pages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["docs/switches.md", await format(switchesPage(), "md")],
    ["docs/operations.md", await format(operationsPage(), "md")],
    ["docs/presets.md", await format(presetsPage(), "md")],
  ]);
}

/** The pages that differ from what the tables say. */
export async function outdated(): Promise<string[]> {
  const differing: string[] = [];
  for (const [path, text] of await pages()) {
    if (await Deno.readTextFile(ROOT + path).catch(() => "") !== text) {
      differing.push(path);
    }
  }
  return differing;
}

// --------------------------------------------------------------- switches

function switchesPage(): string {
  return `# Switches, flags and variables

${MADE_BY}

Every setting is a flag, and nearly every one an environment variable too. A
flag wins over its variable. All problems of a start are told at once, and
nothing is guessed: an unknown flag, a malformed value or a variable that is
nearly one of ours stops the start with exit code 2.

\`sockwarden check\` prints what the settings grant;
\`sockwarden explain METHOD PATH\` says what becomes of one request.

## The values of a switch

A switch is a variable (\`CONTAINERS=1\`) or a flag (\`--containers\`, which is
\`--containers=1\`; \`--containers=0\` switches it off).

| value | meaning |
| --- | --- |
| an integer | on, unless it is 0 |
| empty, \`false\`, \`no\`, \`off\` | off |
| \`true\`, \`yes\`, \`on\` | stops the start: the original reads them as off; write 1 or 0 |
| anything else | stops the start; for \`VERSION\`, \`COMMIT\` and \`BUILD\`, whose names other software uses, it is told and the default stays |

## Sections

A section switch grants the operations of its section. What only shows
something needs the section alone; whatever changes something also needs
\`POST=1\`, and making an exec needs \`EXEC=1\` as well.

${
    table(["switch", "flag", "default", "alone", "only with `POST=1`"], [
      ...SWITCHES.filter(({ kind, name }) =>
        kind === "section" && !name.startsWith("LIBPOD_")
      ).map(sectionRow),
    ])
  }

\`POST\` (\`--post\`, default 0) grants nothing alone: it lets the sections that
are on change things. A bare \`--version\` prints the program's version: as a
switch write \`--version=1\` or \`--version=0\`.

## Single permissions

These grant their operations with \`POST=0\` and without their section.

${
    table(
      ["switch", "flag", "default", "grants"],
      SWITCHES.filter(({ kind, name }) =>
        kind === "allow" && !name.startsWith("LIBPOD_")
      ).map(allowRow),
    )
  }

## Gates

Unset, a gate follows \`CONTAINERS\`. 0 takes its operations away whatever the
sections say; 1 grants the reads alone, without \`CONTAINERS\`.

${
    table(
      ["switch", "flag", "1 grants", "0 takes away"],
      SWITCHES.filter(({ kind }) => kind === "gate").map((entry) => [
        code(entry.name),
        code(`--${switchFlag(entry.name)}`),
        codes(entry.grants),
        codes(entry.removes),
      ]),
    )
  }

## Podman's libpod API

Whatever changes something needs \`POST=1\` here too.

${
    table(
      ["switch", "flag", "default", "alone", "only with `POST=1`"],
      SWITCHES.filter(({ kind, name }) =>
        kind === "section" && name.startsWith("LIBPOD_")
      ).map(sectionRow),
    )
  }

${
    table(
      ["switch", "flag", "default", "grants, with `POST=0` too"],
      SWITCHES.filter(({ kind, name }) =>
        kind === "allow" && name.startsWith("LIBPOD_")
      ).map(allowRow),
    )
  }

## All other settings

A time is \`500ms\`, \`10s\`, \`5m\` or \`1h\`. A setting with "…" may be given
several times; in its variable the values stand with commas between them.

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

### Beside these

| variable | meaning |
| --- | --- |
| \`SOCKWARDEN_IGNORE\` | names, with commas between them, of variables that look like ours and are not |
| \`DOCKER_TLS_VERIFY\` | stops the start with a \`tcp://\` engine: TLS is not spoken to the engine |

Of the engine's address \`--engine\` wins, then \`--socket-path\`, then
\`--docker-host\`, then the variables in the same order.

## Variables of other proxies

These are known not to be ours. They grant nothing; one that is set to a switch
value is told at the start, with what to write instead.

${
    table(
      ["variable", "here"],
      Object.entries(FOREIGN_VARIABLES).map(([name, help]) => [
        code(name),
        help,
      ]),
    )
  }

## Where the switches differ from the original

${
    DIFFERENCES.map(({ number, looser, text }) =>
      `${number}. ${text} _${looser ? "Looser" : "Stricter"}._`
    ).join("\n")
  }

[Migrating](migration.md) says more on each.
`;
}

function sectionRow({ name, byDefault, grants }: Switch): string[] {
  const alone: string[] = [];
  const more: string[] = [];
  for (const operation of grants) {
    const needs = sectionSwitches(OPERATION_BY_NAME.get(operation)!)!;
    if (!needs.includes("POST")) alone.push(operation);
    else {
      const exec = needs.find((need) => need.endsWith("EXEC") && need !== name);
      more.push(
        exec === undefined
          ? code(operation)
          : `${code(operation)} (and ${code(`${exec}=1`)})`,
      );
    }
  }
  return [
    code(name),
    code(`--${switchFlag(name)}`),
    byDefault ? "1" : "0",
    codes(alone),
    more.join(", "),
  ];
}

function allowRow({ name, byDefault, grants }: Switch): string[] {
  return [
    code(name),
    code(`--${switchFlag(name)}`),
    byDefault ? "1" : "0",
    codes(grants),
  ];
}

function settingRow(setting: Setting): string[] {
  const { flag, variable, placeholder, repeatable, preset, help } = setting;
  const value = placeholder === "" ? "" : `=${placeholder}`;
  return [
    code(`--${flag}${value}`) + (repeatable ? " …" : ""),
    variable === "" ? "" : code(variable),
    preset === "" ? "" : preset.includes(" ") ? preset : code(preset),
    help.replaceAll(/'([^']+)'/g, "`$1`"),
  ];
}

// ------------------------------------------------------------- operations

function operationsPage(): string {
  const sections = new Map<string, Operation[]>();
  for (const operation of OPERATIONS) {
    const key = operation.section ?? "";
    sections.set(key, [...sections.get(key) ?? [], operation]);
  }
  const titles = [...sections.keys()].sort((a, b) =>
    rank(a) - rank(b) || (a < b ? -1 : 1)
  );
  return `# Operations

${MADE_BY}

Every request is one operation of the API, or it is refused. These are all
${OPERATIONS.length}, by the switch that grants them. Rules name them:
\`--allow container.restart\`, \`--deny 'secret.*'\`, \`--allow 'container.*:read'\`.

Every path may have a version in front (\`/v1.24\` or later, for libpod
podman's \`/v4.0.0\` too). \`{name}\` is one segment, \`{image}\` one or more,
\`{any}\` everything.

| class | what it can do |
| --- | --- |
${
    Object.entries(CLASSES).map(([name, text]) => `| ${code(name)} | ${text} |`)
      .join("\n")
  }

| transport | what it is |
| --- | --- |
${
    Object.entries(TRANSPORTS).map(([name, text]) =>
      `| ${code(name)} | ${text} |`
    ).join("\n")
  }

${
    titles.map((title) =>
      `## ${
        title === ""
          ? "By `--allow` only"
          : `${code(title)}${isOnByDefault(title) ? " (on by default)" : ""}`
      }\n\n${
        table(
          ["operation", "class", "transport", "method and path", "needs"],
          sections.get(title)!.map(operationRow),
        )
      }`
    ).join("\n\n")
  }
`;
}

/** The sections of Docker first, then those of podman, then what has none. */
function rank(section: string): number {
  return section === "" ? 2 : section.startsWith("LIBPOD_") ? 1 : 0;
}

function isOnByDefault(section: string): boolean {
  return SWITCHES.find(({ name }) => name === section)?.byDefault === true;
}

function operationRow(operation: Operation): string[] {
  const { name, access, transport, upgrade, routes } = operation;
  return [
    code(name),
    access,
    upgrade === null ? transport : `${transport} (${upgrade})`,
    routes.map(({ method, path, podman }) =>
      code(`${method} ${path}`) +
      (podman === null ? "" : ` (podman ${podman === "<4" ? "3" : "4 on"})`)
    ).join("<br>"),
    needsOf(operation),
  ];
}

/** The switches beside the section that an operation needs, and those that grant it alone. */
function needsOf(operation: Operation): string {
  const needs = sectionSwitches(operation);
  const beside = (needs ?? []).slice(1).map((name) => code(`${name}=1`));
  const alone = SWITCHES.filter(({ kind, grants }) =>
    kind !== "section" && grants.includes(operation.name)
  ).map(({ name }) => code(`${name}=1`));
  return [
    ...(beside.length > 0 ? [beside.join(" ")] : []),
    ...(alone.length > 0 ? [`or ${alone.join(" or ")} alone`] : []),
  ].join(", ");
}

// ---------------------------------------------------------------- presets

function presetsPage(): string {
  return `# Presets

${MADE_BY}

A preset grants what a known client needs, operation by operation, under the
client's name:

\`\`\`sh
sockwarden --preset traefik,dozzle       # or SOCKWARDEN_PRESET=traefik,dozzle
sockwarden presets                       # all of them
sockwarden presets traefik               # what one grants
\`\`\`

In a policy file each client has its own:

\`\`\`yaml
clients:
  traefik:
    from: { container: traefik }
    preset: traefik
  dozzle:
    from: { container: dozzle }
    preset: [dozzle, dozzle-actions]
\`\`\`

Presets add up, with each other and with \`--allow\`; \`--deny\` takes away from
them. Those "beside" another hold only what is added to it. What a client can do
beyond the plain name is a preset of its own, or a line of its note.

## Versions

\`traefik\` is the newest version, \`traefik@1\` that one. A released version never
changes: where a client comes to need something else, the preset gets a next
version. If that one no longer grants what an earlier one did, the start warns
of it by name, and \`traefik@1\` goes on granting it.

## Sources

| word | meaning |
| --- | --- |
| recorded | taken from the traffic of the client |
| documented | the client's own documentation says so |
| read | its source code says so |
| inferred | it follows from what the client is for and from the library that it uses; not confirmed yet |

If a client of yours is refused something, its log line names the operation:
add it with \`--allow\`, and please report it. Ouroboros has no preset: nobody
maintains it any more.

## The original's switches

For each preset stand the switches of docker-socket-proxy that come nearest:
those that grant all of it and the least beyond, and what that is. A switch with
\`=0\` is on by default there and not needed.

## All presets

${
    table(
      ["preset", "for", "operations", "beyond it by switches"],
      PRESET_NAMES.map((name) => {
        const preset = versionsOf(name, PRESETS).at(-1)!;
        return [
          `[${code(name)}](#${name})`,
          preset.title,
          String(preset.operations.length),
          String(nearestSwitches(preset.operations).beyond.length),
        ];
      }),
    )
  }

${
    PRESET_NAMES.map((name) =>
      `## ${name}\n\n${
        versionsOf(name, PRESETS).toReversed().map(presetSection).join("\n\n")
      }`
    ).join("\n\n")
  }
`;
}

function presetSection(preset: Preset): string {
  const { name, version, title, source, note } = preset;
  const { settings, beyond, ungoverned } = nearestSwitches(preset.operations);
  return `**${code(`${name}@${version}`)}**: ${title}.

${
    table(
      ["class", "operations"],
      bySectionAndClass(
        operationsOf(preset).map((one) => ({ ...one, section: null })),
      ).map(([, access, names]) => [access, codes(names.split(", "))]),
    )
  }

${
    [
      ...(note === "" ? [] : [`- Note: ${withCode(note)}`]),
      `- Source. ${source}`,
      `- Nearest switches: ${code(settings.join(" "))}${
        ungoverned.length === 0
          ? ""
          : `; none grants ${codes(ungoverned.map(({ name }) => name))}`
      }`,
      `- Beyond it they would grant ${
        beyond.length === 0
          ? "nothing."
          : `${beyond.length} operation${beyond.length === 1 ? "" : "s"}:`
      }`,
      ...bySectionAndClass(beyond).map(([section, access, names]) =>
        `  - ${code(section)}, ${access}: ${codes(names.split(", "))}`
      ),
    ].join("\n")
  }`;
}

/** A note with its flags, presets and settings set as code. */
function withCode(note: string): string {
  return note.replaceAll(
    /--(?:allow|deny) [a-z.]*[a-z]|swarm: true|tcp:\/\//g,
    code,
  )
    .replaceAll(/preset ([a-z-]+)/g, "preset [`$1`](#$1)");
}

// ----------------------------------------------------------------- markup

function code(text: string): string {
  return `\`${text}\``;
}

function codes(texts: readonly string[]): string {
  return texts.map(code).join(", ");
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.join(" | ")} |`).join("\n");
}

if (import.meta.main) {
  const [option, ...rest] = Deno.args;
  if (rest.length > 0 || (option !== undefined && option !== "--check")) {
    console.error("error: usage: deno run -A tools/docs.ts [--check]");
    Deno.exit(2);
  }
  if (option === "--check") {
    const differing = await outdated();
    for (const path of differing) {
      console.error(`${path} is out of date: run deno run -A tools/docs.ts`);
    }
    Deno.exit(differing.length > 0 ? 1 : 0);
  }
  for (const [path, text] of await pages()) {
    await Deno.writeTextFile(ROOT + path, text);
    console.log(path);
  }
}
