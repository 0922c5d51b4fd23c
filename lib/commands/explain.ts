/**
 * `sockwarden explain METHOD PATH`: shows what the policy does with a request.
 *
 * @module
 */

import type { Config } from "../config/config.ts";
import { type Flags, readFlags } from "../config/flags.ts";
import { nearest } from "../config/nearest.ts";
import { RESERVED_NAME } from "../config/policy_format.ts";
import { parseTarget } from "../docker/match.ts";
import type { Operation } from "../docker/operations.ts";
import {
  encodeUtf8,
  printStderr,
  printStdout,
  readTextFile,
  wallClock,
} from "../host.ts";
import { TOKEN } from "../http1/grammar.ts";
import {
  compile,
  type Policy,
  type Rights,
  rightsOf,
} from "../policy/compile.ts";
import { describeCondition } from "../policy/conditions.ts";
import { decide, type Decision, plainRequest } from "../policy/decide.ts";
import { admit } from "../proxy/gate.ts";
import { configure, printProblems } from "./configure.ts";
import { guardVerdict } from "./explain_guard.ts";
import { scopeVerdict } from "./explain_scope.ts";
import { describeIdentity } from "./differences.ts";
import { pathEnd, untilText } from "./ends.ts";
import { nearestRoute } from "./nearest_route.ts";

/** What `explain` is called with. */
interface Call {
  /** The client's name in the policy file; null for the requests of all others. */
  readonly client: string | null;
  readonly method: string;
  readonly target: string;
}

/**
 * Explains one request under the present settings. The engine is asked only
 * about an object that a scope must be judged on.
 *
 * @returns 0 if it would be allowed, 1 if refused, 2 if the call is wrong.
 */
export async function explain(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, { flags: ["client", "body"], maxWords: 2 });
  const call = readCall(flags);
  if (call === null) {
    // An unknown flag may have taken the method for its value.
    if (flags.problems.length > 0) printProblems(flags.problems);
    else {
      printStderr(
        "sockwarden: expected a method and a path: sockwarden explain [--client NAME] POST /containers/web/restart [FLAGS]\n",
      );
    }
    return 2;
  }
  const config = await configure(flags);
  if (config === null) return 2;
  const policy = compile(config.grants, config.policyFile, wallClock());
  const { client, method, target } = call;
  if (client !== null && !policy.clients.has(client)) {
    printStderr(`sockwarden: ${unknownClient(policy, client)}\n`);
    return 2;
  }
  const decision = decide(
    policy,
    { name: client },
    plainRequest(method, target),
  );
  const body = readBodyFile(flags);
  if (body === "unreadable") return 2;
  const scope = await scopeVerdict(config.engine, policy, client, decision);
  const guard = await guardVerdict(
    config.engine,
    rightsOf(policy, client),
    method,
    decision,
    body,
  );
  printStdout(
    explanation(config, policy, call, decision) +
      scope.lines.map((line) => `scope:     ${line}\n`).join("") +
      guard.lines.map((line) => `guard:     ${line}\n`).join(""),
  );
  const refused = decision.outcome === "refused";
  return refused || scope.outside || guard.refused ? 1 : 0;
}

/** The body that is judged; null where none is given. */
function readBodyFile({ values }: Flags): Uint8Array | null | "unreadable" {
  const [path] = values.get("body") ?? [];
  if (path === undefined) return null;
  try {
    return encodeUtf8(readTextFile(path));
  } catch (error) {
    printStderr(
      `sockwarden: --body=${path}: cannot read it: ${
        error instanceof Error ? error.message : String(error)
      }\n`,
    );
    return "unreadable";
  }
}

function explanation(
  config: Config,
  policy: Policy,
  { client, method, target }: Call,
  decision: Decision,
): string {
  const { operation } = decision;
  const { conditions, wouldRefuse } = admit(decision, config.dryRun);
  const lines = [
    ...clientLine(policy, client),
    `request:   ${method} ${target}`,
    `operation: ${
      operation === null
        ? "unknown"
        : `${operation.name} (${operation.access}, ${operation.transport})`
    }`,
    `decision:  ${outcomeOf(decision)}`,
    ...settingLine(decision, rightsOf(policy, client)),
    ...(decision.outcome === "refused"
      ? [
        `code:      ${decision.code}`,
        `answer:    ${decision.message}`,
        ...nearestLine(method, target, decision),
      ]
      : [`change:    ${howToRefuse(policy, client, operation)}`]),
    ...conditions.map((one) => `condition: ${describeCondition(one)}`),
  ];
  if (wouldRefuse !== null) {
    lines.push("dry run:   forwarded to the engine all the same, and logged");
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** The setting that decided; nothing where the request itself is wrong, which no setting changes. */
function settingLine(decision: Decision, rights: Rights): string[] {
  const { by, operation } = decision;
  if (by !== "") {
    const end = operation === null
      ? pathEnd(rights, by)
      : untilText(rights.verdicts.get(operation.name)?.until);
    return [`setting:   ${by}${end}`];
  }
  return decision.outcome === "refused" && decision.status !== 403
    ? []
    : ["setting:   none grants it"];
}

/** What was probably meant, where nothing is known of a request. */
function nearestLine(
  method: string,
  target: string,
  { operation }: Decision,
): string[] {
  if (operation !== null) return [];
  const parsed = parseTarget(target.startsWith("/") ? target : `/${target}`);
  const near = "reason" in parsed ? null : nearestRoute(method, parsed.path);
  return near === null ? [] : [`nearest:   ${near}`];
}

function outcomeOf(decision: Decision): string {
  switch (decision.outcome) {
    case "allowed":
      return "allowed";
    case "conditional":
      return "allowed under conditions";
    case "refused":
      return `refused (${decision.status})`;
  }
}

/** The change of settings that would refuse a request that is allowed. */
function howToRefuse(
  policy: Policy,
  client: string | null,
  operation: Operation | null,
): string {
  if (operation === null) return "to refuse it, remove that rule";
  const { source } = rightsOf(policy, client);
  const { name } = operation;
  return `to refuse it, remove that setting, or ${
    client !== null
      ? `add ${name} to deny of client '${client}' (${source})`
      : source === ""
      ? `use --deny ${name}`
      : `add ${name} to deny of default (${source})`
  }`;
}

/** What is asked for; null if the method or the path is missing. */
function readCall({ words, values }: Flags): Call | null {
  const [method = "", target = ""] = words;
  if (!TOKEN.test(method) || target === "" || /\s/.test(target)) return null;
  const [client = RESERVED_NAME] = values.get("client") ?? [];
  return { client: client === RESERVED_NAME ? null : client, method, target };
}

function unknownClient(policy: Policy, client: string): string {
  const names = [...policy.clients.keys()];
  if (names.length === 0) {
    return `--client=${client}: only a policy file has clients: name one with --config`;
  }
  const near = nearest(client, names, 2);
  return `--client=${client}: ${policy.rest.source} has no client of this name: ${
    near === null
      ? `expected ${names.join(", ")} or ${RESERVED_NAME}`
      : `did you mean ${near}?`
  }`;
}

function clientLine(policy: Policy, client: string | null): string[] {
  if (policy.clients.size === 0) return [];
  return client === null
    ? [
      `client:    ${RESERVED_NAME} (matches no client of ${policy.rest.source})`,
    ]
    : [
      `client:    ${client} (${describeIdentity(policy, client)}; ${
        rightsOf(policy, client).source
      })`,
    ];
}
