/**
 * The completion script of zsh.
 *
 * @module
 */

import type { CommandEntry, FlagEntry, Values } from "./completion_table.ts";

/**
 * Writes the script.
 *
 * @param settings What nearly every command takes.
 */
export function zshScript(
  commands: readonly CommandEntry[],
  settings: readonly FlagEntry[],
): string {
  return `#compdef sockwarden
# Completion of sockwarden for zsh, as \`sockwarden completion zsh\` prints it.
_sockwarden() {
  local -a commands settings own
  commands=(
${
    commands.flatMap(({ names, summary }) =>
      names.map((name) => `    ${quoted(`${name}:${summary}`)}`)
    ).join("\n")
  }
  )
  settings=(
${settings.map((one) => `    ${quoted(specOf(one))}`).join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    return
  fi
  case $words[2] in
${
    commands.map((command) =>
      `    ${command.names.join("|")})
      own=(${ownSpecs(command).map((spec) => ` ${quoted(spec)}`).join("")} )
${command.settings ? "" : "      settings=()\n"}      ;;`
    ).join("\n")
  }
    *)
      _arguments -s "$settings[@]" '--help[print the help]' '--version[print the version]'
      return
      ;;
  esac
  shift words
  (( CURRENT-- ))
  _arguments -s "$own[@]" "$settings[@]" '--help[print the help]'
}
if [[ $funcstack[1] == _sockwarden ]]; then
  _sockwarden "$@"
else
  compdef _sockwarden sockwarden
fi
`;
}

function ownSpecs({ own, words, first }: CommandEntry): string[] {
  return [
    ...own.map(specOf),
    ...first === null ? [] : [`1:word:(${first})`],
    ...words === null ? [] : [`*:${wordName(words)}:${actionOf(words)}`],
  ];
}

function wordName(words: Values): string {
  return words === "file" ? "file" : "word";
}

/** A flag as \`_arguments\` reads it. */
function specOf(
  { flag, placeholder, values, repeatable, help }: FlagEntry,
): string {
  const description = help.replaceAll("\\", "\\\\").replace(/[[\]:]/g, "\\$&");
  const star = repeatable ? "*" : "";
  return values === null
    ? `${star}--${flag}[${description}]`
    : `${star}--${flag}=[${description}]:${placeholder}:${actionOf(values)}`;
}

function actionOf(values: Values): string {
  return values === "file"
    ? "_files"
    : values === "free"
    ? " "
    : `(${values.join(" ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
