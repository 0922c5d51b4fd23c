/**
 * From a tally to a proposal: per client the operations that were served, the
 * narrowest scope and the narrowest guard under which they pass. What gives the
 * host, code on it or another client's rights is set aside, unless a guard of
 * the proposal keeps it off the host, or the user accepts it by name. Pure.
 *
 * @module
 */

import { CLIENT_NAME, RESERVED_NAME } from "../config/policy_format.ts";
import { setAsideOf } from "./aside.ts";
import { secondsOf, spansOf } from "./coverage.ts";
import type { By, Proposal, ProposedClient } from "./proposal.ts";
import { proposeScopes } from "./propose_scope.ts";
import { rightsOfProposal } from "./proposed_rights.ts";
import { notesOf } from "./risks.ts";
import { isPath, ruleOf } from "./rule_of.ts";
import { settle } from "./settle.ts";
import { compare, type Kind, type Tally } from "./tally.ts";
import { doubtsOf, roundsOf } from "./doubts.ts";
import { groupBy, whyOf } from "./why.ts";

/** What the user chose. */
export interface Choices {
  readonly by: By;
  /** Rules that are proposed although they are grave: names of operations, `GET /path`. */
  readonly accepted: ReadonlySet<string>;
}

/** Proposes what each client of a tally needs. */
export function propose(tally: Tally, choices: Choices): Proposal {
  const spans = spansOf(tally.runs);
  const clients = [
    ...groupBy(tally.kinds, ({ client }) => nameOf(client) ?? "").entries(),
  ].sort(([a], [b]) => compare(a, b));
  const named = clients.filter(([name]) =>
    name === "" || CLIENT_NAME.test(name)
  );
  const proposed = named.map(([name, kinds]) =>
    proposeClient(name === "" ? null : name, kinds, tally, choices)
  );
  const unnamed = clients.filter((client) => !named.includes(client))
    .map(([name]) => name);
  return {
    by: choices.by,
    clients: proposed.filter(({ name }) => name !== null),
    rest: proposed.find(({ name }) => name === null) ?? NOBODY,
    runs: tally.runs.length,
    calls: tally.kinds.reduce((sum, { n }) => sum + n, 0),
    from: spans[0]?.from ?? "",
    to: spans.at(-1)?.to ?? "",
    seconds: secondsOf(spans),
    says: [
      ...roundsOf(tally),
      ...doubtsOf(tally),
      ...(unnamed.length === 0 ? [] : [
        `${unnamed.length} clients are left out, whose names no policy file can have: ${
          unnamed.slice(0, 3).map((name) => `'${name}'`).join(", ")
        }`,
      ]),
    ],
  };
}

const NOBODY: ProposedClient = {
  name: null,
  allow: [],
  aside: [],
  scopes: [],
  guard: null,
  says: [],
  agents: [],
};

/** The client's name in the policy file; null for those that are not in it. */
function nameOf(client: string): string | null {
  return client === "" || client === RESERVED_NAME ? null : client;
}

function proposeClient(
  name: string | null,
  kinds: readonly Kind[],
  tally: Tally,
  { by, accepted }: Choices,
): ProposedClient {
  const served = groupBy(
    kinds.filter(({ outcome }) => outcome === "served"),
    ruleOf,
  );
  const { rules, guard, risks, kept } = settle(served, accepted);
  const calls = rules.flatMap((rule) => served.get(rule)!);
  const scopes = proposeScopes(
    by,
    calls.filter(({ operation }) => operation !== "-"),
    rules.filter(isPath),
  );
  const notes = notesOf(rightsOfProposal(rules, scopes, guard));
  const noteOf = (rule: string) => {
    const accepted = risks.get(rule);
    if (accepted !== undefined) return `accepted: ${accepted}`;
    const held = kept.get(rule);
    return held !== undefined
      ? `only what keeps to the guard below; without it a client ${held}`
      : notes.get(rule) ?? "";
  };
  return {
    name,
    allow: rules.map((rule) => ({
      rule,
      why: whyOf(served.get(rule)!),
      note: noteOf(rule),
    })),
    aside: setAsideOf(kinds, served, new Set(rules), risks),
    scopes,
    guard,
    says: [],
    agents: [
      ...new Set(
        [...tally.agents].flatMap(([client, agents]) =>
          nameOf(client) === name ? agents : []
        ),
      ),
    ].sort(compare),
  };
}
