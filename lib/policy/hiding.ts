/**
 * What becomes of a client's grants where something is hidden from it: which
 * answers are rewritten, and which operations are left out since they would
 * show what is hidden, or write over it. Pure.
 *
 * @module
 */

import type { Preset } from "../docker/presets.ts";
import { tellingWords } from "../guard/hide/filters.ts";
import { type AnswerGuard, answerGuard } from "../guard/hide/rewrite.ts";
import { cannotHide, hideRows } from "../guard/hide/rows.ts";
import { judgesTop } from "../guard/hide/top.ts";
import { type Hide, HIDE_WORDS, hidesWord } from "../guard/hide/words.ts";
import type { Rule } from "./rules.ts";

/** An operation that is not granted for what is hidden. */
export interface Unhidable {
  /** The wildcard, preset or switch that grants it. */
  readonly by: string;
  /** Why, as a clause that begins with `its` or `it`, with what to do. */
  readonly why: string;
  /** Whether a rule of `allow` that names it grants it all the same. */
  readonly byName: boolean;
}

/** What becomes of the grants. */
export interface Hiding {
  /** How the answers of granted operations are rewritten; none of those that pass as they come. */
  readonly guards: ReadonlyMap<string, AnswerGuard>;
  /** The operations that are left out. */
  readonly leftOut: ReadonlyMap<string, Unhidable>;
  /** The operations that show what is hidden and are granted all the same, since they are named; with what they show. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  /** The same for those that the presets grant which hide it: such a preset was judged with them. */
  readonly ofPresets: ReadonlyMap<string, readonly string[]>;
}

const NONE: Hiding = {
  guards: new Map(),
  leftOut: new Map(),
  named: new Map(),
  ofPresets: new Map(),
};

/**
 * Operations that programs send what they have read with: the `<hidden>` of an
 * answer would be written over the value.
 */
const WRITES_BACK: ReadonlyMap<string, string> = new Map([
  ["container.create", "container.inspect"],
  ["service.create", "service.inspect"],
  ["service.update", "service.inspect"],
]);

/** Whether an operation is granted, and by which setting. */
interface Granted {
  readonly allowed: boolean;
  readonly by: string;
}

/**
 * What becomes of the grants of a client from which something is hidden.
 *
 * @param hide What is hidden; null for nothing.
 * @param presets Those by which it is hidden; none where the client says it.
 * @param wasGranted Whether an operation was granted until its grant ended: what
 * was read then can still be written back, and the end of one grant must not
 * bring back another that it held off.
 */
export function hidingOf(
  hide: Hide | null,
  verdicts: ReadonlyMap<string, Granted>,
  allow: readonly Rule[],
  presets: readonly Pick<Preset, "operations">[] = [],
  wasGranted: (name: string) => boolean = () => false,
): Hiding {
  if (hide === null) return NONE;
  const guards = new Map<string, AnswerGuard>();
  const leftOut = new Map<string, Unhidable>();
  const named = new Map<string, readonly string[]>();
  const ofPresets = new Map<string, readonly string[]>();
  const known = new Set(presets.flatMap(({ operations }) => operations));
  const isGranted = (name: string) =>
    verdicts.get(name)?.allowed === true || wasGranted(name);
  for (const [name, { allowed, by }] of verdicts) {
    if (!allowed) continue;
    const words = cannotHide(hide, name);
    const writesBack = whyWritesBack(hide, name, isGranted);
    const why = writesBack ??
      (words.length === 0 || known.has(name) || isNamed(allow, name)
        ? null
        : `its answer, or what it makes possible, shows what is hidden (${
          words.join(", ")
        }); name ${name} in allow to grant it all the same`);
    if (why !== null) {
      leftOut.set(name, { by, why, byName: writesBack === null });
      continue;
    }
    if (words.length > 0) {
      (known.has(name) ? ofPresets : named).set(name, words);
    }
    const guard = answerGuard(hide, name);
    if (guard !== null) guards.set(name, guard);
  }
  return { guards, leftOut, named, ofPresets };
}

/** Whether a rule names an operation itself, not by a wildcard or a preset. */
export function isNamed(rules: readonly Rule[], name: string): boolean {
  return rules.some((rule) =>
    rule.kind === "operations" && rule.text.split(":", 1)[0] === name &&
    rule.names.has(name)
  );
}

/**
 * Why an operation destroys data beside what is hidden.
 *
 * @param isGranted Whether the client is granted an operation.
 * @returns A clause with what to do; null where it does not.
 */
export function whyWritesBack(
  hide: Hide,
  name: string,
  isGranted: (name: string) => boolean,
): string | null {
  const read = WRITES_BACK.get(name);
  if (read === undefined || !isGranted(read)) return null;
  if ((answerGuard(hide, read)?.rewrite ?? null) === null) return null;
  return `it destroys data beside ${read} under hide: an updater creates from what it has read, and would write '<hidden>' over the hidden values; hide nothing from this client, or grant ${name} and ${read} to different clients`;
}

/** How much of a request is judged for what is hidden in its answer. */
export function readsOfHide(name: string): "path" | "query" {
  return name === "container.top" || tellingWords(name).length > 0
    ? "query"
    : "path";
}

/** What is hidden in the answers of an operation, one text for each part: equal texts hide the same. */
export function hiddenParts(hide: Hide, name: string): string[] {
  const row = hideRows().get(name);
  if (row === undefined) return [];
  const words = HIDE_WORDS.filter((word) =>
    row.kind === "top"
      ? judgesTop(hide) && (word === "env" || word === "args")
      : row.errors.includes(word) || tellingWords(name).includes(word) ||
        row.places.some((place) => place.words.includes(word))
  ).filter((word) => hidesWord(hide, word));
  const fields = hide.fields?.get(name);
  return [
    ...words.map((word) =>
      word === "env"
        ? `env ${JSON.stringify([hide.env, hide.envExcept])}`
        : word
    ),
    ...fields === undefined ? [] : [`fields ${[...fields].sort().join(" ")}`],
  ];
}

/** What is hidden, in words. */
export function describeHide(hide: Hide): string {
  const { env, envExcept, fields } = hide;
  return [
    ...HIDE_WORDS.filter((word) => hidesWord(hide, word)).map((word) =>
      word !== "env"
        ? word
        : `env${typeof env === "string" ? "" : ` (${env.join(", ")})`}${
          envExcept.length === 0 ? "" : ` except ${envExcept.join(", ")}`
        }`
    ),
    ...fields === null
      ? []
      : [`all but the listed fields of ${[...fields.keys()].join(", ")}`],
  ].join(", ");
}
