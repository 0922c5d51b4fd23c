/**
 * Judges the folders of checkpoints, which are paths of the host.
 *
 * @module
 */

import { shown } from "../json.ts";
import { find } from "../rules.ts";
import { coversPath, normalPath } from "./host_paths.ts";
import { type Judge, type Judging, listOf, textOf } from "./judging.ts";
import { asField, judgePlaces, queryOf, refuse } from "./places.ts";

const judgeFolder: Judge = ({ collector }, { path, value }) => {
  const folder = textOf(value);
  if (folder === "") return;
  const normal = normalPath(folder);
  find(
    collector,
    "binds",
    path,
    `uses the host's folder '${shown(normal ?? folder)}'`,
    normal === null ? "allow" : listOf(normal),
    (entry) => normal !== null && coversPath(entry, normal, false, false),
  );
};

/** Judges `checkpoint.create`. */
export function judgeCheckpoint(of: Judging): void {
  judgePlaces(of, { CheckpointDir: judgeFolder });
}

/** A name that engines keep to where they make a checkpoint. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/**
 * Judges `container.start`. The engine joins the name of the checkpoint to its
 * folder as it is: `../..` leads to any folder of the host. Whoever writes the
 * files of a checkpoint chooses all rights of its processes, so that a folder
 * of the host is a matter of `privileged` too.
 */
export function judgeStart(of: Judging): void {
  judgeFolderIn("checkpoint-dir")(of);
  const query = queryOf(of, ["checkpoint", "checkpoint-dir"]);
  if (query === null) return;
  for (const name of query.checkpoint) {
    if (name === "" || NAME.test(name)) continue;
    const what = `is '${shown(name)}', which is no name of a checkpoint`;
    refuse(of.collector, "checkpoint", what);
  }
  if (query["checkpoint-dir"].every((folder) => folder === "")) return;
  const what = "restores processes with the rights that its files say";
  find(of.collector, "privileged", "checkpoint-dir", what);
}

/** Judges a folder in the query. */
export function judgeFolderIn(name: "dir" | "checkpoint-dir") {
  return (of: Judging): void => {
    for (const folder of queryOf(of, [name])?.[name] ?? []) {
      judgeFolder(of, asField(name, folder));
    }
  };
}
