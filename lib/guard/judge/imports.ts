/**
 * Judges what is imported as an image: where it comes from, what its
 * instructions change, and what it is called.
 *
 * @module
 */

import { shownAddress } from "./judging.ts";
import { find } from "../rules.ts";
import { judgeChanges } from "./changes.ts";
import { judgeNames } from "./image_calls.ts";
import type { Judging } from "./judging.ts";
import { queryOf } from "./places.ts";

/** Judges `image.import`. */
export function judgeImport(of: Judging): void {
  const { collector } = of;
  const query = queryOf(of, ["fromSrc", "repo", "tag", "changes"]);
  if (query === null) return;
  const { fromSrc, repo, tag, changes } = query;
  find(collector, "image-contents", "fromSrc", "imports an image");
  for (const source of fromSrc) {
    if (source === "-") continue;
    find(
      collector,
      "remote-context",
      "fromSrc",
      `makes the engine fetch '${shownAddress(source)}'`,
    );
  }
  judgeNames(collector, "repo", repo, tag);
  judgeChanges(of, changes);
}
