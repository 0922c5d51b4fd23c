/**
 * What a client's guard says of a request and its body, for `explain`: judged as
 * the gate judges it. The engine is asked only about objects that the request
 * names.
 *
 * @module
 */

import { decodeLatin1 } from "../host.ts";
import { addLabels, type Labelled } from "../guard/add_labels.ts";
import { guardWay } from "../guard/judge/rows.ts";
import {
  type Contents,
  endContents,
  openContents,
  takeContents,
} from "../guard/judge/contents.ts";
import { judgeGuard, readGuarded } from "../guard/judge/guard.ts";
import type { Findings, GuardRules } from "../guard/rules.ts";
import { inspectContainer } from "../identity/engine_queries.ts";
import { createObjectQueries } from "../identity/object_queries.ts";
import type { EngineAddress } from "../net/address.ts";
import type { Rights } from "../policy/compile.ts";
import type { Decision } from "../policy/decide.ts";
import { isJudgedBy } from "../policy/guarded.ts";
import { guardFacts } from "../proxy/guard_gate.ts";

/** What the guard says. */
export interface GuardVerdict {
  /** In words, one line for each finding. */
  readonly lines: readonly string[];
  readonly refused: boolean;
}

const NOTHING: GuardVerdict = { lines: [], refused: false };
const NO_BYTES = new Uint8Array(0);

/**
 * Judges a request, with the labels that the guard adds.
 *
 * @param method The request's, such as `POST`.
 * @param body Its body; null where none was given.
 */
export async function guardVerdict(
  engine: EngineAddress,
  { guard }: Rights,
  method: string,
  { outcome, match, operation }: Decision,
  body: Uint8Array | null,
): Promise<GuardVerdict> {
  if (
    guard === null || outcome === "refused" || operation === null ||
    match.kind !== "operation"
  ) return NOTHING;
  const { reads } = guardWay(operation.name);
  if (reads === null || !isJudgedBy(guard, operation.name)) {
    return said("it has nothing that is judged", false);
  }
  if (reads === "body" && body === null) {
    return said("depends on the body: give it with --body=FILE", false);
  }
  const given = { match, body: body ?? NO_BYTES };
  const request = readLabelled(guard, method, given);
  if ("problem" in request) return said(`refused: ${request.problem}`, true);
  const objects = createObjectQueries(engine, {
    container: (reference) => inspectContainer(engine, reference),
  });
  const facts = await guardFacts(objects, request);
  if ("problem" in facts) {
    return facts.unsure
      ? said(`depends on the engine: ${facts.problem}`, false)
      : said(`refused: ${facts.problem}`, true);
  }
  const contents = openContents(guard, request);
  const context = body === null || isText(body) ? body : null;
  const { refused, warned } = addContents(
    judgeGuard(guard, request, facts),
    contents,
    context,
  );
  const lines = [
    ...refused.map(({ path, what, remedy }) =>
      `refused: ${path} ${what}; to allow it: ${remedy}`
    ),
    ...warned.map(({ path, what, knob }) =>
      `warning: ${path} ${what} (${knob}: warn)`
    ),
  ];
  if (contents !== null && context === null) {
    lines.push(
      "depends on the Dockerfile: give a tar of it alone with --body=FILE",
    );
  }
  return lines.length === 0
    ? said(`keeps to the guard '${guard.level}' (${guard.setting})`, false)
    : { lines, refused: refused.length > 0 };
}

/** Reads a request with the labels that the guard adds. */
function readLabelled(
  guard: GuardRules,
  method: string,
  given: Labelled,
): ReturnType<typeof readGuarded> {
  const labelled = addLabels(guard, method, given);
  const { operation, parameters, target } = labelled.match ?? given.match;
  return readGuarded(
    operation.name,
    parameters,
    target.query,
    target.version,
    labelled.body ?? given.body,
  );
}

/** Whether a file was read as it is: bytes that are no UTF-8 came as another character. */
function isText(bytes: Uint8Array): boolean {
  return !decodeLatin1(bytes).includes("\xef\xbf\xbd");
}

/** Adds what is found in the context of a build, if it is given. */
function addContents(
  { refused, warned }: Findings,
  contents: Contents | null,
  body: Uint8Array | null,
): Findings {
  if (contents === null || body === null) return { refused, warned };
  const found = [takeContents(contents, body), endContents(contents)]
    .filter((one): one is Findings => typeof one === "object");
  return {
    refused: [...refused, ...found.flatMap((one) => one.refused)],
    warned: [...warned, ...found.flatMap((one) => one.warned)],
  };
}

function said(line: string, refused: boolean): GuardVerdict {
  return { lines: [line], refused };
}
