/**
 * Judges what makes, names and moves images. A name is no proof of what an image
 * is: where the guard lists images by name, nobody may give such a name to
 * another image.
 *
 * @module
 */

import { withoutTag } from "../../docker/image_name.ts";
import { fitsPattern } from "../pattern.ts";
import { shown } from "../json.ts";
import { type Collector, find, knobOf } from "../rules.ts";
import { coversImage, judgeImage } from "./images.ts";
import { findNamed, type Judging } from "./judging.ts";
import { queryOf, refuse } from "./places.ts";

const HUB = "docker.io";

/** The registry of an image's name, as the engine finds it. */
export function registryOf(image: string): string {
  const slash = image.indexOf("/");
  const host = slash < 0 ? "" : image.slice(0, slash);
  const isHost = /[.:]/.test(host) || host === "localhost" ||
    host !== host.toLowerCase();
  return !isHost || host === "index.docker.io" ? HUB : host;
}

/** Judges where the engine is sent for an image. */
export function judgeRegistry(
  collector: Collector,
  path: string,
  image: string,
): void {
  const registry = registryOf(image);
  findNamed(
    collector,
    "registries",
    path,
    `sends the engine to the registry '${shown(registry)}'`,
    registry,
    (entry) => fitsPattern(entry.toLowerCase(), registry.toLowerCase()),
  );
}

/** All that engines can make of a name and a tag apart. */
function namesOf(name: string, tag: string): readonly string[] {
  const names = tag === ""
    ? [name]
    : [`${name}:${tag}`, `${withoutTag(name)}:${tag}`];
  // Podman puts what has no registry there.
  return [...names, ...names.map((one) => `localhost/${one}`)];
}

/** Judges a name that an image is given: none that the guard's list trusts. */
export function judgeGivenName(
  collector: Collector,
  path: string,
  name: string,
  tag = "",
): void {
  if (name === "") return;
  const names = namesOf(name, tag);
  const { list } = knobOf(collector.rules, "images");
  const trusted = list.find((entry) =>
    names.some((one) => coversImage(entry, one))
  );
  if (trusted === undefined) return;
  find(
    collector,
    "images",
    path,
    `gives an image the name '${
      shown(names[0]!)
    }', which the list of images trusts`,
  );
}

/** Judges `image.pull`. */
export function judgePull(of: Judging): void {
  const { collector } = of;
  const query = queryOf(of, ["fromImage", "tag"]);
  if (query === null) return;
  const { fromImage, tag } = query;
  for (const name of fromImage) judgePulled(collector, name, tag);
}

/** What podman takes for another place than a registry: files of the host, or its other stores. */
export const TRANSPORT =
  /^(?:docker:\/|(?:docker-archive|docker-daemon|dir|oci|oci-archive|containers-storage|sif|ostree|atomic|tarball):)/i;

function judgePulled(
  collector: Collector,
  name: string,
  tags: readonly string[],
): void {
  if (TRANSPORT.test(name)) {
    const what = `is '${
      shown(name)
    }', which podman takes for a place that is no registry`;
    return refuse(collector, "fromImage", what);
  }
  judgeRegistry(collector, "fromImage", name);
  for (const tag of tags.length === 0 ? [""] : tags) {
    const image = tag === ""
      ? name.replace(/:$/, "")
      : tag.includes(":")
      ? `${name}@${tag}`
      : `${withoutTag(name)}:${tag}`;
    judgeImage(collector, "fromImage", image, "pulls");
  }
}

/** Judges each name with each tag that an image is given. */
export function judgeNames(
  collector: Collector,
  path: string,
  names: readonly string[],
  tags: readonly string[],
): void {
  for (const name of names) {
    for (const tag of tags.length === 0 ? [""] : tags) {
      judgeGivenName(collector, path, name, tag);
    }
  }
}

/** Judges `image.load`, whose names stand in its archive. */
export function judgeLoad({ collector }: Judging): void {
  const path = "the archive";
  find(collector, "image-contents", path, "brings images of any content");
  find(
    collector,
    "images",
    path,
    "gives images names that are not read, and that the list of images may trust",
  );
}

/** Judges `image.tag`. */
export function judgeTag(of: Judging): void {
  const query = queryOf(of, ["repo", "tag"]);
  if (query === null) return;
  judgeNames(of.collector, "repo", query.repo, query.tag);
}

/** Judges a call whose path names an image of a registry. */
export function judgeNamedRegistry(
  { collector, request: { parameters } }: Judging,
): void {
  judgeRegistry(collector, "the request", parameters[0] ?? "");
}

/** Judges a call with the name of an image in a parameter of its query. */
export function judgeQueriedRegistry(name: "term" | "remote") {
  return (of: Judging): void => {
    for (const value of queryOf(of, [name])?.[name] ?? []) {
      judgeRegistry(of.collector, name, value);
    }
  };
}
