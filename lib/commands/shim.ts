/**
 * Keeps health checks working that were written for docker-socket-proxy's image:
 * in our image `sh`, `wget`, `curl` and `nc` are further names of this program. Under
 * such a name it recognises the common forms of a health check and runs its own
 * instead; it runs no other program and sends none of these requests.
 *
 * @module
 */

/**
 * What a command line asks for: the program itself, its health check, or
 * something that is refused with a message.
 */
export type Shimmed =
  | { readonly kind: "program" }
  | { readonly kind: "healthcheck" }
  | { readonly kind: "refused"; readonly message: string };

/**
 * Finds out what a command line asks for. Pure.
 *
 * @param words The command line; its first word is the name that the program was
 * called by. Empty if that cannot be known, as on the stock runtimes; the
 * arguments decide then, since no command or flag looks like a health check.
 * @param args The arguments alone.
 */
export function readShim(
  words: readonly string[],
  args: readonly string[],
): Shimmed {
  const [called = ""] = words;
  const name = called.slice(called.lastIndexOf("/") + 1);
  // The check of wollomatic's image, called as ./healthcheck.
  if (name === "healthcheck") return answer(name, args.length === 0);
  if (name === "sh") return answer(name, isCheckingScript(args));
  if (Object.hasOwn(OPTIONS, name)) {
    return answer(name, isCheck([name, ...args]));
  }
  if (called !== "") return { kind: "program" };
  if (args[0] === "-c") return answer("sh", isCheckingScript(args));
  return Object.keys(OPTIONS).some((name) => isCheck([name, ...args]))
    ? { kind: "healthcheck" }
    : { kind: "program" };
}

function answer(name: string, check: boolean): Shimmed {
  return check ? { kind: "healthcheck" } : {
    kind: "refused",
    message:
      `'${name}' in this image is sockwarden itself, which accepts a health check only, such as wget -q --spider http://localhost:2375/version: use /sockwarden healthcheck`,
  };
}

// ------------------------------------------------------------------ shell

/** Characters that have a meaning in a shell and that no health check needs. */
const SHELL_ONLY = /[$`\\;&|<>(){}[\]*?!#~\n\r]/;
// Blanks at both ends are cut off apart: a pattern that began or ended with any
// number of them would take the square of that.
/** What may follow the check: words that make the script fail if it fails. */
const FAILS = /\|\|\s*(?:exit\s+[1-9][0-9]{0,2}|false)(?:\s*;)?$/;
const QUIET = /(?:[12]?>\s*\/dev\/null|&>\s*\/dev\/null|2>&1)$/;
/**
 * What may be done with the answer: a search in it, or a comparison with it. Our
 * check succeeds where they are meant to: it does not look at the answer.
 */
const SEARCHED =
  /^([^|]*)\|\s*grep(?:\s+-[qsEFiwx]{1,4})*\s+(?:"\^?[\w|. ]+\$?"|'\^?["\w|. ]+\$?'|[\w^.]+)$/;
const COMPARED =
  /^(\[|test)\s+(?:"\$\((.*)\)"|\$\((.*)\))\s+(?:==?|-eq)\s+(?:"\w+"|'\w+'|\w+)(\s+\])?$/;

/** Whether the arguments of a shell are one health check and nothing else. */
function isCheckingScript(args: readonly string[]): boolean {
  const [option, script, ...rest] = args;
  if (option !== "-c" && option !== "-ec") return false;
  if (script === undefined || rest.length > 0 || script.length > 1000) {
    return false;
  }
  // A line break ends a command, and another begins.
  if (/[\n\r]/.test(script.trim())) return false;
  let command = script.trim().replace(FAILS, "").trim();
  const compared = COMPARED.exec(command);
  if (compared !== null) {
    const [, opened, quoted, bare, closed] = compared;
    if ((opened === "[") !== (closed !== undefined)) return false;
    command = quoted ?? bare!;
  } else {
    command = withoutQuiet(command);
    command = SEARCHED.exec(command.trim())?.[1] ?? command;
  }
  const words = splitWords(withoutQuiet(command));
  return words !== null && isCheck(words);
}

function withoutQuiet(command: string): string {
  let rest = command.trim();
  while (QUIET.test(rest)) rest = rest.replace(QUIET, "").trimEnd();
  return rest;
}

/** Splits words at blanks and removes quotes; null if a shell would do more than that. */
function splitWords(command: string): string[] | null {
  const words: string[] = [];
  const WORD = /[ \t]*(?:"([^"]*)"|'([^']*)'|([^\s"']+))(?=[ \t]|$)/y;
  const text = command.trim();
  while (WORD.lastIndex < text.length) {
    const found = WORD.exec(text);
    if (found === null) return null;
    const [, double, single, plain] = found;
    const word = double ?? single ?? plain!;
    // The brackets of an IPv6 address are not a pattern, a format no group.
    const plainly = FORMAT.test(word) ? "" : word.replace("[::1]", "");
    if (SHELL_ONLY.test(plainly)) return null;
    words.push(word);
  }
  return words;
}

// ------------------------------------------------------ wget, curl and nc

/** What an option takes: nothing, a number, a place that discards the answer, or a format of the status. */
type Takes = "nothing" | "number" | "sink" | "format";

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
  "-w": "format",
  "--write-out": "format",
};
const NC: Readonly<Record<string, Takes>> = {
  "-z": "nothing",
  "-v": "nothing",
  "-n": "nothing",
  "-w": "number",
};
const OPTIONS: Readonly<Record<string, Readonly<Record<string, Takes>>>> = {
  wget: WGET,
  curl: CURL,
  nc: NC,
};

const NUMBER = /^[0-9]{1,5}(?:\.[0-9]{1,3})?s?$/;
const FORMAT = /^%\{(?:http|response)_code\}(?:\\n)?$/;
const SINK = /^(?:-|\/dev\/null|\/dev\/stdout)$/;
/** An address of the container itself, with a path of the Docker API that answers at once. */
const TARGET =
  /^(?:http:\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::[0-9]{1,5})?(?:\/v1\.[0-9]{1,2})?(?:\/|\/version|\/_ping|\/info|\/(?:containers|images)\/json)?$/;

/** Host and port of the container itself. */
const PORT = /^(?:localhost|127\.0\.0\.1|0\.0\.0\.0|::1) [0-9]{1,5}$/;

/** What the value of an option must be. */
const VALUES: Readonly<Record<Exclude<Takes, "nothing">, RegExp>> = {
  number: NUMBER,
  sink: SINK,
  format: FORMAT,
};

/** Whether words are a call of wget, curl or nc that asks the container itself and does nothing else. */
function isCheck(words: readonly string[]): boolean {
  const [called = "", ...args] = words;
  const name = /^(?:\/usr\/bin\/|\/bin\/)?(wget|curl|nc)$/.exec(called)?.[1];
  if (name === undefined) return false;
  const options = OPTIONS[name]!;
  const targets: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith("-")) {
      targets.push(arg);
      continue;
    }
    const taken = readOption(options, arg);
    if (taken === null) return false;
    if (taken.takes === "nothing") continue;
    const value = taken.value ?? args[++i] ?? "";
    if (!VALUES[taken.takes].test(value)) return false;
  }
  // Without -z it would talk to the port.
  if (name === "nc") {
    return PORT.test(targets.join(" ")) &&
      args.some((arg) => /^-[vn]*z/.test(arg));
  }
  return targets.length === 1 && TARGET.test(targets[0]!);
}

/**
 * Reads `--name`, `--name=value`, `-x`, and combined short options (`-fsS`,
 * `-qO-`), of which the last may take a value.
 *
 * @returns null if it is not an option of a health check.
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
