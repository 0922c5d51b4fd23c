/**
 * `sockwarden unused`: rights that recordings do not need.
 *
 * @module
 */

import { type Flags, readFlags } from "../config/flags.ts";
import { printStderr, printStdout, wallClock } from "../host.ts";
import {
  durationText,
  secondsOf,
  since,
  type Span,
  spansOf,
} from "../learn/coverage.ts";
import type { Tally } from "../learn/tally.ts";
import { doubtsOf } from "../learn/doubts.ts";
import { stamp } from "../learn/recording.ts";
import { findUnused, type UnusedOfClient } from "../learn/unused.ts";
import type { Unused } from "../learn/unused_part.ts";
import { count } from "../learn/why_text.ts";
import { commentText } from "../learn/yaml_text.ts";
import { compile } from "../policy/compile.ts";
import { configure, printProblems } from "./configure.ts";
import { ALL_OTHERS } from "./differences.ts";
import { ownArguments } from "./own_flags.ts";
import { readRecordings } from "./recordings.ts";

/** The part of the time asked that may be missing, for restarts between runs. */
const MAX_GAP = 0.01;

/**
 * Lists what the present settings grant and recordings do not need.
 *
 * @returns 0 if everything was used, 1 if something was not, 2 if the call or a
 * setting is wrong, something could not be read or was not recorded, or the
 * recordings do not cover the time asked.
 */
export async function unused(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, ownArguments("unused"));
  const asked = readSince(flags);
  if (asked === null) return 2;
  const config = await configure(flags);
  if (config === null) return 2;
  const { tally, incomplete } = readRecordings(flags.words);
  const covered = coverageOf(tally, asked);
  const doubts = doubtsOf(tally).map((text) => `# ${commentText(text)}`);
  if (covered.missing !== null) {
    printStderr(`sockwarden: ${covered.missing}\n`);
    return 2;
  }
  const found = findUnused(
    compile(config.grants, config.policyFile, wallClock()),
    tally,
    covered.from,
  );
  const isUnused = found.some(({ unused }) => unused.length > 0);
  printStdout(
    [
      `# Recorded: ${covered.text}.`,
      ...doubts,
      ...found.flatMap(clientLines),
      ...(isUnused ? [] : ["Everything that is granted was used."]),
    ].map((line) => `${line}\n`).join(""),
  );
  const lost = tally.runs.reduce((sum, { dropped }) => sum + dropped, 0);
  if (lost > 0) {
    printStderr(
      `sockwarden: ${
        count(lost, "call")
      } could not be recorded: what is listed may have been used by them; record once more, or remove nothing on the word of these recordings\n`,
    );
  }
  return incomplete || lost > 0 ? 2 : isUnused ? 1 : 0;
}

/** The time asked, in seconds; null where the call is wrong, which is printed. */
function readSince({ words, values, problems }: Flags): number | null {
  const [text] = values.get("since") ?? [];
  if (problems.length > 0) printProblems(problems);
  else if (words.length === 0 || text === undefined) {
    printStderr(
      "sockwarden: expected a time and recordings: sockwarden unused --since 30d RECORDING… --config POLICY\n",
    );
  } else {
    const [, number, unit] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? [];
    if (number !== undefined) return Number(number) * SECONDS[unit!]!;
    printStderr(
      `sockwarden: --since=${text}: expected a number with s, m, h or d, such as 30d\n`,
    );
  }
  return null;
}

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86400,
};

/** The time that is looked at, up to the newest moment that was recorded. */
function coverageOf(
  { runs }: Tally,
  asked: number,
): {
  readonly from: string;
  readonly text: string;
  readonly missing: string | null;
} {
  const spans = spansOf(runs);
  const end = spans.at(-1)?.to ?? "";
  if (end === "") {
    return {
      from: "",
      text: "",
      missing: `--since asks for ${
        durationText(asked)
      }, and the recordings cover no time`,
    };
  }
  const from = stamp(Date.parse(end) - asked * 1000);
  const within = since(spans, from);
  const text = spansText(within);
  return {
    from,
    text,
    missing: secondsOf(within) >= asked * (1 - MAX_GAP)
      ? null
      : `--since asks for ${
        durationText(asked)
      }, and the recordings cover ${text}`,
  };
}

function spansText(spans: readonly Span[]): string {
  const day = (time: string) => `${time.slice(0, 10)} ${time.slice(11, 16)}`;
  return `${durationText(secondsOf(spans))} from ${day(spans[0]!.from)} to ${
    day(spans.at(-1)!.to)
  } UTC${spans.length === 1 ? "" : `, with ${count(spans.length - 1, "gap")}`}`;
}

/** The policy without what was not used, as lines of a diff. */
function clientLines(
  { client, source, unused, says }: UnusedOfClient,
): string[] {
  const name = client ?? ALL_OTHERS;
  return [
    `${name}${source === "" ? "" : ` (${source})`}:`,
    ...unused.flatMap(partLines),
    ...says.map((text) => `# ${commentText(text)}`),
  ];
}

function partLines({ remove, keep, setting, last, note }: Unused): string[] {
  const where = setting === remove ? "" : `${setting}; `;
  const when = last === "" ? "never used" : `last used ${last.slice(0, 10)}`;
  return [
    `- ${remove} # ${where}${when}${note === "" ? "" : `; ${note}`}`,
    ...(keep === "" ? [] : [`+ ${keep}`]),
  ];
}
