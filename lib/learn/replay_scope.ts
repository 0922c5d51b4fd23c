/**
 * What a scope says of a recorded call: by the name, the project and the labels
 * of the object that was recorded. Pure.
 *
 * @module
 */

import { PROJECT_LABELS } from "../policy/clients.ts";
import {
  type Alternative,
  type ImageScope,
  isClosed,
  isScoped,
  judgeObject,
  labelKeysOf,
  type ObjectScope,
  type Scope,
} from "../policy/scope.ts";
import {
  coversAllTags,
  coversImage,
  mayBeImageId,
} from "../policy/scope_images.ts";
import { type Hold, isShut } from "../policy/scope_table.ts";
import { MAX_LABELS, type RecordedObject } from "./recording.ts";
import {
  changesImage,
  meansAllTags,
  namesUnknownImage,
} from "./scope_images.ts";
import { type Found, joinedBy } from "./scope_values.ts";
import type { Kind } from "./tally.ts";
import {
  ALLOWED,
  gravest,
  refused,
  undecided,
  type Verdict,
} from "./verdict.ts";

/** Labels that are not recorded. */
const NOT_RECORDED =
  /^(?:com\.docker\.|io\.podman\.|org\.opencontainers\.|desktop\.docker\.)/;

/** A call, and whether a log is all that is known of it. */
export interface Replayed {
  readonly call: Kind;
  readonly isLog: boolean;
}

/** Judges a call by all holds of its operation. */
export function replayScope(
  scope: Scope,
  holds: readonly Hold[],
  replayed: Replayed,
): Verdict {
  return gravest(holds.map((hold) => judgeHold(scope, hold, replayed)));
}

function judgeHold(scope: Scope, hold: Hold, replayed: Replayed): Verdict {
  const { way, kind } = hold;
  const { call } = replayed;
  const { operation } = call;
  if (isShut(scope, hold)) {
    return refused(
      "",
      `the client has no scope on ${kind} beside one on another kind`,
    );
  }
  switch (way) {
    case "path":
    case "exec":
    case "create":
    case "query": {
      const object = call.object?.kind === kind.slice(0, -1)
        ? call.object
        : null;
      return judgeFound(scope, hold, replayed, { call, object });
    }
    case "body": {
      const { joined, unknown } = joinedBy(kind, call);
      return gravest([
        ...unknown.map(undecided),
        ...joined.map((found) => judgeFound(scope, hold, replayed, found)),
      ]);
    }
    case "rename":
      return kind !== "images" && usesNames(scope[kind] as ObjectScope)
        ? undecided(`the new name that ${operation} gives is not recorded`)
        : ALLOWED;
    case "rejoin": {
      if (call.joins === null) {
        return kind === "containers" ? ALLOWED : undecided(
          `which ${kind} the container of ${operation} uses is not recorded`,
        );
      }
      const { joined } = joinedBy(kind, call);
      return gravest(
        joined.map((found) => judgeFound(scope, hold, replayed, found)),
      );
    }
    case "prune":
      return isPrunable(scope[kind]) ? ALLOWED : refused(
        settingOf(scope[kind]),
        `${operation} cannot be held to that scope`,
      );
    case "never":
      return refused(
        settingOf(scope[kind]),
        `${operation} cannot be held to a scope`,
      );
    case "list":
    case "events":
    case "answer":
    case "force":
      return ALLOWED;
  }
}

function judgeFound(
  scope: Scope,
  { kind, way }: Hold,
  { isLog }: Replayed,
  { call, object }: Found,
): Verdict {
  if (isClosed(scope, kind)) {
    return refused(
      "",
      `the client has no scope on ${kind} beside one on another kind`,
    );
  }
  if (!isScoped(scope, kind)) return ALLOWED;
  // What was not there is answered alike in a scope and outside of it.
  if (way === "path" && call.status === 404) return ALLOWED;
  return kind === "images"
    ? judgeImage(scope.images as ImageScope, call, object)
    : judgeNamed(
      scope,
      kind,
      isLog,
      object ?? { kind, name: "" },
    );
}

function judgeNamed(
  scope: Scope,
  kind: "containers" | "networks" | "volumes",
  namesOnly: boolean,
  { name, project, labels = [] }: RecordedObject,
): Verdict {
  const one = scope[kind] as ObjectScope;
  if (name === "" && (usesNames(one) || namesOnly)) {
    return undecided(`the name of the ${kind.slice(0, -1)} is not known`);
  }
  const keys = labelKeysOf(scope, kind);
  const others = keys.filter((key) => !PROJECT_LABELS.includes(key));
  if (
    namesOnly && keys.length > 0 ||
    others.some((key) => NOT_RECORDED.test(key)) ||
    others.length > 0 && labels.length >= MAX_LABELS
  ) {
    return undecided(`the labels of '${name}' are not all recorded`);
  }
  const judged = judgeObject(kind, one, {
    id: "",
    name,
    labels: new Map([
      ...labels.map((label): [string, string] => {
        const equals = label.indexOf("=");
        return equals < 0
          ? [label, ""]
          : [label.slice(0, equals), label.slice(equals + 1)];
      }),
      ...(project === undefined
        ? []
        : [[PROJECT_LABELS[0]!, project] as const]),
    ]),
  });
  return judged.inside
    ? ALLOWED
    : refused(one.setting, `'${name}' is outside the scope: ${judged.by}`);
}

function judgeImage(
  scope: ImageScope,
  { operation }: Kind,
  object: RecordedObject | null,
): Verdict {
  const name = object?.name ?? "";
  if (name === "" || mayBeImageId(name) || namesUnknownImage(operation)) {
    return undecided(`the image that ${operation} names is not known`);
  }
  const use = changesImage(operation) ? "change" : "use";
  const covered = meansAllTags(operation, name)
    ? coversAllTags(scope, use, name)
    : coversImage(scope, use, name);
  return covered
    ? ALLOWED
    : refused(scope.setting, `the image '${name}' is outside the scope`);
}

function usesNames({ anyOf }: ObjectScope): boolean {
  return anyOf.some((one) =>
    one.name.length > 0 || one.not.some(({ name }) => name.length > 0)
  );
}

/** Whether a prune can run with the filter of a scope: one label with its value, or one project. */
function isPrunable(one: Scope["containers"] | Scope["images"]): boolean {
  if (one === null || one === "any") return true;
  if (!("anyOf" in one) || one.anyOf.length !== 1) return false;
  const { name, label, project, not } = one.anyOf[0] as Alternative;
  return name.length + not.length === 0 &&
    label.length + project.length === 1 &&
    label.every(({ value }) => value !== null);
}

function settingOf(one: Scope["containers"] | Scope["images"]): string {
  return one === null || one === "any" ? "" : one.setting;
}
