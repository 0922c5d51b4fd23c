/**
 * The switches of docker-socket-proxy (Tecnativa's, and linuxserver's fork) as
 * data: their names, their defaults and the operations that each one grants.
 *
 * @module
 */

import {
  onlyShows,
  type Operation,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../docker/operations.ts";

/** How a switch works. */
export type SwitchKind =
  /** Grants the operations of its section. */
  | "section"
  /** Is needed in addition to a section for operations that change something. */
  | "post"
  /** Grants its operations on its own, even without POST (difference 3). */
  | "allow"
  /** If unset, the section decides; off removes its operations, on grants its reads on its own (difference 4). */
  | "gate";

/** One switch. */
export interface Switch {
  readonly name: string;
  readonly kind: SwitchKind;
  /** Its value if unset; null if another switch then decides. */
  readonly onByDefault: boolean | null;
  /** Names of the operations that it grants; by a gate, if it is on. */
  readonly grants: readonly string[];
  /** Names of the operations that a gate removes if it is off. */
  readonly removes: readonly string[];
  /** One line for the help text. */
  readonly help: string;
}

/** A deliberate difference from docker-socket-proxy, by its number in the documentation. */
export interface Difference {
  readonly number: number;
  readonly looser: boolean;
  readonly text: string;
}

/** Every difference in what a switch means; a difference that allows more and is not listed is a bug. */
export const DIFFERENCES: readonly Difference[] = [
  {
    number: 1,
    looser: false,
    text:
      "Whole operations in exact case instead of path prefixes; odd spellings get 400; API versions below 1.24 are refused.",
  },
  {
    number: 2,
    looser: false,
    text:
      "container.exec.create needs EXEC too, in addition to CONTAINERS and POST.",
  },
  {
    number: 3,
    looser: true,
    text:
      "ALLOW_START, ALLOW_STOP, ALLOW_RESTARTS, ALLOW_PAUSE and ALLOW_UNPAUSE also grant their operations with POST=0.",
  },
  {
    number: 4,
    looser: true,
    text:
      "ALLOW_LOGS, ALLOW_ARCHIVE, ALLOW_EXPORT, ALLOW_CHANGES and ALLOW_TOP: if unset, CONTAINERS decides; 0 removes their operations, 1 grants the reads on its own.",
  },
  {
    number: 5,
    looser: true,
    text:
      "LIBPOD_* grant podman's libpod operations, which docker-socket-proxy refuses.",
  },
  {
    number: 6,
    looser: false,
    text:
      "Requests of browsers, form bodies and gRPC content types are refused.",
  },
  {
    number: 7,
    looser: false,
    text:
      "No grant covers changing sockwarden's own container, running code in it or reading its files, unless --allow-self names the operation.",
  },
];

/** Sections that are on by default. */
const ON_BY_DEFAULT: ReadonlySet<string> = new Set([
  "EVENTS",
  "PING",
  "VERSION",
  "LIBPOD_PING",
  "LIBPOD_VERSION",
]);

/** A section in a few words, for the help text. */
const SECTION_HELP: Readonly<Record<string, string>> = {
  AUTH: "registry login",
  BUILD: "image builds",
  COMMIT: "images from containers",
  CONFIGS: "swarm configs",
  CONTAINERS: "containers: list, inspect, logs, files; the rest with POST=1",
  DISTRIBUTION: "image facts from registries",
  EVENTS: "the engine's events",
  EXEC: "commands in containers (with CONTAINERS=1 POST=1)",
  GRPC: "BuildKit's control connection",
  IMAGES: "images",
  INFO: "facts of the host and the engine",
  NETWORKS: "networks",
  NODES: "swarm nodes",
  PING: "the engine's ping",
  PLUGINS: "plugins",
  SECRETS: "swarm secrets",
  SERVICES: "swarm services",
  SESSION: "BuildKit's session connection",
  SWARM: "the swarm itself",
  SYSTEM: "disk usage",
  TASKS: "swarm tasks",
  VERSION: "the engine's version",
  VOLUMES: "volumes",
};

const LIFECYCLE: readonly (readonly [string, readonly string[]])[] = [
  ["START", ["start"]],
  ["STOP", ["stop"]],
  ["RESTARTS", ["restart", "stop", "kill"]],
  ["PAUSE", ["pause"]],
  ["UNPAUSE", ["unpause"]],
];

/** The reads of each gate, and what else it removes, without the leading `container.`. */
const GATES: readonly (readonly [string, readonly string[], string[]])[] = [
  ["LOGS", ["logs"], []],
  ["ARCHIVE", ["archive.get", "archive.stat"], ["archive.put"]],
  ["EXPORT", ["export"], []],
  ["CHANGES", ["changes"], []],
  ["TOP", ["top"], []],
];

/** Every switch, sections first, in the order of the help text. */
export const SWITCHES: readonly Switch[] = [
  ...sections(),
  {
    name: "POST",
    kind: "post",
    onByDefault: false,
    grants: [],
    removes: [],
    help: "operations that change something, in the sections that are on",
  },
  ...lifecycle("ALLOW_", "container."),
  ...GATES.map(([word, reads, more]): Switch => ({
    name: `ALLOW_${word}`,
    kind: "gate",
    onByDefault: null,
    grants: reads.map((read) => `container.${read}`),
    removes: [...reads, ...more].flatMap((name) =>
      [
        `container.${name}`,
        `libpod.container.${name}`,
        `libpod.pod.${name}`,
      ].filter((name) => OPERATION_BY_NAME.has(name))
    ),
    help: `container ${
      reads.join(", ")
    }: as CONTAINERS if unset, 0 never, 1 on its own`,
  })),
  ...lifecycle("LIBPOD_ALLOW_", "libpod.container."),
  ...lifecycle("LIBPOD_ALLOW_POD_", "libpod.pod."),
];

/** Switches by name. */
export const SWITCH_BY_NAME: ReadonlyMap<string, Switch> = new Map(
  SWITCHES.map((entry) => [entry.name, entry]),
);

/** The gates that can remove an operation, by its name. */
export const GATES_OF: ReadonlyMap<string, readonly Switch[]> = byOperation(
  ({ kind, removes }) => kind === "gate" ? removes : [],
);

/** The switches that grant an operation on their own, by its name. */
export const GRANTERS_OF: ReadonlyMap<string, readonly Switch[]> = byOperation(
  ({ kind, grants }) => kind === "allow" || kind === "gate" ? grants : [],
);

/**
 * The switches that must all be on for a section to grant an operation: the
 * section itself, POST if the operation changes something, and EXEC for creating
 * an exec (difference 2).
 *
 * @returns Their names, the section first; null for an operation without a section.
 */
export function sectionSwitches(operation: Operation): string[] | null {
  const { section, name } = operation;
  if (section === null) return null;
  const needs = [section];
  if (name === "container.exec.create") needs.push("EXEC");
  if (name === "libpod.container.exec.create") needs.push("LIBPOD_EXEC");
  if (changesSomething(operation)) needs.push("POST");
  return needs;
}

/** Whether an operation changes something, by its class or by a method that POST governs in docker-socket-proxy. */
export function changesSomething(operation: Operation): boolean {
  return !onlyShows(operation.access) ||
    operation.routes.some(({ method }) =>
      method !== "GET" && method !== "HEAD"
    );
}

function sections(): Switch[] {
  const members = new Map<string, string[]>();
  for (const { name, section } of OPERATIONS) {
    if (section === null) continue;
    members.set(section, [...members.get(section) ?? [], name]);
  }
  return [...members.keys()].sort().map((name): Switch => ({
    name,
    kind: "section",
    onByDefault: ON_BY_DEFAULT.has(name),
    grants: members.get(name)!,
    removes: [],
    help: SECTION_HELP[name] ??
      `podman: ${name.slice("LIBPOD_".length).toLowerCase()}`,
  }));
}

function lifecycle(prefix: string, operations: string): Switch[] {
  return LIFECYCLE.map(([word, verbs]): Switch => ({
    name: prefix + word,
    kind: "allow",
    onByDefault: false,
    grants: verbs.map((verb) => operations + verb),
    removes: [],
    help: `${operations}${verbs.join(", ")}, even with POST=0`,
  }));
}

function byOperation(
  operationsOf: (entry: Switch) => readonly string[],
): Map<string, Switch[]> {
  const found = new Map<string, Switch[]>();
  for (const entry of SWITCHES) {
    for (const name of operationsOf(entry)) {
      found.set(name, [...found.get(name) ?? [], entry]);
    }
  }
  return found;
}
