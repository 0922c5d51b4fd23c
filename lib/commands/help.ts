/**
 * `sockwarden --help`, made from the tables that the parser reads.
 *
 * @module
 */

import { switchFlag } from "../config/flags.ts";
import { type Setting, SETTINGS } from "../config/settings.ts";
import { SWITCHES } from "../policy/switches.ts";
import { VERSION } from "../version.ts";
import type { Command } from "./command.ts";
import { COMMANDS, DEFAULT_COMMAND, findCommand } from "./commands.ts";

const GROUPS: readonly (readonly [Setting["group"], string])[] = [
  ["rules", "Rules (deny takes precedence over allow)"],
  ["listen", "Listening"],
  ["engine", "Engine"],
  ["log", "Logging"],
  ["limits", "Limits"],
];

/**
 * The help of one command.
 *
 * @returns null for the default command and for an unknown name: the whole
 * help text is theirs.
 */
export function commandHelp(name: string): string | null {
  const command = findCommand(name);
  if (command === null || name === DEFAULT_COMMAND) return null;
  const { usage, summary } = command;
  return `Usage: sockwarden ${usage}\n  ${summary}\n${
    usage.includes("[FLAGS]")
      ? `\nFLAGS, switches and variables are those of ${DEFAULT_COMMAND}: see sockwarden --help\n`
      : ""
  }`;
}

/** The whole help text. */
export function helpText(): string {
  return `sockwarden ${VERSION}: lets programs use the part of the Docker socket that you grant them

Usage:
${COMMANDS.map(commandLine).join("")}  sockwarden --help | --version

Nearly every flag has an environment variable; the flag takes precedence.
${
    GROUPS.map(([group, title]) =>
      `\n${title}:\n${
        SETTINGS.filter((setting) => setting.group === group)
          .map(settingLine).join("")
      }`
    ).join("")
  }
Switches (as in docker-socket-proxy; 1 or 0, a bare flag means 1; default 0 unless stated):
${SWITCHES.map(switchLine).join("")}
Other variables:
  SOCKWARDEN_IGNORE=NAME,…   variables that look like settings but are not
  DOCKER_TLS_VERIFY          must not be set with a tcp:// engine: sockwarden connects without TLS

Documentation: README.md and docs/
`;
}

function commandLine({ usage, summary }: Command): string {
  const line = `  sockwarden ${usage}`;
  return line.length < SUMMARY_COLUMN
    ? `${line.padEnd(SUMMARY_COLUMN)}${summary}\n`
    : `${line}\n${" ".repeat(SUMMARY_COLUMN)}${summary}\n`;
}

/** Where the summary of a command begins, in characters. */
const SUMMARY_COLUMN = 46;

function settingLine(setting: Setting): string {
  const { flag, placeholder, repeatable, defaultValue, help, variable } =
    setting;
  const value = placeholder === "" ? "" : `=${placeholder}`;
  return `  --${flag}${value}${repeatable ? " …" : ""}\n      ${help}${
    defaultValue === "" ? "" : ` (default: ${defaultValue})`
  }${variable === "" ? "" : `; ${variable}`}\n`;
}

function switchLine(
  { name, onByDefault, help }: typeof SWITCHES[number],
): string {
  // Bare, it prints the version of the program.
  const flag = `--${switchFlag(name)}${name === "VERSION" ? "=1" : ""}`;
  return `  ${flag.padEnd(26)} ${name.padEnd(26)} ${help}${
    onByDefault === true ? " (default 1)" : ""
  }\n`;
}
