/**
 * Reads the policy file: from its text to the checked rights of each client. It
 * reports all problems at once, each with its place.
 *
 * @module
 */

import {
  type ClientGrants,
  NO_RULES,
  type PolicyFile,
} from "../policy/compile.ts";
import type { ListenAddress } from "../net/address.ts";
import { escapeControl } from "../observe/control.ts";
import { type Entry, readDocument } from "./document.ts";
import {
  CLIENT_NAME,
  GRANT_KEYS,
  GUARD_KEY,
  HIDE_KEY,
  IDENTITY_KEYS,
  LIMITS_KEY,
  RESERVED_NAME,
  SCOPE_KEYS,
  TOP_KEYS,
} from "./policy_format.ts";
import { type FileGrants, readGrantKeys } from "./policy_grants.ts";
import { readIdentity } from "./policy_identity.ts";
import {
  expectMapping,
  isNothing,
  type PolicyReading,
  readKeys,
  report,
} from "./policy_shape.ts";
import { shadowsOf } from "./shadow.ts";

/** A policy file that was read. */
export interface PolicyFileResult {
  readonly file: PolicyFile;
  /** The listeners of its clients, each once. */
  readonly listeners: readonly ListenAddress[];
  /** Messages that do not prevent a start. */
  readonly warnings: readonly string[];
}

/** A client with the place of its name. */
interface ReadClient {
  readonly grants: ClientGrants;
  readonly offset: number;
}

/**
 * Reads and checks a policy file.
 *
 * @param path Its path as it was given, for messages.
 * @param text Its text: YAML, JSON, or JSON with comments.
 * @returns Its contents, or all its problems in the order of the file, each as
 * `path:line:column: key: what was found: what is expected`.
 */
export function readPolicyFile(
  path: string,
  text: string,
): PolicyFileResult | { problems: string[] } {
  const document = readDocument(text, path);
  if ("problems" in document) return document;
  const reading: PolicyReading = {
    document,
    problems: [],
    warnings: [],
    listeners: new Map(),
  };
  const empty = isNothing(document.root);
  if (empty) {
    reading.warnings.push(`${path} is empty: it grants nothing`);
  }
  const top = empty
    ? new Map<string, Entry>()
    : readKeys(reading, document.root, "", TOP_KEYS);
  const clients = readClients(reading, top.get("clients"));
  const rest = readDefault(reading, top.get("default"));
  checkShadows(reading, clients);
  if (reading.problems.length > 0) {
    const inOrder = reading.problems.sort((a, b) => a.offset - b.offset);
    return {
      problems: inOrder.map(({ offset, text }) =>
        escapeControl(`${document.place(offset)}: ${text}`)
      ),
    };
  }
  return {
    file: { path, clients: clients.map(({ grants }) => grants), rest },
    listeners: [...reading.listeners.values()].map(({ address }) => address),
    warnings: reading.warnings,
  };
}

function readClients(
  reading: PolicyReading,
  entry: Entry | undefined,
): ReadClient[] {
  if (entry === undefined || isNothing(entry.value)) return [];
  const mapping = expectMapping(
    reading,
    entry.value,
    entry.key,
    "a mapping of names to clients",
  );
  return (mapping?.entries ?? []).flatMap((client) => {
    const read = readClient(reading, client);
    return read === null ? [] : [read];
  });
}

function readClient(reading: PolicyReading, entry: Entry): ReadClient | null {
  const { key: name, keyOffset } = entry;
  const where = `clients.${name}`;
  const before = reading.problems.length;
  if (name === RESERVED_NAME) {
    report(
      reading,
      keyOffset,
      where,
      "'default' is not allowed as a client name: choose another name, or move its grants to the key 'default' beside 'clients'",
    );
  } else if (!CLIENT_NAME.test(name)) {
    report(
      reading,
      keyOffset,
      where,
      `'${name}' is not a valid client name: expected 1 to 64 letters, digits and _ . -`,
    );
  }
  const keys = readKeys(reading, entry.value, where, [
    ...IDENTITY_KEYS,
    ...GRANT_KEYS,
    ...SCOPE_KEYS,
    GUARD_KEY,
    HIDE_KEY,
    LIMITS_KEY,
  ]);
  const identity = readIdentity(reading, name, keys, entry, where);
  const grants = readGrantKeys(reading, keys, where);
  if (reading.problems.length > before) return null;
  return {
    grants: {
      identity,
      source: reading.document.place(keyOffset),
      grants: { switches: new Map(), defaultSwitches: false, ...grants },
    },
    offset: keyOffset,
  };
}

/** Reports each client that never matches, because earlier clients match first. */
function checkShadows(
  reading: PolicyReading,
  clients: readonly ReadClient[],
): void {
  for (const [i, { grants, offset }] of clients.entries()) {
    const earlier = clients.slice(0, i);
    const shadows = shadowsOf(
      grants.identity,
      earlier.map((client) => client.grants.identity),
    );
    if (shadows === null) continue;
    const named = earlier
      .filter((client) => shadows.includes(client.grants.identity))
      .map((client) =>
        `clients.${client.grants.identity.name} at ${client.grants.source}`
      );
    report(
      reading,
      offset,
      `clients.${grants.identity.name}`,
      `never matches, because ${named.join(" and ")} ${
        named.length === 1 ? "comes first and matches" : "come first and match"
      } the same connections: remove one, or put the narrower one first`,
    );
  }
}

function readDefault(
  reading: PolicyReading,
  entry: Entry | undefined,
): FileGrants {
  if (entry === undefined || isNothing(entry.value)) {
    return NO_RULES;
  }
  const known = readKeys(reading, entry.value, entry.key, [
    ...GRANT_KEYS,
    ...SCOPE_KEYS,
    GUARD_KEY,
    HIDE_KEY,
    LIMITS_KEY,
  ]);
  return readGrantKeys(reading, known, entry.key);
}
