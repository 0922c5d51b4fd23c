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
  /** The grammar of its values; null if a separate parser reads them. */
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
      "The clients by name. A connection belongs to the first client that it matches.",
  },
  {
    key: "default",
    help:
      "What is granted to connections that match no client, in addition to what flags and switches grant.",
  },
];

/** The keys that identify a client. */
export const IDENTITY_KEYS: readonly Key[] = [
  {
    key: "from",
    help:
      "How the client is identified. All conditions of a mapping must match; of a list of mappings one is enough.",
  },
  {
    key: "listen",
    help:
      "Listeners of this client alone: connections there match this client or no client.",
  },
];

/** The keys that grant and refuse; `default` has these only. */
export const GRANT_KEYS: readonly Key[] = [
  {
    key: "preset",
    help:
      "Grants what known clients need: names of presets, see 'sockwarden presets'.",
  },
  {
    key: "allow",
    help:
      "Grants operations: 'container.restart', 'container.*', 'container.*:read', or 'GET /path' for a route that is newer than this release. With an end: { rule: container.restart, until: 2027-03-01 }.",
  },
  {
    key: "deny",
    help:
      "Refuses operations even if something else grants them; written as in 'allow'.",
  },
  {
    key: "allow-self",
    help:
      "Operations that may also reach sockwarden's own container, if they are granted.",
  },
  {
    key: "allow-origin",
    help:
      "Origins of web pages that may attach by WebSocket, such as https://portainer.example.",
  },
];

/** The keys of a rule of `allow` that has an end. */
export const ENDING_KEYS: readonly Key[] = [
  { key: "rule", help: "A rule as in 'allow', or a list of them." },
  {
    key: "until",
    help:
      "From then on it is refused: a date (00:00 UTC), or a time with its zone.",
  },
];

/** The value of a kind of object that is open beside a scope on another kind. */
export const OPEN_KIND = "any";

/** The keys that hold the grants to some objects only, and what each may hold. */
export const SCOPE_KEYS: readonly Key[] = [
  {
    key: "containers",
    help:
      "Only these containers: all conditions of a mapping must hold; of a list of mappings one is enough. 'any' for all, beside a scope on another kind.",
  },
  {
    key: "networks",
    help: "Only these networks; written as under 'containers'.",
  },
  {
    key: "volumes",
    help: "Only these volumes; written as under 'containers'.",
  },
  {
    key: "images",
    help:
      "Only these images: what it may 'use' (run, inspect) and what it may 'change' (tag, push, delete). 'any' for all, beside a scope on another kind.",
  },
];

/** The key that holds what requests may contain. */
export const GUARD_KEY: Key = {
  key: "guard",
  help:
    "Judges what is inside of requests: none, standard or strict, or a mapping with 'level' and knobs (docs/guards.md).",
};

/** The key that holds what is hidden in answers. */
export const HIDE_KEY: Key = {
  key: "hide",
  help:
    "Hides parts of the engine's answers: env, args, mounts, swarm, addresses, a list of them, none, or a mapping with more detail (docs/guards.md).",
};

/** The keys of `hide` where it is a mapping. */
export const HIDE_KEYS: readonly Key[] = [
  {
    key: "env",
    help:
      "Values of environments, and of build arguments: true for all, or names of variables, * for any characters.",
  },
  {
    key: "env-except",
    help: "Variables whose values stay; written exactly, * for any characters.",
  },
  {
    key: "args",
    help: "Commands, entrypoints, health checks and their output.",
  },
  {
    key: "mounts",
    help: "Binds, mounts, devices, options of volumes, folders of the host.",
  },
  {
    key: "swarm",
    help: "Join tokens, keys, certificates, contents of configs, secrets.",
  },
  {
    key: "addresses",
    help: "Addresses of containers, networks, nodes and published ports.",
  },
  {
    key: "fields",
    help:
      "Shows only these fields of the answers: paths by operation, such as { container.list: [Id, Names, Labels] }, or the name of a preset that has such a list.",
  },
];

/** The key that holds how much may be asked for. */
export const LIMITS_KEY: Key = {
  key: "limits",
  help:
    "How much it may ask for: a mapping with requests, streams, rate, burst and upload-rate (docs/policy.md).",
};

/** A pattern of names of variables. */
export const VARIABLE_PATTERN = /^[!-<>-~]{1,200}$/;
/** The same in words. */
export const VARIABLE_WORDS =
  "the name of a variable, * for any characters, such as DB_PASSWORD or *_TOKEN, or a list of them";

/** Not allowed as a client's name: it stands for connections that match no client. */
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
      "A label of the container that owns the address: KEY with any value, or KEY=VALUE; an empty value matches no client.",
    // deno-lint-ignore no-control-regex -- it refuses control characters
    pattern: /^[A-Za-z0-9][A-Za-z0-9_.\/-]*(?:=[^\x00-\x1f\x7f]+)?$/,
    expected:
      "a label: KEY for any value, or KEY=VALUE; an empty value matches no client",
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
    help: "A host name: matches a client with one of its addresses.",
    // RFC 1123, section 2.1: the last label is not all digits.
    pattern:
      /^(?!.*(?:^|\.)[0-9]+$)(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
    expected: "a host name such as ci.example; for an address use cidr",
  },
  {
    key: "certificate",
    help:
      "The common name or a subject alternative name of the client's TLS certificate.",
    // deno-lint-ignore no-control-regex -- it refuses control characters
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

/** The conditions of a scope. */
export const SCOPE_TERMS: readonly SelectorKey[] = [
  {
    key: "name",
    help: "The object's name; * stands for any characters.",
    pattern: /^(?=.{1,253}$)[A-Za-z0-9*][A-Za-z0-9_.*-]*$/,
    expected:
      "a name without a slash, * for any characters, such as web-* or api",
  },
  {
    key: "project",
    help: "The Compose project or Swarm stack of the object.",
    pattern: OBJECT_NAME,
    expected: `a project's name: ${OBJECT_NAME_WORDS}`,
  },
  {
    key: "label",
    help:
      "A label of the object: KEY with any value, or KEY=VALUE; an empty value matches nothing.",
    // deno-lint-ignore no-control-regex -- it refuses control characters
    pattern: /^[A-Za-z0-9][A-Za-z0-9_.\/-]*(?:=[^\x00-\x1f\x7f]+)?$/,
    expected:
      "a label: KEY for any value, or KEY=VALUE; an empty value matches nothing",
  },
];

/** What a scope excludes. */
export const NOT_KEY: Key = {
  key: "not",
  help: "Objects that are outside all the same; written as the scope itself.",
};

const IMAGE_PATTERN = /^(?=.{1,512}$)[A-Za-z0-9*][A-Za-z0-9_.:@\/*-]*$/;
const IMAGE_WORDS =
  "an image's name with its tag, * for any characters, such as postgres:* or registry.example/ci/*";

/** The conditions of a scope on images. */
export const IMAGE_SCOPE_KEYS: readonly SelectorKey[] = [
  {
    key: "use",
    help: "Images that it may run, pull and inspect.",
    pattern: IMAGE_PATTERN,
    expected: IMAGE_WORDS,
  },
  {
    key: "change",
    help: "Images that it may tag, push and delete too.",
    pattern: IMAGE_PATTERN,
    expected: IMAGE_WORDS,
  },
];
