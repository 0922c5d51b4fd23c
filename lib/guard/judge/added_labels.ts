/**
 * Judges whether a request has the labels that the guard adds (`labels-added`),
 * and no other value for them. They are added before (`../add_labels.ts`): what
 * is found here could not be read, or says otherwise.
 *
 * @module
 */

import { encodeUtf8 } from "../../host.ts";
import {
  type AddedLabel,
  addedLabels,
  beginWith,
  BY_CHANGES,
  isAdded,
  LABEL_PLACES,
  labelChanges,
  labelKey,
} from "../added_labels.ts";
import { type JsonValue, parseStrictJson, shown } from "../json.ts";
import type { Collector } from "../rules.ts";
import { entriesOf, findWord, keyed } from "./judging.ts";
import { valuesOf } from "./places.ts";
import type { GuardedRequest } from "./request.ts";
import { guardWay } from "./rows.ts";

const KNOB = "labels-added";

/** The labels of a volume that a mount names first. */
const OF_VOLUME = /\]\.VolumeOptions\.Labels$/;

/** What of a build's query asks for BuildKit, but for `version`. */
const OF_BUILDKIT = ["session", "buildid", "outputs"] as const;

/** Judges a request of an operation that creates something. */
export function judgeAddedLabels(
  collector: Collector,
  request: GuardedRequest,
): void {
  const added = addedLabels(collector.rules);
  if (added.length === 0) return;
  const { operation, query, body } = request;
  const at = (place: string): JsonValue =>
    body?.fields.find(({ path }) => path === place)?.value ?? null;
  for (const place of LABEL_PLACES.get(operation) ?? []) {
    const path = place.join(".");
    judgeLabelsAt(collector, added, path, at(path));
  }
  for (const { path, value } of body?.fields ?? []) {
    // The engine makes such a volume by itself: it gets no label, and no other.
    if (OF_VOLUME.test(path)) judgeOthers(collector, added, path, value);
  }
  if (operation === "image.build") judgeBuild(collector, added, query);
  else if (BY_CHANGES.has(operation)) {
    judgeOthers(collector, added, "Labels", at("Labels"));
    judgeChanges(collector, added, query);
  } else if (guardWay(operation).knob === "buildkit") {
    refuseBuildKit(collector, "");
  }
}

/**
 * Adds what gives a label that is added another value.
 *
 * @param within The place of the labels.
 * @param value null where it cannot be read.
 */
export function judgeLabelValue(
  collector: Collector,
  within: string,
  key: string,
  value: JsonValue,
): void {
  const added = addedLabels(collector.rules);
  const known = added.find(([one]) => one === labelKey(key));
  if (known === undefined || isAdded(added, key, value)) return;
  const what = `sets another value for the label '${shown(known[0])}'`;
  findWord(collector, KNOB, known.join("="), keyed(within, key), what);
}

/** Adds the labels that have another value; returns those that are not there. */
function judgeOthers(
  collector: Collector,
  added: readonly AddedLabel[],
  path: string,
  labels: JsonValue,
): readonly AddedLabel[] {
  const given = entriesOf(labels);
  for (const [key, value] of given) {
    judgeLabelValue(collector, path, key, value);
  }
  return added.filter(([key]) => !given.some(([one]) => labelKey(one) === key));
}

function judgeLabelsAt(
  collector: Collector,
  added: readonly AddedLabel[],
  path: string,
  labels: JsonValue,
): void {
  refuseLacking(collector, judgeOthers(collector, added, path, labels), path);
}

function refuseLacking(
  collector: Collector,
  lacking: readonly AddedLabel[],
  path: string,
): void {
  for (const one of lacking) {
    const what = `lacks the label '${shown(one.join("="))}'`;
    findWord(collector, KNOB, one.join("="), path, what);
  }
}

function judgeBuild(
  collector: Collector,
  added: readonly AddedLabel[],
  query: string,
): void {
  const versions = valuesOf(query, "version");
  if (versions.some((one) => one !== "" && one !== "1")) {
    refuseBuildKit(collector, "version");
  }
  for (const name of OF_BUILDKIT) {
    if (valuesOf(query, name).some((one) => one !== "")) {
      refuseBuildKit(collector, name);
    }
  }
  const [text = "", ...more] = valuesOf(query, "labels");
  if (more.length > 0) {
    return refuseAll(collector, "labels", "is given twice; give it once");
  }
  const parsed = text === ""
    ? { value: null }
    : parseStrictJson(encodeUtf8(text));
  // Such a text is refused for all guards.
  if ("problem" in parsed) return;
  judgeLabelsAt(collector, added, "labels", parsed.value);
}

/** Other values in later ones are judged with the rest of `changes`. */
function judgeChanges(
  collector: Collector,
  added: readonly AddedLabel[],
  query: string,
): void {
  const own = labelChanges(added);
  if (beginWith(valuesOf(query, "changes"), own)) return;
  refuseLacking(collector, added, "changes");
}

function refuseBuildKit(collector: Collector, path: string): void {
  const what = path === ""
    ? "it builds by BuildKit, where no label is sure"
    : "builds by BuildKit, where no label is sure";
  refuseAll(collector, path, what);
}

/** Adds what is allowed only where no label is added. */
function refuseAll(
  { refused }: Collector,
  path: string,
  what: string,
): void {
  refused.push({ knob: KNOB, path, what, remedy: `${KNOB}: []` });
}
