/**
 * What makes recordings less than the whole truth, in words. Pure.
 *
 * @module
 */

import type { Run, Tally } from "./tally.ts";

/** How many rounds of refusals it took, where the grants were enforced. */
export function roundsOf({ runs, kinds }: Tally): string[] {
  const rounds = runs.filter(({ start }) =>
    start !== null && start.mode === "grants" && start.log !== true
  );
  const last = rounds.at(-1);
  if (last === undefined) return [];
  const refused = kinds.filter(({ outcome, runs }) =>
    outcome === "refused" && runs.includes(last.run)
  );
  const count = `${rounds.length} ${
    rounds.length === 1 ? "round" : "rounds"
  } with the grants enforced`;
  return [
    refused.length === 0
      ? `${count}: nothing was refused in the last one`
      : `${count}: a program often stops at its first refusal, so what it would have asked next is not known; grant what is needed of the refused calls, and record another round`,
  ];
}

/** Lost calls, killed runs and missing lines. */
export function doubtsOf({ runs, leftOut }: Tally): string[] {
  const told = (
    of: (run: Run) => boolean,
    text: (count: string) => string,
  ) => {
    const count = runs.filter(of).length;
    return count === 0 ? [] : [text(`${count} of ${runs.length} runs`)];
  };
  const dropped = runs.reduce((sum, one) => sum + one.dropped, 0);
  const why = [...new Set(runs.flatMap((run) => run.why))].slice(0, 3);
  return [
    ...(dropped === 0 ? [] : [
      `${dropped} calls could not be recorded${
        why.length === 0 ? "" : ` (${why.join("; ")})`
      }: what they needed is not here`,
    ]),
    ...told(
      ({ start, ended }) =>
        start !== null && ended === null && start.log !== true,
      (count) =>
        `${count} ended without an end in the recording (the program was killed, or still runs): calls of the last second may be missing`,
    ),
    ...told(
      ({ start }) => start === null,
      (count) =>
        `the beginning of ${count} is missing: give the file that has it too`,
    ),
    ...told(
      ({ missing }) => missing > 0,
      (count) => `lines of ${count} are missing`,
    ),
    ...(leftOut === 0 ? [] : [
      `${leftOut} lines were left out: there are too many kinds of call or runs`,
    ]),
  ];
}
