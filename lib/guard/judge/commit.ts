/**
 * Judges what a commit keeps in the image, and what it is called.
 *
 * @module
 */

import { encodeUtf8 } from "../../host.ts";
import { addedLabels, beginWith, labelChanges } from "../added_labels.ts";
import { changesKnobs } from "./asking.ts";
import { judgeDockerfile } from "./dockerfile.ts";
import { judgeNames } from "./image_calls.ts";
import type { Judging } from "./judging.ts";
import { judgePlaces, letBe, type Places, queryOf } from "./places.ts";
import { judgeEnvironment, judgeHealthcheck, judgeLabels } from "./settings.ts";

/** What is judged of the body; the rest is where a container is made of the image. */
const COMMIT: Places = {
  Env: judgeEnvironment,
  Labels: judgeLabels,
  "Healthcheck.Test": judgeHealthcheck,
};

/** Judges `container.commit`; its container is a target. */
export function judgeCommit(of: Judging): void {
  const query = queryOf(of, ["container", "repo", "tag", "changes"]);
  if (query !== null) {
    judgeNames(of.collector, "repo", query.repo, query.tag);
    judgeChanges(of, query.changes);
  }
  const { request: { body } } = of;
  const others = Object.fromEntries(
    (body?.fields ?? []).map(({ path }): [string, typeof letBe] => [
      path,
      letBe,
    ]),
  );
  judgePlaces(of, { ...others, ...COMMIT });
}

const NO_ARGS: ReadonlyMap<string, string> = new Map();

/** Judges instructions, which the engine joins to one Dockerfile and podman reads one by one. */
function judgeChanges(of: Judging, changes: readonly string[]): void {
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
