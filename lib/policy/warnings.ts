/**
 * What a policy gives away without its author having said so.
 *
 * @module
 */

import { type Policy } from "./compile.ts";
import { SWITCHES } from "./switches.ts";

/**
 * The sensitive reads that CONTAINERS=1 brings along, with the variables that
 * take them away (difference 4).
 *
 * @returns One warning, or none where nothing is given away unsaid.
 */
export function sensitiveReads(policy: Policy): string[] {
  const { switches } = policy.rest.grants;
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
  return [
    `CONTAINERS=1 also shows container.inspect (environments) and ${
      operations.join(", ")
    } of every container; take the latter away with ${
      open.map(({ name }) => `${name}=0`).join(" ")
    }`,
  ];
}
