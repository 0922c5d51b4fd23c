/**
 * Holds the objects that a body joins.
 *
 * @module
 */

import type { Anonymous, Joined, Reference } from "../../guard/joined.ts";
import { readJoined } from "../../guard/references.ts";
import { plainPath } from "../../guard/volume_references.ts";
import { isClosed, type ObjectScope } from "../../policy/scope.ts";
import { additionFor, claimedScope } from "../../policy/scope_new.ts";
import {
  closedKind,
  type HeldCase,
  type Holder,
  isNotHeld,
  type NotHeld,
  refuseHold,
  withDocument,
} from "./held.ts";
import { findImage, lookUpImage } from "./images.ts";
import { findInScope, findJoined } from "./look_up.ts";

/** Objects of one kind that one body may name: each costs a question to the engine. */
const MAX_REFERENCES = 64;

/** Holds the objects that the body joins: names become full ids. */
export const holdBody: Holder = async (of, hold, held) => {
  const read = withDocument(held);
  if (isNotHeld(read)) return read;
  const joined = readJoined(of.match.operation.name, read.document);
  if (joined === null) return refuseHold(of, hold, held);
  if ("problem" in joined) return refused(joined.problem);
  const named = joined.references.filter(({ kind }) => kind === hold.kind);
  if (isClosed(of.scope, hold.kind)) {
    // A volume without a name is new, and no one's.
    return named.length === 0 ? held : closedKind(of, hold);
  }
  if (named.length > MAX_REFERENCES) {
    return refused(
      `it names more than ${MAX_REFERENCES} ${hold.kind}; name fewer`,
    );
  }
  const by = [...held.by];
  for (const reference of named) {
    const failed = await holdReference(of, reference, held.parameters, by);
    if (failed !== null) return failed;
  }
  if (hold.kind === "volumes") {
    const failed = labelAnonymous(of, joined.anonymous) ??
      await labelImageVolumes(of, joined);
    if (failed !== null) return failed;
  }
  return { ...read, by };
};

/** Judges one reference, and writes its full id; null where it is in scope. */
async function holdReference(
  of: HeldCase,
  { kind, name, write, linked }: Reference,
  [path = ""]: readonly string[],
  by: string[],
): Promise<NotHeld | null> {
  if (kind === "images") return await findImage(of, name, "use");
  const found = await findJoined(of, kind, name);
  if ("kind" in found) return found;
  const { id } = found.facts;
  // Podman finds a volume by the start of its name; the body makes a new one.
  if (kind === "volumes" && id !== name) {
    return { kind: "absent", object: kind, name, hidden: null };
  }
  by.push(found.by);
  const beyond = linked ? await holdLinked(of, id) : null;
  if (beyond !== null) return beyond;
  if (write !== null && !write(id)) {
    return refused(
      `it names ${kind.slice(0, -1)} '${name}' twice; name it once`,
    );
  }
  // Docker takes the id in the body for the network, whatever the path names.
  return kind === "networks" && of.match.operation.name === "network.connect" &&
      id !== path
    ? refused(`the path and NetworkID in the body name two networks`)
    : null;
}

/** Containers that have each other's network; the engine goes from one to the next. */
const MAX_LINKED = 8;

/**
 * Judges the container that a link leads to: of one that has another one's
 * network the engine takes the other one, with its name and its environment.
 */
async function holdLinked(
  of: HeldCase,
  first: string,
): Promise<NotHeld | null> {
  let id = first;
  for (let i = 0; i < MAX_LINKED; i++) {
    const fields = await of.sources.objects.joined(id);
    if (fields === null || "reason" in fields) {
      const why = fields?.reason ?? "the engine has no such container any more";
      const reason = `sockwarden cannot tell what '${id}' joins: ${why}`;
      return { kind: "unsure", reason };
    }
    const { NetworkMode: mode } = Object(fields.HostConfig);
    if (typeof mode !== "string" || !mode.startsWith("container:")) return null;
    const next = mode.slice("container:".length).replace(/^\//, "");
    const found = await findInScope(of, "containers", next);
    if ("kind" in found) {
      return found.kind === "unsure" ? found : refused(
        "a link leads to the container whose network the named one has, and that one is not in the client's scope",
      );
    }
    id = found.facts.id;
  }
  return refused("a link leads through too many containers");
}

/** Gives the volumes that the engine makes by itself the labels of the scope; null where it has done so. */
function labelAnonymous(
  { scope, sources: { policy }, rights: { client } }: HeldCase,
  anonymous: readonly Anonymous[],
): NotHeld | null {
  for (const { labels, label } of anonymous) {
    const own = scope.volumes as ObjectScope;
    const asked = { name: "", labels };
    const added = additionFor("volumes", own, asked);
    if ("problem" in added) {
      return refused(
        `the engine would make a volume by itself; create one first, and name it (${added.problem})`,
      );
    }
    const other = claimedScope(policy, client, "volumes", asked, own);
    if (other !== null) {
      return refused(
        `the labels of a volume would put it into the scope of client '${other}'; leave them out`,
      );
    }
    if (!label(added.labels)) {
      return refused(
        "the engine would make a volume without labels; send HostConfig without VolumeDriver, or create one first, and name it",
      );
    }
  }
  return null;
}

/** Paths for which an image asks for volumes. */
const MAX_IMAGE_VOLUMES = 64;

/**
 * Gives the volumes for which the image asks the labels of the scope; null
 * where it has done so. What another container mounts there is not known, so
 * that beside `VolumesFrom` nothing is added.
 */
async function labelImageVolumes(
  of: HeldCase,
  { references, shares, targets, mount }: Joined,
): Promise<NotHeld | null> {
  const image = references.find(({ kind }) => kind === "images");
  if (mount === null || image === undefined || shares) return null;
  const found = await lookUpImage(of, image.name);
  if (found === null) return null;
  if ("kind" in found) return found;
  const paths = found.volumes.filter((path) => !targets.has(plainPath(path)));
  if (paths.length > MAX_IMAGE_VOLUMES) {
    return refused(`its image asks for more than ${MAX_IMAGE_VOLUMES} volumes`);
  }
  return labelAnonymous(
    of,
    paths.map((path) => ({
      labels: new Map(),
      label: (labels) => mount(path, labels),
    })),
  );
}

function refused(why: string): NotHeld {
  return { kind: "refused", why };
}
