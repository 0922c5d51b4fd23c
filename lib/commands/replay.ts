/**
 * `sockwarden replay RECORDING…`: which recorded calls a policy would refuse.
 *
 * @module
 */

import { readFlags } from "../config/flags.ts";
import { printStderr, printStdout, wallClock } from "../host.ts";
import { doubtsOf } from "../learn/doubts.ts";
import { clientOf, type Replay, replay as replayAll } from "../learn/replay.ts";
import type { Verdict } from "../learn/verdict.ts";
import { groupBy, whyOf } from "../learn/why.ts";
import { count, whyTextOf } from "../learn/why_text.ts";
import { commentText } from "../learn/yaml_text.ts";
import { ruleOf } from "../learn/rule_of.ts";
import { compile, type Policy } from "../policy/compile.ts";
import { configure, printProblems } from "./configure.ts";
import { ownArguments } from "./own_flags.ts";
import { readRecordings } from "./recordings.ts";

/**
 * Replays recordings under the present settings.
 *
 * @returns 0 if no call that was served would be refused, 1 if one would be, 2
 * if the call or a setting is wrong, or something could not be read.
 */
export async function replay(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, ownArguments("replay"));
  if (flags.words.length === 0) {
    if (flags.problems.length > 0) printProblems(flags.problems);
    else {
      printStderr(
        "sockwarden: expected recordings: sockwarden replay RECORDING… --config NEW\n",
      );
    }
    return 2;
  }
  const config = await configure(flags);
  if (config === null) return 2;
  const policy = compile(config.grants, config.policyFile, wallClock());
  const { tally, incomplete } = readRecordings(flags.words);
  const replayed = replayAll(policy, tally);
  const served = replayed.filter(({ call }) => call.outcome === "served");
  const others = replayed.filter(({ call }) => call.outcome !== "served");
  const whyText = whyTextOf({ runs: tally.runs.length });
  const lines = (of: readonly Replay[], kind: Verdict["kind"], word: string) =>
    linesOf(policy, of, kind, word, whyText);
  const refused = lines(served, "refused", "would be refused");
  printStdout(
    [
      ...doubtsOf(tally).map((text) => `# ${commentText(text)}`),
      ...refused,
      ...lines(served, "undecided", "cannot be decided"),
      ...lines(others, "refused", "would be refused, and did not succeed then"),
      summary(served, tally.runs.length),
    ].map((line) => `${line}\n`).join(""),
  );
  return incomplete ? 2 : refused.length > 0 ? 1 : 0;
}

/** One line for each client, rule and reason. */
function linesOf(
  policy: Policy,
  replayed: readonly Replay[],
  kind: Verdict["kind"],
  word: string,
  whyText: ReturnType<typeof whyTextOf>,
): string[] {
  const of = replayed.filter(({ verdict }) => verdict.kind === kind);
  const groups = groupBy(
    of,
    ({ call, verdict }) =>
      JSON.stringify([clientOf(policy, call), ruleOf(call), verdict]),
  );
  return [...groups.values()].map((group) => {
    const { call, verdict } = group[0]!;
    const by = verdict.kind === "refused" && verdict.by !== ""
      ? ` by ${verdict.by}`
      : "";
    const why = verdict.kind === "allowed" ? "" : ` (${verdict.why})`;
    return commentText(
      `${clientOf(policy, call) ?? "default"}: ${ruleOf(call)} ${word}${by}`,
    ) +
      `${commentText(why)}: ${
        commentText(whyText(whyOf(group.map(({ call }) => call))))
      }`;
  });
}

function summary(served: readonly Replay[], runs: number): string {
  const calls = (kind: Verdict["kind"] | null) =>
    served.filter(({ verdict }) => kind === null || verdict.kind === kind)
      .reduce((sum, { call }) => sum + call.n, 0);
  return `${calls("refused")} of ${
    count(calls(null), "call")
  } that succeeded in ${count(runs, "run")} would be refused, ${
    calls("undecided")
  } cannot be decided.`;
}
