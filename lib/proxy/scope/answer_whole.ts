/**
 * Filters answers that are one JSON object: they are read whole, up to a bound.
 *
 * @module
 */

import { findProblem } from "../../guard/json.ts";
import { withValues } from "../../guard/values.ts";
import { decodeLatin1, decodeUtf8, encodeUtf8 } from "../../host.ts";
import { coversImage } from "../../policy/scope_images.ts";
import { type ImageScope, isScoped, type Scope } from "../../policy/scope.ts";
import { type AnswerSources, showsContainer } from "./answer_facts.ts";
import { type AnswerFilter, filterRead, type Passed } from "./answer_hold.ts";
import { countShown } from "./answer_counts.ts";
import { namesIn, shownNames, showsVolume } from "./answer_list.ts";

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
    answer = JSON.parse(text);
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
  if (Containers === undefined || Containers === null) return values;
  const shown: string[] = [];
  for (const [id, endpoint] of Object.entries(Object(Containers))) {
    if (!await showsContainer(sources, scope, id)) continue;
    shown.push(`${JSON.stringify(id)}:${JSON.stringify(endpoint)}`);
  }
  values.set("Containers", `{${shown.join(",")}}`);
  return values;
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
    const former = namesIn(image.NamesHistory).filter((one) =>
      coversImage(images, "use", one)
    );
    values.set("RepoTags", JSON.stringify(tags));
    values.set("RepoDigests", JSON.stringify(all));
    values.set("NamesHistory", JSON.stringify(former));
  }
  return Promise.resolve(values);
}

async function rewriteInfo(
  { engine }: AnswerSources,
  scope: Scope,
): Promise<ReadonlyMap<string, string> | { problem: string }> {
  const values = new Map<string, string>();
  if (isScoped(scope, "containers")) {
    const counts = await countShown(engine, scope, "containers");
    if ("problem" in counts) return counts as { problem: string };
    const states = counts as ReadonlyMap<string, number>;
    const of = (state: string) => String(states.get(state) ?? 0);
    const all = [...states.values()].reduce((sum, one) => sum + one, 0);
    const stopped = all - Number(of("running")) - Number(of("paused"));
    values.set("Containers", String(all));
    values.set("ContainersRunning", of("running"));
    values.set("ContainersPaused", of("paused"));
    values.set("ContainersStopped", String(stopped));
  }
  if (isScoped(scope, "images")) {
    const counts = await countShown(engine, scope, "images");
    if ("problem" in counts) return counts as { problem: string };
    const images = counts as ReadonlyMap<string, number>;
    values.set("Images", String(images.get("") ?? 0));
  }
  return values;
}
