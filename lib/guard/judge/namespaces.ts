/**
 * Judges the namespaces that a container shares with the host or with other
 * containers.
 *
 * @module
 */

import { shown } from "../json.ts";
import type { Read } from "../schema/read.ts";
import { find } from "../rules.ts";
import {
  fieldAt,
  findListed,
  isCreation,
  type Judging,
  textOf,
} from "./judging.ts";

/** A field: its namespace, as the knob names it, and what is private in it. */
interface ModeRow {
  readonly namespace: string;
  readonly harmless: RegExp;
}

/** By field; `private` and the words of UsernsMode are podman's, too. */
const MODES: Readonly<Record<string, ModeRow>> = {
  PidMode: { namespace: "pid", harmless: /^(?:private)?$/ },
  IpcMode: { namespace: "ipc", harmless: /^(?:none|private)?$/ },
  UTSMode: { namespace: "uts", harmless: /^(?:private)?$/ },
  UsernsMode: {
    namespace: "user",
    harmless: /^(?:private|(?:auto|keep-id)(?::.*)?|nomap)?$/,
  },
  CgroupnsMode: { namespace: "cgroup", harmless: /^(?:private)?$/ },
  Cgroup: { namespace: "cgroup", harmless: /^$/ },
};

/** The names of {@link judgeMode}'s fields. */
export const MODE_NAMES: readonly string[] = Object.keys(MODES);

const CONTAINER = "container:";

/** The container that a mode joins; null for none. */
export function joinedContainer(mode: string): string | null {
  return mode.startsWith(CONTAINER)
    ? mode.slice(CONTAINER.length).replace(/^\//, "")
    : null;
}

/** Judges `PidMode` and its like. */
export function judgeMode(of: Judging, { path, field, value }: Read): void {
  const { namespace, harmless } = MODES[field.name]!;
  const mode = textOf(value);
  if (harmless.test(mode)) return;
  // With version 1 of control groups engines share them unless told otherwise.
  if (of.inspected && namespace === "cgroup" && mode === "host") return;
  if (mode === "shareable" && namespace === "ipc") {
    // Engines show it of containers that did not ask for it.
    if (!of.inspected) findShareable(of, path, "lets");
    return;
  }
  // So do they where the host has cgroup v1: its namespace is their default.
  if (of.inspected && mode === "host" && namespace === "cgroup") return;
  judgeShared(of, path, namespace, mode);
}

/**
 * Judges a mode that is neither private nor a name.
 *
 * @param namespace As the knob names it.
 */
export function judgeShared(
  { collector, join }: Judging,
  path: string,
  namespace: string,
  mode: string,
): void {
  const container = joinedContainer(mode);
  if (container !== null) {
    find(
      collector,
      "container-namespaces",
      path,
      `shares the ${namespace} namespace of the container '${
        shown(container)
      }'`,
    );
    return join(path, container);
  }
  if (mode === "host") {
    return findListed(
      collector,
      "namespaces",
      path,
      `shares the host's ${namespace} namespace`,
      namespace,
    );
  }
  find(
    collector,
    "namespaces",
    path,
    mode.startsWith("ns:")
      ? `joins a ${namespace} namespace by its path '${shown(mode.slice(3))}'`
      : `is '${shown(mode)}', which this release does not know`,
  );
}

function findShareable(
  { collector }: Judging,
  path: string,
  verb: string,
): void {
  find(
    collector,
    "container-namespaces",
    path,
    `${verb} other containers join its ipc namespace`,
  );
}

/** From this API on, the IPC namespace is private where nothing is said. */
const PRIVATE_IPC = 140;
/** The same of the cgroup namespace. */
const PRIVATE_CGROUP = 141;

/** Judges what an old version of the API makes of modes that are not given. */
export function judgeOldDefaults(of: Judging): void {
  const { version } = of.request;
  if (of.inspected || version === null || !isCreation(of)) return;
  const ipc = "HostConfig.IpcMode";
  if (version < PRIVATE_IPC && fieldAt(of, ipc) === null) {
    findShareable(
      of,
      ipc,
      "is not given, by which API 1.39 and older (use API 1.40, or IpcMode=private) let",
    );
  }
  const cgroup = "HostConfig.CgroupnsMode";
  if (version < PRIVATE_CGROUP && fieldAt(of, cgroup) === null) {
    find(
      of.collector,
      "namespaces",
      cgroup,
      "is not given, by which API 1.40 and older (use API 1.41, or CgroupnsMode=private) share the host's cgroup namespace",
      "[cgroup]",
      (entry) => entry === "cgroup",
    );
  }
}
