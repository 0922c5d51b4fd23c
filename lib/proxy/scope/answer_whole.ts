/**
 * Filters answers that are one JSON object: they are read whole, up to a bound.
 *
 * @module
 */

import { findProblem } from "../../guard/json.ts";
import { withValues } from "../../guard/values.ts";
import { decodeLatin1, decodeUtf8, encodeUtf8, parseJson } from "../../host.ts";
import { coversImage } from "../../policy/scope_images.ts";
import { type ImageScope, isScoped, type Scope } from "../../policy/scope.ts";
import { type AnswerSources, showsContainer } from "./answer_facts.ts";
import { type AnswerFilter, filterRead, type Passed } from "./answer_hold.ts";
import { countShown } from "./answer_counts.ts";
import {
  coveredNames,
  namesIn,
  shownNames,
  showsVolume,
} from "./answer_entry.ts";

/** Bytes of such an answer; a list of 10,000 volumes fits. */
const MAX_BYTES = 8 * 1024 * 1024;

type Json = Readonly<Record<string, unknown>>;

/** The values to write into an answer, by their keys; or a clause that says why it cannot be filtered. */
type Rewrite = (
  sources: AnswerSources,
  scope: Scope,
  answer: Json,
) => Promise<ReadonlyMap<string, string> | { readonly problem: string }>;

/** How the answer of each operation is rewritten. */
const REWRITES: ReadonlyMap<string, Rewrite> = new Map([
  ["network.inspect", rewriteNetwork],
  ["volume.inspect", rewriteVolume],
  ["volume.create", rewriteCreated],
  ["volume.list", rewriteVolumes],
  ["system.info", rewriteInfo],
  ["image.inspect", rewriteImage],
  ["libpod.image.inspect", rewriteImage],
  ["libpod.network.inspect", rewritePodmanNetwork],
  ["libpod.volume.inspect", rewriteVolume],
  ["libpod.volume.create", rewriteCreated],
  ["libpod.system.info", rewritePodmanInfo],
]);

/** Whether the answer of an operation is one JSON object that can be filtered. */
export function isWhole(operation: string): boolean {
  return REWRITES.has(operation);
}

/** Filters the answer of an operation for which {@link isWhole} says yes. */
export function filterWhole(
  sources: AnswerSources,
  scope: Scope,
  operation: string,
): AnswerFilter {
  return filterRead(
    MAX_BYTES,
    "is too long",
    (whole) => rewrite(sources, scope, operation, decodeUtf8(whole)),
  );
}

async function rewrite(
  sources: AnswerSources,
  scope: Scope,
  operation: string,
  text: string,
): Promise<Passed> {
  let answer: unknown;
  try {
    // Volumes are of any number, and each has a bounded one of keys.
    const problem = findProblem(text, Infinity);
    if (problem !== null) return { problem };
    answer = parseJson(text);
  } catch {
    return { problem: "is not valid JSON" };
  }
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    return { problem: "is no JSON object" };
  }
  const values = await REWRITES.get(operation)!(sources, scope, answer as Json);
  if ("problem" in values) return values as { problem: string };
  return decodeLatin1(encodeUtf8(withValues(text, values)));
}

async function rewriteNetwork(
  sources: AnswerSources,
  scope: Scope,
  { Containers, Services }: Json,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  if (Services !== undefined) values.set("Services", "{}");
  values.set("Containers", await shownEndpoints(sources, scope, Containers));
  return values;
}

/** Podman names the containers of a network since its version 5. */
async function rewritePodmanNetwork(
  sources: AnswerSources,
  scope: Scope,
  { containers }: Json,
): Promise<ReadonlyMap<string, string>> {
  const shown = await shownEndpoints(sources, scope, containers);
  return new Map([["containers", shown]]);
}

/** The endpoints of a network by the ids of their containers: of those in scope, as JSON text. */
async function shownEndpoints(
  sources: AnswerSources,
  scope: Scope,
  containers: unknown,
): Promise<string> {
  if (containers === undefined || containers === null) return "null";
  const shown: string[] = [];
  for (const [id, endpoint] of Object.entries(Object(containers))) {
    if (!await showsContainer(sources, scope, id)) continue;
    shown.push(`${JSON.stringify(id)}:${JSON.stringify(endpoint)}`);
  }
  return `{${shown.join(",")}}`;
}

/** How many containers use a volume is left out. */
function rewriteVolume(): Promise<ReadonlyMap<string, string>> {
  return Promise.resolve(
    new Map([["UsageData", "null"], ["MountCount", "0"]]),
  );
}

/** Nothing is shown of a volume that was there already, outside. */
function rewriteCreated(
  _: AnswerSources,
  scope: Scope,
  answer: Json,
): Promise<ReadonlyMap<string, string> | { problem: string }> {
  return Promise.resolve(
    showsVolume(answer, scope)
      ? new Map()
      : { problem: "shows a volume that is outside the scope" },
  );
}

function rewriteVolumes(
  _: AnswerSources,
  scope: Scope,
  { Volumes }: Json,
): Promise<ReadonlyMap<string, string> | { problem: string }> {
  const list = Array.isArray(Volumes) ? Volumes : [];
  const shown: unknown[] = [];
  for (const one of list) {
    const volume = Object(one);
    if (typeof volume.Name !== "string" || volume.Name === "") {
      return Promise.resolve({ problem: "has a volume without a name" });
    }
    if (!showsVolume(volume, scope)) continue;
    // How many containers use it counts those outside too.
    if (isScoped(scope, "containers")) delete volume.UsageData;
    shown.push(volume);
  }
  return Promise.resolve(
    new Map([["Volumes", JSON.stringify(shown)], ["Warnings", "null"]]),
  );
}

/** An image with its names in scope, and without the containers that use it or that it was made of. */
function rewriteImage(
  _: AnswerSources,
  scope: Scope,
  image: Json,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  if (isScoped(scope, "containers")) {
    values.set("Container", '""');
    values.set("Manifests", "null");
  }
  if (isScoped(scope, "images")) {
    const images = scope.images as ImageScope;
    const { tags, digests } = shownNames(images, image);
    // An image may have been pulled by its digest alone.
    const all = namesIn(image.RepoDigests).filter((one) =>
      digests.includes(one) || coversImage(images, "use", one)
    );
    values.set("RepoTags", JSON.stringify(tags));
    values.set("RepoDigests", JSON.stringify(all));
    values.set(
      "NamesHistory",
      JSON.stringify(coveredNames(images, image.NamesHistory)),
    );
  }
  return Promise.resolve(values);
}

/** How many objects in scope there are; null of a kind without a scope. */
interface Counts {
  readonly containers: {
    readonly all: number;
    readonly running: number;
    readonly paused: number;
    readonly stopped: number;
  } | null;
  readonly images: number | null;
}

async function countsOf(
  { engine }: AnswerSources,
  scope: Scope,
): Promise<Counts | { readonly problem: string }> {
  const states = isScoped(scope, "containers")
    ? await countShown(engine, scope, "containers")
    : null;
  if (states !== null && "problem" in states) {
    return states as { problem: string };
  }
  const names = isScoped(scope, "images")
    ? await countShown(engine, scope, "images")
    : null;
  if (names !== null && "problem" in names) return names as { problem: string };
  return {
    containers: states === null
      ? null
      : statesOf(states as ReadonlyMap<string, number>),
    images: names === null
      ? null
      : (names as ReadonlyMap<string, number>).get("") ?? 0,
  };
}

function statesOf(states: ReadonlyMap<string, number>): Counts["containers"] {
  const all = [...states.values()].reduce((sum, one) => sum + one, 0);
  const running = states.get("running") ?? 0;
  const paused = states.get("paused") ?? 0;
  return { all, running, paused, stopped: all - running - paused };
}

async function rewriteInfo(
  sources: AnswerSources,
  scope: Scope,
): Promise<ReadonlyMap<string, string> | { problem: string }> {
  const counts = await countsOf(sources, scope);
  if ("problem" in counts) return counts;
  const { containers, images } = counts;
  const values = new Map<string, string>();
  if (containers !== null) {
    values.set("Containers", String(containers.all));
    values.set("ContainersRunning", String(containers.running));
    values.set("ContainersPaused", String(containers.paused));
    values.set("ContainersStopped", String(containers.stopped));
  }
  if (images !== null) values.set("Images", String(images));
  return values;
}

/** Podman's own `info` has the counts inside of `store`. */
async function rewritePodmanInfo(
  sources: AnswerSources,
  scope: Scope,
  { store }: Json,
): Promise<ReadonlyMap<string, string> | { problem: string }> {
  if (typeof store !== "object" || store === null || Array.isArray(store)) {
    return { problem: "has no 'store'" };
  }
  const counts = await countsOf(sources, scope);
  if ("problem" in counts) return counts;
  const { containers, images } = counts;
  const values = new Map<string, string>();
  if (containers !== null) {
    const { all: number, paused, running, stopped } = containers;
    const shown = { number, paused, running, stopped };
    values.set("containerStore", JSON.stringify(shown));
  }
  if (images !== null) {
    values.set("imageStore", JSON.stringify({ number: images }));
  }
  return new Map([["store", withValues(JSON.stringify(store), values)]]);
}
