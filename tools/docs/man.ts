/**
 * `deploy/man/sockwarden.1`: the manual page, in mdoc.
 *
 * @module
 */

import { COMMANDS } from "../../lib/commands/commands.ts";
import {
  commandEntries,
  type CommandEntry,
  type FlagEntry,
  settingEntries,
} from "../../lib/commands/completion_table.ts";
import { OTHER_VARIABLES, SETTINGS } from "../../lib/config/settings.ts";
import { SWITCHES } from "../../lib/policy/switches.ts";

/** The date of the page: of the last change of its text that is not in the tables. */
const DATE = "November 26, 2026";

/** The page's text. */
export function manPage(): string {
  const commands = commandEntries(COMMANDS);
  const switches = new Set(SWITCHES.map(({ name }) => name));
  const settings = settingEntries().slice(0, SETTINGS.length);
  return `.\\" Made by \`deno task docs\` from the program's tables: do not edit.
.Dd ${DATE}
.Dt SOCKWARDEN 1
.Os
.Sh NAME
.Nm sockwarden
.Nd lets programs use the part of the Docker socket that you grant them
.Sh SYNOPSIS
${commands.map(synopsis).join("\n")}
.Nm
.Fl -help | Fl -version
.Sh DESCRIPTION
.Nm
listens where clients of the Docker Engine API connect, lets through the calls
that were granted, and refuses all others with an answer that says what would
grant them.
Without a command it serves.
.Pp
The commands:
.Bl -tag -width healthcheck
${commands.map(commandItem).join("\n")}
.El
.Ss Settings
Nearly every setting is a flag and an environment variable.
The flag takes precedence.
An unknown flag or a malformed value ends the program with exit code 2.
.Bl -tag -width indent
${settings.map(settingItem).join("\n")}
.El
.Ss Switches
Those of docker-socket-proxy, as variables and as flags.
A bare flag means 1.
Each is 0 by default, unless stated otherwise.
.Bl -tag -width indent
${SWITCHES.map(switchItem).join("\n")}
.El
.Sh ENVIRONMENT
.Bl -tag -width indent
${
    [
      ...SETTINGS.filter(({ variable }) => variable !== "").map((
        { variable, flag },
      ) => [variable, `is \\-\\-${words(flag)}.`]),
      ...OTHER_VARIABLES.map((
        name,
      ) => [
        name,
        name === "SOCKWARDEN_IGNORE"
          ? "names variables, with commas between them, that look like settings but are not."
          : "must not be set with a tcp:// engine: the connection to it has no TLS.",
      ]),
      ["NO_COLOR", "leaves colours out, if it is not empty."],
    ].filter(([name]) => !switches.has(name!))
      .map(([name, text]) => `.It Ev ${name}\n${line(text!)}`).join("\n")
  }
.El
.Sh EXIT STATUS
.Bl -tag -width indent
.It 0
It ended well.
.It 1
.Cm explain :
the request is refused.
.Cm diff :
something is newly allowed.
.Cm replay :
a call would be refused.
.Cm unused :
something was not used.
.Cm healthcheck :
it is not healthy.
.It 2
A setting, a flag or a file is not valid.
.It 69
The engine was lost for longer than
.Fl -exit\\-on\\-engine\\-loss
allows.
.El
.Sh SEE ALSO
.Xr docker 1 ,
.Xr podman 1
`;
}

function synopsis({ usage }: CommandEntry): string {
  return `.Nm\n${usage.split(" ").map((word) => line(word)).join("\n")}`
    .replaceAll(/\n(?!\.)(.*)/g, "\n.No $1");
}

function commandItem({ names, summary, own, settings }: CommandEntry): string {
  const [name, alias] = names;
  return [
    `.It Cm ${name}${alias === undefined ? "" : ` , ${alias}`}`,
    line(sentence(summary)),
    ...settings ? [] : ["It takes no settings."],
    ...own.length === 0 ? [] : [
      ".Bl -tag -width indent",
      ...own.map((one) => `${flagHead(one)}\n${line(sentence(one.help))}`),
      ".El",
    ],
  ].join("\n");
}

function settingItem(flag: FlagEntry, i: number): string {
  const { defaultValue, help, variable } = SETTINGS[i]!;
  return [
    flagHead(flag),
    line(sentence(help)),
    ...defaultValue === "" ? [] : [line(`Default: ${defaultValue}.`)],
    ...variable === "" ? [] : [`.Ev ${variable}`],
  ].join("\n");
}

function switchItem({ name, onByDefault, help }: typeof SWITCHES[number]) {
  return `.It Ev ${name}\n${
    line(sentence(`${help}${onByDefault === true ? " (default 1)" : ""}`))
  }`;
}

function flagHead({ flag, placeholder, repeatable }: FlagEntry): string {
  const value = placeholder === "" ? "" : ` Ns = Ns Ar ${words(placeholder)}`;
  return `.It Fl -${words(flag)}${value}${repeatable ? " ..." : ""}`;
}

/** A help text as a sentence. */
function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** A line of text: a dot at its start would be a macro, and each sentence wants a line. */
function line(text: string): string {
  return words(text).replaceAll(/([^.][.!?]) (?=[A-Z])/g, "$1\n")
    .replaceAll(/^(?=[.'])/gm, "\\&");
}

/** A text whose characters mean themselves. */
function words(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    .replaceAll("…", "...").replaceAll("'", "\\(aq");
}
