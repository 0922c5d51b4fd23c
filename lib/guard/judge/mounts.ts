/**
 * Judges what a container mounts: paths of the host, volumes, file systems in
 * memory, images, and what other containers mount.
 *
 * @module
 */

import { type JsonValue, shown } from "../json.ts";
import { type Collector, find } from "../rules.ts";
import { judgeHostPath } from "./host_paths.ts";
import { judgeImage } from "./images.ts";
import {
  at,
  entriesOf,
  findListed,
  findNamed,
  isFull,
  item,
  type Judging,
  keyed,
  listed,
  textOf,
  texts,
} from "./judging.ts";
import { judgeMountTexts } from "./mount_texts.ts";
import type { Read } from "../schema/read.ts";
import type { GuardFacts } from "./request.ts";

const VOLUME_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** Options of `Binds` that mount nothing else and change nothing on the host but SELinux' labels. */
const BIND_OPTIONS: ReadonlySet<string> = new Set(
  " ro rw z Z nocopy private rprivate consistent cached delegated default nodev noexec nosuid rbind bind"
    .split(" "),
);
const PRIVATE: ReadonlySet<string> = new Set(["", "private", "rprivate"]);
const SPREADING: ReadonlySet<string> = new Set([
  "shared",
  "rshared",
  "slave",
  "rslave",
]);
const WEAK_TMPFS: ReadonlySet<string> = new Set(["exec", "suid", "dev"]);

/** The parts of `SOURCE:TARGET:OPTIONS`; the source is null for a volume without a name. */
export function bindParts(
  text: string,
): { source: string | null; options: readonly string[] } {
  const [source = "", target, ...options] = text.split(":");
  return target === undefined
    ? { source: null, options: [] }
    : { source, options: options.join(":").split(",") };
}

/** The volume that a mount names; null for none, and for what no engine takes as a volume's name. */
export function volumeOfMount(mount: JsonValue): string | null {
  const source = textOf(at(mount, "Source"));
  return at(mount, "Type") === "volume" && VOLUME_NAME.test(source)
    ? source
    : null;
}

/** The volume that an element of `Binds` names; null for none. */
export function boundVolume(text: string): string | null {
  const { source } = bindParts(text);
  return source !== null && VOLUME_NAME.test(source) ? source : null;
}

/** Judges `Binds`. */
export function judgeBinds({ collector, facts }: Judging, read: Read): void {
  for (const [path, text] of texts(read)) {
    if (isFull(collector)) return;
    judgeBind(collector, path, text, facts);
  }
}

/** Judges the keys of `Volumes`: paths in the container, which podman reads as `NAME:/path` too. */
export function judgeAnonymous(
  { collector, facts }: Judging,
  { path, value }: Read,
): void {
  for (const [key] of entriesOf(value)) {
    if (key.includes(":")) judgeBind(collector, keyed(path, key), key, facts);
  }
}

function judgeBind(
  collector: Collector,
  path: string,
  text: string,
  facts: GuardFacts,
): void {
  const { source, options } = bindParts(text);
  if (source === null) return;
  const volume = boundVolume(text);
  if (volume === null) {
    const readOnly = options.includes("ro") && !options.includes("rw");
    judgeHostPath(collector, path, source, readOnly);
  } else judgeVolume(collector, path, volume, facts);
  for (const option of options) {
    if (SPREADING.has(option)) judgePropagation(collector, path, option);
    else if (!BIND_OPTIONS.has(option)) {
      find(
        collector,
        "binds",
        path,
        `has the option '${shown(option)}', which this release does not know`,
      );
    }
  }
}

function judgePropagation(
  collector: Collector,
  path: string,
  propagation: string,
): void {
  if (PRIVATE.has(propagation)) return;
  find(
    collector,
    "propagation",
    path,
    `lets mounts spread between the container and the host ('${
      shown(propagation)
    }')`,
  );
}

/** Judges `VolumeDriver`, or the driver of a mount. */
export function judgeVolumeDriver(
  collector: Collector,
  path: string,
  driver: string,
): void {
  if (driver === "") return;
  findListed(
    collector,
    "volume-drivers",
    path,
    `makes volumes by the driver '${shown(driver)}'`,
    driver,
  );
}

/**
 * Judges a volume by its name, and one that is there by its driver and options
 * as if it were made here.
 */
export function judgeVolume(
  collector: Collector,
  path: string,
  name: string,
  facts: GuardFacts,
): void {
  const shownName = shown(name);
  findNamed(
    collector,
    "volumes",
    path,
    `mounts the volume '${shownName}'`,
    name,
  );
  const volume = facts.volumes.get(name) ?? null;
  if (volume === null) return;
  const driver = textOf(volume["Driver"]);
  if (driver !== "") {
    findListed(
      collector,
      "volume-drivers",
      path,
      `mounts the volume '${shownName}', which the driver '${
        shown(driver)
      }' made`,
      driver,
    );
  }
  judgeVolumeOptions(
    collector,
    path,
    `mounts the volume '${shownName}', which was made with options of its driver`,
    volume["Options"],
  );
}

/** Judges a driver's options: those of the driver `local` mount any path of the host. */
function judgeVolumeOptions(
  collector: Collector,
  path: string,
  what: string,
  options: JsonValue | undefined,
): void {
  const names = entriesOf(options).map(([name]) => item(name));
  if (names.length === 0) return;
  find(
    collector,
    "volume-options",
    path,
    `${what} (${shown(names.join(", "))})`,
  );
}

/** Judges `Mounts`. */
export function judgeMounts(
  { collector, facts }: Judging,
  { path, value }: Read,
): void {
  for (const [i, mount] of listed(value).entries()) {
    if (isFull(collector)) return;
    judgeMount(collector, `${path}[${i}]`, mount, facts);
  }
}

/**
 * Judges a mount of a creation or of a service.
 *
 * @param path Its place, such as `HostConfig.Mounts[0]`.
 * @param mount As in the body; null is an empty one.
 */
export function judgeMount(
  collector: Collector,
  path: string,
  mount: JsonValue,
  facts: GuardFacts,
): void {
  judgeMountTexts(collector, path, mount);
  judgeMountOptions(collector, path, mount);
  const type = textOf(at(mount, "Type"));
  const source = textOf(at(mount, "Source"));
  const from = `${path}.Source`;
  switch (type) {
    case "bind":
      return judgeHostPath(
        collector,
        from,
        source,
        // Without recursion, what is mounted below it stays writable.
        at(mount, "ReadOnly") === true &&
          at(at(mount, "BindOptions"), "ReadOnlyNonRecursive") !== true,
      );
    case "volume":
      if (source === "") return;
      if (VOLUME_NAME.test(source)) {
        return judgeVolume(collector, from, source, facts);
      }
      // Podman writes a mount into one line, and could read a path there.
      return judgeHostPath(collector, from, source, false);
    case "tmpfs":
      return;
    case "image":
      return judgeImage(collector, from, source, "mounts");
    case "cluster":
      return find(collector, "swarm", from, "mounts a volume of the cluster");
    case "npipe":
      return findListed(
        collector,
        "binds",
        from,
        `mounts the host's named pipe '${shown(source)}'`,
        source,
      );
    default:
      find(
        collector,
        "binds",
        `${path}.Type`,
        `is '${shown(type)}', no type of mount that this release knows`,
      );
  }
}

/** Judges all options of a mount, whatever the type is that they belong to. */
function judgeMountOptions(
  collector: Collector,
  path: string,
  mount: JsonValue,
): void {
  judgePropagation(
    collector,
    `${path}.BindOptions.Propagation`,
    textOf(at(at(mount, "BindOptions"), "Propagation")),
  );
  judgeDriver(
    collector,
    `${path}.VolumeOptions.DriverConfig`,
    at(at(mount, "VolumeOptions"), "DriverConfig"),
  );
  judgeTmpfsMount(
    collector,
    `${path}.TmpfsOptions.Options`,
    at(at(mount, "TmpfsOptions"), "Options"),
  );
}

function judgeDriver(
  collector: Collector,
  path: string,
  driver: JsonValue,
): void {
  judgeVolumeDriver(collector, `${path}.Name`, textOf(at(driver, "Name")));
  judgeVolumeOptions(
    collector,
    `${path}.Options`,
    "makes a volume with options of its driver, which can mount what the host reaches",
    at(driver, "Options"),
  );
}

/** Judges `Tmpfs`: options by path. */
export function judgeTmpfs(
  { collector }: Judging,
  { path, value }: Read,
): void {
  for (const [key, options] of entriesOf(value)) {
    judgeTmpfsOptions(
      collector,
      keyed(path, key),
      // Podman joins the path and its options by a colon, and splits them again.
      [...key.split(":").slice(1), textOf(options)].join(",").split(/[,:]/),
    );
  }
}

/** Judges `TmpfsOptions.Options`: pairs of a name and a value, or names. */
function judgeTmpfsMount(
  collector: Collector,
  path: string,
  options: JsonValue,
): void {
  for (const [i, option] of listed(options).entries()) {
    const names = listed(option).flatMap((one) => textOf(one).split(","));
    judgeTmpfsOptions(collector, `${path}[${i}]`, names);
  }
}

function judgeTmpfsOptions(
  collector: Collector,
  path: string,
  options: readonly string[],
): void {
  for (const option of options) {
    const name = option.split("=", 1)[0]!.trim().toLowerCase();
    if (SPREADING.has(name)) judgePropagation(collector, path, name);
    if (!WEAK_TMPFS.has(name)) continue;
    find(
      collector,
      "tmpfs-options",
      path,
      `makes a file system in memory with the option '${name}'`,
    );
  }
}

/** The container that an element of `VolumesFrom` names. */
export function volumesSource(text: string): string {
  return text.split(":", 1)[0]!.replace(/^\//, "");
}

/** Judges `VolumesFrom`. */
export function judgeVolumesFrom(
  { collector, join }: Judging,
  read: Read,
): void {
  for (const [path, text] of texts(read)) {
    const name = volumesSource(text);
    find(
      collector,
      "volumes-from",
      path,
      `mounts what the container '${shown(name)}' mounts`,
    );
    join(path, name);
  }
}
