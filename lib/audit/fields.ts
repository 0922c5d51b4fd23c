/**
 * What the lines of the audit say of a request, as the text of JSON fields. The
 * parts that equal requests of a client share are made once.
 *
 * @module
 */

import { matchOperation } from "../docker/match.ts";
import { monotonic } from "../host.ts";
import { queryWords } from "../learn/query_words.ts";
import { timestamp } from "../observe/log_line.ts";
import { REASONS } from "../observe/reasons.ts";
import type { RequestRecord } from "../observe/record.ts";
import type { ClientIdentity, Selector } from "../policy/clients.ts";
import type { Policy } from "../policy/compile.ts";
import { policyHash } from "../policy/hash.ts";
import type { Audited, Caller, Ended } from "../proxy/auditor.ts";
import type { Decided } from "../proxy/recorder.ts";
import { requestIdIn } from "../proxy/request_id.ts";
import { jsonList, jsonText } from "./json_text.ts";
import { traceParentIn } from "./trace.ts";

/** Characters of texts that clients choose. */
const MAX_PATH = 2048;
const MAX_NAME = 256;
const MAX_CLIENT_ID = 128;
const MAX_MESSAGE = 1000;
/** Findings of one request that are told, and characters of each. */
const MAX_FINDINGS = 16;
const MAX_FINDING = 200;

/** An id of an object, whole. */
const ID = /^(?:sha256:)?[0-9a-f]{64}$/;

/** The fields of a request that is let through. */
export function admittedFields(exchange: Audited): string {
  const { id, session, plan, passedFor } = exchange;
  const { policy, dryRun } = (passedFor ?? session.identified)!.planner;
  const plain = exchange.held === null && exchange.wouldRefuse === null;
  const what = plain
    ? keptFields(plan, policy, dryRun)
    : `${whatFields(plan, plan.clientId)},${decisionFields(exchange, dryRun)}${
      hashField(policy)
    }`;
  return `${start("decided", id)}${whoFields(session)}${what}`;
}

/** The fields of a request that is not let through. */
export function refusedFields(
  { record, session, listener, request }: Ended,
): string {
  const who = session === null
    ? `"remote":${jsonText(record.remote)},"listener":${jsonText(listener)},`
    : whoFields(session);
  const clientId = request === null ? null : requestIdIn(request.head.fields);
  const planner = session?.identified?.planner;
  let text = `${start("decided", record.requestId ?? "")}${who}${
    request === null
      ? `"operation":"-","method":"-","path":"-"`
      : whatFields(request, clientId)
  },"decision":"${decisionOf(record)}","code":"${record.code}"`;
  if (record.rule !== "") text += `,"rule":${jsonText(record.rule, MAX_PATH)}`;
  text += whyFields(record.message, record.findings);
  if (planner?.dryRun === true) text += `,"dry_run":true`;
  return planner === undefined ? text : text + hashField(planner.policy);
}

/** The fields of the end of a request. */
export function endedFields(
  { record, exchange }: Pick<Ended, "record" | "exchange">,
): string {
  const { requestId = "", status, code, engineMs, ownMs } = record;
  const duration = exchange === null
    ? ""
    : `,"duration_ms":${tenths(monotonic() - exchange.started)}`;
  const engine = engineMs === null ? "" : `,"engine_ms":${tenths(engineMs)}`;
  // What was found after it was let through.
  const found = exchange?.audited !== true
    ? ""
    : record.wouldRefuse === null
    ? whyFields(record.message, record.findings)
    : `,"would_refuse":"${record.wouldRefuse}"${
      whyFields(record.message, record.findings)
    }`;
  // In one piece: each piece by itself would copy what is before it.
  return `${
    start("ended", requestId)
  }"status":${status},"code":"${code}"${duration}${engine},"own_ms":${
    tenths(ownMs)
  },"in":${record.bytesIn},"out":${record.bytesOut}${found}`;
}

/** The start of an entry, up to its own fields. */
export function start(event: string, id: string): string {
  const time = timestamp();
  return id === ""
    ? `"event":"${event}","time":"${time}",`
    : `"event":"${event}","time":"${time}","id":"${id}",`;
}

/** The field of a policy's hash, with the comma before it. */
function hashField(policy: Policy): string {
  return `,"policy_hash":"${policyHash(policy)}"`;
}

/** Fields of plans that are kept, under the policy that they were made for. */
const kept = new WeakMap<object, { policy: Policy; text: string }>();

function keptFields(
  plan: Audited["plan"],
  policy: Policy,
  dryRun: boolean,
): string {
  const known = kept.get(plan);
  if (known?.policy === policy) return known.text;
  const rule = plan.decision.by;
  const text = `${whatFields(plan, plan.clientId)},"decision":"allowed"${
    rule === "" ? "" : `,"rule":${jsonText(rule, MAX_PATH)}`
  }${dryRun ? `,"dry_run":true` : ""}${hashField(policy)}`;
  kept.set(plan, { policy, text });
  return text;
}

/** Why a request is let through that is held to a scope, or that only a dry run lets through. */
function decisionFields(
  { plan, held, wouldRefuse }: Audited,
  dryRun: boolean,
): string {
  const { by } = plan.decision;
  let text = wouldRefuse === null
    ? `"decision":"allowed"`
    : `"decision":"would_refuse","code":"${wouldRefuse.code}"`;
  if (by !== "") text += `,"rule":${jsonText(by, MAX_PATH)}`;
  if (wouldRefuse !== null) {
    const { note, message, findings } = wouldRefuse;
    text += whyFields(note ?? message, findings);
  }
  const scope = held?.by.join(" and ") ?? "";
  if (scope !== "") text += `,"scope":${jsonText(scope, MAX_MESSAGE)}`;
  return dryRun ? `${text},"dry_run":true` : text;
}

function whyFields(
  message: string,
  findings: readonly string[] | undefined,
): string {
  const why = message === ""
    ? ""
    : `,"message":${jsonText(message, MAX_MESSAGE)}`;
  if (findings === undefined || findings.length === 0) return why;
  const told = jsonList(findings.slice(0, MAX_FINDINGS), MAX_FINDING);
  return `${why},"findings":${told}`;
}

/** What became of a request that was not let through. */
function decisionOf({ code }: RequestRecord): "refused" | "answered" | "none" {
  switch (REASONS[code].ending) {
    case "complete":
      return "answered";
    case "client closed":
    case "stopped":
      return "none";
    default:
      return "refused";
  }
}

/** What of a connection's client was written out already. */
const callers = new WeakMap<
  object,
  { identified: Caller["identified"]; text: string }
>();

/** Who asks, and how that is known; ends in a comma. */
function whoFields(session: Caller): string {
  const { identified } = session;
  const known = callers.get(session);
  if (known !== undefined && known.identified === identified) return known.text;
  const { address, peer } = session;
  const identities = identified?.identities ?? [];
  let text = "";
  if (identities.length > 0) {
    const name = identified!.client;
    text += `"client":${jsonText(name ?? "default", MAX_NAME)},`;
    const identity = identities.find((one) => one.name === name);
    if (identity !== undefined) {
      text += `"identified_by":${jsonList(selectorsOf(identity), MAX_NAME)},`;
    }
  }
  text += `"remote":${jsonText(address, MAX_NAME)},`;
  const container = identified?.container ?? null;
  if (container !== null) {
    text += `"container":${jsonText(container.name, MAX_NAME)},`;
    text += `"container_id":${jsonText(container.id, MAX_NAME)},`;
  }
  if (peer.certificateNames.length > 0) {
    const names = peer.certificateNames.slice(0, MAX_FINDINGS);
    text += `"certificate":${jsonList(names, MAX_NAME)},`;
  }
  text += `"listener":${jsonText(peer.listener, MAX_NAME)},`;
  callers.set(session, { identified, text });
  return text;
}

/** The alternatives by which a client is identified, as the policy file has them. */
function selectorsOf({ from, listen }: ClientIdentity): string[] {
  const own = listen.map((address) => `listen ${address}`);
  return [...own, ...from.map((all) => all.map(selectorText).join(" and "))];
}

function selectorText(selector: Selector): string {
  switch (selector.kind) {
    case "cidr":
      return `cidr ${selector.cidr.text}`;
    case "label":
      return selector.value === null
        ? `label ${selector.key}`
        : `label ${selector.key}=${selector.value}`;
    default:
      return `${selector.kind} ${selector.name}`;
  }
}

/** What a request asks for. */
function whatFields(
  { head, decision }: Decided,
  clientId: string | null,
): string {
  const { match, operation, path } = decision;
  let text = `"operation":"${operation?.name ?? "-"}","method":${
    jsonText(head.method, MAX_NAME)
  },"path":${jsonText(path, MAX_PATH)}`;
  if (match.kind !== "malformed") {
    const words = queryWords(match.target.query);
    if (words.length > 0) text += `,"query_keys":${jsonList(words)}`;
  }
  text += objectField(head.method, decision);
  const trace = traceParentIn(head.fields);
  if (trace !== null) text += `,"traceparent":"${trace}"`;
  if (clientId !== null) {
    text += `,"client_request_id":${jsonText(clientId, MAX_CLIENT_ID)}`;
  }
  return text;
}

/** The object that a request names, and its id where that is known; with the comma before it. */
function objectField(
  method: string,
  { match, path }: Decided["decision"],
): string {
  if (match.kind !== "operation") return "";
  const { operation, parameters, target } = match;
  const kind = operation.name.split(".").at(-2) ?? "";
  const asked = parameters[0] ?? nameIn(target.query);
  if (asked === null) return "";
  const id = ID.test(asked) ? asked : null;
  // Where it is sent under an id, the path still has the name.
  const name = id === null || path.includes(id) ? asked : nameOf(method, path);
  return `,"object":{"kind":"${kind}","name":${jsonText(name, MAX_NAME)}${
    id === null ? "" : `,"id":"${id}"`
  }}`;
}

function nameOf(method: string, path: string): string {
  const match = matchOperation(method, path);
  return match.kind === "operation" ? match.parameters[0] ?? "" : "";
}

/** The name that a query gives what is made; null for none. */
function nameIn(query: string): string | null {
  const found = /(?:^|&)name=([^&]+)/.exec(query)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found.replaceAll("+", " "));
  } catch {
    return found;
  }
}

/** The texts of short times, in tenths of a millisecond, as they were made: most times are short. */
const TENTHS: string[] = new Array(1000).fill("");

/** Milliseconds with one digit after the point, made of whole numbers: that is cheaper. */
function tenths(milliseconds: number): string {
  const all = Math.max(0, Math.round(milliseconds * 10));
  if (all >= TENTHS.length) return tenthsText(all);
  return TENTHS[all] ||= tenthsText(all);
}

function tenthsText(all: number): string {
  const digit = all % 10;
  return `${(all - digit) / 10}.${digit}`;
}
