/**
 * What was learned from all runs of a real program but one, held against the
 * run that was left out: another state of the engine, and partly another engine.
 */

import { assert, assertEquals } from "@std/assert";
import { propose } from "../../lib/learn/propose.ts";
import type { By } from "../../lib/learn/proposal.ts";
import { grantsOf } from "../../lib/learn/proposed_rights.ts";
import { type Replay, replay } from "../../lib/learn/replay.ts";
import { createTally, type Tally } from "../../lib/learn/tally.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import { learnedRuns, type Runs } from "../support/program_recordings.ts";

const NAME: By = { key: "name" };
/** By what the scopes of a program go that gives new names in each run. */
const KEYS: Readonly<Record<string, By>> = {
  "learn-docker-compose-1.29.2": { key: "project" },
  "learn-testcontainers-java-2.0.2": { key: "label", label: null },
  "learn-testcontainers-node-11.14.0": { key: "label", label: null },
};
const RECORDINGS = [...learnedRuns()].filter(([, runs]) => runs.size > 1);

/** The kinds of call in these runs. */
function tallyOf(runs: Runs, of: (run: string) => boolean): Tally {
  const tally = createTally();
  for (const [run, lines] of runs) {
    if (of(run)) { for (const line of lines) tally.take(line); }
  }
  return tally.result();
}

/** The policy that a tally proposes; what is grave is accepted by name, as its comments say how to. */
function learned(tally: Tally, by: By): Policy {
  const grave = propose(tally, { by, accepted: new Set() }).rest.aside
    .filter(({ reason }) => reason === "risk").map(({ rule }) => rule);
  const { rest } = propose(tally, { by, accepted: new Set(grave) });
  return compile(
    grantsOf(rest.allow.map(({ rule }) => rule), rest.scopes, rest.guard),
  );
}

function operationsOf({ kinds }: Tally, outcome: "served" | "failed") {
  return new Set(
    kinds.filter((kind) => kind.outcome === outcome)
      .map(({ operation }) => operation),
  );
}

function sayings(replays: readonly Replay[]): string[] {
  return replays.map(({ call, verdict }) =>
    `${call.operation} ${call.status} ${verdict.kind} ${
      "why" in verdict ? verdict.why : ""
    }`
  );
}

Deno.test("at least three programs were recorded three times", () => {
  assert(RECORDINGS.filter(([, runs]) => runs.size >= 3).length >= 3);
  const names = RECORDINGS.map(([name]) => name);
  for (const name of Object.keys(KEYS)) {
    assert(names.includes(name), name);
  }
});

for (const [name, runs] of RECORDINGS) {
  const by = KEYS[name] ?? NAME;

  Deno.test(`${name}: learned from all runs but one, the one that is left passes, and no operation more is granted`, () => {
    const all = operationsOf(tallyOf(runs, () => true), "served");
    for (const left of runs.keys()) {
      const policy = learned(tallyOf(runs, (run) => run !== left), by);
      const again = replay(policy, tallyOf(runs, (run) => run === left));
      assertEquals(
        sayings(
          again.filter(({ call, verdict }) =>
            call.outcome === "served" && verdict.kind !== "allowed"
          ),
        ),
        [],
      );
      const granted = [...policy.rest.verdicts.values()]
        .filter(({ allowed }) => allowed)
        .map(({ operation }) => operation.name);
      assertEquals(new Set(granted), all);
    }
  });
}

for (const [name, by] of Object.entries(KEYS)) {
  Deno.test(`${name}: a scope on its containers by ${by.key} covers the names of a run that was not seen`, () => {
    const runs = new Map(RECORDINGS).get(name)!;
    const { rest: { scope } } = learned(tallyOf(runs, () => true), by);
    const containers = scope?.containers ?? null;
    assert(containers !== null && containers !== "any");
  });
}
