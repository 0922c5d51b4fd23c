/**
 * What would allow a refused request, as texts to copy: the same change that
 * the text of the refusal names (`remedy.ts`), told by the policy in force.
 *
 * @module
 */

import { parseTarget } from "../docker/match.ts";
import { OPERATION_BY_NAME } from "../docker/operations.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import { type Policy, type Rights, rightsOf } from "./compile.ts";
import { remedyFor } from "./remedy.ts";
import { parseRule, pathOfRule } from "./rules.ts";

/** A text that allows a request once it is added to the settings. */
export interface RemedyText {
  /** Variables, a flag, or an item of a list of the policy file. */
  readonly kind: "switch" | "flag" | "policy";
  readonly text: string;
  /** Where it belongs, and what goes with it; empty where that is plain. */
  readonly where: string;
}

/** A request that was refused. */
export interface RefusedRequest {
  /** The client's name in the policy file; null for all others. */
  readonly client: string | null;
  readonly method: string;
  /** Its path, which may have a version. */
  readonly path: string;
  /** The name of the operation; any other word for a path that is none. */
  readonly operation: string;
  readonly code: ReasonCode;
}

/** What would allow a request; nothing where no line alone does. */
export function remediesFor(
  policy: Policy,
  request: RefusedRequest,
): RemedyText[] {
  const rights = rightsOf(policy, request.client);
  switch (request.code) {
    case "policy.not_granted":
    case "policy.denied":
      return ofOperation(rights, request.operation);
    case "policy.unknown_operation":
      return ofPath(rights, request);
    case "policy.own_container":
      return OPERATION_BY_NAME.has(request.operation)
        ? ruleTexts(rights, "allow-self", request.operation, "")
        : [];
    default:
      return [];
  }
}

function ofOperation(rights: Rights, name: string): RemedyText[] {
  const operation = OPERATION_BY_NAME.get(name);
  if (operation === undefined) return [];
  const { allow, remove, set, unset } = remedyFor(rights.grants, operation);
  // It is granted by now, or a deny rule alone is in the way.
  if (allow === null || rights.verdicts.get(name)?.allowed) return [];
  const also = remove.length === 0 ? "" : `and remove ${remove.join(" and ")}`;
  const texts = ruleTexts(rights, "allow", allow, also);
  if (
    rights.source !== "" || set.length === 0 ||
    unset.length + remove.length > 0
  ) return texts;
  const text = set.map((one) => `${one}=1`).join(" ");
  return [{ kind: "switch", text, where: "" }, ...texts];
}

function ofPath(
  rights: Rights,
  { method, path }: RefusedRequest,
): RemedyText[] {
  const target = parseTarget(path);
  if ("reason" in target) return [];
  const rule = `${method} ${pathOfRule(target.path)}`;
  return "problem" in parseRule(rule, "--allow")
    ? []
    // It has a space, and neither quotes nor anything else that ends a quote.
    : ruleTexts(rights, "allow", `'${rule}'`, "");
}

/** A rule as a flag and as an item of the policy file. */
function ruleTexts(
  { client, source }: Rights,
  key: "allow" | "allow-self",
  rule: string,
  also: string,
): RemedyText[] {
  const list = client === null
    ? `${key} of default${source === "" ? " in a policy file" : ` (${source})`}`
    : `${key} of client '${client}' (${source})`;
  const where = also === "" ? list : `${list}, ${also}`;
  const item: RemedyText = { kind: "policy", text: `- ${rule}`, where };
  // Flags grant nothing to a client of a policy file.
  return client === null
    ? [{ kind: "flag", text: `--${key} ${rule}`, where: also }, item]
    : [item];
}
