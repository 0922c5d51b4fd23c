/**
 * What would allow a refused request, as texts to copy: the same change that
 * the text of the refusal names (`remedy.ts`). Most is told by the policy in
 * force; what only the refusal knows is made there, by functions of this module.
 *
 * A text is pasted into a shell or a policy file: nothing goes into one that a
 * client chose and that could be more than a word there.
 *
 * @module
 */

import { parseTarget } from "../docker/match.ts";
import { OPERATION_BY_NAME } from "../docker/operations.ts";
import type { ReasonCode } from "../observe/reasons.ts";
import type { RemedyText } from "../observe/record.ts";
import { type Policy, type Rights, rightsOf } from "./compile.ts";
import { remedyFor } from "./remedy.ts";
import { parseRule, pathOfRule } from "./rules.ts";
import type { Scope, ScopeKind } from "./scope.ts";

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
  /** The name of its container, and its address; empty where they are not known. */
  readonly container: string;
  readonly remote: string;
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
      return [
        ...ofOperation(rights, request.operation),
        ...ofNewClient(policy, rights, request),
      ];
    case "policy.unknown_operation":
      return ofPath(rights, request);
    case "policy.own_container":
      return OPERATION_BY_NAME.has(request.operation) &&
          !rights.allowSelf.has(request.operation)
        ? selfRemedies(rights, request.operation)
        : [];
    case "policy.hidden":
      return rights.hiding.leftOut.get(request.operation)?.byName === true
        ? ruleTexts(rights, "allow", request.operation, "")
        : [];
    case "audit.full":
      return [{ kind: "flag", text: "--audit-full=drop", where: "" }];
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

/** Characters of a name or an address that are one word in a shell and in YAML. */
const WORD = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
/** An IPv4 address. */
const IPV4 = /^[0-9]+(?:\.[0-9]+){3}$/;
/** Characters of the longest name of a client. */
const MAX_CLIENT_NAME = 64;

/**
 * A client of its own for who is none of the file: by its container, else by
 * its address. Only where `default` grants nothing, which a client of the file
 * would lose.
 */
function ofNewClient(
  policy: Policy,
  rights: Rights,
  { operation, container, remote }: RefusedRequest,
): RemedyText[] {
  const verdicts = [...rights.verdicts.values()];
  if (
    rights.client !== null || rights.source === "" ||
    !OPERATION_BY_NAME.has(operation) ||
    verdicts.some(({ allowed }) => allowed) || rights.allowPaths.length > 0
  ) return [];
  const [key, value] = container !== ""
    ? ["container", container]
    : ["cidr", IPV4.test(remote) ? remote : ""];
  const name = value.replaceAll(".", "-").slice(0, MAX_CLIENT_NAME);
  if (!WORD.test(value) || name === "default" || policy.clients.has(name)) {
    return [];
  }
  // In quotes: a name may look like a number.
  const text = `${
    JSON.stringify(name)
  }: { from: { ${key}: "${value}" }, allow: [${operation}] }`;
  return [{ kind: "policy", text, where: `clients of ${rights.source}` }];
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

/** What allows an operation on sockwarden's own container. */
export function selfRemedies(
  rights: Pick<Rights, "client" | "source">,
  operation: string,
): RemedyText[] {
  return ruleTexts(rights, "allow-self", operation, "");
}

/** Characters of an origin that are one word in a shell and in YAML. */
const PLAIN_ORIGIN =
  /^https?:\/\/[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,200}[A-Za-z0-9])?$/;

/** What lets pages of an origin attach; nothing without one, or with one that could be more than a word. */
export function originRemedies(
  rights: Pick<Rights, "client" | "source">,
  origin: string | null,
): RemedyText[] {
  return origin !== null && PLAIN_ORIGIN.test(origin)
    ? ruleTexts(rights, "allow-origin", origin, "")
    : [];
}

/** What opens a kind of object that has no scope beside a scope on another kind. */
export function openKindRemedies(
  { client, source }: Pick<Rights, "client" | "source">,
  kind: ScopeKind,
): RemedyText[] {
  const where = client === null
    ? `default of ${source === "" ? "a policy file" : source}`
    : `client '${client}' (${source})`;
  return [{ kind: "policy", text: `${kind}: any`, where }];
}

/** What takes an object into a client's scope: one more mapping of its list, or one more name. */
export function coverRemedies(
  { client, source }: Pick<Rights, "client" | "source">,
  scope: Scope,
  kind: Exclude<ScopeKind, "images">,
  name: string,
): RemedyText[] {
  const held = scope[kind];
  if (held === null || held === "any" || !WORD.test(name)) return [];
  if (client === null && source === "") {
    // Flags make one mapping, whose keys must all match.
    const [only] = held.anyOf;
    const isByName = held.anyOf.length === 1 && only!.name.length > 0 &&
      only!.label.length + only!.project.length + only!.not.length === 0;
    return isByName
      ? [{ kind: "flag", text: `--${kind}-name ${name}`, where: "" }]
      : [];
  }
  const of = client === null ? "default" : `client '${client}'`;
  return [{
    kind: "policy",
    text: `- { name: "${name}" }`,
    where:
      `the list of ${kind} of ${of} (${held.setting}), where a mapping alone becomes its first item`,
  }];
}

/** A rule as a flag and as an item of the policy file. */
function ruleTexts(
  { client, source }: Pick<Rights, "client" | "source">,
  key: "allow" | "allow-self" | "allow-origin",
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
