/**
 * What is recorded of a body: which fields were given, and what a guard would
 * have to allow for it. No values of environments, no commands, no contents.
 *
 * @module
 */

import { judgeGuard, readGuarded } from "../guard/judge/guard.ts";
import type { JsonValue } from "../guard/json.ts";
import { guardWay } from "../guard/judge/rows.ts";
import {
  type Finding,
  type GuardRules,
  type KnobSetting,
  knobsOf,
} from "../guard/rules.ts";
import type { ObjectQueries } from "../identity/object_queries.ts";
import { guardFacts } from "../proxy/guard_gate.ts";
import type { Called } from "./named_object.ts";
import { cutText, MAX_LIST, MAX_TEXT, type RecordedBody } from "./recording.ts";

/** Knobs whose findings would hold what must not be recorded: commands may have passwords in them. */
const UNRECORDED: ReadonlyMap<string, KnobSetting> = new Map(
  ["commands", "healthcheck"].map((
    name,
  ): [string, KnobSetting] => [name, { verdict: "allow", list: [] }]),
);

/** The guards that find what is needed. */
const STRICT = levelRules("strict");
const STANDARD = levelRules("standard");

function levelRules(level: GuardRules["level"]): GuardRules {
  return {
    setting: "learn",
    level,
    knobs: knobsOf(level, UNRECORDED),
    own: new Set(),
    fields: new Set(),
  };
}

const NO_BYTES = new Uint8Array(0);

/** Indexes and keys of maps in a place. */
const INDEXES = /\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g;

/**
 * What a judged request needs.
 *
 * @param body Its whole body; null where it was not read.
 * @returns undefined where guards do not judge the operation.
 */
export async function bodyNeeds(
  objects: Pick<ObjectQueries, "describe" | "isPodman">,
  sockets: readonly string[],
  { operation: { name }, parameters, target: { query, version } }: Called,
  body: Uint8Array | null,
): Promise<RecordedBody | undefined> {
  const { reads } = guardWay(name);
  if (reads === null) return undefined;
  // Of a build the context counts too, which is not kept.
  if (body === null && (reads === "body" || name === "image.build")) {
    return { unread: "the body was not read" };
  }
  const request = readGuarded(
    name,
    parameters,
    query,
    version,
    // That of a tunnel is there too.
    body ?? NO_BYTES,
  );
  if ("problem" in request) return { unread: cutText(request.problem) };
  const facts = await guardFacts(objects, request);
  if ("problem" in facts) return { unread: cutText(facts.problem) };
  const needs = (rules: GuardRules) =>
    sorted(
      judgeGuard({ ...rules, sockets }, request, facts).refused
        .map(needOf),
    );
  const fields = request.body?.fields.filter(({ value }) => !isEmpty(value))
    .map(({ path }) => path.replace(INDEXES, "")) ?? [];
  const image = request.body?.fields.find(({ path }) =>
    path === "Image" || path === "TaskTemplate.ContainerSpec.Image"
  )?.value;
  return {
    fields: sorted(fields),
    needs: needs(STRICT),
    standard: needs(STANDARD),
    ...(typeof image === "string" && image.length <= MAX_TEXT ? { image } : {}),
  };
}

/** A finding as `KNOB: VALUE`: of a list of requirements the list without the word that is not met. */
function needOf({ knob, remedy }: Finding): string {
  // Half a value would be another one.
  return remedy.length > MAX_TEXT ? `${knob}: ?` : remedy;
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.map((text) => cutText(text)))].sort()
    .slice(0, MAX_LIST);
}

/** A list or an object with nothing in it, which clients send of all that they do not set. */
function isEmpty(value: JsonValue): boolean {
  return typeof value === "object" && value !== null &&
    Object.keys(value).length === 0;
}
