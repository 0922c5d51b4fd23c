/**
 * Calls the YAML parser and turns its errors into messages of one line, each
 * with the right place and with what to do.
 *
 * @module
 */

import { parse, YamlSyntaxError } from "@std/yaml";
import { mark, type Marked, offsetOf, unmark } from "./marks.ts";

/** A problem with a text, and where it is. */
export interface Problem {
  readonly offset: number;
  readonly problem: string;
}

/** The parts of the parser's errors and warnings that are used here. */
interface Complaint {
  readonly message: string;
  readonly offset: number;
}

/** What to do about the parser's errors: the first whose pattern matches. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/alias/, "put a value that begins with * in quotes"],
  [/explicit mapping pair/, "put a value that holds ': ' in quotes"],
  [
    /indentation|missing colon|multiline key/,
    "write 'key: value', indented as the keys beside it",
  ],
  [/within a (?:single|double) quoted/, "close the quotes"],
  [/within a flow collection/, "close the bracket"],
  [
    /missing comma/,
    "put a comma between the entries, and close every bracket",
  ],
  [/escape|hexadecimal/, "write \\\\ for a backslash, or use single quotes"],
  [
    /document separator is expected/,
    "put a value that begins with @, % or ` in quotes",
  ],
  [/more than 1 document/, "keep one, and remove the line ---"],
  [/tag|directive/, "write the value without it"],
];

/**
 * Parses a text with YAML's core schema.
 *
 * @param text Without a byte order mark.
 * @returns Its value, or the first problem with what to do about it.
 */
export function parseYaml(text: string): { readonly value: unknown } | Problem {
  const warnings: Complaint[] = [];
  try {
    const value = parse(text, {
      schema: "core",
      // Many files have a closing bracket left of its key; the meaning is clear.
      onWarning: (warning: Complaint) => {
        if (!/deficient indentation/.test(warning.message)) {
          warnings.push(warning);
        }
      },
    });
    return warnings.length === 0 ? { value } : problemOf(warnings[0]!);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) {
      return {
        offset: 0,
        problem:
          "the file is nested too deeply: a policy file needs about five levels",
      };
    }
    const complaint = error as Complaint;
    return /duplicated key/.test(complaint.message)
      ? findDuplicate(text, complaint) ?? problemOf(complaint)
      : problemOf(complaint);
  }
}

/** The parser's message without the place in it, which may be another line. */
function problemOf({ message, offset }: Complaint): Problem {
  const plain = message
    .replace(/ at line -?[0-9]+, column -?[0-9]+(?::\n[\s\S]*)?$/, "")
    .replace(/^Cannot [^:]*: /, "");
  const remedy = REMEDIES.find(([pattern]) => pattern.test(message));
  return {
    offset,
    problem: plain[0]!.toLowerCase() + plain.slice(1) +
      (remedy === undefined ? "" : `; ${remedy[1]}`),
  };
}

/** The key that is given twice: the last such before the parser stopped. */
function findDuplicate(text: string, complaint: Complaint): Problem | null {
  const marked = mark(text);
  const seen = new Set<unknown>();
  const waiting: unknown[] = [parseMarked(marked)];
  let found: Problem | null = null;
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) {
      continue;
    }
    seen.add(value);
    for (const child of Object.values(value)) waiting.push(child);
    if (Array.isArray(value)) continue;
    const first = new Map<string, number>();
    for (const key of Object.keys(value)) {
      const offset = offsetOf(marked, key);
      const plain = unmark(key);
      const before = first.get(plain);
      if (offset === null) continue;
      if (before === undefined) first.set(plain, offset);
      else if (
        offset <= complaint.offset && (found === null || offset > found.offset)
      ) {
        found = {
          offset,
          problem: `the key '${plain}' is given twice: keep one of them`,
        };
      }
    }
  }
  return found;
}

/** The value of a marked text; undefined if a mark has broken it. Duplicate keys are accepted. */
export function parseMarked(marked: Marked): unknown {
  try {
    return parse(marked.text, { schema: "core", allowDuplicateKeys: true });
  } catch {
    // No place is known then, and the start of the file is used.
    return undefined;
  }
}
