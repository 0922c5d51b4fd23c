/**
 * Finds environment variables that look like ours but are not.
 *
 * @module
 */

import { SWITCHES } from "../policy/switches.ts";
import { foreignVariable, SWITCH_VALUE, tellForeign } from "./foreign.ts";
import { nearest, slips } from "./nearest.ts";
import type { SettingsReading } from "./setting_values.ts";
import { OTHER_VARIABLES, SETTINGS } from "./settings.ts";

/** What Kubernetes sets for a service that is called sockwarden. */
const KUBERNETES_LINK = /^SOCKWARDEN_(?:PORT|SERVICE)(?:_|$)/;
/** Names that are one typing error away from ours and usual for other purposes. */
const COMMON_ELSEWHERE: ReadonlySet<string> = new Set(["PORT"]);

/** Every variable that is read here. */
export const KNOWN_VARIABLES: ReadonlySet<string> = new Set([
  ...SWITCHES.map(({ name }) => name),
  ...SETTINGS.map(({ variable }) => variable).filter((name) => name !== ""),
  ...OTHER_VARIABLES,
]);

/** Reports variables that look like misspelt ones of ours, and warns of variables of other proxies. */
export function checkVariableNames(reading: SettingsReading): void {
  const { environment, problems } = reading;
  const ignored = new Set(
    (environment.SOCKWARDEN_IGNORE ?? "").split(",").map((name) => name.trim()),
  );
  tellForeign(reading, ignored);
  for (const [name, value] of Object.entries(environment)) {
    if (KNOWN_VARIABLES.has(name) || ignored.has(name)) continue;
    if (KUBERNETES_LINK.test(name)) continue;
    const looksLikeSwitch = SWITCH_VALUE.test(value.trim());
    if (foreignVariable(name) !== null) continue;
    const upper = name.toUpperCase();
    // A name with our prefix, even a misspelt one, is meant for us.
    const ours = nearest(upper.split("_", 1)[0]!, ["SOCKWARDEN"], 2) !== null &&
      name.includes("_");
    if (!ours && (!looksLikeSwitch || COMMON_ELSEWHERE.has(name))) continue;
    const near = ours
      ? nearestOfOurs(upper)
      : nearest(upper, KNOWN_VARIABLES, slips(name));
    if (!ours && near === null) continue;
    problems.push(
      `unknown setting ${name}=${value}: ${
        near === null ? "see sockwarden --help" : `did you mean ${near}?`
      }${
        ours
          ? ""
          : ` If it is not for sockwarden, set SOCKWARDEN_IGNORE=${name}`
      }`,
    );
  }
}

/** The variable that a name with our prefix stands for; the prefix may be misspelt, or one too much. */
function nearestOfOurs(name: string): string | null {
  const rest = name.slice(name.indexOf("_") + 1);
  if (KNOWN_VARIABLES.has(rest)) return rest;
  return nearest(`SOCKWARDEN_${rest}`, KNOWN_VARIABLES, slips(rest));
}
