/**
 * Judges what weakens the walls around a container: capabilities, security
 * options, devices, kernel parameters, runtimes and their like.
 *
 * @module
 */

import { fitsPattern } from "../pattern.ts";
import { type JsonValue, shown } from "../json.ts";
import { find } from "../rules.ts";
import type { Read } from "../schema/read.ts";
import { normalPath } from "./host_paths.ts";
import {
  at,
  entriesOf,
  fieldAt,
  findListed,
  type Judging,
  keyed,
  listed,
  listOf,
  textOf,
  texts,
} from "./judging.ts";

/** Judges `Privileged`. */
export function judgePrivileged({ collector }: Judging, { path }: Read): void {
  find(
    collector,
    "privileged",
    path,
    "gives it all rights of the host's root",
  );
}

/** A capability as the knob names it: `cap_sys_admin` is `SYS_ADMIN`. */
export function capabilityName(text: string): string {
  return text.toUpperCase().replace(/^CAP_/, "");
}

/** Judges capabilities that are added. */
export function judgeCapabilities({ collector }: Judging, read: Read): void {
  for (const [path, text] of texts(read)) {
    const name = capabilityName(text);
    find(
      collector,
      "capabilities",
      path,
      name === "ALL"
        ? "adds all capabilities"
        : `adds the capability '${shown(name)}'`,
      listOf(name),
      (entry) => [name, "ALL"].includes(capabilityName(entry)),
    );
  }
}

/** What Go takes for true. */
const TRUE = /^(no-new-privileges)=(?:1|t|T|TRUE|true|True)$/;

/** A security option in one spelling: `label:type:x` is `label=type:x`. */
export function securityOption(text: string): string {
  const option = text.includes("=") ? text : text.replace(":", "=");
  return option.replace(TRUE, "$1");
}

/** What an engine adds to a container that has no label, where {@link isUnlabelled}. */
const UNLABELLED = "label=disable";

/**
 * Whether an engine runs a container without an SELinux label, whatever it was
 * created with: a privileged one, and one in the host's PID or IPC namespace.
 * It shows that as an option of the container, which is judged by its reason.
 */
function isUnlabelled(of: Judging): boolean {
  return fieldAt(of, "HostConfig.Privileged") === true ||
    fieldAt(of, "HostConfig.PidMode") === "host" ||
    fieldAt(of, "HostConfig.IpcMode") === "host";
}

/** Judges `SecurityOpt`. */
export function judgeSecurityOptions(of: Judging, read: Read): void {
  const { collector, inspected } = of;
  for (const [path, text] of texts(read)) {
    const option = securityOption(text);
    if (inspected && option === UNLABELLED && isUnlabelled(of)) continue;
    const isProfile = /^seccomp=\s*\{/.test(option);
    find(
      collector,
      "security-opt",
      path,
      isProfile
        ? "replaces the engine's seccomp profile"
        : `sets the security option '${shown(option)}'`,
      isProfile ? "allow" : listOf(option),
      (entry) => fitsPattern(securityOption(entry), option),
    );
  }
}

/** What stands in the engine's own lists since Docker 17.06. */
const OWN_PATHS: Readonly<Record<string, readonly string[]>> = {
  MaskedPaths: ["/proc/kcore", "/sys/firmware"],
  ReadonlyPaths: ["/proc/sys", "/proc/sysrq-trigger"],
};

/**
 * Judges `MaskedPaths` and `ReadonlyPaths`. An engine shows its own list of a
 * container that gave none; only a privileged one, which is judged by that, has
 * null there, and podman shows none at all.
 */
export function judgeMaskedPaths(
  { collector, inspected }: Judging,
  { path, field, value }: Read,
): void {
  const list = listed(value);
  if (
    inspected && OWN_PATHS[field.name]!.every((own) => list.includes(own))
  ) return;
  find(
    collector,
    "masked-paths",
    path,
    list.length === 0
      ? "opens what the engine hides below /proc and /sys"
      : "replaces what the engine hides below /proc and /sys",
  );
}

/** Judges `Devices`. */
export function judgeDevices(
  { collector }: Judging,
  { path, value }: Read,
): void {
  for (const [i, device] of listed(value).entries()) {
    const source = textOf(at(device, "PathOnHost"));
    const name = normalPath(source) ?? source;
    find(
      collector,
      "devices",
      `${path}[${i}].PathOnHost`,
      `gives it the host's device '${shown(name)}'`,
      listOf(name),
      (entry) => (normalPath(entry) ?? entry) === name,
    );
  }
}

/** Judges `DeviceRequests` and `DeviceCgroupRules`, which name no paths. */
export function judgeDeviceRules(
  { collector }: Judging,
  { path, field, value }: Read,
): void {
  for (const [i, one] of listed(value).entries()) {
    find(
      collector,
      "devices",
      `${path}[${i}]`,
      field.name === "DeviceRequests"
        ? `asks for devices of the host by a driver (${
          shown(wordsOfRequest(one))
        })`
        : `opens devices of the host by the rule '${shown(textOf(one))}'`,
    );
  }
}

/** What tells a request for devices from another one: its driver, and what the devices can do. */
function wordsOfRequest(request: JsonValue): string {
  const sets = listed(at(request, "Capabilities"));
  const words = [at(request, "Driver"), ...sets.flatMap(listed)];
  return words.map(textOf).filter(Boolean).join(", ");
}

/** Makes a judge of the keys of a map. */
function keysBy(
  knob: string,
  what: string,
): (of: Judging, read: Read) => void {
  return ({ collector }, { path, value }) => {
    for (const [key] of entriesOf(value)) {
      findListed(
        collector,
        knob,
        keyed(path, key),
        `${what} '${shown(key)}'`,
        key,
      );
    }
  };
}

/** Judges `Sysctls`. */
export const judgeSysctls = keysBy("sysctls", "sets the kernel parameter");
/** Judges `Annotations`. */
export const judgeAnnotations = keysBy("annotations", "sets the annotation");
/** Judges `StorageOpt`. */
export const judgeStorage = keysBy("storage", "sets the storage option");

/** Judges `Runtime`. */
export function judgeRuntime(
  { collector, inspected }: Judging,
  { path, value }: Read,
): void {
  const name = textOf(value);
  // Podman shows it of each container.
  if (inspected && name === "oci") return;
  findListed(
    collector,
    "runtimes",
    path,
    `runs it by the runtime '${shown(name)}'`,
    name,
  );
}

/** Judges `Isolation`. */
export function judgeIsolation(
  { collector }: Judging,
  { path, value }: Read,
): void {
  const name = textOf(value);
  if (name === "default") return;
  findListed(
    collector,
    "runtimes",
    path,
    `sets the isolation '${shown(name)}'`,
    name,
  );
}

/** What podman shows of each container. */
const PODMAN_PARENTS: readonly JsonValue[] = ["machine.slice", "user.slice"];

/** Judges `CgroupParent`. */
export function judgeCgroupParent(
  { collector, inspected }: Judging,
  { path, value }: Read,
): void {
  if (inspected && PODMAN_PARENTS.includes(value)) return;
  find(
    collector,
    "cgroup-parent",
    path,
    `puts it into the host's control group '${shown(textOf(value))}'`,
  );
}
