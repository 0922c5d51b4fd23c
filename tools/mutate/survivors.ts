/**
 * The list of accepted survivors: mutants that no test can notice, each with
 * the reason why it changes nothing.
 *
 * @module
 */

import { format } from "../format.ts";
import { exists } from "../exists.ts";
import type { Mutant } from "./operators.ts";

/** Where the list stands, relative to the root. */
export const SURVIVORS_PATH = "tests/mutate/survivors.json";

/** One accepted survivor; no line, so that it stays the same when lines move. */
export interface Survivor {
  readonly file: string;
  /** As {@link Mutant.function}. */
  readonly function: string;
  readonly operator: string;
  readonly before: string;
  readonly after: string;
  /** Absent for 1. */
  readonly nth?: number;
  /** Why it changes nothing. Empty until it is known. */
  readonly reason: string;
}

/** What tells a mutant from every other. */
export function keyOf(
  file: string,
  mutant: Pick<Survivor, "function" | "operator" | "before" | "after" | "nth">,
): string {
  const { function: name, operator, before, after, nth = 1 } = mutant;
  return JSON.stringify([file, name, operator, before, after, nth]);
}

/**
 * Reads the list; empty where there is none.
 *
 * @throws Where it is not a JSON array of entries with every field.
 */
export function readSurvivors(root: string): Survivor[] {
  if (!exists(root + SURVIVORS_PATH)) return [];
  const list: unknown = JSON.parse(
    Deno.readTextFileSync(root + SURVIVORS_PATH),
  );
  if (!Array.isArray(list)) {
    throw new Error(`${SURVIVORS_PATH} is not an array`);
  }
  for (const [i, entry] of list.entries()) {
    for (
      const field of [
        "file",
        "function",
        "operator",
        "before",
        "after",
        "reason",
      ]
    ) {
      if (typeof entry?.[field] !== "string") {
        throw new Error(`${SURVIVORS_PATH}: entry ${i} has no '${field}'`);
      }
    }
  }
  return list;
}

/** Writes the list, sorted by file and function. */
export async function writeSurvivors(
  root: string,
  list: readonly Survivor[],
): Promise<void> {
  const sorted = list.toSorted((a, b) =>
    a.file === b.file ? 0 : a.file < b.file ? -1 : 1
  );
  Deno.mkdirSync(`${root}${SURVIVORS_PATH}`.replace(/\/[^/]*$/, ""), {
    recursive: true,
  });
  await Deno.writeTextFile(
    root + SURVIVORS_PATH,
    await format(JSON.stringify(sorted, null, 2), "json"),
  );
}

/** An entry for a mutant, its reason still to be written. */
export function entryOf(file: string, mutant: Mutant): Survivor {
  const { function: name, operator, before, after, nth } = mutant;
  return {
    file,
    function: name,
    operator,
    before,
    after,
    ...(nth > 1 ? { nth } : {}),
    reason: "",
  };
}
