/**
 * `sockwarden explain METHOD PATH`: says what would become of a request.
 *
 * @module
 */

import { nearest } from "../config/nearest.ts";
import { SETTINGS } from "../config/settings.ts";
import type { Operation } from "../docker/operations.ts";
import { printStderr, printStdout } from "../host.ts";
import { TOKEN } from "../http1/grammar.ts";
import { NO_BODY } from "../http1/request.ts";
import { compile, type Policy, rightsOf } from "../policy/compile.ts";
import { describeCondition } from "../policy/conditions.ts";
import { decide } from "../policy/decide.ts";
import { admit } from "../proxy/gate.ts";
import { configure } from "./configure.ts";
import { whoIs } from "./differences.ts";

/** What `explain` is called with. */
interface Call {
  readonly client: string | null;
  readonly method: string;
  readonly target: string;
  readonly flags: readonly string[];
}

/**
 * Explains one request under the present settings.
 *
 * @returns 0 where it would be allowed, 1 where refused, 2 where the call is wrong.
 */
export async function explain(argv: readonly string[]): Promise<number> {
  const call = readCall(argv);
  if (call === null) {
    printStderr(
      "sockwarden: expected a method and a path: sockwarden explain [--client NAME] POST /containers/web/restart [FLAGS]\n",
    );
    return 2;
  }
  const config = await configure(call.flags);
  if (config === null) return 2;
  const policy = compile(config.grants, config.policyFile);
  const { method, target } = call;
  const client = call.client === "default" ? null : call.client;
  if (client !== null && !policy.clients.has(client)) {
    printStderr(`sockwarden: ${noSuchClient(policy, client)}\n`);
    return 2;
  }
  const decision = decide(policy, { name: client }, {
    method,
    target,
    framing: NO_BODY,
    contentType: null,
    origin: null,
    browser: false,
  });
  const { operation, by } = decision;
  const { conditions, wouldRefuse } = admit(decision, config.dryRun);
  printStdout(
    whose(policy, client) +
      `request:   ${method} ${target}\n` +
      `operation: ${
        operation === null
          ? "none that is known"
          : `${operation.name} (${operation.access}, ${operation.transport})`
      }\n` +
      `decision:  ${OUTCOMES[decision.outcome]}${
        decision.outcome === "refused" ? ` (${decision.status})` : ""
      }\n` +
      `setting:   ${by === "" ? "none grants it" : by}\n` +
      (decision.outcome === "refused"
        ? `reason:    ${decision.code}\nanswer:    ${decision.message}\n`
        : `change:    ${refusal(policy, client, operation)}\n`) +
      conditions.map((condition) =>
        `condition: ${describeCondition(condition)}\n`
      ).join("") +
      (wouldRefuse !== null
        ? "dry run:   let through all the same, and logged\n"
        : ""),
  );
  return decision.outcome === "refused" ? 1 : 0;
}

const OUTCOMES = {
  allowed: "allowed",
  conditional: "allowed under conditions",
  refused: "refused",
};

/** What would refuse a request that is allowed. */
function refusal(
  policy: Policy,
  client: string | null,
  operation: Operation | null,
): string {
  if (operation === null) return "to refuse it remove that rule";
  const { source } = rightsOf(policy, client);
  const { name } = operation;
  return `to refuse it remove that, or ${
    client !== null
      ? `add ${name} to deny of client '${client}' (${source})`
      : source === ""
      ? `use --deny ${name}`
      : `add ${name} to deny of default (${source})`
  }`;
}

function readCall(argv: readonly string[]): Call | null {
  const words: string[] = [];
  const flags: string[] = [];
  let client: string | null = null;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === "--client") client = argv[++i] ?? "";
    else if (word.startsWith("--client=")) client = word.slice(9);
    else if (word.startsWith("-") || words.length === 2) {
      flags.push(word);
      if (takesValue(word) && i + 1 < argv.length) flags.push(argv[++i]!);
    } else words.push(word);
  }
  const [method = "", target = ""] = words;
  return client === "" || !TOKEN.test(method) || target === "" ||
      /\s/.test(target)
    ? null
    : { client, method, target, flags };
}

/** Whether the next argument is a flag's value. */
function takesValue(word: string): boolean {
  return SETTINGS.some(({ flag, placeholder }) =>
    placeholder !== "" && word === `--${flag}`
  );
}

function noSuchClient(policy: Policy, client: string): string {
  const names = [...policy.clients.keys()];
  if (names.length === 0) {
    return `--client ${client}: there are clients in a policy file only: name it with --config`;
  }
  const near = nearest(client, names, 2);
  return `--client ${client}: ${policy.rest.source} has no such client: ${
    near === null
      ? `expected one of ${names.join(", ")}, or default`
      : `did you mean ${near}?`
  }`;
}

function whose(policy: Policy, client: string | null): string {
  if (policy.clients.size === 0) return "";
  return client === null
    ? `client:    default (whoever is no client of ${policy.rest.source})\n`
    : `client:    ${client} (${whoIs(policy, client)}; ${
      rightsOf(policy, client).source
    })\n`;
}
