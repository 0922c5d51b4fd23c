/**
 * `sockwarden explain METHOD PATH`: shows what the policy does with a request.
 *
 * @module
 */

import { type Flags, readFlags } from "../config/flags.ts";
import { nearest } from "../config/nearest.ts";
import { RESERVED_NAME } from "../config/policy_format.ts";
import {
  encodeUtf8,
  printStderr,
  printStdout,
  readTextFile,
  wallClock,
} from "../host.ts";
import { TOKEN } from "../http1/grammar.ts";
import { compile, type Policy, rightsOf } from "../policy/compile.ts";
import { decide, plainRequest } from "../policy/decide.ts";
import { configure, printProblems } from "./configure.ts";
import { guardVerdict } from "./explain_guard.ts";
import {
  type Call,
  type ExplainReport,
  explainReport,
} from "./explain_report.ts";
import { scopeVerdict } from "./explain_scope.ts";
import { endWord } from "./grants.ts";
import { jsonText } from "./json_text.ts";
import { ownArguments } from "./own_flags.ts";

/**
 * Explains one request under the present settings. The engine is asked only
 * about an object that a scope must be judged on.
 *
 * @returns 0 if it would be allowed, 1 if refused, 2 if the call is wrong.
 */
export async function explain(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, ownArguments("explain"));
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
  const report = explainReport(config, policy, call, decision, {
    scope,
    guard,
  });
  printStdout(
    flags.values.has("json") ? jsonText(report) : explainText(report),
  );
  return report.allowed ? 0 : 1;
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

function explainText(report: ExplainReport): string {
  const { operation, refusal, request } = report;
  const lines = [
    ...clientLine(report),
    `request:   ${request.method} ${request.target}`,
    `operation: ${
      operation === null
        ? "unknown"
        : `${operation.name} (${operation.access}, ${operation.transport})`
    }`,
    `decision:  ${outcomeOf(report)}`,
    ...settingLine(report),
    ...(refusal === null ? [`change:    ${report.change}`] : [
      `code:      ${refusal.code}`,
      `answer:    ${refusal.message}`,
      ...refusal.nearest === null ? [] : [`nearest:   ${refusal.nearest}`],
    ]),
    ...report.conditions.map((text) => `condition: ${text}`),
    ...report.forwarded_by_dry_run
      ? ["dry run:   forwarded to the engine all the same, and logged"]
      : [],
    ...report.scope.lines.map((line) => `scope:     ${line}`),
    ...report.guard.lines.map((line) => `guard:     ${line}`),
    ...report.limits.map((line) => `limit:     ${line}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function clientLine({ client }: ExplainReport): string[] {
  if (client === null) return [];
  const { name, identity, where } = client;
  return [
    `client:    ${name} (${identity}${where === "" ? "" : `; ${where}`})`,
  ];
}

/** The setting that decided; nothing where the request itself is wrong, which no setting changes. */
function settingLine({ by, until, refusal }: ExplainReport): string[] {
  if (by !== "") return [`setting:   ${by}${endWord(until)}`];
  return refusal !== null && refusal.status !== 403
    ? []
    : ["setting:   none grants it"];
}

function outcomeOf({ decision, refusal }: ExplainReport): string {
  switch (decision) {
    case "allowed":
      return "allowed";
    case "conditional":
      return "allowed under conditions";
    case "refused":
      return `refused (${refusal!.status})`;
  }
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
