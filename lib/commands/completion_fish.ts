/**
 * The completion script of fish.
 *
 * @module
 */

import type { CommandEntry, FlagEntry, Values } from "./completion_table.ts";

/**
 * Writes the script.
 *
 * @param settings What nearly every command takes.
 */
export function fishScript(
  commands: readonly CommandEntry[],
  settings: readonly FlagEntry[],
): string {
  const names = commands.flatMap(({ names }) => names);
  const withSettings = commands.filter(({ settings }) => settings)
    .flatMap(({ names }) => names);
  return `# Completion of sockwarden for fish, as \`sockwarden completion fish\` prints it.
function __sockwarden_command
    set -l words (commandline -opc)
    if contains -- "$words[2]" ${names.join(" ")}
        echo $words[2]
    else
        echo serve
    end
end
complete -c sockwarden -f
complete -c sockwarden -l help -d 'print the help'
${
    [
      ...commands.flatMap(({ names, summary }) =>
        names.map((name) => line(FIRST, `-a ${name}`, summary))
      ),
      line(FIRST, "-l version", "print the version"),
      ...settings.filter(({ flag }) => !flag.includes("="))
        .map((one) => flagLine(withSettings, one)),
      ...commands.flatMap((command) => [
        ...command.own.map((one) => flagLine(command.names, one)),
        ...wordLines(command),
      ]),
    ].join("\n")
  }
`;
}

/** While the first word is written, and the one after it. */
const FIRST = "test (count (commandline -opc)) -eq 1";
const SECOND = "test (count (commandline -opc)) -eq 2";

function flagLine(
  commands: readonly string[],
  { flag, values, help }: FlagEntry,
): string {
  return line(
    isOne(commands),
    `-l ${flag}${values === null ? "" : ` ${valueOf(values)}`}`,
    help,
  );
}

function wordLines({ names, words, first }: CommandEntry): string[] {
  if (words === null || words === "free") return [];
  const notYet = first === null ? "" : `; and not ${SECOND}`;
  const after = `${isOne(names)}; and not ${FIRST}${notYet}`;
  return [
    ...first === null ? [] : [
      `complete -c sockwarden -n ${
        quoted(`${isOne(names)}; and ${SECOND}`)
      } -a ${first}`,
    ],
    `complete -c sockwarden -n ${quoted(after)} ${
      words === "file" ? "-F" : `-a ${quoted(words.join(" "))}`
    }`,
  ];
}

function isOne(commands: readonly string[]): string {
  return `contains -- (__sockwarden_command) ${commands.join(" ")}`;
}

function valueOf(values: Values): string {
  return values === "file"
    ? "-r -F"
    : values === "free"
    ? "-x"
    : `-x -a ${quoted(values.join(" "))}`;
}

function line(condition: string, what: string, help: string): string {
  return `complete -c sockwarden -n ${quoted(condition)} ${what} -d ${
    quoted(help)
  }`;
}

/** A text in single quotes, in which fish reads \\ and ' only. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
