/**
 * The switches of docker-socket-proxy (Tecnativa's, and linuxserver's fork) as
 * data: their names, their defaults and what each one grants here.
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
  /** Is needed beside a section for whatever changes something. */
  | "post"
  /** Grants its operations alone, with POST off too (difference 3). */
  | "allow"
  /** Unset it follows the section; off takes its operations away, on grants the reads alone (difference 4). */
  | "gate";

/** One switch. */
export interface Switch {
  readonly name: string;
  readonly kind: SwitchKind;
  /** Its value when nobody sets it; null where it then follows another. */
  readonly preset: boolean | null;
  /** The operations that it grants; for a gate when it is on. */
  readonly grants: readonly string[];
  /** The operations that a gate takes away when it is off. */
  readonly withholds: readonly string[];
  /** One line for the help text. */
  readonly help: string;
}

/** A deliberate difference from the original, as the documentation numbers them. */
export interface Difference {
  readonly number: number;
  readonly looser: boolean;
  readonly text: string;
}

/** Every way in which the same switches mean something else here; what is looser than the original and not listed is a bug. */
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
      "EXEC is needed for container.exec.create too, beside CONTAINERS and POST.",
  },
  {
    number: 3,
    looser: true,
    text:
      "ALLOW_START, ALLOW_STOP, ALLOW_RESTARTS, ALLOW_PAUSE and ALLOW_UNPAUSE grant their operations with POST=0 too.",
  },
  {
    number: 4,
    looser: true,
    text:
      "ALLOW_LOGS, ALLOW_ARCHIVE, ALLOW_EXPORT, ALLOW_CHANGES and ALLOW_TOP: unset they follow CONTAINERS, 0 takes their operations away, 1 grants the reads alone.",
  },
  {
    number: 5,
    looser: true,
    text:
      "LIBPOD_* grant podman's libpod operations, which the original refuses.",
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
      "sockwarden's own container is outside every grant that changes it, runs code in it or reads its files, unless --allow-self names the operation.",
  },
];

/** Sections that are on unless they are switched off. */
const ON_BY_DEFAULT: ReadonlySet<string> = new Set([
  "EVENTS",
  "PING",
  "VERSION",
  "LIBPOD_PING",
  "LIBPOD_VERSION",
]);

/** What a section is about, for the help text. */
const SECTION_HELP: Readonly<Record<string, string>> = {
  AUTH: "registry login",
  BUILD: "image builds",
  COMMIT: "images from containers",
  CONFIGS: "swarm configs",
  CONTAINERS: "containers: list, inspect, logs, files; all else with POST=1",
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

/** A gate's reads, and what else it takes away, without the leading `container.`. */
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
    preset: false,
    grants: [],
    withholds: [],
    help: "what changes something, in the sections that are on",
  },
  ...lifecycle("ALLOW_", "container."),
  ...GATES.map(([word, reads, more]): Switch => ({
    name: `ALLOW_${word}`,
    kind: "gate",
    preset: null,
    grants: reads.map((read) => `container.${read}`),
    withholds: [...reads, ...more].flatMap((name) =>
      [
        `container.${name}`,
        `libpod.container.${name}`,
        `libpod.pod.${name}`,
      ].filter((name) => OPERATION_BY_NAME.has(name))
    ),
    help: `container ${
      reads.join(", ")
    }: unset as CONTAINERS, 0 never, 1 alone`,
  })),
  ...lifecycle("LIBPOD_ALLOW_", "libpod.container."),
  ...lifecycle("LIBPOD_ALLOW_POD_", "libpod.pod."),
];

/** Switches by name. */
export const SWITCH_BY_NAME: ReadonlyMap<string, Switch> = new Map(
  SWITCHES.map((entry) => [entry.name, entry]),
);

/** The gates that can take an operation away, by its name. */
export const GATES_OF: ReadonlyMap<string, readonly Switch[]> = byOperation(
  ({ kind, withholds }) => kind === "gate" ? withholds : [],
);

/** The switches that grant an operation alone, by its name. */
export const GRANTERS_OF: ReadonlyMap<string, readonly Switch[]> = byOperation(
  ({ kind, grants }) => kind === "allow" || kind === "gate" ? grants : [],
);

/**
 * The switches that an operation needs all of when its section is to grant it:
 * the section, POST for whatever changes something (its method or its class
 * says so), EXEC for making an exec (difference 2).
 *
 * @returns The names, the section's first; null for an operation without a section.
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

/** Whether the original's POST, or the class of the operation, governs it. */
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
    const names = members.get(section);
    if (names === undefined) members.set(section, [name]);
    else names.push(name);
  }
  return [...members.keys()].sort().map((name): Switch => ({
    name,
    kind: "section",
    preset: ON_BY_DEFAULT.has(name),
    grants: members.get(name)!,
    withholds: [],
    help: SECTION_HELP[name] ??
      `podman: ${name.slice("LIBPOD_".length).toLowerCase()}`,
  }));
}

function lifecycle(prefix: string, operations: string): Switch[] {
  return LIFECYCLE.map(([word, verbs]): Switch => ({
    name: prefix + word,
    kind: "allow",
    preset: false,
    grants: verbs.map((verb) => operations + verb),
    withholds: [],
    help: `${operations}${verbs.join(", ")}, with POST=0 too`,
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
