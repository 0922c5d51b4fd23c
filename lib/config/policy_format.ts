/**
 * The format of the policy file, as data: the validator, the schema for
 * editors and the documentation read the same tables.
 *
 * @module
 */

/** A key of the file. */
export interface Key {
  readonly key: string;
  /** What it is for. */
  readonly help: string;
}

/** A condition that `from` may hold. */
export interface SelectorKey extends Key {
  /** The grammar of its values; null where a parser of its own reads them. */
  readonly pattern: RegExp | null;
  /** The grammar in words. */
  readonly expected: string;
}

/** The keys of the file itself. */
export const TOP_KEYS: readonly Key[] = [
  {
    key: "$schema",
    help: "The schema of this file, for editors. It has no effect.",
  },
  {
    key: "clients",
    help:
      "The clients by name. The first whose 'from' holds is the client that a connection belongs to.",
  },
  {
    key: "default",
    help:
      "What is granted to whoever is none of the clients, beside what flags and switches grant.",
  },
];

/** The keys that say who a client is. */
export const IDENTITY_KEYS: readonly Key[] = [
  {
    key: "from",
    help:
      "Who the client is. All conditions of a mapping must hold; of a list of mappings any is enough.",
  },
  {
    key: "listen",
    help:
      "Addresses that are this client's own: whoever connects there is this client, or nobody.",
  },
];

/** The keys that grant and refuse; `default` has these alone. */
export const GRANT_KEYS: readonly Key[] = [
  {
    key: "preset",
    help:
      "Grants what known clients need: names of presets, see 'sockwarden presets'.",
  },
  {
    key: "allow",
    help:
      "Grants operations: 'container.restart', 'container.*', 'container.*:read', or 'GET /path' for a route that is newer than this release.",
  },
  {
    key: "deny",
    help: "Refuses operations, whatever grants them; written as in 'allow'.",
  },
  {
    key: "allow-self",
    help:
      "Operations that may reach sockwarden's own container too, where they are granted.",
  },
  {
    key: "allow-origin",
    help:
      "Origins of web pages that may attach by WebSocket, such as https://portainer.example.",
  },
];

/** What a client may not be called: the key of all others. */
export const RESERVED_NAME = "default";
/** The name of a client. */
export const CLIENT_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
/** An origin (RFC 6454, section 6.2). */
export const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\/\s?#]+$/;

const OBJECT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const OBJECT_NAME_WORDS =
  "letters, digits and _ . -, the first a letter or a digit";

/** The conditions of `from`. */
export const SELECTORS: readonly SelectorKey[] = [
  {
    key: "container",
    help: "The name of the container that owns the address.",
    pattern: OBJECT_NAME,
    expected: `a container's name: ${OBJECT_NAME_WORDS}`,
  },
  {
    key: "service",
    help:
      "The Compose or Swarm service of the container that owns the address.",
    pattern: OBJECT_NAME,
    expected: `a service's name: ${OBJECT_NAME_WORDS}`,
  },
  {
    key: "project",
    help:
      "The Compose project or Swarm stack of the container that owns the address.",
    pattern: OBJECT_NAME,
    expected: `a project's name: ${OBJECT_NAME_WORDS}`,
  },
  {
    key: "label",
    help:
      "A label of the container that owns the address: KEY with any value, or KEY=VALUE.",
    // deno-lint-ignore no-control-regex -- control bytes are what it refuses
    pattern: /^[A-Za-z0-9][A-Za-z0-9_.\/-]*(?:=[^\x00-\x1f\x7f]*)?$/,
    expected: "a label: KEY or KEY=VALUE",
  },
  {
    key: "cidr",
    help: "A block of addresses, such as 172.18.0.0/16, or one address.",
    pattern: null,
    expected:
      "an address or a block of addresses, such as 172.18.0.0/16 or fd00::/8",
  },
  {
    key: "host",
    help: "A host name: whoever has one of its addresses.",
    // RFC 1123, section 2.1: the last label is not all digits.
    pattern:
      /^(?!.*(?:^|\.)[0-9]+$)(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
    expected: "a host name such as ci.example; an address is written as cidr",
  },
  {
    key: "certificate",
    help:
      "The common name or a subject alternative name of the client's TLS certificate.",
    // deno-lint-ignore no-control-regex -- control bytes are what it refuses
    pattern: /^[^\x00-\x1f\x7f]{1,253}$/,
    expected: "a name in the client's certificate",
  },
  {
    key: "listen",
    help: "The same as 'listen' beside 'from'.",
    pattern: null,
    expected:
      "tcp://host:port, tls://host:port or unix:///path?mode=0660&group=docker",
  },
];
