/**
 * Judges the creation of volumes, and their update.
 *
 * @module
 */

import { shown } from "../json.ts";
import { find } from "../rules.ts";
import {
  entriesOf,
  findNamed,
  item,
  type Judge,
  type Judging,
  textOf,
} from "./judging.ts";
import { judgeVolumeDriver } from "./mounts.ts";
import { judgePlaces, letBe, type Places } from "./places.ts";
import { judgeLabels } from "./settings.ts";

const judgeClusterVolume: Judge = ({ collector }, { path }) =>
  find(collector, "swarm", path, "describes a volume of the cluster");

const VOLUME: Places = {
  Driver: ({ collector }, { path, value }) =>
    judgeVolumeDriver(collector, path, textOf(value)),
  DriverOpts: ({ collector }, { path, value }) => {
    const names = entriesOf(value).map(([name]) => item(name));
    if (names.length === 0) return;
    find(
      collector,
      "volume-options",
      path,
      `gives options to the volume's driver, which can mount what the host reaches (${
        shown(names.join(", "))
      })`,
    );
  },
  Labels: judgeLabels,
  ClusterVolumeSpec: judgeClusterVolume,
  "ClusterVolumeSpec.*": letBe,
  Spec: judgeClusterVolume,
  "Spec.*": letBe,
};

/** Judges `volume.create` and `volume.update`. */
export function judgeVolumeCall(of: Judging): void {
  const { collector, request: { body } } = of;
  const name = textOf(body?.fields.find(({ path }) => path === "Name")?.value);
  if (name !== "") {
    findNamed(
      collector,
      "volumes",
      "Name",
      `makes the volume '${shown(name)}'`,
      name,
    );
  }
  judgePlaces(of, VOLUME);
}
