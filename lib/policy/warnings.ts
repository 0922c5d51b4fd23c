/**
 * Warnings about what a policy grants without naming it.
 *
 * @module
 */

import { hidesWord } from "../guard/hide/words.ts";
import { type Policy } from "./compile.ts";
import { SWITCHES } from "./switches.ts";

/**
 * Warns of the sensitive reads that CONTAINERS=1 also grants, and names the
 * variables that remove them (difference 4).
 *
 * @returns One warning; none if all of them are set, or none is granted.
 */
export function sensitiveReads(policy: Policy): string[] {
  const { hide, grants: { switches } } = policy.rest;
  const hidesEnv = hide !== null && hidesWord(hide, "env");
  if (switches.get("CONTAINERS")?.on !== true) return [];
  const open = SWITCHES.filter(({ kind, name, grants }) =>
    kind === "gate" && !switches.has(name) &&
    grants.some((operation) => policy.rest.verdicts.get(operation)?.allowed)
  );
  if (open.length === 0) return [];
  const operations = open.flatMap(({ grants }) => grants)
    .filter((name) =>
      policy.rest.verdicts.get(name)?.operation.access === "sensitive-read" &&
      policy.rest.verdicts.get(name)?.allowed
    );
  if (hidesEnv && operations.length === 0) return [];
  return [
    `CONTAINERS=1 also grants ${
      hidesEnv ? "" : "container.inspect (environments) and "
    }${operations.join(", ")} of every container; remove the latter with ${
      open.map(({ name }) => `${name}=0`).join(" ")
    }`,
  ];
}
