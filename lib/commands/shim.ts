/**
 * The health checks that were written for the original's image go on working:
 * in our image `sh`, `wget` and `curl` are further names of this program. Under
 * such a name it recognises the common forms of a health check and answers
 * them by its own; it runs nothing and sends none of these requests.
 *
 * @module
 */

/**
 * What a command line asks for: the program itself, its health check, or
 * something that is refused with this sentence.
 */
export type Shimmed =
  | { readonly kind: "program" }
  | { readonly kind: "healthcheck" }
  | { readonly kind: "refused"; readonly message: string };

/**
 * Says what a command line asks for. Pure.
 *
 * @param words The command line, the name that the program was called by first;
 * empty where that cannot be known, as on the stock engines. There the
 * arguments tell: no command or flag of the program looks like a health check.
 * @param args The arguments alone.
 */
export function readShim(
  words: readonly string[],
  args: readonly string[],
): Shimmed {
  const [called = ""] = words;
  const name = called.slice(called.lastIndexOf("/") + 1);
  if (name === "sh") return answer(name, isCheckingScript(args));
  if (name === "wget" || name === "curl") {
    return answer(name, isCheck([name, ...args]));
  }
  if (called !== "") return { kind: "program" };
  if (args[0] === "-c") return answer("sh", isCheckingScript(args));
  return isCheck(["wget", ...args]) || isCheck(["curl", ...args])
    ? { kind: "healthcheck" }
    : { kind: "program" };
}

function answer(name: string, check: boolean): Shimmed {
  return check ? { kind: "healthcheck" } : {
    kind: "refused",
    message:
      `'${name}' is sockwarden itself here and answers health checks alone, such as wget -q --spider http://localhost:2375/version; this image holds no other program: use /sockwarden healthcheck`,
  };
}

// ------------------------------------------------------------------ shell

/** Bytes that have a meaning to a shell and none in a health check. */
const SHELL_ONLY = /[$`\\;&|<>(){}[\]*?!#~\n\r]/;
/** What may follow the check: the words that make its failure the script's. */
const FAILS = /\s*\|\|\s*(?:exit\s+[1-9][0-9]{0,2}|false)\s*;?\s*$/;
const QUIET = /\s*(?:[12]?>\s*\/dev\/null|&>\s*\/dev\/null|2>&1)\s*$/;

/** Whether the arguments of a shell are one health check and nothing else. */
function isCheckingScript(args: readonly string[]): boolean {
  const [option, script, ...rest] = args;
  if (option !== "-c" && option !== "-ec") return false;
  if (script === undefined || rest.length > 0 || script.length > 1000) {
    return false;
  }
  let command = script.replace(FAILS, "");
  while (QUIET.test(command)) command = command.replace(QUIET, "");
  const words = splitWords(command);
  return words !== null && isCheck(words);
}

/** Words apart by blanks, quotes taken off; null where a shell would do more than that. */
function splitWords(command: string): string[] | null {
  const words: string[] = [];
  const WORD = /[ \t]*(?:"([^"]*)"|'([^']*)'|([^\s"']+))(?=[ \t]|$)/y;
  const text = command.trim();
  while (WORD.lastIndex < text.length) {
    const found = WORD.exec(text);
    if (found === null) return null;
    const [, double, single, plain] = found;
    const word = double ?? single ?? plain!;
    // In brackets an IPv6 address is no pattern.
    if (SHELL_ONLY.test(word.replace("[::1]", ""))) return null;
    words.push(word);
  }
  return words;
}

// ---------------------------------------------------------- wget and curl

/** What an option takes: nothing, a number, or where to throw the answer away. */
type Takes = "nothing" | "number" | "sink";

const WGET: Readonly<Record<string, Takes>> = {
  "-q": "nothing",
  "--quiet": "nothing",
  "-nv": "nothing",
  "--no-verbose": "nothing",
  "-S": "nothing",
  "--server-response": "nothing",
  "--spider": "nothing",
  "--no-proxy": "nothing",
  "-t": "number",
  "--tries": "number",
  "-T": "number",
  "--timeout": "number",
  "-O": "sink",
  "--output-document": "sink",
};
const CURL: Readonly<Record<string, Takes>> = {
  "-f": "nothing",
  "--fail": "nothing",
  "--fail-with-body": "nothing",
  "-s": "nothing",
  "--silent": "nothing",
  "-S": "nothing",
  "--show-error": "nothing",
  "--no-progress-meter": "nothing",
  "-L": "nothing",
  "--location": "nothing",
  "-I": "nothing",
  "--head": "nothing",
  "-4": "nothing",
  "-6": "nothing",
  "-m": "number",
  "--max-time": "number",
  "--connect-timeout": "number",
  "--retry": "number",
  "-o": "sink",
  "--output": "sink",
};

const NUMBER = /^[0-9]{1,5}(?:\.[0-9]{1,3})?s?$/;
const SINK = /^(?:-|\/dev\/null|\/dev\/stdout)$/;
/** The container itself, at a path of Docker's that answers at once. */
const TARGET =
  /^(?:http:\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::[0-9]{1,5})?(?:\/v1\.[0-9]{1,2})?(?:\/|\/version|\/_ping|\/info|\/containers\/json)?$/;

/** Whether words are a call of wget or curl that asks the container itself, and no more. */
function isCheck(words: readonly string[]): boolean {
  const [called = "", ...args] = words;
  const name = /^(?:\/usr\/bin\/|\/bin\/)?(wget|curl)$/.exec(called)?.[1];
  if (name === undefined) return false;
  const options = name === "wget" ? WGET : CURL;
  let targets = 0;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith("-")) {
      if (!TARGET.test(arg)) return false;
      targets++;
      continue;
    }
    const taken = readOption(options, arg);
    if (taken === null) return false;
    if (taken.takes === "nothing") continue;
    const value = taken.value ?? args[++i] ?? "";
    if (!(taken.takes === "number" ? NUMBER : SINK).test(value)) return false;
  }
  return targets === 1;
}

/**
 * Reads `--name`, `--name=value`, `-x`, and short ones together (`-fsS`,
 * `-qO-`), of which the last may take a value.
 *
 * @returns null for what is no option of a health check.
 */
function readOption(
  options: Readonly<Record<string, Takes>>,
  arg: string,
): { takes: Takes; value: string | null } | null {
  const kind = (name: string): Takes | null =>
    Object.hasOwn(options, name) ? options[name]! : null;
  const whole = kind(arg);
  if (whole !== null) return { takes: whole, value: null };
  if (arg.startsWith("--")) {
    const mark = arg.indexOf("=");
    const takes = mark < 0 ? null : kind(arg.slice(0, mark));
    return takes === null || takes === "nothing"
      ? null
      : { takes, value: arg.slice(mark + 1) };
  }
  for (let at = 1; at < arg.length; at++) {
    const takes = kind(`-${arg[at]}`);
    if (takes === null) return null;
    if (takes === "nothing") continue;
    const value = arg.slice(at + 1);
    return { takes, value: value === "" ? null : value };
  }
  return { takes: "nothing", value: null };
}
