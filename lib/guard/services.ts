/**
 * What a swarm service claims for the containers of its tasks.
 *
 * @module
 */

import {
  addLabels,
  addNetwork,
  addReference,
  addTemplate,
  type Draft,
  type RequestParts,
} from "./draft.ts";
import {
  fields,
  type JsonValue,
  readFields,
  readList,
  readString,
  readStrings,
} from "./json.ts";

const SERVICE = fields(["Name", "TaskTemplate", "Networks"]);
const TASK = fields(["ContainerSpec", "NetworkAttachmentSpec", "Networks"]);
const TASK_CONTAINER = fields(["Labels", "Hostname"]);
const ATTACHMENT = fields(["ContainerID"]);
const TASK_NETWORK = fields(["Target", "Aliases"]);

/** Labels that swarm sets on every container, whatever the request says; it chooses their values itself. */
const SWARM_LABELS = [
  "com.docker.swarm.task",
  "com.docker.swarm.task.id",
  "com.docker.swarm.task.name",
  "com.docker.swarm.node.id",
];

/** Reads the creation of a service, or an update, which replaces the whole `ServiceSpec`. */
export function readService(
  draft: Draft,
  { path, query, body }: RequestParts,
): void {
  const { complain, aliases, labels, unknown } = draft;
  if (body === null) complain("the body is not an object");
  const service = readFields(body, "the body", SERVICE, complain);
  const task = readFields(
    service.TaskTemplate,
    "TaskTemplate",
    TASK,
    complain,
  );
  const spec = readFields(
    task.ContainerSpec,
    "TaskTemplate.ContainerSpec",
    TASK_CONTAINER,
    complain,
  );
  const name = readString(service.Name, "Name", complain);
  // Containers do not get the labels of the service (Labels at the root).
  addLabels(draft, spec.Labels, "TaskTemplate.ContainerSpec.Labels");
  labels.push(
    ["com.docker.swarm.service.name", name],
    // An update may name the service instead; a new service gets a new id.
    ["com.docker.swarm.service.id", path.length > 0 ? null : "a new id"],
    ...SWARM_LABELS.map((key): [string, null] => [key, null]),
  );
  if (name !== "") aliases.push(name, `tasks.${name}`);
  addTemplate(draft, readString(spec.Hostname, "Hostname", complain));
  readTaskNetworks(draft, service.Networks, "Networks");
  readTaskNetworks(draft, task.Networks, "TaskTemplate.Networks");
  const attachment = readFields(
    task.NetworkAttachmentSpec,
    "TaskTemplate.NetworkAttachmentSpec",
    ATTACHMENT,
    complain,
  );
  const attached = readString(attachment.ContainerID, "ContainerID", complain);
  addReference(draft, draft.touches, attached, "ContainerID");
  // A task without ContainerSpec makes no container.
  if (task.ContainerSpec !== null) {
    draft.inherits = ["TaskTemplate", "ContainerSpec", "Labels"];
  }
  // The client of Docker 29 says none with every update.
  if (query.rollback !== "" && query.rollback !== "none") {
    draft.inherits = null;
    unknown.labels =
      unknown.aliases =
      unknown.addresses =
        "a rollback uses an earlier specification that the request does not show; send that specification as an update";
  }
}

/** Reads `NetworkAttachmentConfig`s: the networks of the tasks, with their aliases. */
function readTaskNetworks(draft: Draft, list: JsonValue, path: string): void {
  const { complain } = draft;
  for (const value of readList(list, path, complain)) {
    const { Target, Aliases } = readFields(value, path, TASK_NETWORK, complain);
    addNetwork(draft, readString(Target, `${path}.Target`, complain));
    for (const alias of readStrings(Aliases, `${path}.Aliases`, complain)) {
      addTemplate(draft, alias);
    }
  }
}
