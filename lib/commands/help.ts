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

/** The whole help text. */
export function helpText(): string {
  return `sockwarden ${VERSION}: lets programs use the part of the Docker socket that you grant them

Usage:
  sockwarden [serve] [FLAGS]                  serve until a signal ends it
  sockwarden check [FLAGS]                    print the effective policy
  sockwarden explain [--client NAME] METHOD PATH [FLAGS]
                                              say what becomes of a request, and why
  sockwarden diff OLD NEW [FLAGS]             what a change of the policy file allows and refuses
  sockwarden presets [NAME]                   show what known clients need
  sockwarden healthcheck [FLAGS]              exit 0 if the running sockwarden and its engine are well
  sockwarden demo [FLAGS]                     serve an embedded demo engine
  sockwarden --help | --version

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

function settingLine(setting: Setting): string {
  const { flag, placeholder, repeatable, preset, help, variable } = setting;
  const value = placeholder === "" ? "" : `=${placeholder}`;
  return `  --${flag}${value}${repeatable ? " …" : ""}\n      ${help}${
    preset === "" ? "" : ` (default: ${preset})`
  }${variable === "" ? "" : `; ${variable}`}\n`;
}

function switchLine({ name, preset, help }: typeof SWITCHES[number]): string {
  const flag = `--${switchFlag(name)}`;
  return `  ${flag.padEnd(26)} ${name.padEnd(26)} ${help}${
    preset === true ? " (default 1)" : ""
  }\n`;
}
