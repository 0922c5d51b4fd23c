import type { Grants } from "../../lib/policy/compile.ts";
import { parseRule, type Rule } from "../../lib/policy/rules.ts";

/** Grants from switches by name, and rules as written. */
export function grants(
  switches: Record<string, boolean | 0 | 1>,
  rules: { allow?: string[]; deny?: string[]; origins?: string[] } = {},
): Grants {
  return {
    switches: new Map(
      Object.entries(switches).map(([name, on]) => [
        name,
        { on: Boolean(on), source: `${name}=${Number(on)}` },
      ]),
    ),
    defaultSwitches: true,
    allowSelf: [],
    allow: (rules.allow ?? []).map((text) => rule(text, "--allow")),
    deny: (rules.deny ?? []).map((text) => rule(text, "--deny")),
    origins: rules.origins ?? [],
    scope: null,
    guard: null,
    hide: null,
    limits: null,
  };
}

function rule(text: string, setting: string): Rule {
  const parsed = parseRule(text, setting);
  if ("problem" in parsed) throw new Error(`${text}: ${parsed.problem}`);
  return parsed;
}
