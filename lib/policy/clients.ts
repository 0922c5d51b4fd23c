/**
 * Identifies the client of a policy file: by its listener, its address, the
 * container that owns the address, or its certificate.
 *
 * @module
 */

import { type Cidr, covers, sameAddress } from "../net/cidr.ts";

/** One condition of a client's `from`. */
export type Selector =
  | { readonly kind: "cidr"; readonly cidr: Cidr }
  /** A host name; its addresses are looked up in advance. */
  | { readonly kind: "host"; readonly name: string }
  | { readonly kind: "container"; readonly name: string }
  | { readonly kind: "service"; readonly name: string }
  | { readonly kind: "project"; readonly name: string }
  /** A label of the container, never with an empty value; with any other if `value` is null. */
  | {
    readonly kind: "label";
    readonly key: string;
    readonly value: string | null;
  }
  /** The common name or a subject alternative name of a TLS client certificate. */
  | { readonly kind: "certificate"; readonly name: string };

/** How a client of a policy file is identified. */
export interface ClientIdentity {
  readonly name: string;
  /** Alternatives: one is enough. All conditions of an alternative must hold. If empty, the listeners alone identify the client. */
  readonly from: readonly (readonly Selector[])[];
  /** Addresses of the client's own listeners, as `formatAddress` writes them. */
  readonly listen: readonly string[];
}

/** The facts of a container that identify a client. */
export interface ContainerFacts {
  /** All 64 hexadecimal digits. */
  readonly id: string;
  /** Its name without the slash. */
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** The facts of a connection that identify its client. */
export interface PeerFacts {
  /** The address of the listener, as configured. */
  readonly listener: string;
  /** The remote IP address; empty on a unix socket. */
  readonly address: string;
  /** The container that owns the address; null if none is known. */
  readonly container: ContainerFacts | null;
  /** The names in the verified TLS client certificate. */
  readonly certificateNames: readonly string[];
  /** The addresses of the host names in selectors. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
}

/** The labels that docker compose and swarm set on the containers of a service. */
export const SERVICE_LABELS: readonly string[] = [
  "com.docker.compose.service",
  "com.docker.swarm.service.name",
];
/** The labels that docker compose and swarm set on the containers of a project. */
export const PROJECT_LABELS: readonly string[] = [
  "com.docker.compose.project",
  "com.docker.stack.namespace",
];

/**
 * Identifies the client of a connection: the first match in the order of the
 * file.
 *
 * A listener that clients have as their own is exclusive: no other client
 * matches there, and its owners match on no other listener.
 *
 * @returns The client's name, or null if none matches.
 */
export function matchClient(
  clients: readonly ClientIdentity[],
  facts: PeerFacts,
): string | null {
  const owned = clients.some(({ listen }) => listen.includes(facts.listener));
  for (const { name, from, listen } of clients) {
    if (owned ? !listen.includes(facts.listener) : listen.length > 0) continue;
    if (
      from.length === 0 ? owned : from.some((conditions) =>
        // An alternative without conditions identifies no client.
        conditions.length > 0 &&
        conditions.every((condition) => holds(condition, facts))
      )
    ) return name;
  }
  return null;
}

/**
 * The clients that a container is or could be, on any listener. It protects the
 * container from others, so an unknown fact counts as a match.
 *
 * @param addresses The addresses that it has or will have; null if it may have
 * any, such as the host's.
 * @returns The names of the clients, in the order of the file.
 */
export function clientsOfContainer(
  clients: readonly ClientIdentity[],
  container: ContainerFacts,
  addresses: readonly string[] | null,
  hosts: PeerFacts["hosts"],
): string[] {
  return clients.filter(({ from }) =>
    from.some((conditions) =>
      // A certificate is not a fact of the container: the other conditions decide.
      conditions.some(({ kind }) => kind !== "certificate") &&
      conditions.every((condition) =>
        couldHold(condition, container, addresses, hosts)
      )
    )
  ).map(({ name }) => name);
}

/** Whether the container behind a connection must be known to identify its client, on that listener. */
export function needsContainer(
  clients: readonly ClientIdentity[],
  listener: string,
): boolean {
  const owned = clients.some(({ listen }) => listen.includes(listener));
  return clients.some(({ from, listen }) =>
    (owned ? listen.includes(listener) : listen.length === 0) &&
    from.some((conditions) => conditions.some(ofContainer))
  );
}

/** A condition on the container that owns an address. */
type ContainerSelector = Extract<
  Selector,
  { kind: "container" | "service" | "project" | "label" }
>;

/** Whether a condition is one on the container that owns an address. */
export function ofContainer(selector: Selector): selector is ContainerSelector {
  const { kind } = selector;
  return kind === "container" || kind === "service" || kind === "project" ||
    kind === "label";
}

/** The labels that a condition needs: one of the keys with the value, or with any that is not empty if that is null; null if it needs no label. */
export function labelsOf(
  selector: Selector,
): { readonly keys: readonly string[]; readonly value: string | null } | null {
  switch (selector.kind) {
    case "service":
      return { keys: SERVICE_LABELS, value: selector.name };
    case "project":
      return { keys: PROJECT_LABELS, value: selector.name };
    case "label":
      return { keys: [selector.key], value: selector.value };
    default:
      return null;
  }
}

/** The host names in conditions, each once. */
export function hostNames(clients: readonly ClientIdentity[]): string[] {
  return [
    ...new Set(
      clients.flatMap(({ from }) => from.flat()).flatMap((selector) =>
        selector.kind === "host" ? [selector.name] : []
      ),
    ),
  ];
}

/** A condition as written in a policy file. */
export function formatSelector(selector: Selector): string {
  switch (selector.kind) {
    case "cidr":
      return `cidr ${selector.cidr.text}`;
    case "label":
      return selector.value === null
        ? `label ${selector.key}`
        : `label ${selector.key}=${selector.value}`;
    default:
      return `${selector.kind} ${selector.name}`;
  }
}

function holds(selector: Selector, facts: PeerFacts): boolean {
  switch (selector.kind) {
    case "cidr":
      return covers(selector.cidr, facts.address);
    case "host":
      return (facts.hosts.get(selector.name) ?? []).some((address) =>
        sameAddress(address, facts.address)
      );
    case "certificate":
      return facts.certificateNames.includes(selector.name);
    default:
      return facts.container !== null && describes(selector, facts.container);
  }
}

/** Whether a condition may hold for a connection from a container. */
function couldHold(
  selector: Selector,
  container: ContainerFacts,
  addresses: readonly string[] | null,
  hosts: PeerFacts["hosts"],
): boolean {
  switch (selector.kind) {
    case "certificate":
      return true;
    case "cidr":
      return addresses === null ||
        addresses.some((address) => covers(selector.cidr, address));
    case "host": {
      const known = hosts.get(selector.name);
      return addresses === null || known === undefined ||
        known.some((one) =>
          addresses.some((other) => sameAddress(one, other))
        ) ||
        // The address of the name may have changed since it was looked up.
        answersTo(container, selector.name);
    }
    default:
      return describes(selector, container);
  }
}

/** Whether a condition on a container holds for this one. */
function describes(
  selector: ContainerSelector,
  { name, labels }: ContainerFacts,
): boolean {
  if (selector.kind === "container") return name === selector.name;
  const { keys, value } = labelsOf(selector)!;
  return keys.some((key) => isValue(labels.get(key) ?? "", value));
}

/**
 * Whether a label's value is the one that a condition needs, or any if that is
 * null. An empty one never is: the gate writes it where a label must not come
 * from the image.
 */
export function isValue(given: string, needed: string | null): boolean {
  return given !== "" && (needed === null || given === needed);
}

/**
 * Whether the engine's resolver finds a container by a host name: by its name
 * or its service's, alone or with a network's name after it; case does not
 * matter (RFC 4343).
 */
function answersTo(
  { name, labels }: ContainerFacts,
  host: string,
): boolean {
  const wanted = host.toLowerCase();
  return [name, ...SERVICE_LABELS.map((key) => labels.get(key) ?? "")]
    .map((one) => one.toLowerCase())
    .some((one) => one !== "" && (wanted + ".").startsWith(one + "."));
}
