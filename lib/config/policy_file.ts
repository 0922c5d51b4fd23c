/**
 * The policy file: from its text to the rights of each client, checked. All
 * problems are told at once, each with its place.
 *
 * @module
 */

import type { ClientGrants, PolicyFile } from "../policy/compile.ts";
import type { ListenAddress } from "../net/address.ts";
import { type Entry, printable, readDocument } from "./document.ts";
import {
  CLIENT_NAME,
  GRANT_KEYS,
  IDENTITY_KEYS,
  RESERVED_NAME,
  TOP_KEYS,
} from "./policy_format.ts";
import { type FileGrants, readGrants } from "./policy_grants.ts";
import { readIdentity } from "./policy_identity.ts";
import {
  expectMapping,
  isNothing,
  type Reading,
  readKeys,
  report,
} from "./policy_shape.ts";
import { shadowsOf } from "./shadow.ts";

/** A policy file that was read. */
export interface PolicyFileResult {
  readonly file: PolicyFile;
  /** The listeners that its clients name as their own, each once. */
  readonly listeners: readonly ListenAddress[];
  /** What is worth saying though it stops nothing. */
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
 * @returns What it says, or all that is wrong with it in the order of the
 * file, each as `path:line:column: key: what was found, what is expected`.
 */
export function readPolicyFile(
  path: string,
  text: string,
): PolicyFileResult | { problems: string[] } {
  const document = readDocument(text, path);
  if ("problems" in document) return document;
  const reading: Reading = {
    document,
    problems: [],
    warnings: [],
    listeners: new Map(),
  };
  const empty = isNothing(document.root);
  if (empty) {
    reading.warnings.push(`${path} is empty: it grants nothing to anybody`);
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
        printable(`${document.place(offset)}: ${text}`)
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
  reading: Reading,
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

function readClient(reading: Reading, entry: Entry): ReadClient | null {
  const { key: name, keyOffset } = entry;
  const where = `clients.${name}`;
  const before = reading.problems.length;
  if (name === RESERVED_NAME) {
    report(
      reading,
      keyOffset,
      where,
      "'default' stands beside 'clients' and is no client: choose another name, or move it there",
    );
  } else if (!CLIENT_NAME.test(name)) {
    report(
      reading,
      keyOffset,
      where,
      `'${name}' is no client's name: expected 1 to 64 letters, digits and _ . -`,
    );
  }
  const keys = readKeys(reading, entry.value, where, [
    ...IDENTITY_KEYS,
    ...GRANT_KEYS,
  ]);
  const identity = readIdentity(reading, name, keys, entry, where);
  const grants = readGrants(reading, keys, where);
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

/** Reports each client that never matches, since those before it always do. */
function checkShadows(reading: Reading, clients: readonly ReadClient[]): void {
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
      `never matches: ${
        named.join(" or ")
      } comes first and takes whoever it is for; remove one, or put the narrower first`,
    );
  }
}

function readDefault(
  reading: Reading,
  entry: Entry | undefined,
): FileGrants {
  if (entry === undefined || isNothing(entry.value)) {
    return { allow: [], deny: [], allowSelf: [], origins: [] };
  }
  const known = readKeys(reading, entry.value, entry.key, GRANT_KEYS);
  return readGrants(reading, known, entry.key);
}
