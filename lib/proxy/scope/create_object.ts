/**
 * Holds requests that create containers, networks and volumes: the new object
 * is in the client's scope, and in no other one's by its labels.
 *
 * @module
 */

import { fold } from "../../docker/fold.ts";
import {
  type Complain,
  fields,
  readEntries,
  readFields,
  readString,
} from "../../guard/json.ts";
import { readQuery } from "../../guard/query.ts";
import type { MutableObject } from "../../guard/rewrite.ts";
import type { ObjectScope } from "../../policy/scope.ts";
import {
  additionFor,
  claimedScope,
  type NewObject,
  scopeLabelKeys,
} from "../../policy/scope_new.ts";
import {
  type Holder,
  isNotHeld,
  isPodmans,
  type NotHeld,
  refuseHold,
  withDocument,
} from "./held.ts";
import { readPodmanNetwork } from "./create_network.ts";
import { LIKE_AN_ID, likeAnId } from "./joins.ts";
import { takenName } from "./look_up.ts";

/** The kinds of object that these operations create. */
const CREATED: ReadonlyMap<string, "containers" | "networks" | "volumes"> =
  new Map([
    ["container.create", "containers"],
    ["network.create", "networks"],
    ["volume.create", "volumes"],
    ["libpod.network.create", "networks"],
    ["libpod.volume.create", "volumes"],
  ]);

/** Podman reads `Label` and `Labels` of a volume, Docker the second one. */
const NEW = fields(["Name", "Labels", "Label"], ["name"]);
const VOLUME_NAMES = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** Labels of one object; each is compared with all scopes. */
const MAX_LABELS = 256;

/** Holds a creation: labels of the scope are added to it. */
export const holdCreation: Holder = async (of, hold, held) => {
  const kind = CREATED.get(of.match.operation.name);
  if (kind === undefined || kind !== hold.kind) {
    return refuseHold(of, hold, held);
  }
  const read = withDocument(held);
  if (isNotHeld(read)) return read;
  const body = read.document;
  const podmans = isPodmans(of);
  const isNetwork = podmans && kind === "networks";
  const asked = isNetwork
    ? readNewNetwork(body, held.query)
    : readNew(kind, body, held.query, podmans);
  if ("problem" in asked) return refused(asked.problem);
  if (kind === "volumes" && of.scope.images !== "any" && isOfImage(body)) {
    return refused(
      "the driver 'image' reads an image, which cannot be held to the client's scope; use another driver",
    );
  }
  const scope = of.scope[kind] as ObjectScope;
  if (kind !== "volumes" && LIKE_AN_ID.test(asked.name)) {
    return refused(likeAnId(asked.name));
  }
  const taken = await takenName(of, kind, asked.name);
  if (taken !== null) return taken;
  const added = additionFor(kind, scope, asked);
  if ("problem" in added) return refused(added.problem);
  const { policy } = of.sources;
  const other = claimedScope(policy, of.rights.client, kind, asked, scope);
  if (other !== null) {
    return refused(
      `its labels would put it into the scope of client '${other}'; leave them out`,
    );
  }
  const labels = new Map([...asked.labels, ...added.labels]);
  if (kind === "containers") {
    // An empty value wins over the image's, and counts for no scope.
    for (const key of scopeLabelKeys(policy)) {
      if (!labels.has(key)) labels.set(key, "");
    }
  }
  body[isNetwork ? "labels" : "Labels"] = Object.fromEntries(labels);
  if (podmans) delete body.Label;
  // The engine hands over a volume that somebody made meanwhile.
  const answer = kind === "volumes"
    ? [...held.answer, { ...hold, limit: null, absent: null }]
    : held.answer;
  return { ...read, by: [...held.by, added.by], answer };
};

/** Reads the name and the labels of what is created. */
function readNew(
  kind: "containers" | "networks" | "volumes",
  body: MutableObject,
  query: string,
  podmans: boolean,
): NewObject | { problem: string } {
  let problem: string | null = null;
  const complain = (one: string) => problem ??= one;
  const root = readFields(body, "the body", NEW, complain);
  // Podman's own clients send the first one; the second one wins.
  const given = podmans ? ["Label", "Labels"] as const : ["Labels"] as const;
  const labels = given.flatMap((field) =>
    readEntries(root[field], field, complain).map((
      [key, value],
    ): [string, string] => [key, readString(value, field, complain)])
  );
  judgeLabels(labels, complain);
  if (root.Label !== null && !podmans) {
    complain("write 'Labels' in place of 'Label'");
  }
  let name = readString(root.Name, "Name", complain);
  if (kind === "containers") {
    if (name !== "") complain("give the container's name in the query only");
    const read = readQuery(query, ["name"]);
    if ("problem" in read) return read;
    name = read.values.name.replace(/^\//, "");
  }
  if (kind === "volumes" && name !== "" && !VOLUME_NAMES.test(name)) {
    complain(
      "the name of the volume has other characters than a-z, 0-9, _, . and -",
    );
  }
  return problem === null ? { name, labels: new Map(labels) } : { problem };
}

function readNewNetwork(
  body: MutableObject,
  query: string,
): NewObject | { problem: string } {
  let problem: string | null = null;
  const complain = (one: string) => problem ??= one;
  const { name, labels } = readPodmanNetwork(body, query, complain);
  judgeLabels(labels, complain);
  return problem === null ? { name, labels: new Map(labels) } : { problem };
}

function judgeLabels(
  labels: readonly (readonly [key: string, value: string])[],
  complain: Complain,
): void {
  if (labels.length > MAX_LABELS) {
    complain(`it has more than ${MAX_LABELS} labels; send fewer`);
  }
  for (const [key] of labels) {
    // Podman writes KEY=VALUE, and splits that again.
    if (key.includes("=")) complain(`a label's key has a '='; leave it out`);
  }
}

/** Whether podman fills a volume from the image that its options name. */
function isOfImage(body: MutableObject): boolean {
  return Object.entries(body).some(([key, value]) =>
    fold(key) === "driver" && value === "image"
  );
}

function refused(why: string): NotHeld {
  return { kind: "refused", why };
}
