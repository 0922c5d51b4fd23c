/**
 * Runs targets: makes cases, has them judged, and makes those smaller in which
 * something is wrong.
 *
 * @module
 */

import { randomFrom } from "../support/random.ts";
import { startOracles } from "./oracle.ts";
import type { Judge, Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** Cases that are judged at a time. */
const BATCH = 200;
/** Cases that are tried to make one smaller. */
const MAX_TRIES = 400;

/** The folder of the cases that were found once. */
export const CORPUS = new URL("../corpus/", import.meta.url).pathname;

/** A case in which something is wrong. */
export interface Finding {
  readonly target: string;
  readonly bytes: Uint8Array;
  readonly problem: string;
}

/** What one run came to. */
export interface Outcome {
  /** Cases by target. */
  readonly cases: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
  /** What was counted, in words, by target. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** The cases of the corpus of a target, by the name of their files. */
export function corpusOf(name: string): Map<string, Uint8Array> {
  const cases = new Map<string, Uint8Array>();
  try {
    for (const { name: file } of Deno.readDirSync(`${CORPUS}${name}`)) {
      cases.set(file, Deno.readFileSync(`${CORPUS}${name}/${file}`));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return cases;
}

/**
 * Fuzzes.
 *
 * @param names Which targets; all where it is empty.
 * @param more Whether another batch is to be made, after that many of each.
 * @param found Is told of each finding at once; a target with one ends.
 */
export async function fuzz(
  seed: number,
  names: readonly string[],
  more: (batches: number) => boolean,
  found: (finding: Finding) => void = () => {},
): Promise<Outcome> {
  const oracles = await startOracles();
  const cases = new Map<string, number>();
  const counts = new Map<string, ReadonlyMap<string, number>>();
  const findings: Finding[] = [];
  try {
    for (let batch = 0; more(batch); batch++) {
      for (const [place, target] of chosen(names).entries()) {
        if (findings.some((one) => one.target === target.name)) continue;
        const judge = await target.open(oracles);
        try {
          const random = randomFrom(seed + batch * 1_000_003 + place * 7919);
          const finding = await runBatch(target, judge, random);
          addCounts(counts, target.name, judge.counts);
          cases.set(target.name, (cases.get(target.name) ?? 0) + BATCH);
          if (finding === null) continue;
          findings.push(finding);
          found(finding);
        } finally {
          await judge.stop();
        }
      }
    }
  } finally {
    await oracles.stop();
  }
  return { cases, findings, counts };
}

/** Adds what one batch has counted. */
function addCounts(
  all: Map<string, ReadonlyMap<string, number>>,
  name: string,
  more: ReadonlyMap<string, number>,
): void {
  const sums = new Map(all.get(name) ?? []);
  for (const [what, number] of more) {
    sums.set(what, (sums.get(what) ?? 0) + number);
  }
  all.set(name, sums);
}

function chosen(names: readonly string[]): readonly Target[] {
  return names.length === 0
    ? TARGETS
    : TARGETS.filter(({ name }) => names.includes(name));
}

async function runBatch(
  target: Target,
  judge: Judge,
  random: ReturnType<typeof randomFrom>,
): Promise<Finding | null> {
  const known = [...corpusOf(target.name).values()];
  const batch = Array.from({ length: BATCH }, () => target.make(random, known));
  const problems = await judge.judge(batch);
  const at = problems.findIndex((problem) => problem !== null);
  if (at < 0) return null;
  return await smaller(target, judge, {
    target: target.name,
    bytes: batch[at]!,
    problem: problems[at]!,
  });
}

/** Takes out what is not needed for something to be wrong. */
async function smaller(
  target: Target,
  judge: Judge,
  finding: Finding,
): Promise<Finding> {
  let best = finding;
  let tries = 0;
  for (let size = best.bytes.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < best.bytes.length && tries < MAX_TRIES; tries++) {
      const bytes = new Uint8Array([
        ...best.bytes.subarray(0, at),
        ...best.bytes.subarray(at + size),
      ]);
      const [problem] = await judge.judge([bytes]);
      if (problem === null || problem === undefined) at += size;
      else best = { target: target.name, bytes, problem };
    }
  }
  return best;
}
