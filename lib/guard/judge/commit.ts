/**
 * Judges what a commit keeps in the image, and what it is called.
 *
 * @module
 */

import { judgeChanges } from "./changes.ts";
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
