/**
 * Who can do what, who used what, and what would be least.
 *
 * @module
 */

import { OPERATIONS } from "../docker/operations.ts";
import { scalar } from "../learn/yaml_text.ts";
import { describeLimits } from "../policy/client_limits.ts";
import { formatSelector } from "../policy/clients.ts";
import { allRights, type Policy, type Rights } from "../policy/compile.ts";
import { guardLines } from "../policy/guarded.ts";
import { describeHide } from "../policy/hiding.ts";
import type { Rule } from "../policy/rules.ts";
import { describeScope } from "../policy/scope.ts";
import { formatUntil } from "../policy/until.ts";
import type {
  ClientsAnswer,
  OperationUse,
  PolicyAnswer,
  PolicyRule,
  UnusedAnswer,
} from "./api.ts";
import type { Facts } from "./facts.ts";
import { stamp, stampOrNull } from "./forms.ts";
import { findUse, timesOf, type Usage } from "./usage.ts";

/** The name under which requests with these rights are counted: as `lib/proxy/record.ts` gives it. */
function nameOf(policy: Policy, { client }: Rights): string {
  return policy.identities.length === 0 ? "" : client ?? "default";
}

/** `GET /api/v1/policy`. */
export function policyAnswer(policy: Policy, hash: string): PolicyAnswer {
  return {
    hash,
    clients: allRights(policy).map((rights) => ({
      name: nameOf(policy, rights),
      identity: identityOf(policy, rights.client),
      rules: rulesOf(rights),
      scope: rights.scope === null ? null : describeScope(rights.scope),
      guard: rights.guard === null ? null : guardLines(rights),
      hide: rights.hide === null ? null : [describeHide(rights.hide)],
      limits: rights.limits === null ? null : describeLimits(rights.limits),
    })),
  };
}

/** Each alternative by which a client is identified. */
function identityOf(
  { identities }: Policy,
  client: string | null,
): string[] {
  const identity = identities.find(({ name }) => name === client);
  if (identity === undefined) return [];
  return [
    ...identity.from.map((conditions) =>
      conditions.map(formatSelector).join(" and ")
    ),
    ...identity.listen.map((address) => `on ${address}`),
  ];
}

function rulesOf({ grants, verdicts }: Rights): PolicyRule[] {
  const byRule = new Set<string>();
  const ruleOf = (rule: Rule, effect: PolicyRule["effect"]): PolicyRule => {
    const names = rule.kind === "path" ? [] : [...rule.names];
    if (effect === "allow") names.forEach((name) => byRule.add(name));
    return {
      rule: rule.text,
      where: rule.setting,
      operations: effect === "deny"
        ? names
        : names.filter((name) => verdicts.get(name)?.allowed),
      effect,
      ...(rule.until === undefined ? {} : { until: formatUntil(rule.until) }),
    };
  };
  const allow = grants.allow.map((rule) => ruleOf(rule, "allow"));
  const bySwitch = new Map<string, string[]>();
  for (const { operation, allowed, by } of verdicts.values()) {
    if (!allowed || byRule.has(operation.name)) continue;
    const names = bySwitch.get(by) ?? [];
    bySwitch.set(by, names);
    names.push(operation.name);
  }
  return [
    ...[...bySwitch].map(([by, operations]): PolicyRule => ({
      rule: by,
      where: "switches",
      operations,
      effect: "allow",
    })),
    ...allow,
    ...grants.deny.map((rule) => ruleOf(rule, "deny")),
  ];
}

/** `GET /api/v1/clients`. */
export function clientsAnswer(
  { watch }: Pick<Facts, "watch">,
  policy: Policy,
): ClientsAnswer {
  const known = new Map(
    allRights(policy).map((rights) => [nameOf(policy, rights), rights]),
  );
  // A client that is no longer in the policy, and the rest beyond the bound.
  const names = new Set([...known.keys(), ...watch.usage.byClient.keys()]);
  return {
    since: stamp(watch.started),
    clients: [...names].map((name) => ({
      name,
      operations: operationsOf(watch.usage, name, known.get(name)),
    })),
  };
}

function operationsOf(
  usage: Usage,
  name: string,
  rights: Rights | undefined,
): OperationUse[] {
  const uses = usage.byClient.get(name);
  const all = [
    ...OPERATIONS.map((operation) => ({
      operation: operation.name,
      access: operation.access as string,
    })),
    ...["-", "other"].map((operation) => ({ operation, access: "" })),
  ];
  return all.flatMap(({ operation, access }) => {
    const use = uses?.get(operation);
    const granted = rights?.verdicts.get(operation)?.allowed === true;
    if (use === undefined && !granted) return [];
    return [{
      operation,
      access,
      granted,
      used: timesOf(use, "allowed", "failed"),
      refused: timesOf(use, "refused", "would_refuse"),
      last_used: stampOrNull(use?.lastUsed ?? 0),
      last_refused: stampOrNull(use?.lastRefused ?? 0),
    }];
  });
}

/** `GET /api/v1/unused`. */
export function unusedAnswer(
  { watch }: Pick<Facts, "watch">,
  policy: Policy,
): UnusedAnswer {
  const since = stamp(watch.started);
  return {
    since,
    clients: allRights(policy).map((rights) => {
      const name = nameOf(policy, rights);
      const granted = OPERATIONS.filter((operation) =>
        rights.verdicts.get(operation.name)?.allowed
      ).map((operation) => operation.name);
      const isUsed = (operation: string) =>
        timesOf(
          findUse(watch.usage, name, operation),
          "allowed",
          "failed",
        ) > 0;
      return {
        name,
        unused: granted.filter((operation) => !isUsed(operation)),
        policy: leastText(rights, granted.filter(isUsed), since),
      };
    }),
  };
}

/** What was used, as the part of a policy file that is one client's. */
function leastText(
  { client, allowPaths }: Rights,
  used: readonly string[],
  since: string,
): string {
  const isNamed = client !== null;
  const indent = isNamed ? "    " : "  ";
  const rules = [...used, ...allowPaths.map(({ text }) => text)];
  return [
    `# What was used since ${since}; a rule for what comes once a month is missing.`,
    "# sockwarden learn records over a longer time, and proposes scope and guard too.",
    ...(isNamed ? ["clients:", `  ${scalar(client)}:`] : ["default:"]),
    ...(isNamed
      ? [
        `${indent}# from, listen, deny, scope, guard, hide and limits as before`,
      ]
      : [`${indent}# deny, scope, guard, hide and limits as before`]),
    ...(rules.length === 0 ? [`${indent}allow: []`] : [
      `${indent}allow:`,
      ...rules.map((one) => `${indent}  - ${scalar(one)}`),
    ]),
  ].map((line) => `${line}\n`).join("");
}
