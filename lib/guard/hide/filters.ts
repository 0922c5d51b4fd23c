/**
 * Queries that tell what is hidden. Of filters an answer that is empty or not
 * says whether a guess was right; logs have details. Pure.
 *
 * The engine compares an event's action with the start of each text of the
 * filter `event` as soon as `exec_create`, `exec_start` or `health_status` is
 * among them (moby, `daemon/events/filter.go`): a command could be read letter
 * by letter. Podman compares commands with patterns, and options of volumes.
 *
 * With `details` a line of a log begins with what the log driver adds to it:
 * the values of the variables that its option `env` or `env-regex` names, and
 * its `tag` (moby, `daemon/logger/loginfo.go`).
 *
 * @module
 */

import { readFilters } from "../filters.ts";
import { readQuery } from "../query.ts";
import { isState } from "./marks.ts";
import { type Hide, hidesWord, type HideWord } from "./words.ts";

/** One filter of an operation, and which of its texts tell what a word hides. */
interface Telling {
  readonly operation: string;
  readonly filter: string;
  readonly word: HideWord;
  readonly tells: (text: string) => boolean;
}

const any = () => true;
const isPath = (text: string) => text.startsWith("/");

const TELLING: readonly Telling[] = [
  {
    operation: "system.events",
    filter: "event",
    word: "args",
    tells: (text) => text.includes(":") && !isState(text),
  },
  {
    operation: "container.list",
    filter: "command",
    word: "args",
    tells: any,
  },
  {
    operation: "container.list",
    filter: "volume",
    word: "mounts",
    tells: isPath,
  },
  { operation: "volume.list", filter: "opt", word: "mounts", tells: any },
];

/** Operations whose answers have values of an environment where `details` is on. */
const DETAILED: ReadonlySet<string> = new Set([
  "container.logs",
  "service.logs",
  "task.logs",
]);

/** The texts that the engine takes for a flag that is off, in any case. */
const OFF: ReadonlySet<string> = new Set(["", "0", "no", "false", "none"]);

/** The words of which the query of a request could tell what they hide. */
export function tellingWords(operation: string): HideWord[] {
  return [
    ...TELLING.filter((one) => one.operation === operation)
      .map(({ word }) => word),
    ...DETAILED.has(operation) ? ["env" as const] : [],
  ];
}

/**
 * Judges the query of a request.
 *
 * @param query Without `?`.
 * @returns A clause that says why it is refused; null where it is sent.
 */
export function findFilterProblem(
  hide: Hide,
  operation: string,
  query: string,
): string | null {
  if (DETAILED.has(operation)) return findDetailsProblem(hide, query);
  const rows = TELLING.filter((one) =>
    one.operation === operation && hidesWord(hide, one.word)
  );
  if (rows.length === 0) return null;
  const read = readQuery(query, ["filters"]);
  if ("problem" in read) return read.problem;
  const filters = readFilters(read.values.filters);
  if ("problem" in filters) return String(filters.problem);
  for (const [name, texts] of filters) {
    for (const { filter, tells } of rows) {
      // Podman takes names of filters in any case.
      const told = name.toLowerCase() === filter ? texts.find(tells) : null;
      if (told === undefined || told === null) continue;
      // Its value may be what is hidden.
      return `the filter ${filter} would tell what is hidden; leave it out`;
    }
  }
  return null;
}

function findDetailsProblem(hide: Hide, query: string): string | null {
  if (!hidesWord(hide, "env")) return null;
  const read = readQuery(query, ["details"]);
  if ("problem" in read) return read.problem;
  const { details } = read.values;
  // The engine trims it.
  return OFF.has(details.trim().toLowerCase())
    ? null
    : "details=1 adds variables of the environment to a log; leave it out (docker service logs: add --raw)";
}
