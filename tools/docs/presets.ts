/**
 * `docs/presets.md`: one row a preset.
 *
 * @module
 */

import { operationsOf } from "../../lib/commands/presets_report.ts";
import { presetReason } from "../../lib/docker/preset_reasons.ts";
import {
  allPresets,
  type Preset,
  presetNames,
  versionsOf,
} from "../../lib/docker/presets.ts";
import { hasGuard, hasHide } from "../../lib/policy/preset_needs.ts";
import { code, MADE_BY, wideTable } from "./markup.ts";

/** What a note holds that is set as code. */
const CODE_IN_NOTES =
  /--(?:allow|deny) [a-z.]*[a-z]|(?<=preset )[a-z-]+|swarm: true|tcp:\/\//g;

/** The page's text, before `deno fmt`. */
export function presetsPage(): string {
  return `# Presets

${MADE_BY}

A preset grants what a known client needs, operation by operation.

\`\`\`sh
sockwarden --preset traefik,dozzle       # or SOCKWARDEN_PRESET=traefik,dozzle
sockwarden presets traefik               # what one grants, and where that is known from
\`\`\`

In a policy file each client has its own: \`preset: [dozzle, dozzle-actions]\`.

- A preset grants what it says and nothing else: beside \`--preset\` the switches
  that are on by default (\`PING\`, \`VERSION\`, \`EVENTS\`) are off unless they are
  set. A line at the start says so.
- Presets add up, with each other and with \`--allow\`. \`--deny\` takes away from
  them. A preset "in addition to" another holds only what it adds to that one.
- \`traefik\` is the newest version, \`traefik@1\` the first. A released version
  never changes. If the newest no longer grants what an earlier one did, or
  judges or hides what an earlier one did not, a warning at the start names it.
- A preset has a [guard](guards.md) and [hides](guards.md#what-answers-hide) what
  its client does without: \`standard targets\` is
  \`{ level: standard, targets: allow }\`. "None" means that the client needs
  what a guard would refuse, or what would be hidden. A client's own \`guard\` or
  \`hide\` takes the place of the presets'
  ([what presets say](guards.md#what-presets-say)). Version 1 does neither.
- \`sockwarden presets NAME\` also prints the switches of docker-socket-proxy that
  come nearest, and what they would grant beyond the preset.
- "Known from" names the best source: a recording of that release doing its job
  (\`tests/recordings/\`, replayed by a test), with what the recording does not
  show; a recording by others; the client's documentation; its source code; or
  what it is for. \`sockwarden presets NAME\` prints all of them.
- If a client is refused something, its log line names the operation: add it with
  \`--allow\`, and please report it.

${
    wideTable(
      ["preset", "for", "operations", "known from", "guard", "hides", "note"],
      presetNames().flatMap((name) =>
        versionsOf(name, allPresets()).toReversed()
          .filter(({ operations }, index, versions) =>
            operations !== versions[index - 1]?.operations
          ).map(presetRow)
      ),
    )
  }
`;
}

/** Where a preset's operations are known from first of all: `Recorded with Traefik 3.7.9`. */
function knownFrom({ source }: Preset): string {
  const end = /[;:]|, in part|\.$|\bfrom (?:its|the) /.exec(source);
  return source.slice(0, end?.index).trim()
    .replaceAll(/\b[a-z]+(?:\.[a-z]+)+\b/g, code);
}

/** A row for one version; the newest stands under the bare name. */
function presetRow(preset: Preset, index: number): string[] {
  const { name, version, title } = preset;
  const note = [presetReason(name), preset.note].join(" ").trim();
  return [
    code(index === 0 ? name : `${name}@${version}`),
    title,
    code(operationsOf(preset).map((operation) => operation.name).join(" ")),
    knownFrom(preset),
    hasGuard(preset)
      ? code(preset.guard)
      : preset.guard === "-"
      ? "nothing to judge"
      : preset.guard,
    hasHide(preset)
      ? code(preset.hide.replace("except=", "but for ").replaceAll(",", " "))
      : preset.hide === "-"
      ? "nothing to hide"
      : preset.hide,
    note.replaceAll(CODE_IN_NOTES, code),
  ];
}
