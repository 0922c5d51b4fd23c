/**
 * A proposal as a policy file with comments. Everything that clients sent is
 * text here: a name with a line break or `#` makes no rule. Pure.
 *
 * @module
 */

import type {
  Proposal,
  ProposedClient,
  ProposedGuard,
  ProposedScope,
  SetAside,
} from "./proposal.ts";
import { coverageText, type WhyText, whyTextOf } from "./why_text.ts";
import { groupBy } from "./why.ts";
import { commentLines, commentText, flowList, scalar } from "./yaml_text.ts";

/** How a client of the policy file is identified: lines below its name. */
export type IdentityLines = (name: string) => readonly string[];

/** The comment above rules that are set aside, by the reason. */
const ASIDE: Readonly<Record<SetAside["reason"], string>> = {
  risk:
    "Not proposed, for what it gives away; --accept-risk OPERATION proposes it:",
  unknown: "Not proposed, since it cannot be:",
  failed: "Not proposed, since these calls failed:",
  refused: "Not proposed, since these calls were refused:",
};

/**
 * The policy file.
 *
 * @param identity How its clients are identified.
 * @param says Further sentences for its head.
 */
export function policyText(
  proposal: Proposal,
  identity: IdentityLines,
  says: readonly string[] = [],
): string {
  const { clients, rest } = proposal;
  const whyText = whyTextOf(proposal);
  return [
    ...sentences("", coverageText(proposal)),
    ...[...says, ...proposal.says].flatMap((text) => sentences("", text)),
    ...(clients.length === 0 ? [] : ["clients:"]),
    ...clients.flatMap((client) => [
      `  ${scalar(client.name!)}:`,
      ...identity(client.name!).map((line) => `    ${line}`),
      ...grantLines("    ", client, whyText),
    ]),
    "default:",
    ...grantLines("  ", rest, whyText),
  ].map((line) => `${line}\n`).join("");
}

/** Sentences as lines of comments. */
function sentences(indent: string, text: string, inner = ""): string[] {
  return commentLines(`${indent}# ${inner}`, shortened(text));
}

/** A sentence that holds texts of clients: longer than one text, and bounded too. */
function shortened(text: string): string {
  return text.split(" ").map(commentText).join(" ").slice(0, 2000);
}

function grantLines(
  indent: string,
  client: ProposedClient,
  whyText: WhyText,
): string[] {
  const { allow, aside, scopes, guard, agents, says } = client;
  return [
    ...(agents.length === 0 ? [] : sentences(
      indent,
      `programs (User-Agent): ${agents.join(", ")}`,
    )),
    ...says.flatMap((text) => sentences(indent, text)),
    allow.length === 0 ? `${indent}allow: []` : `${indent}allow:`,
    ...allow.flatMap(({ rule, why, note }) => [
      `${indent}  - ${scalar(rule)} # ${commentText(whyText(why))}`,
      ...(note === "" ? [] : sentences(`${indent}    `, note)),
    ]),
    ...asideLines(`${indent}  `, aside, whyText),
    ...scopes.flatMap((scope) => scopeLines(indent, scope, whyText)),
    ...(guard === null ? [] : guardLines(indent, guard, whyText)),
  ];
}

function asideLines(
  indent: string,
  aside: readonly SetAside[],
  whyText: WhyText,
): string[] {
  return (Object.keys(ASIDE) as SetAside["reason"][]).flatMap((reason) => {
    const of = aside.filter((one) => one.reason === reason);
    if (of.length === 0) return [];
    // Rules of which the same is to be said stand together.
    const groups = groupBy(of, ({ note }) => note);
    return [
      ...sentences(indent, ASIDE[reason]),
      ...[...groups].flatMap(([note, rules]) => [
        ...rules.map(({ rule, why }) =>
          `${indent}#   - ${commentText(scalar(rule))} # ${
            commentText(whyText(why))
          }`
        ),
        ...sentences(indent, note, "      "),
      ]),
    ];
  });
}

function scopeLines(
  indent: string,
  { kind, value, says }: ProposedScope,
  whyText: WhyText,
): string[] {
  const comments = says.flatMap((text) =>
    sentences(indent, `${kind}: ${text}`)
  );
  if (value === null) return comments;
  if (value === "any") return [...comments, `${indent}${kind}: any`];
  const lists = value.key === "images"
    ? [["use", value.use], ["change", value.change]] as const
    : [[value.key, value.terms]] as const;
  return [
    ...comments,
    `${indent}${kind}:`,
    ...lists.flatMap(([key, terms]) =>
      terms.length === 0 ? [] : [
        `${indent}  ${key}:`,
        ...terms.map(({ text, why }) =>
          `${indent}    - ${scalar(text)} # ${commentText(whyText(why))}`
        ),
      ]
    ),
  ];
}

function guardLines(
  indent: string,
  { level, knobs, says }: ProposedGuard,
  whyText: WhyText,
): string[] {
  return [
    ...says.flatMap((text) => sentences(indent, `guard: ${text}`)),
    ...(knobs.length === 0 ? [`${indent}guard: ${level}`] : [
      `${indent}guard:`,
      `${indent}  level: ${level}`,
      ...knobs.map(({ name, items, why }) =>
        `${indent}  ${name}: ${items === null ? "allow" : flowList(items)} # ${
          commentText(whyText(why))
        }`
      ),
    ]),
  ];
}
