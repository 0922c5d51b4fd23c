/**
 * Judges a container's user, environment, labels and what else is named there.
 *
 * @module
 */

import { addedLabels, isAdded } from "../added_labels.ts";
import { fitsPattern } from "../pattern.ts";
import { shown } from "../json.ts";
import { find, knobOf } from "../rules.ts";
import type { Read } from "../schema/read.ts";
import { judgeImage } from "./images.ts";
import {
  at,
  entriesOf,
  fieldAt,
  findListed,
  findWord,
  isCreation,
  type Judging,
  keyed,
  listed,
  textOf,
  texts,
} from "./judging.ts";
import type { GuardedRequest } from "./request.ts";

/** Judges `User`. */
export function judgeUser({ collector }: Judging, { path, value }: Read): void {
  const user = textOf(value);
  findListed(
    collector,
    "users",
    path,
    `runs it as '${shown(user)}'`,
    user,
  );
}

/** Judges `GroupAdd`. */
export function judgeGroups({ collector }: Judging, read: Read): void {
  for (const [path, group] of texts(read)) {
    findListed(
      collector,
      "groups",
      path,
      `adds it to the group '${shown(group)}'`,
      group,
    );
  }
}

/** The place of a creation's variables that podman reads in its own way. */
const CREATED = "Env";

/**
 * Whether a creation has variables without a value: Docker takes them away from
 * the image's, podman gives them the value that its own environment has, `NAME*`
 * all that begin so (podman's pkg/env, `parseEnv()`). Its execs refuse them.
 */
export function inheritsVariables(
  { operation, body }: GuardedRequest,
): boolean {
  return operation === "container.create" &&
    (body?.fields ?? []).some((read) =>
      read.path === CREATED &&
      [...texts(read)].some(([, text]) => !text.includes("="))
    );
}

/** Judges variables without a value; an engine that is not known is podman. */
function judgeInherited(of: Judging, read: Read): void {
  if (
    of.inspected || of.facts.isPodman === false || read.path !== CREATED ||
    !inheritsVariables(of.request)
  ) return;
  for (const [path, text] of texts(read)) {
    if (text.includes("=")) continue;
    const what = `takes '${
      shown(text)
    }' from podman's own environment; write NAME=VALUE`;
    find(of.collector, "env-inherited", path, what);
  }
}

/** Judges `Env`. */
export function judgeEnvironment(
  of: Judging,
  read: Read,
): void {
  judgeInherited(of, read);
  const { collector, inspected } = of;
  const { list } = knobOf(collector.rules, "env-forbidden");
  // An image brings its own, which a creation does not show.
  if (list.length === 0 || inspected) return;
  for (const [path, text] of texts(read)) {
    const name = text.split("=", 1)[0]!;
    // Podman takes the spaces before a name away.
    const plain = name.trimStart();
    const word = list.find((pattern) =>
      fitsPattern(pattern, name) || fitsPattern(pattern, plain) ||
      // `NAME*` means all that begin so: one of them may be forbidden.
      !text.includes("=") && plain.endsWith("*") && of.facts.isPodman !== false
    );
    if (word === undefined) continue;
    findWord(
      collector,
      "env-forbidden",
      word,
      path,
      `sets the environment variable '${shown(name)}'`,
    );
  }
}

/** Whether `KEY` or `KEY=VALUE` names a label; `*` stands for any characters. */
export function fitsLabel(word: string, key: string, value: string): boolean {
  return word.includes("=")
    ? fitsPattern(word, `${key}=${value}`)
    : fitsPattern(word, key);
}

/** Judges `Labels`, of a container or a new volume. */
export function judgeLabels(
  { collector, inspected }: Judging,
  { path, value }: Read,
): void {
  const { list } = knobOf(collector.rules, "labels-forbidden");
  if (list.length === 0 || inspected) return;
  const added = addedLabels(collector.rules);
  for (const [key, label] of entriesOf(value)) {
    // The guard adds it itself.
    if (isAdded(added, key, label)) continue;
    // Podman writes both into one text, and takes what is before the first `=`.
    const [, name, value] = /^([^=]*)=([^]*)$/.exec(
      `${key}=${textOf(label)}`,
    )!;
    const word = list.find((one) =>
      fitsLabel(one, key, textOf(label)) || fitsLabel(one, name!, value!)
    );
    if (word === undefined) continue;
    const what = `sets the label '${shown(key)}'`;
    findWord(collector, "labels-forbidden", word, keyed(path, key), what);
  }
}

/** Judges which labels a creation lacks. */
function judgeRequiredLabels(of: Judging): void {
  const labels = entriesOf(fieldAt(of, "Labels"));
  for (const word of knobOf(of.collector.rules, "labels-required").list) {
    const isThere = labels.some(([key, value]) =>
      word === (word.includes("=") ? `${key}=${textOf(value)}` : key)
    );
    if (isThere) continue;
    const what = `lacks the label '${shown(word)}'`;
    findWord(of.collector, "labels-required", word, "Labels", what);
  }
}

/** Judges what a creation leaves out: its image, its user and labels. */
export function judgeAbsent(of: Judging): void {
  if (!isCreation(of)) return;
  judgeRequiredLabels(of);
  if (fieldAt(of, "Image") === null) {
    judgeImage(of.collector, "Image", "", "uses");
  }
  if (fieldAt(of, "User") === null && !of.inspected) {
    find(of.collector, "users", "User", "leaves the user to the image");
  }
}

/** Judges `Image`. */
export function judgeUsedImage(
  { collector }: Judging,
  { path, value }: Read,
): void {
  judgeImage(collector, path, textOf(value), "uses");
}

/** Judges `LogConfig.Type`; an engine shows its own default of a container that gave none. */
export function judgeLogging(
  { collector, inspected }: Judging,
  { path, value }: Read,
): void {
  if (inspected) return;
  const driver = textOf(value);
  findListed(
    collector,
    "logging",
    path,
    `sends its logs by the driver '${shown(driver)}'`,
    driver,
  );
}

/** Options that podman reads as the driver, and as the host's file that it writes. */
const LOG_FIELDS: ReadonlySet<string> = new Set(["driver", "path"]);

/** Options that choose no place for logs, whichever driver gets them: those of json-file and local. */
const PLACELESS: ReadonlySet<string> = new Set(
  "max-size max-file compress labels labels-regex env env-regex tag mode max-buffer-size cache-disabled cache-max-size cache-max-file cache-compress"
    .split(" "),
);

/**
 * Judges `LogConfig.Config`, or `Options` of a service. Without a driver the
 * engine's default one gets them, which nobody asked for here: only what chooses
 * no place is let be.
 */
export function judgeLogOptions(
  of: Judging,
  { path, value }: Read,
): void {
  const { collector, inspected } = of;
  if (inspected) return;
  const driver = path.endsWith(".Options")
    ? path.replace(/Options$/, "Name")
    : path.replace(/Config$/, "Type");
  const isNamed = textOf(fieldAt(of, driver)) !== "";
  for (const [key] of entriesOf(value)) {
    // Podman takes all that comes before a `=`, in any case.
    const name = key.split("=", 1)[0]!.toLowerCase();
    if (!LOG_FIELDS.has(name)) {
      if (isNamed || PLACELESS.has(key)) continue;
      const what =
        "is an option of the engine's default log driver, which is not known; name the driver";
      find(collector, "logging", keyed(path, key), what);
      continue;
    }
    find(
      collector,
      "logging",
      keyed(path, key),
      name === "path"
        ? "names a file of the host, to which podman writes the logs"
        : "chooses the log driver, as podman reads it",
    );
  }
}

/** Judges `RestartPolicy`. */
export function judgeRestart(
  { collector }: Judging,
  { path, value }: Read,
): void {
  const policy = textOf(at(value, "Name")) || "no";
  findListed(
    collector,
    "restart",
    `${path}.Name`,
    `sets the restart policy '${shown(policy)}'`,
    policy,
  );
}

/** Judges `Healthcheck.Test`; an image brings its own. */
export function judgeHealthcheck(
  { collector, inspected }: Judging,
  { path, value }: Read,
): void {
  const test = listed(value);
  if (inspected || test.length === 0 || test[0] === "NONE") return;
  find(collector, "healthcheck", path, "runs a command again and again");
}

/** Makes a judge of a list that a flag allows as a whole. */
export function listBy(
  knob: string,
  what: string,
): (of: Judging, read: Read) => void {
  return ({ collector }, { path, value }) => {
    if (listed(value).length > 0) find(collector, knob, path, what);
  };
}
