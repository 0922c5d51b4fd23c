/**
 * Filters that tell what is hidden: an answer that is empty or not says whether
 * a guess was right. Pure.
 *
 * The engine compares an event's action with the start of each text of the
 * filter `event` as soon as `exec_create`, `exec_start` or `health_status` is
 * among them (moby, `daemon/events/filter.go`): a command could be read letter
 * by letter. Podman compares commands with patterns, and options of volumes.
 *
 * @module
 */

import { readFilters } from "../filters.ts";
import { shown } from "../json.ts";
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

/** Whether requests of an operation may have filters that tell what is hidden. */
export function hasTellingFilters(operation: string): boolean {
  return TELLING.some((one) => one.operation === operation);
}

/**
 * Judges the filters of a request.
 *
 * @param query Without `?`.
 * @returns A clause that says why it is refused; null where it is sent.
 */
export function findFilterProblem(
  hide: Hide,
  operation: string,
  query: string,
): string | null {
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
      return `the filter ${filter}=${
        shown(told)
      } would tell what is hidden; leave it out`;
    }
  }
  return null;
}
