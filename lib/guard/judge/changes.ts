/**
 * Judges the instructions by which a commit or an import changes the image that
 * it makes.
 *
 * @module
 */

import { encodeUtf8 } from "../../host.ts";
import { addedLabels, beginWith, labelChanges } from "../added_labels.ts";
import { changesKnobs } from "./asking.ts";
import { judgeDockerfile } from "./dockerfile.ts";
import type { Judging } from "./judging.ts";

const NO_ARGS: ReadonlyMap<string, string> = new Map();

/**
 * Judges the parameter `changes`: the engine joins its instructions to one
 * Dockerfile, and podman reads them one by one.
 */
export function judgeChanges(of: Judging, changes: readonly string[]): void {
  const { rules } = of.collector;
  const knobs = changesKnobs(rules);
  if (knobs.length === 0 || changes.every((one) => one === "")) return;
  const added = labelChanges(addedLabels(rules));
  const ownLines = beginWith(changes, added) ? added.length : 0;
  const facts = { name: "changes", args: NO_ARGS, knobs };
  const joined = changes.join("\n");
  judgeDockerfile(of, encodeUtf8(joined), { ...facts, ownLines });
  for (const text of new Set(changes.slice(ownLines))) {
    if (text !== joined) judgeDockerfile(of, encodeUtf8(text), facts);
  }
}
