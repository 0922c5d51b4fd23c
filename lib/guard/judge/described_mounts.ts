/**
 * Judges what a container that is there mounts, as the engine describes it: what
 * it has of other containers stands there alone.
 *
 * @module
 */

import type { Collector } from "../rules.ts";
import { judgeHostPath } from "./host_paths.ts";
import { at, listed, textOf } from "./judging.ts";
import { judgeVolume } from "./mounts.ts";
import type { Described, GuardFacts } from "./request.ts";

/** The volumes that a container mounts, those of other containers among them. */
export function mountedVolumes(
  described: NonNullable<Described>,
): readonly string[] {
  return listed(described["Mounts"]).flatMap((mount) => {
    const name = textOf(at(mount, "Name"));
    return at(mount, "Type") === "volume" && name !== "" ? [name] : [];
  });
}

/** Judges a volume that is mounted; one without a name of its own is in no list. */
function judgeMounted(
  collector: Collector,
  path: string,
  name: string,
  facts: GuardFacts,
): void {
  const inner: Collector = { ...collector, refused: [], warned: [] };
  judgeVolume(inner, path, name, facts);
  const isAnonymous = /^[0-9a-f]{64}$/.test(name);
  collector.refused.push(
    ...inner.refused.filter(({ knob }) => !isAnonymous || knob !== "volumes"),
  );
}

/** Judges all that a container mounts. */
export function judgeMountsOf(
  collector: Collector,
  described: NonNullable<Described>,
  facts: GuardFacts,
): void {
  for (const [i, mount] of listed(described["Mounts"]).entries()) {
    if (at(mount, "Type") === "volume") {
      const name = textOf(at(mount, "Name"));
      if (name !== "") {
        judgeMounted(collector, `Mounts[${i}].Name`, name, facts);
      }
    } else if (at(mount, "Type") === "bind") {
      const source = textOf(at(mount, "Source"));
      const readOnly = at(mount, "RW") === false;
      judgeHostPath(collector, `Mounts[${i}].Source`, source, readOnly);
    }
  }
}
