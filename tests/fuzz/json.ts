/**
 * JSON bodies: what is taken has the value that Go's decoder finds.
 *
 * @module
 */

import { parseStrictJson } from "../../lib/guard/json.ts";
import type { Random } from "../support/random.ts";
import {
  bytesOf,
  createCounts,
  type Judge,
  mutate,
  type Target,
} from "./target.ts";

/** What Go finds. */
interface Reading {
  readonly value: unknown;
  /** Empty where it is one value. */
  readonly error: string;
}

const SCALARS = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "1e3",
  "1.5E-7",
  "123456789012345678901234567890",
  "1e400",
  '""',
  '"a"',
  '"\\u0041"',
  '"\\ud83d\\ude00"',
  '"\\u2028"',
  '"\xc3\xa9"',
  '"\\/"',
  '"\\u0000"',
];
const ODD = [
  "01",
  "+1",
  "1.",
  ".5",
  "NaN",
  "Infinity",
  "-",
  "nul",
  "True",
  "'a'",
  '"\\x"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\xff"',
  '"\xed\xa0\x80"',
  '"\xc0\x80"',
  '"\t"',
  '"\n"',
  '"\0"',
  '"\x7f"',
  "/**/1",
  "undefined",
];
/** As they are written. V8 takes `b` and `Image`, where they begin with an escape, for the last two. */
const KEYS = [
  "a",
  "A",
  "b",
  "Image",
  "image",
  "__proto__",
  "constructor",
  "",
  "\\\\",
  "\\\\u004",
];
const SPACES = ["", "", "", " ", "\n", "\t\r\n"];
const AROUND = ["\xef\xbb\xbf", "\xc2\xa0", "\x0b", "{}", ",", "}", "//", "\0"];

/** Bodies in JSON. */
export const JSON_BODIES: Target = {
  name: "json",
  make(random, known) {
    if (known.length > 0 && random.chance(0.15)) {
      return mutate(random, random.pick(known));
    }
    const odd = random.chance(0.3);
    let text = makeValue(random, odd, 0);
    if (odd && random.chance(0.2)) text += random.pick(AROUND);
    if (odd && random.chance(0.1)) text = random.pick(AROUND) + text;
    const bytes = bytesOf(text);
    return random.chance(0.15) ? mutate(random, bytes) : bytes;
  },
  open({ go }): Promise<Judge> {
    const { counts, count } = createCounts();
    return Promise.resolve({
      counts,
      async judge(cases) {
        const readings = await go?.ask("json", cases) as Reading[] | undefined;
        return cases.map((bytes, i) => {
          const ours = parseStrictJson(bytes);
          if ("problem" in ours) return null;
          count("taken");
          const theirs = readings?.[i];
          if (theirs === undefined) return null;
          if (theirs.error !== "") return `Go refuses: ${theirs.error}`;
          return textOf(ours.value) === textOf(theirs.value)
            ? null
            : `Go reads ${textOf(theirs.value)}, not ${textOf(ours.value)}`;
        });
      },
      stop: () => Promise.resolve(),
    });
  },
};

function makeValue(random: Random, odd: boolean, depth: number): string {
  const space = () => random.pick(SPACES);
  if (depth > 5 || random.chance(0.3)) {
    return odd && random.chance(0.15) ? random.pick(ODD) : random.pick(SCALARS);
  }
  const inner = Array.from({ length: random.below(4) }, () => {
    const value = makeValue(random, odd, depth + 1);
    return space() + value + space();
  });
  if (random.chance(0.3)) return `[${inner.join(",")}]`;
  const used = new Set<string>();
  const members = inner.flatMap((value) => {
    const key = random.pick(KEYS);
    if (used.has(key) && !odd) return [];
    used.add(key);
    const spelled = random.chance(0.1) && /^\w/.test(key)
      ? `\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}`
      : key;
    return [`${space()}"${spelled}"${space()}:${value}`];
  });
  return `{${members.join(",")}}`;
}

/** A value as text, its keys in order. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (typeof value !== "object" || value === null) {
    return Object.is(value, -0) ? "0" : JSON.stringify(value);
  }
  const pairs = Object.entries(value).map(([key, inner]) =>
    `${JSON.stringify(key)}:${textOf(inner)}`
  );
  return `{${pairs.sort().join()}}`;
}
