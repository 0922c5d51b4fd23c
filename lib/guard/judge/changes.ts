/**
 * Judges the instructions by which a commit or an import changes the image that
 * it makes.
 *
 * @module
 */

import { encodeUtf8 } from "../../host.ts";
import { settingKnobs } from "./asking.ts";
import { judgeDockerfile } from "./dockerfile.ts";
import type { Judging } from "./judging.ts";

const NO_ARGS: ReadonlyMap<string, string> = new Map();

/**
 * Judges the parameter `changes`: the engine joins its instructions to one
 * Dockerfile, and podman reads them one by one.
 */
export function judgeChanges(of: Judging, changes: readonly string[]): void {
  const knobs = settingKnobs(of.collector.rules);
  if (knobs.length === 0 || changes.every((one) => one === "")) return;
  const facts = { name: "changes", args: NO_ARGS, knobs };
  const joined = changes.join("\n");
  for (const text of new Set([joined, ...changes])) {
    judgeDockerfile(of, encodeUtf8(text), facts);
  }
}
