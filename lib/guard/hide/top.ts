/**
 * `container.top`: which requests may be sent where commands or environments
 * are hidden, and what is shown of the answer. Pure.
 *
 * The engine runs `ps` with the client's arguments, as root: `e` shows
 * environments, `-o args=PID` gives a column another title, `h` leaves out the
 * titles. So only arguments are taken whose columns and titles are known. The
 * default itself (`-ef`) shows command lines, and programs send it; it is not
 * refused, but its answer loses the cells of every column that is not known to
 * be harmless, and of all columns after that: words of a command line spill
 * only to the right.
 *
 * @module
 */

import { parseJson } from "../../host.ts";
import { readQuery } from "../query.ts";
import { addPath, emptyTree } from "./tree.ts";
import { editPaths, entriesOf, type Problem, wrongType } from "./walk.ts";
import { HIDDEN, type Hide, hidesWord } from "./words.ts";

/** Columns that show no more than the state of a process, by the name in `-o`. */
const COLUMNS =
  "pid|ppid|pgid|sid|uid|gid|user|group|tty|time|etime|stime|pcpu|pmem|vsz|rss|stat|pri|ni|nlwp|psr";
/** Letters that choose processes and known columns; no `h`, and none that shows others. */
const LETTERS = "-?[aAdefjluxw]{1,8}";
const TAKEN = new RegExp(
  `^(?:${LETTERS}|-?[aAdex]*o ?(?:${COLUMNS})(?:,(?:${COLUMNS}))*(?:,(?:args|cmd|comm|command))?)?$`,
);

/** The titles of such columns. */
const TITLES: ReadonlySet<string> = new Set(
  "PID PPID PGID SID UID GID USER GROUP TTY TT TIME ELAPSED STIME START STARTED C %CPU %MEM VSZ RSS SZ STAT S F PRI NI NLWP PSR TPGID WCHAN ADDR"
    .split(" "),
);
/** Titles of command lines. */
const COMMANDS: readonly string[] = ["CMD", "COMMAND"];

/** Whether requests and answers of `container.top` are judged. */
export function judgesTop(hide: Hide): boolean {
  return hidesWord(hide, "env") || hidesWord(hide, "args");
}

/**
 * Judges the query of `container.top` where {@link judgesTop} says so.
 *
 * @param query Without `?`.
 * @returns A clause that says why it is refused; null where it is sent.
 */
export function findTopProblem(query: string): string | null {
  const read = readQuery(query, ["ps_args", "stream"]);
  if ("problem" in read) return read.problem;
  const { ps_args: args, stream } = read.values;
  // Podman alone repeats the list; nobody is known to ask for that here.
  if (!/^(?:0|false)?$/i.test(stream)) {
    return "a stream of process lists is not shown where commands or environments are hidden; leave out stream";
  }
  return TAKEN.test(args)
    ? null
    : "ps_args may show commands or environments, which are hidden; leave it out, or send -ef, aux, or -o with columns such as pid,user,time,args";
}

const PROCESSES = emptyTree<"titles" | "process">();
addPath(PROCESSES, ["titles"], () => "titles");
addPath(PROCESSES, ["processes", "[]"], () => "process");

/**
 * Hides commands and environments in a list of processes.
 *
 * @param text JSON that was parsed.
 */
export function hideProcesses(text: string): string | Problem {
  const titles = titlesIn(text);
  if (titles === null) return { problem: wrongType("Titles") };
  const unknown = titles.findIndex((title) => !TITLES.has(title));
  const harmless = unknown < 0 ? titles.length : unknown;
  return editPaths(text, PROCESSES, (raw, what, path) => {
    const cells = entriesOf(raw);
    if (cells === null) return raw === "null" ? null : wrong(path);
    if (cells.some((cell) => cell[0] !== '"')) return wrong(path);
    const isShown = (i: number) =>
      i < harmless || what === "titles" && COMMANDS.includes(titles[i]!);
    const hidden = JSON.stringify(HIDDEN);
    return `[${cells.map((cell, i) => isShown(i) ? cell : hidden).join(",")}]`;
  });
}

function wrong(path: string): Problem {
  return { problem: wrongType(path) };
}

/** The titles, none for null; null where they are no list, or the answer has other fields. */
function titlesIn(text: string): string[] | null {
  const answer: Readonly<Record<string, unknown>> = parseJson(text);
  if (Object.keys(answer).some((key) => !/^(?:Titles|Processes)$/.test(key))) {
    return null;
  }
  const titles = answer.Titles ?? [];
  return Array.isArray(titles) ? titles : null;
}
