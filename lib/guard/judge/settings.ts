/**
 * Judges a container's user, environment, labels and what else is named there.
 *
 * @module
 */

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

/** Judges `Env`. */
export function judgeEnvironment(
  { collector, inspected }: Judging,
  read: Read,
): void {
  const { list } = knobOf(collector.rules, "env-forbidden");
  // An image brings its own, which a creation does not show.
  if (list.length === 0 || inspected) return;
  for (const [path, text] of texts(read)) {
    const name = text.split("=", 1)[0]!;
    const word = list.find((pattern) => fitsPattern(pattern, name));
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
  for (const [key, label] of entriesOf(value)) {
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

/** Judges `LogConfig.Config`. */
export function judgeLogOptions(
  { collector, inspected }: Judging,
  { path, value }: Read,
): void {
  if (inspected) return;
  for (const [key] of entriesOf(value)) {
    // Podman takes all that comes before a `=`, in any case.
    const name = key.split("=", 1)[0]!.toLowerCase();
    if (!LOG_FIELDS.has(name)) continue;
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
