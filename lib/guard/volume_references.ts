/**
 * The volumes that a container's creation names, and those that the engine
 * would make by itself.
 *
 * @module
 */

import {
  fields,
  type JsonValue,
  readEntries,
  readFields,
  readList,
  readString,
  shown,
} from "./json.ts";
import { addName, type Anonymous, type Reading } from "./joined.ts";
import type { MutableObject } from "./rewrite.ts";

const MOUNT = fields([
  "Type",
  "Source",
  "Target",
  "Consistency",
  "BindOptions",
  "VolumeOptions",
]);
const BIND_OPTIONS = fields(["Propagation"]);
const VOLUME_OPTIONS = fields(["Labels", "Subpath"]);
/** What begins another field where a mount is written as one line of CSV. */
const CSV = /[,"\r\n]/;
const HOST_VOLUMES = fields(["Binds", "Mounts", "Tmpfs", "VolumeDriver"]);
const VOLUME_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** Types of mounts that name no object. */
const OTHER_TYPES: ReadonlySet<string> = new Set(["bind", "tmpfs", "npipe"]);

/** Reads the volumes of a creation: `Binds` and `Mounts`, at the root too, and `Volumes`. */
export function readVolumes(
  of: Reading,
  root: {
    readonly HostConfig: JsonValue;
    readonly Binds: JsonValue;
    readonly Mounts: JsonValue;
    readonly Tmpfs: JsonValue;
    readonly Volumes: JsonValue;
  },
  body: MutableObject,
): void {
  const { complain, joined } = of;
  const { targets } = joined;
  const inner = readFields(
    root.HostConfig,
    "HostConfig",
    HOST_VOLUMES,
    complain,
  );
  const withMount = (target: string) => (labels: ReadonlyMap<string, string>) =>
    addMount(body, target, labels);
  joined.mount = (path, labels) => addMount(body, path, labels);
  for (const at of [root, inner]) {
    const { Binds, Mounts, Tmpfs } = at;
    // What stands at the root mounts nothing in current engines.
    const note = (target: string) => {
      if (at === inner) targets.add(target);
    };
    for (const one of readList(Mounts, "Mounts", complain)) {
      note(readMount(of, one));
    }
    for (const [path] of readEntries(Tmpfs, "Tmpfs", complain)) {
      note(plainPath(path));
    }
    const binds = readList(Binds, "Binds", complain);
    for (const bind of binds) {
      const text = readString(bind, "Binds", complain);
      const [source = "", target] = text.split(":", 2);
      note(plainPath(target ?? source));
      if (target === undefined) {
        addAnonymous(of, (labels) => {
          (binds as JsonValue[]).splice(binds.indexOf(bind), 1);
          return withMount(source)(labels);
        });
      } else if (!source.startsWith("/")) addVolume(of, source, "Binds");
    }
  }
  readPaths(of, root.Volumes, withMount);
}

/** Reads `Volumes`: paths at which the engine mounts new volumes. */
function readPaths(
  of: Reading,
  value: JsonValue,
  withMount: (path: string) => Anonymous["label"],
): void {
  const { complain, joined } = of;
  const { shares, targets } = joined;
  for (const [path] of readEntries(value, "Volumes", complain)) {
    // Podman reads it as the option -v: `NAME:/path` mounts a volume.
    if (!path.startsWith("/") || path.includes(":")) {
      complain(`'${shown(path)}' in Volumes is not an absolute path`);
    }
    // What is mounted there already wins, and so may what other containers mount.
    if (shares || targets.has(plainPath(path))) continue;
    targets.add(plainPath(path));
    addAnonymous(of, (labels) => {
      delete (value as MutableObject)[path];
      return withMount(path)(labels);
    });
  }
}

/** Reads one mount, and returns its target. */
function readMount(of: Reading, value: JsonValue): string {
  const { complain, joined } = of;
  const mount = readFields(value, "Mounts", MOUNT, complain);
  const type = readString(mount.Type, "Mounts.Type", complain);
  const source = readString(mount.Source, "Mounts.Source", complain);
  const options = readFields(
    mount.VolumeOptions,
    "VolumeOptions",
    VOLUME_OPTIONS,
    complain,
  );
  const target = readString(mount.Target, "Mounts.Target", complain);
  checkFields(of, mount, options.Subpath);
  const labels = new Map(
    readEntries(options.Labels, "VolumeOptions.Labels", complain).map((
      [key, label],
    ) => [key, readString(label, "VolumeOptions.Labels", complain)]),
  );
  if (type === "image") addName(of, "images", source, null);
  else if (type === "volume" && source !== "") addVolume(of, source, "Mounts");
  else if (type === "volume") {
    joined.anonymous.push({
      labels,
      label: (more) => {
        (value as MutableObject).VolumeOptions = {
          ...mount.VolumeOptions as MutableObject | null,
          Labels: Object.fromEntries([...labels, ...more]),
        };
        return true;
      },
    });
  } else if (!OTHER_TYPES.has(type)) {
    complain(
      `a mount has the type '${shown(type)}'; use bind, volume, tmpfs or image`,
    );
  }
  return plainPath(target);
}

/** Refuses what podman reads as another field: it writes all of a mount into one text, and reads that again. */
function checkFields(
  { complain }: Reading,
  mount: Record<"Source" | "Target" | "Consistency" | "BindOptions", JsonValue>,
  subpath: JsonValue,
): void {
  const { Propagation } = readFields(
    mount.BindOptions,
    "BindOptions",
    BIND_OPTIONS,
    complain,
  );
  const texts = {
    Source: mount.Source,
    Target: mount.Target,
    Consistency: mount.Consistency,
    Propagation,
    Subpath: subpath,
  };
  for (const [field, value] of Object.entries(texts)) {
    const text = readString(value, field, complain);
    if (!CSV.test(text)) continue;
    complain(
      `${field}='${
        shown(text)
      }' in Mounts has a comma, a quote or a line end, which podman reads as another field`,
    );
  }
}

function addVolume(of: Reading, name: string, field: string): void {
  if (VOLUME_NAME.test(name)) addName(of, "volumes", name, null);
  else of.complain(`'${shown(name)}' in ${field} is not the name of a volume`);
}

function addAnonymous(
  { joined }: Reading,
  label: (labels: ReadonlyMap<string, string>) => boolean,
): void {
  joined.anonymous.push({ labels: new Map(), label });
}

/** The fields of a creation that no engine reads as those of HostConfig. */
// deno-fmt-ignore
const PLAIN: ReadonlySet<string> = new Set([
  "ArgsEscaped", "AttachStderr", "AttachStdin", "AttachStdout", "Cmd",
  "Domainname", "Entrypoint", "Env", "ExposedPorts", "Healthcheck",
  "HostConfig", "Hostname", "Image", "Labels", "MacAddress", "NetworkDisabled",
  "NetworkingConfig", "OnBuild", "OpenStdin", "Shell", "StdinOnce",
  "StopSignal", "StopTimeout", "Tty", "User", "Volumes", "WorkingDir",
]);

/**
 * Adds a volume without a name, with labels; false where HostConfig is missing
 * and would put fields at the root out of force, and where a driver is chosen,
 * which does not count for mounts.
 */
function addMount(
  body: MutableObject,
  target: string,
  labels: ReadonlyMap<string, string>,
): boolean {
  if ((body.HostConfig ?? null) === null) {
    if (!Object.keys(body).every((key) => PLAIN.has(key))) return false;
    body.HostConfig = Object.create(null);
  }
  const host = body.HostConfig as MutableObject;
  if ([host, body].some(({ VolumeDriver }) => (VolumeDriver ?? "") !== "")) {
    return false;
  }
  host.Mounts = [...(host.Mounts ?? []) as JsonValue[], {
    Type: "volume",
    Target: target,
    VolumeOptions: { Labels: Object.fromEntries(labels) },
  }];
  return true;
}

/** A path without the slash at its end. */
export function plainPath(path: string): string {
  // Not by a pattern, which would take the square of a length that clients choose.
  let size = path.length;
  while (size > 1 && path[size - 1] === "/") size--;
  return path.slice(0, size);
}
