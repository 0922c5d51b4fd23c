/**
 * How what stands at one place of an answer is hidden, so that clients still
 * read it: a list of texts stays a list of texts. Pure.
 *
 * @module
 */

import type { HideMark } from "./rows.ts";
import { type Edited, entriesOf, wrongType } from "./walk.ts";
import { HIDDEN, type Hide, hidesVariable } from "./words.ts";

const HIDDEN_JSON = JSON.stringify(HIDDEN);

/** What stands for a value of each mark. */
const HOW: Readonly<
  Record<HideMark, (raw: string, hide: Hide, path: string) => Edited>
> = {
  "=": hideVariables,
  "~": (raw, _, path) => maskTexts(raw, path),
  "-": (raw, _, path) => empty(raw, path),
  "%": (raw, _, path) => onText(raw, path, hideBuildValues),
  ":": (raw, _, path) => onText(raw, path, hideActionText),
};

/**
 * Hides one value.
 *
 * @param raw Its JSON text.
 * @param path Where it stands, for the problem.
 * @returns What stands in its place; null where it stays; or that it is of
 * another type than the engine writes.
 */
export function hideValue(
  raw: string,
  mark: HideMark,
  hide: Hide,
  path: string,
): Edited {
  return raw === "null" ? null : HOW[mark](raw, hide, path);
}

/**
 * `NAME=VALUE` becomes `NAME=<hidden>`: clients look for names, and a list of
 * names with values stays one. An entry without `=` may be anything: it becomes
 * `<hidden>`, unless its name stays.
 */
function hideVariables(raw: string, hide: Hide, path: string): Edited {
  const entries = entriesOf(raw);
  if (entries === null) return { problem: wrongType(path) };
  let changed = false;
  for (const [i, entry] of entries.entries()) {
    if (entry[0] !== '"') return { problem: wrongType(path) };
    const [name, ...value] = (JSON.parse(entry) as string).split("=");
    if (!hidesVariable(hide, name!)) continue;
    changed = true;
    const isNamed = value.length > 0 && /^[\x20-\x7e]*$/.test(name!);
    entries[i] = isNamed ? JSON.stringify(`${name}=${HIDDEN}`) : HIDDEN_JSON;
  }
  return changed ? `[${entries.join(",")}]` : null;
}

/** A text, or all texts of a list as one: their number is hidden too. Nothing is nothing to hide. */
function maskTexts(raw: string, path: string): Edited {
  if (raw[0] === '"') return raw === '""' ? null : HIDDEN_JSON;
  const entries = entriesOf(raw);
  if (entries === null || !entries.every((entry) => /^["n]/.test(entry))) {
    return { problem: wrongType(path) };
  }
  return entries.length === 0 ? null : `[${HIDDEN_JSON}]`;
}

/** The empty value of the same type: what engines write where there is none. */
function empty(raw: string, path: string): Edited {
  const nothing = raw[0] === '"'
    ? '""'
    : raw[0] === "["
    ? "[]"
    : raw[0] === "{"
    ? "{}"
    : null;
  if (nothing === null) return { problem: wrongType(path) };
  return raw === nothing ? null : nothing;
}

/** Hides in a text; null from `hideText` keeps it. */
function onText(
  raw: string,
  path: string,
  hideText: (text: string) => string | null,
): Edited {
  if (raw[0] !== '"') return { problem: wrongType(path) };
  const hidden = hideText(JSON.parse(raw));
  return hidden === null ? null : JSON.stringify(hidden);
}

/** How engines and BuildKit begin the line of an instruction that has no variable's value; an address in `ADD` may have one. */
const HARMLESS =
  /^(?:\/bin\/sh -c #\(nop\) +)?(?:ADD(?!.*:\/\/)|CMD|COPY|ENTRYPOINT|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR|\/bin\/sh -c|FROM)(?: |$)/;
/** An instruction that sets variables, wherever it stands, or the count of build arguments before a command. */
const SETS = /\b(?:ENV|ARG)\b|\|\d+ /i;

/**
 * A line of an image's history. Values stand there without quotes, so that
 * nobody can say where one ends: all that follows is hidden, whatever the
 * names. So is a line of an unknown form.
 */
function hideBuildValues(line: string): string | null {
  const found = SETS.exec(line);
  if (found !== null) {
    const start = /^(?:\/bin\/sh -c #\(nop\) +|RUN )?$/;
    const before = line.slice(0, found.index);
    return start.test(before)
      ? `${before}${found[0].trimEnd()} ${HIDDEN}`
      : HIDDEN;
  }
  return line === "" || HARMLESS.test(line) ? null : HIDDEN;
}

/** Actions whose text after the colon is a state and no command. */
const STATE = /^health_status: (?:starting|healthy|unhealthy|none|running)$/;

/** An event's action: `exec_create: COMMAND` becomes `exec_create: <hidden>`. */
function hideActionText(action: string): string | null {
  const colon = action.indexOf(":");
  if (colon < 0 || STATE.test(action)) return null;
  const verb = action.slice(0, colon);
  return /^[a-z_-]{1,32}$/.test(verb) ? `${verb}: ${HIDDEN}` : HIDDEN;
}
