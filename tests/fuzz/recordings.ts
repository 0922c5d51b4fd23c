/**
 * Recordings: none makes the reader throw, what was read is read alike again,
 * and what is proposed from it is a policy file.
 *
 * @module
 */

import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { identityLines } from "../../lib/learn/identity_text.ts";
import { policyText } from "../../lib/learn/policy_text.ts";
import { propose } from "../../lib/learn/propose.ts";
import { readRecording } from "../../lib/learn/read_recording.ts";
import { lineText, type RecordingLine } from "../../lib/learn/recording.ts";
import { createTally } from "../../lib/learn/tally.ts";
import type { Random } from "../support/random.ts";
import { createCounts, type Judge, mutate, type Target } from "./target.ts";

const FOLDER = new URL("../recordings/", import.meta.url).pathname;
/** Lines of one case. */
const MAX_LINES = 12;

/** What stands in place of a value of a line. */
const VALUES: readonly unknown[] = [
  null,
  "",
  0,
  -1,
  1.5,
  1e300,
  [],
  {},
  true,
  "a\nb: c",
  "-",
  "*",
  "\u2028",
  "\ud800",
  "x".repeat(300),
  "2026-11-26T19:59:04Z",
  "system.ping",
  "image.*",
  ["x"],
  "__proto__",
  "default",
  { "__proto__": 1 },
];

/** Texts of recordings, UTF-8. */
export const RECORDINGS: Target = {
  name: "recordings",
  make(random, known) {
    if (known.length > 0 && random.chance(0.1)) {
      return mutate(random, random.pick(known));
    }
    const bytes = new TextEncoder().encode(makeRecording(random));
    return random.chance(0.3) ? mutate(random, bytes) : bytes;
  },
  open(): Promise<Judge> {
    const { counts, count } = createCounts();
    return Promise.resolve({
      counts,
      judge: (cases) =>
        Promise.resolve(cases.map((bytes) => {
          try {
            return problemOf(new TextDecoder().decode(bytes), count);
          } catch (error) {
            return `it throws: ${error instanceof Error ? error.stack : error}`;
          }
        })),
      stop: () => Promise.resolve(),
    });
  },
};

let read: string[] | null = null;

function lines(): string[] {
  read ??= [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort()
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((name) =>
      Deno.readTextFileSync(FOLDER + name).trimEnd().split("\n")
    );
  return read;
}

function makeRecording(random: Random): string {
  const starts = lines().filter((line) => line.startsWith('{"recording"'));
  const start = random.pick(starts);
  const { run } = JSON.parse(start);
  const own = lines().filter((line) => line.includes(run) && line !== start);
  const picked = Array.from(
    { length: 1 + random.below(MAX_LINES) },
    () =>
      random.chance(0.3) ? changed(random, random.pick(own)) : random.pick(own),
  );
  const first = random.chance(0.1) ? changed(random, start) : start;
  return [first, ...picked].join("\n") + (random.chance(0.9) ? "\n" : "");
}

/** A line with another value in one or two places. */
function changed(random: Random, line: string): string {
  const value = JSON.parse(line);
  for (let left = 1 + random.below(2); left > 0; left--) {
    let at = value;
    let key = random.pick(Object.keys(at));
    while (
      random.chance(0.6) && typeof at[key] === "object" && at[key] !== null &&
      Object.keys(at[key]).length > 0
    ) {
      at = at[key];
      key = random.pick(Object.keys(at));
    }
    if (random.chance(0.2)) delete at[key];
    else at[key] = random.pick(VALUES);
    if (Object.keys(value).length === 0) break;
  }
  return JSON.stringify(value);
}

function problemOf(
  text: string,
  count: (what: string) => void,
): string | null {
  const taken: RecordingLine[] = [];
  readRecording("r", text, (line) => taken.push(line));
  const again: RecordingLine[] = [];
  const problems = readRecording(
    "r",
    taken.map(lineText).join(""),
    (line) => again.push(line),
  );
  if (taken.length === 0) return null;
  count("read");
  if (problems.length > 0) return `read again: ${problems[0]!.what}`;
  if (JSON.stringify(again) !== JSON.stringify(taken)) {
    return "it is read otherwise when it is written again";
  }
  const tallying = createTally();
  for (const line of taken) tallying.take(line);
  const tally = tallying.result();
  for (const key of ["name", "project"] as const) {
    const proposal = propose(tally, { by: { key }, accepted: new Set() });
    const proposed = policyText(proposal, identityLines(null, []));
    const policy = readPolicyFile("p.yaml", proposed);
    if ("problems" in policy) return `proposes ${policy.problems[0]}`;
    count("proposed from");
  }
  return null;
}
