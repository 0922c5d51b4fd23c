/**
 * The guard at the gate: asks the engine what a request's judgement needs, and
 * says what the client is told.
 *
 * @module
 */

import { retarget } from "../docker/absent.ts";
import type { Match } from "../docker/match.ts";
import { judgeGuard, needsOf, readGuarded } from "../guard/judge/guard.ts";
import { underIds } from "../guard/judge/identified.ts";
import type {
  Described,
  GuardedRequest,
  GuardFacts,
} from "../guard/judge/request.ts";
import type { Verdict } from "../guard/judge/contents.ts";
import { CUT } from "../guard/json.ts";
import { remediesOf } from "../guard/remedies.ts";
import { type Finding, type GuardRules, isPrivate } from "../guard/rules.ts";
import { UNLISTED } from "../guard/judge/judging.ts";
import type { ObjectQueries } from "../identity/object_queries.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import type { RemedyText } from "../observe/record.ts";
import type { Rights } from "../policy/compile.ts";
import { judgeOwnPath } from "../policy/own_claims.ts";
import type { OwnContainer } from "../policy/self_protection.ts";

/** What is told of a refusal beside its reason. */
export interface RefusalDetails {
  /** What a guard has found, one text each. */
  readonly findings?: readonly string[] | undefined;
  /** What would allow it. */
  readonly remedies?: readonly RemedyText[] | undefined;
  /** What the log says in place of the reason, where the client alone may get that. */
  readonly note?: string | undefined;
}

/** What the guard came to. */
export type Guarded =
  | {
    readonly kind: "kept";
    readonly warning: string | null;
    /** The same of what it warns of. */
    readonly more: RefusalDetails;
    /** The request under the ids of what was judged. */
    readonly match: Asked["match"];
    /** What judges the body as it passes; null where nothing does. */
    readonly passing: PassingJudge | null;
  }
  | {
    readonly kind: "refused";
    readonly code: ReasonCode;
    readonly why: string;
    /** What is told beside, and what alone may be written down. */
    readonly more: RefusalDetails;
  }
  /** The engine did not say what must be known. */
  | { readonly kind: "unsure"; readonly why: string };

/** Judges a body as it passes. */
export interface PassingJudge {
  /** The most bytes that it keeps. */
  readonly bytes: number;
  /** Takes the next bytes of the body. */
  readonly take: (bytes: Uint8Array) => PassingVerdict;
  /** Takes the body's end. */
  readonly end: () => PassingVerdict;
}

/**
 * What becomes of the bytes so far: none may be sent yet, they may be sent, or
 * they and all later ones are refused. A warning is told once.
 */
export type PassingVerdict =
  | {
    readonly kind: "hold" | "refused";
    readonly why: string;
    readonly more?: RefusalDetails;
  }
  | {
    readonly kind: "pass";
    readonly warning: string | null;
    readonly more?: RefusalDetails;
  };

/** A request as it is sent. */
export interface Asked {
  readonly method: string;
  readonly match: Extract<Match, { kind: "operation" }>;
  /** The whole body; empty where none is read. */
  readonly body: Uint8Array;
}

/**
 * Judges a request by a guard.
 *
 * @param own Our own container: an id could name it, too.
 */
export async function judgeByGuard(
  objects: Pick<ObjectQueries, "describe" | "isPodman">,
  rights: Rights,
  rules: GuardRules,
  asked: Asked,
  own: OwnContainer | null,
): Promise<Guarded> {
  const { match, body } = asked;
  const { operation, parameters, target: { query, version } } = match;
  const request = readGuarded(
    operation.name,
    parameters,
    query,
    version,
    body,
  );
  if ("problem" in request) {
    return refused("policy.unreadable_body", request.problem);
  }
  const facts = await guardFacts(objects, request);
  if ("problem" in facts) {
    const { problem, unsure } = facts;
    return unsure
      ? { kind: "unsure", why: problem }
      : refused("policy.guard", problem);
  }
  const { refused: found, warned } = judgeGuard(rules, request, facts);
  if (found.length > 0) {
    return {
      ...refused("policy.guard", describeFindings(rights, rules, found)),
      more: detailsOf(rights, rules, found),
    };
  }
  const warning = warned.length === 0
    ? null
    : describeFindings(rights, rules, warned);
  const sent = sentUnderIds(asked, underIds(request, facts));
  if (sent === null) {
    const why = "it cannot be sent under the full id of what was judged";
    return refused("policy.guard", why);
  }
  const why = judgeOwnPath(own, rights, sent);
  if (why !== null) return refused("policy.own_container", why);
  const passing = await passingJudge(rights, rules, request);
  return {
    kind: "kept",
    warning,
    more: detailsOf(rights, rules, warned),
    match: sent,
    passing,
  };
}

/** The request under these names; null where there is none. */
function sentUnderIds(
  { method, match }: Asked,
  named: ReturnType<typeof underIds>,
): Asked["match"] | null {
  if ("problem" in named) return null;
  const { parameters, query } = named;
  const isSame = query === match.target.query &&
    parameters.every((one, i) => one === match.parameters[i]);
  return isSame ? match : retarget(method, match, parameters, query);
}

/** Opens the judge of a body that passes; its tables are loaded for a build alone. */
async function passingJudge(
  rights: Rights,
  rules: GuardRules,
  request: GuardedRequest,
): Promise<PassingJudge | null> {
  if (request.operation !== "image.build") return null;
  const { CONTENTS_BYTES, endContents, openContents, takeContents } =
    await import("../guard/judge/contents.ts");
  const contents = openContents(rules, request);
  if (contents === null) return null;
  const inWords = (verdict: Verdict): PassingVerdict => {
    if (verdict === "hold") return { kind: "hold", why: "" };
    if (verdict === "pass") return { kind: "pass", warning: null };
    const { refused: found, warned } = verdict;
    if (found.length > 0) {
      const why = describeFindings(rights, rules, found);
      return { kind: "refused", why, more: detailsOf(rights, rules, found) };
    }
    const warning = warned.length === 0
      ? null
      : describeFindings(rights, rules, warned);
    return { kind: "pass", warning, more: detailsOf(rights, rules, warned) };
  };
  return {
    bytes: CONTENTS_BYTES,
    take: (bytes) => inWords(takeContents(contents, bytes)),
    end: () => inWords(endContents(contents)),
  };
}

function refused(
  code: ReasonCode,
  why: string,
): Extract<Guarded, { kind: "refused" }> {
  return { kind: "refused", code, why, more: {} };
}

/** What was found, one text each. */
function textsOf(findings: readonly Finding[]): string[] {
  return findings.map(({ path, what }) =>
    path === "" ? what : `${path} ${what}`
  );
}

/** The remedy of what no knob allows. */
const NO_GUARD = "guard: none";

/**
 * All findings in words, with what would allow them.
 *
 * @example `it does not keep to the guard 'standard': HostConfig.Privileged
 * gives it all rights of the host's root; to allow it add to the guard of client
 * 'ci' (policy.yaml:3:5): privileged: allow`
 */
export function describeFindings(
  rights: Rights,
  rules: GuardRules,
  findings: readonly Finding[],
): string {
  const { verb, where, lines } = remedyLines(rights, rules, findings);
  return `${foundText(rules, findings)}; to allow it ${verb}${where}: ${
    lines.join(", ")
  }`;
}

function foundText(rules: GuardRules, findings: readonly Finding[]): string {
  return `it does not keep to the guard '${rules.level}': ${
    textsOf(findings).join("; ")
  }`;
}

/** What is told of findings beside the words for the client. */
function detailsOf(
  rights: Rights,
  rules: GuardRules,
  findings: readonly Finding[],
): RefusalDetails {
  const note = findings.some(isPrivate)
    ? `${
      foundText(rules, findings)
    }; what would allow it the client alone was told`
    : undefined;
  const remedies = guardRemedies(rights, rules, findings);
  return { findings: textsOf(findings), remedies, note };
}

/** What would allow all findings, as lines of the policy file; none where one cannot be told, or not whole. */
function guardRemedies(
  rights: Rights,
  rules: GuardRules,
  findings: readonly Finding[],
): RemedyText[] {
  const isTold = findings.length > 0 &&
    findings.every((one) =>
      !isPrivate(one) && !one.remedy.includes(CUT) &&
      !one.remedy.endsWith(UNLISTED)
    );
  if (!isTold) return [];
  const { where, lines } = remedyLines(rights, rules, findings);
  return [{ kind: "policy", text: lines.join("\n"), where }];
}

function remedyLines(
  rights: Rights,
  rules: GuardRules,
  findings: readonly Finding[],
): { verb: string; where: string; lines: readonly string[] } {
  const { level, setting } = rules;
  const remedies = remediesOf(rules, findings);
  const of = rights.client === null ? "" : ` of client '${rights.client}'`;
  if (rights.grants.guard !== null) {
    const where = `the guard${of} (${setting})`;
    return { verb: "add to ", where, lines: remedies };
  }
  const place = rights.client === null
    ? " (--guard, or default of a policy file)"
    : of;
  return {
    verb: "write ",
    where: `a guard${place} in place of that of ${setting}`,
    // A guard of the client's own takes the place of the presets'.
    lines: remedies.includes(NO_GUARD) ? [NO_GUARD] : [
      `level: ${level}`,
      ...[...rules.own].map((knob) => `${knob}: allow`),
      ...remedies,
    ],
  };
}

const KINDS = ["containers", "volumes", "networks", "execs"] as const;

/** What is known names more, a few times: an exec its container, that its volumes. */
const MAX_ROUNDS = 8;

const TOO_DEEP =
  "what it acts on joins containers that join others, too many to look up";

/** Asks for all that a request's judgement needs; or why that is not known. */
export async function guardFacts(
  objects: Pick<ObjectQueries, "describe" | "isPodman">,
  request: GuardedRequest,
): Promise<
  GuardFacts | { readonly problem: string; readonly unsure: boolean }
> {
  const facts = {
    containers: new Map<string, Described>(),
    volumes: new Map<string, Described>(),
    networks: new Map<string, Described>(),
    execs: new Map<string, Described>(),
  };
  let engine: { readonly isPodman?: boolean } = {};
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const needs = needsOf(request, facts);
    if ("problem" in needs) return { problem: needs.problem, unsure: false };
    if (needs.engine && engine.isPodman === undefined) {
      const isPodman = await objects.isPodman();
      if (typeof isPodman !== "boolean") {
        const problem =
          `sockwarden cannot tell whether the engine is podman: ${isPodman.reason}`;
        return { problem, unsure: isPodman.refused !== true };
      }
      engine = { isPodman };
    }
    const news = KINDS.flatMap((kind) =>
      [...needs[kind]].filter((name) => !facts[kind].has(name))
        .map((name) => [kind, name] as const)
    );
    if (news.length === 0) return { ...facts, ...engine };
    for (const [kind, name] of news) {
      const found = await objects.describe(kind, name);
      if (found !== null && !("description" in found)) {
        // What the engine answered and will answer again is no matter of time.
        const unsure = "reason" in found && found.refused !== true;
        const why = "reason" in found ? found.reason : found.problem;
        const problem =
          `sockwarden cannot tell what '${name}' of the ${kind} is: ${why}`;
        return { problem, unsure };
      }
      facts[kind].set(name, found?.description ?? null);
    }
  }
  // What was not asked for would pass for what is not there.
  return { problem: TOO_DEEP, unsure: false };
}
