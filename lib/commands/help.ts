/**
 * `sockwarden --help`, made from the tables that the parser reads.
 *
 * @module
 */

import { switchFlag } from "../config/flags.ts";
import { type Setting, SETTINGS } from "../config/settings.ts";
import { SWITCHES } from "../policy/switches.ts";
import { VERSION } from "../version.ts";

const GROUPS: readonly (readonly [Setting["group"], string])[] = [
  ["rules", "Rules (deny wins over allow)"],
  ["listen", "Listening"],
  ["engine", "Engine"],
  ["log", "Logging"],
  ["limits", "Limits"],
];

/** The commands: how each is called, and what it does. */
const COMMANDS: readonly (readonly [call: string, what: string])[] = [
  ["[serve] [FLAGS]", "serve until a signal ends it"],
  ["check [FLAGS]", "print the effective policy"],
  [
    "explain [--client NAME] METHOD PATH [FLAGS]",
    "say what becomes of a request, and why",
  ],
  [
    "diff OLD NEW [FLAGS]",
    "say what a change of the policy file allows and refuses",
  ],
  ["presets [NAME]", "show what known clients need"],
  [
    "healthcheck [FLAGS]",
    "exit 0 if the running sockwarden and its engine are well",
  ],
  ["demo [FLAGS]", "serve an embedded demo engine"],
];

/** The help of one command; null where there is none of its own. */
export function commandHelp(command: string): string | null {
  const found = COMMANDS.find(([call]) => call.split(" ")[0] === command);
  if (found === undefined) return null;
  const [call, what] = found;
  return `Usage: sockwarden ${call}\n  ${what}\n${
    call.includes("[FLAGS]")
      ? "\nFLAGS, switches and variables are those of serve: sockwarden --help\n"
      : ""
  }`;
}

/** The whole help text. */
export function helpText(): string {
  return `sockwarden ${VERSION}: lets programs use the part of the Docker socket that you grant them

Usage:
${COMMANDS.map(commandLine).join("")}  sockwarden --help | --version

Nearly every flag has an environment variable; a flag wins over it.
${
    GROUPS.map(([group, title]) =>
      `\n${title}:\n${
        SETTINGS.filter((setting) => setting.group === group)
          .map(settingLine).join("")
      }`
    ).join("")
  }
Switches (as in docker-socket-proxy; 1 or 0, a bare flag means 1; default 0 unless said):
${SWITCHES.map(switchLine).join("")}
Other variables:
  SOCKWARDEN_IGNORE=NAME,…   variables that look like ours and are not
  DOCKER_TLS_VERIFY          stops the start with a tcp:// engine: TLS is not spoken

Documentation: README.md and docs/
`;
}

function commandLine([call, what]: typeof COMMANDS[number]): string {
  const line = `  sockwarden ${call}`;
  return line.length < COLUMN_WIDTH
    ? `${line.padEnd(COLUMN_WIDTH)}${what}\n`
    : `${line}\n${" ".repeat(COLUMN_WIDTH)}${what}\n`;
}

/** Where the words on a command begin. */
const COLUMN_WIDTH = 46;

function settingLine(setting: Setting): string {
  const { flag, placeholder, repeatable, preset, help, variable } = setting;
  const value = placeholder === "" ? "" : `=${placeholder}`;
  return `  --${flag}${value}${repeatable ? " …" : ""}\n      ${help}${
    preset === "" ? "" : ` (default: ${preset})`
  }${variable === "" ? "" : `; ${variable}`}\n`;
}

function switchLine(
  { name, onByDefault, help }: typeof SWITCHES[number],
): string {
  const flag = `--${switchFlag(name)}`;
  return `  ${flag.padEnd(26)} ${name.padEnd(26)} ${help}${
    onByDefault === true ? " (default 1)" : ""
  }\n`;
}
