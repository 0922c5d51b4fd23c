/**
 * `docs/operations.md`: every operation, by the switch that grants it.
 *
 * @module
 */

import {
  type AccessClass,
  type Operation,
  OPERATIONS,
} from "../../lib/docker/operations.ts";
import { sectionSwitches, SWITCHES } from "../../lib/policy/switches.ts";
import { code, MADE_BY, table } from "./markup.ts";

const CLASSES: readonly (readonly [AccessClass, meaning: string])[] = [
  ["read", "shows facts"],
  [
    "sensitive-read",
    "shows what often holds secrets: environments, files, logs, events",
  ],
  ["write", "changes something"],
  ["exec", "runs code, or writes to a process"],
];

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** The page's text, before `deno fmt`. */
export function operationsPage(): string {
  return `# Operations

${MADE_BY}

Every request is one of these ${OPERATIONS.length} operations, or it is refused.
Rules name them: \`--allow container.restart\`, \`--deny 'secret.*'\`,
\`--allow 'container.*:read'\`.

${
    table(
      ["class", "the operation"],
      CLASSES.map(([name, meaning]) => [code(name), meaning]),
    )
  }

The headings are the switches that grant the operations. An operation of class
\`write\` or \`exec\`, and every call by another method than GET or HEAD, also
needs \`POST=1\`. The last column names what else it needs, and the switch that
grants it alone.

A path may begin with a version: \`/v1.24\` or later, for libpod also podman's
\`/v4.0.0\`. \`{name}\` is one segment, \`{image}\` one or more, \`{any}\` any path.
A _stream_ has a long or endless body, which no timer ends. A _tunnel_ carries
bytes both ways after the answer.

${
    sections().map(([section, operations]) =>
      `## ${title(section)}\n\n${
        table(
          ["operation", "class", "call", "switches"],
          operations.map(operationRow),
        )
      }`
    ).join("\n\n")
  }
`;
}

/** The operations by section: those of Docker first, then podman's, then those without one. */
function sections(): (readonly [string, readonly Operation[]])[] {
  const bySection = Map.groupBy(OPERATIONS, ({ section }) => section ?? "");
  return [...bySection].sort(([a], [b]) =>
    rank(a) - rank(b) || (a < b ? -1 : 1)
  );
}

function rank(section: string): number {
  return section === "" ? 2 : section.startsWith("LIBPOD_") ? 1 : 0;
}

function title(section: string): string {
  if (section === "") return "By `--allow` only";
  const isOn = SWITCHES.find(({ name }) => name === section)?.preset === true;
  return `${code(section)}${isOn ? " (on by default)" : ""}`;
}

function operationRow(operation: Operation): string[] {
  const { name, access, transport, upgrade, routes } = operation;
  const calls = routes.map(({ method, path, podman }) =>
    code(`${method} ${path}`) +
    (podman === null ? "" : ` (podman ${podman === "<4" ? "3" : "4 on"})`)
  ).join("<br>");
  return [
    code(name),
    access,
    transport === "plain"
      ? calls
      : `${calls} _${transport}${upgrade === null ? "" : `, ${upgrade}`}_`,
    switchesOf(operation),
  ];
}

/**
 * The switches beside the section and POST that an operation needs, and those
 * that grant it alone.
 *
 * @throws An Error where the page's sentence on POST does not hold.
 */
function switchesOf(operation: Operation): string {
  const needs = sectionSwitches(operation);
  if (needs !== null && needs.includes("POST") !== needsPost(operation)) {
    throw new Error(`${operation.name}: the sentence on POST=1 is wrong`);
  }
  const beside = (needs ?? []).slice(1).filter((name) => name !== "POST");
  const alone = SWITCHES.filter(({ kind, grants }) =>
    kind !== "section" && grants.includes(operation.name)
  ).map(({ name }) => name);
  return [
    ...beside.map((name) => `and ${code(name)}`),
    ...alone.map((name) => `or ${code(name)}`),
  ].join(", ");
}

function needsPost({ access, routes }: Operation): boolean {
  return access === "write" || access === "exec" ||
    routes.some(({ method }) => !SAFE_METHODS.has(method));
}
