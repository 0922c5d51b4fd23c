/**
 * How what stands at one place of an answer is hidden, so that clients still
 * read it: a list of texts stays a list of texts. Pure.
 *
 * @module
 */

import type { EditedValue } from "./parsed.ts";
import type { HideMark } from "./rows.ts";
import { wrongType } from "./walk.ts";
import { HIDDEN, type Hide, hidesVariable, isPlainName } from "./words.ts";

/** How each mark hides a value that is not null; undefined for a value of another type. */
const HOW: Readonly<
  Record<HideMark, (value: unknown, hide: Hide) => unknown>
> = {
  "=": hideVariables,
  "~": maskTexts,
  "-": empty,
  "%": (value) =>
    typeof value === "string" ? hideBuildValues(value) : undefined,
  ":": (value) => typeof value === "string" ? hideCommand(value) : undefined,
};

/**
 * Hides one value.
 *
 * @param path Where it stands, for the problem.
 * @returns What stands in its place; null where it stays; or that it is of
 * another type than the engine writes.
 */
export function hideValue(
  value: unknown,
  mark: HideMark,
  hide: Hide,
  path: string,
): EditedValue {
  if (value === null) return null;
  const hidden = HOW[mark](value, hide);
  if (hidden === undefined) return { problem: wrongType(path) };
  return hidden === value ? null : { value: hidden };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/**
 * `NAME=VALUE` becomes `NAME=<hidden>`: clients look for names, and a list of
 * names with values stays one. An entry without `=` may be anything: it becomes
 * `<hidden>`, unless its name stays.
 */
function hideVariables(value: unknown, hide: Hide): unknown {
  if (!Array.isArray(value) || !value.every(isText)) return undefined;
  const names = value.map(nameOf);
  // These are the longest lists that there are: their names are looked at at once.
  const isPlain = isPlainName(names.join(""));
  let isHidden = false;
  const shown = value.map((entry, i) => {
    const name = names[i]!;
    if (!hidesVariable(hide, name)) return entry;
    const hidden = name.length < entry.length && (isPlain || isPlainName(name))
      ? `${name}=${HIDDEN}`
      : HIDDEN;
    if (hidden !== entry) isHidden = true;
    return hidden;
  });
  return isHidden ? shown : value;
}

/** The name of a variable; an entry without `=` is one. */
function nameOf(entry: string): string {
  const at = entry.indexOf("=");
  return at < 0 ? entry : entry.slice(0, at);
}

/** A text, or all texts of a list as one: their number is hidden too. Nothing is nothing to hide. */
function maskTexts(value: unknown): unknown {
  if (isText(value)) return value === "" ? value : HIDDEN;
  if (
    !Array.isArray(value) ||
    !value.every((entry) => entry === null || isText(entry))
  ) return undefined;
  return value.length === 0 ? value : [HIDDEN];
}

/** The empty value of the same type: what engines write where there is none. */
function empty(value: unknown): unknown {
  if (isText(value)) return "";
  if (typeof value !== "object") return undefined;
  if (Object.keys(value as object).length === 0) return value;
  return Array.isArray(value) ? [] : {};
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
function hideBuildValues(line: string): string {
  const found = SETS.exec(line);
  if (found !== null) {
    const start = /^(?:\/bin\/sh -c #\(nop\) +|RUN )?$/;
    const before = line.slice(0, found.index);
    return start.test(before)
      ? `${before}${found[0].trimEnd()} ${HIDDEN}`
      : HIDDEN;
  }
  return line === "" || HARMLESS.test(line) ? line : HIDDEN;
}

/** Actions whose text after the colon is a state and no command. */
const STATE = /^health_status: (?:starting|healthy|unhealthy|none|running)$/;

/** Whether an event's action is a state of health, whole, which is shown. */
export function isState(action: string): boolean {
  return STATE.test(action);
}

/** An event's action: `exec_create: COMMAND` becomes `exec_create: <hidden>`. */
function hideCommand(action: string): string {
  const colon = action.indexOf(":");
  if (colon < 0 || STATE.test(action)) return action;
  const verb = action.slice(0, colon);
  return /^[a-z_-]{1,32}$/.test(verb) ? `${verb}: ${HIDDEN}` : HIDDEN;
}
