/**
 * The completion script of bash. It needs no other package.
 *
 * @module
 */

import type { CommandEntry, FlagEntry, Values } from "./completion_table.ts";

/**
 * Writes the script.
 *
 * @param settings What nearly every command takes.
 */
export function bashScript(
  commands: readonly CommandEntry[],
  settings: readonly FlagEntry[],
): string {
  const names = commands.flatMap(({ names }) => names);
  return `# Completion of sockwarden for bash, as \`sockwarden completion bash\` prints it.
_sockwarden() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before= flag= prefix= command=serve
  local settings=${
    quoted([...settings, ...HELP].map((one) => written(one)).join(" "))
  }
  local flags= words= files= line
  COMPREPLY=()
  (( COMP_CWORD > 0 )) && before=\${COMP_WORDS[COMP_CWORD-1]}
  if (( COMP_CWORD > 1 )); then
    case \${COMP_WORDS[1]} in
      ${names.join("|")}) command=\${COMP_WORDS[1]} ;;
    esac
  fi
  # Bash makes three words of --flag=value, unless = is no word break.
  if [[ $cur == = ]]; then
    cur= flag=$before
  elif [[ $before == = ]]; then
    flag=\${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $cur == --*=* ]]; then
    flag=\${cur%%=*} prefix=\${cur%%=*}= cur=\${cur#*=}
  else
    case $before in
      ${
    valued([...settings, ...commands.flatMap(({ own }) => own)]).join("|")
  }) flag=$before ;;
    esac
  fi
  case $flag in
    ${
    [
      `"")\n${wordCases(commands, names)}\n      ;;`,
      ...valueCases([...settings, ...commands.flatMap(({ own }) => own)]),
    ].join("\n    ")
  }
  esac
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$prefix$line"); done < <(compgen -f -- "$cur")
  fi
  while IFS= read -r line; do
    [[ $line ]] || continue
    # A flag with a value waits for it.
    [[ $line == *= ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("$prefix$line")
  done < <(compgen -W "$words" -- "$cur")
}
complete -F _sockwarden sockwarden
`;
}

/** What stands for every command. */
const HELP = [{ flag: "help", values: null }] as const;

function written(
  { flag, values }: Pick<FlagEntry, "flag" | "values">,
): string {
  return `--${flag}${values === null ? "" : "="}`;
}

function valued(flags: readonly FlagEntry[]): string[] {
  return [
    ...new Set(
      flags.filter(({ values }) => values !== null)
        .map(({ flag }) => `--${flag}`),
    ),
  ];
}

/** What a command's own words and flags are, and the commands as the first word. */
function wordCases(
  commands: readonly CommandEntry[],
  names: readonly string[],
): string {
  const cases = commands.map(({ names, own, settings, words, first }) => {
    const flags = [
      ...own.map(written),
      settings ? "$settings" : "--help",
    ];
    return `        ${names.join("|")}) flags="${flags.join(" ")}"${
      words === "file"
        ? " files=1"
        : Array.isArray(words)
        ? ` words=${quoted(words.join(" "))}`
        : ""
    }${
      first === null
        ? ""
        : `; (( COMP_CWORD == 2 )) && words=${quoted(first)} files=`
    } ;;`;
  });
  return `      case $command in
${cases.join("\n")}
      esac
      (( COMP_CWORD == 1 )) && words="${names.join(" ")}" files=
      # Flags are offered where a dash asks for them, or nothing else can stand.
      if [[ $cur == -* || -z $words$files ]]; then
        words="$flags --version" files=
        (( COMP_CWORD == 1 )) || words=$flags
      fi`;
}

/** One case for all flags with the same values. */
function valueCases(flags: readonly FlagEntry[]): string[] {
  const byValues = new Map<string, [Values, string[]]>();
  for (const { flag, values } of flags) {
    if (values === null || values === "free") continue;
    const key = values === "file" ? values : values.join(" ");
    const [, names] = byValues.get(key) ?? [values, []];
    byValues.set(key, [values, [...names, `--${flag}`]]);
  }
  return [...byValues.values()].map(([values, names]) =>
    `${names.join("|")}) ${
      values === "file"
        ? "files=1"
        : `words=${quoted((values as readonly string[]).join(" "))}`
    } ;;`
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
