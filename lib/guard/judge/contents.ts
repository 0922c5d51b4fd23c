/**
 * Judges the context of a build as it passes: its Dockerfile, before the engine
 * has the end of the tar, without which no builder begins. Sans-IO.
 *
 * @module
 */

import {
  type BuildContext,
  endContext,
  feedContext,
  MAX_SEARCH_BYTES,
  openContext,
  type Search,
} from "../build_context.ts";
import { feedTar } from "../tar.ts";
import type { Collector, Findings, GuardRules } from "../rules.ts";
import { askingKnobs, cannotJudge } from "./asking.ts";
import { readContextQuery } from "./builds.ts";
import { judgeDockerfile } from "./dockerfile.ts";
import type { GuardedRequest } from "./request.ts";

/** The most bytes that are kept of one context. */
export const CONTENTS_BYTES = MAX_SEARCH_BYTES;

/** A context that is being judged. Made by {@link openContents}. */
export interface Contents {
  readonly rules: GuardRules;
  readonly request: GuardedRequest;
  readonly knobs: readonly string[];
  readonly args: ReadonlyMap<string, string>;
  /** Null where the query says already that it cannot be judged. */
  readonly context: BuildContext | null;
  /** Its path and what is wrong with it, where there is no context. */
  readonly problem: readonly [path: string, what: string] | null;
  /** Whether it was found to keep to the guard. */
  judged: boolean;
}

/**
 * What becomes of the bytes that have come:
 * - `hold`: none may be sent yet, as they may be no plain tar;
 * - `pass`: they may be sent;
 * - findings: where some are refused, none may be sent, and no later one; or
 *   else all of the body may.
 */
export type Verdict = "hold" | "pass" | Findings;

/**
 * Starts to judge a request's body.
 *
 * @returns null where no knob asks what is in it.
 */
export function openContents(
  rules: GuardRules,
  request: GuardedRequest,
): Contents | null {
  const knobs = askingKnobs(rules);
  if (request.operation !== "image.build" || knobs.length === 0) return null;
  const query = readContextQuery(request.query);
  if (query === null) return null;
  const base = { rules, request, knobs, judged: false };
  if ("problem" in query) {
    const { path, problem } = query;
    return {
      ...base,
      args: new Map(),
      context: null,
      problem: [path, problem],
    };
  }
  const { args } = query;
  const context = openContext(query.dockerfile);
  return "problem" in context
    ? { ...base, args, context: null, problem: ["dockerfile", context.problem] }
    : { ...base, args, context, problem: null };
}

/** Takes the next bytes of the body. */
export function takeContents(contents: Contents, bytes: Uint8Array): Verdict {
  const { context, judged } = contents;
  if (context === null) return unreadable(contents);
  if (!judged) return verdictOf(contents, feedContext(context, bytes));
  // A tar ends with two blocks of zeros: after the first one nothing else may come.
  feedTar(context.tar, bytes);
  return context.tar.problem === null
    ? "pass"
    : refusal(contents, CONTEXT, context.tar.problem);
}

/** Takes the end of the body. */
export function endContents(contents: Contents): Verdict {
  const { context, judged } = contents;
  if (context === null) return unreadable(contents);
  return judged ? "pass" : verdictOf(contents, endContext(context));
}

const CONTEXT = "the context";

function unreadable(contents: Contents): Verdict {
  if (contents.judged) return "pass";
  contents.judged = true;
  return refusal(contents, ...contents.problem!);
}

function verdictOf(contents: Contents, search: Search): Verdict {
  if (search.kind === "going on") {
    return contents.context!.tar.begun ? "pass" : "hold";
  }
  contents.judged = true;
  if (search.kind === "refused") {
    return refusal(contents, CONTEXT, search.problem);
  }
  const { knobs, args } = contents;
  const collector = collectorOf(contents);
  const facts = { name: contents.context!.found!.path, args, knobs };
  const { request } = contents;
  judgeDockerfile(
    { collector, request, facts: NO_FACTS, inspected: false, join: () => {} },
    search.dockerfile,
    facts,
  );
  return collector;
}

const NO_FACTS = {
  containers: new Map(),
  volumes: new Map(),
  networks: new Map(),
  execs: new Map(),
};

function collectorOf({ rules }: Contents): Collector {
  return { rules, refused: [], warned: [] };
}

function refusal(contents: Contents, path: string, what: string): Findings {
  const collector = collectorOf(contents);
  cannotJudge(collector, contents.knobs, path, what);
  return collector;
}
