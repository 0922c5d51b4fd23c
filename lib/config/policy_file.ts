/**
 * The policy file: from its text to the rights of each client, checked. All
 * problems are told at once, each with its place.
 *
 * @module
 */

import {
  findPreset,
  lostWithUpgrade,
  PRESET_NAMES,
} from "../docker/presets.ts";
import { parseCidr } from "../policy/cidr.ts";
import type { ClientIdentity, Selector } from "../policy/clients.ts";
import type { ClientGrants, Grants, PolicyFile } from "../policy/compile.ts";
import { WITHHELD, WITHHELD_OF_SERVICES } from "../policy/own.ts";
import { type OperationRule, parseRule, type Rule } from "../policy/rules.ts";
import {
  formatAddress,
  type ListenAddress,
  parseListenAddress,
} from "./address.ts";
import {
  type Document,
  type Entry,
  type Mapping,
  type Node,
  printable,
  readDocument,
} from "./document.ts";
import { nearest, slips } from "./nearest.ts";
import { nearestOperation } from "./nearest_operation.ts";
import {
  CLIENT_NAME,
  GRANT_KEYS,
  IDENTITY_KEYS,
  type Key,
  ORIGIN,
  RESERVED_NAME,
  type SelectorKey,
  SELECTORS,
  TOP_KEYS,
} from "./policy_format.ts";
import { shadowsOf } from "./shadow.ts";

/** A policy file that was read. */
export interface PolicyFileResult {
  readonly file: PolicyFile;
  /** The listeners that its clients name as their own, each once. */
  readonly listeners: readonly ListenAddress[];
  /** What is worth saying though it stops nothing. */
  readonly warnings: readonly string[];
}

/** Combinations of conditions that one client may have. */
const MOST_COMBINATIONS = 256;

/** The file while it is read. */
interface Reading {
  readonly document: Document;
  readonly problems: { readonly offset: number; readonly text: string }[];
  readonly warnings: string[];
  /** The listeners by address, with where each was first named. */
  readonly listeners: Map<
    string,
    { readonly address: ListenAddress; readonly offset: number }
  >;
}

/** A text with its place. */
interface Sourced {
  readonly text: string;
  readonly offset: number;
}

/** What a key of the file grants and refuses. */
type FileGrants = PolicyFile["rest"];

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

// ---------------------------------------------------------------- clients

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
      grants: { switches: new Map(), presetSwitches: false, ...grants },
    },
    offset: keyOffset,
  };
}

function readIdentity(
  reading: Reading,
  name: string,
  keys: ReadonlyMap<string, Entry>,
  entry: Entry,
  where: string,
): ClientIdentity {
  const from = keys.get("from");
  const own = keys.get("listen");
  const found = from === undefined
    ? { conditions: [], listen: [] }
    : readFrom(reading, from.value, `${where}.from`);
  const listen = readListeners(reading, [
    ...found.listen,
    ...own === undefined
      ? []
      : readTexts(reading, own.value, `${where}.listen`, ADDRESS, false),
  ], `${where}.listen`);
  if (
    from === undefined && own === undefined && entry.value.kind === "mapping"
  ) {
    report(
      reading,
      entry.keyOffset,
      where,
      "nothing says who this client is: write 'from', or 'listen' with an address of its own",
    );
  }
  if (found.conditions.length > 0) {
    for (const { address, offset } of listen) {
      if (address.kind !== "unix") continue;
      report(
        reading,
        offset,
        `${where}.listen`,
        `nobody has an address or a certificate on ${
          formatAddress(address)
        }, so 'from' never holds there: leave out 'from' (whoever may open the socket is this client), or listen on tcp://`,
      );
    }
  }
  return {
    name,
    from: found.conditions,
    listen: listen.map(({ address }) => formatAddress(address)),
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
        named.join(" and ")
      } comes first and holds wherever this does; remove one, or put the narrower first`,
    );
  }
}

// ------------------------------------------------------------- conditions

const ADDRESS = selectorKey("listen").expected;

interface From {
  /** Any is enough; all of its selectors must hold. */
  readonly conditions: Selector[][];
  readonly listen: Sourced[];
}

function readFrom(reading: Reading, node: Node, where: string): From {
  if (node.kind === "sequence" && node.items.length > 0) {
    const conditions = node.items.flatMap((item) => {
      const read = readConditions(reading, item, where);
      for (const { offset } of read.listen) {
        report(
          reading,
          offset,
          where,
          "'listen' holds for the whole client: write it beside 'from'",
        );
      }
      return read.conditions;
    });
    checkCombinations(reading, node.offset, where, conditions.length);
    return { conditions, listen: [] };
  }
  return readConditions(reading, node, where);
}

/** Reads one mapping of conditions to all their combinations. */
function readConditions(reading: Reading, node: Node, where: string): From {
  const keys = readKeys(reading, node, where, SELECTORS);
  if (node.kind === "mapping" && node.entries.length === 0) {
    report(
      reading,
      node.offset,
      where,
      `no condition: expected one or more of ${listOf(SELECTORS)}`,
    );
  }
  let conditions: Selector[][] = [[]];
  let listen: Sourced[] = [];
  for (const [key, entry] of keys) {
    const format = selectorKey(key);
    const place = `${where}.${key}`;
    const texts = readTexts(
      reading,
      entry.value,
      place,
      format.expected,
      false,
    );
    if (key === "listen") {
      listen = texts;
      continue;
    }
    const selectors = texts.flatMap((text) =>
      readSelector(reading, format, text, place)
    );
    if (
      !checkCombinations(
        reading,
        entry.keyOffset,
        where,
        conditions.length * selectors.length,
      )
    ) break;
    conditions = conditions.flatMap((each) =>
      selectors.map((selector) => [...each, selector])
    );
  }
  return { conditions: conditions.filter(({ length }) => length > 0), listen };
}

function checkCombinations(
  reading: Reading,
  offset: number,
  where: string,
  count: number,
): boolean {
  if (count <= MOST_COMBINATIONS) return true;
  report(
    reading,
    offset,
    where,
    `${count} combinations of conditions: expected ${MOST_COMBINATIONS} at most; give several clients the same rights instead`,
  );
  return false;
}

/** One selector, or none where its value is wrong. */
function readSelector(
  reading: Reading,
  { key, pattern, expected }: SelectorKey,
  { text, offset }: Sourced,
  where: string,
): Selector[] {
  if (pattern !== null && !pattern.test(text)) {
    report(reading, offset, where, `'${text}': expected ${expected}`);
    return [];
  }
  switch (key) {
    case "cidr": {
      const cidr = parseCidr(text);
      if (!("problem" in cidr)) return [{ kind: "cidr", cidr }];
      report(reading, offset, where, `'${text}': ${cidr.problem}`);
      return [];
    }
    case "label": {
      const equals = text.indexOf("=");
      return [
        equals < 0 ? { kind: "label", key: text, value: null } : {
          kind: "label",
          key: text.slice(0, equals),
          value: text.slice(equals + 1),
        },
      ];
    }
    default:
      return [{ kind: key as NamedKind, name: text }];
  }
}

/** The kinds of selector that hold a name and nothing else. */
type NamedKind = Extract<Selector, { name: string }>["kind"];

function selectorKey(key: string): SelectorKey {
  return SELECTORS.find((one) => one.key === key)!;
}

function readListeners(
  reading: Reading,
  texts: readonly Sourced[],
  where: string,
): { address: ListenAddress; offset: number }[] {
  const seen = new Set<string>();
  return texts.flatMap(({ text, offset }) => {
    const wrong = (problem: string) => {
      report(reading, offset, where, `'${text}': ${problem}`);
      return [];
    };
    const address = parseListenAddress(text);
    if ("problem" in address) return wrong(address.problem);
    if (address.kind === "tcp" && address.port === 0) {
      return wrong("port 0 is another at each start: write the port's number");
    }
    const key = formatAddress(address);
    if (seen.has(key)) return wrong("this address is given twice");
    seen.add(key);
    const first = reading.listeners.get(key);
    if (first === undefined) {
      reading.listeners.set(key, { address, offset });
    } else if (!sameSocket(first.address, address)) {
      return wrong(
        `this socket has another mode or group at ${
          reading.document.place(first.offset)
        }: write the same`,
      );
    }
    return [{ address, offset }];
  });
}

/** Whether two listeners of one address are opened in the same way. */
function sameSocket(one: ListenAddress, other: ListenAddress): boolean {
  return one.kind === "tcp" || other.kind === "tcp" ||
    one.mode === other.mode && one.group === other.group;
}

// ----------------------------------------------------------------- grants

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

function readGrants(
  reading: Reading,
  keys: ReadonlyMap<string, Entry>,
  where: string,
): FileGrants {
  const texts = (key: string, expected: string) => {
    const entry = keys.get(key);
    return entry === undefined
      ? []
      : readTexts(reading, entry.value, `${where}.${key}`, expected, true);
  };
  const rules = (key: string) =>
    texts(key, RULE).flatMap((text) =>
      readRule(reading, text, `${where}.${key}`)
    );
  return {
    allow: [
      ...texts("preset", "the name of a preset, or a list of them").flatMap(
        (text) => readPresets(reading, text, `${where}.preset`),
      ),
      ...rules("allow"),
    ],
    deny: rules("deny"),
    allowSelf: texts("allow-self", RULE).flatMap((text) =>
      readSelfRule(reading, text, `${where}.allow-self`)
    ),
    origins: texts("allow-origin", "an origin, or a list of them").flatMap(
      (text) => readOrigin(reading, text, `${where}.allow-origin`),
    ),
  } satisfies Omit<Grants, "switches" | "presetSwitches">;
}

const RULE =
  "an operation such as container.restart, a pattern such as container.*:read, or a list of them";

function readRule(
  reading: Reading,
  { text, offset }: Sourced,
  where: string,
): Rule[] {
  const rule = parseRule(text, reading.document.place(offset));
  if (!("problem" in rule)) return [rule];
  report(
    reading,
    offset,
    where,
    `${
      rule.problem.startsWith(`'${text}'`) ? "" : `'${text}': `
    }${rule.problem}${nearestOperation(text)}`,
  );
  return [];
}

function readSelfRule(
  reading: Reading,
  text: Sourced,
  where: string,
): OperationRule[] {
  return readRule(reading, text, where).flatMap((rule) => {
    if (rule.kind === "path") {
      report(
        reading,
        text.offset,
        where,
        `'${rule.text}' is the rule of a path: name operations here`,
      );
      return [];
    }
    const names = [...rule.names];
    if (
      names.some((name) => WITHHELD.has(name) || WITHHELD_OF_SERVICES.has(name))
    ) return [rule];
    report(
      reading,
      text.offset,
      where,
      `'${rule.text}' is not withheld from sockwarden's own container: leave it out here`,
    );
    return [];
  });
}

/** Reads the presets of one text, as rules that grant their operations. */
function readPresets(
  reading: Reading,
  { text, offset }: Sourced,
  where: string,
): OperationRule[] {
  const place = reading.document.place(offset);
  return text.split(",").map((part) => part.trim()).flatMap((name) => {
    const preset = findPreset(name);
    if ("problem" in preset) {
      const near = nearest(name.split("@", 1)[0]!, PRESET_NAMES, slips(name));
      const hint = near === null || name.startsWith(`${near}@`)
        ? ""
        : `; did you mean ${near}?`;
      report(reading, offset, where, `'${name}': ${preset.problem}${hint}`);
      return [];
    }
    const lost = lostWithUpgrade(preset);
    if (lost !== null) reading.warnings.push(`${place}: ${lost}`);
    return [{
      kind: "operations",
      text: name,
      setting: `${place} preset`,
      names: new Set(preset.operations),
    }];
  });
}

function readOrigin(
  reading: Reading,
  { text, offset }: Sourced,
  where: string,
): string[] {
  if (ORIGIN.test(text)) return [text];
  report(
    reading,
    offset,
    where,
    `'${text}': expected an origin such as https://portainer.example, without a path`,
  );
  return [];
}

// ------------------------------------------------------------------ shapes

function report(
  reading: Reading,
  offset: number,
  where: string,
  problem: string,
): void {
  reading.problems.push({
    offset,
    text: where === "" ? problem : `${where}: ${problem}`,
  });
}

/** The entries of a mapping by key; those with an unknown key are reported. */
function readKeys(
  reading: Reading,
  node: Node,
  where: string,
  keys: readonly Key[],
): Map<string, Entry> {
  const mapping = expectMapping(
    reading,
    node,
    where,
    `a mapping with ${listOf(keys)}`,
  );
  const known = new Map<string, Entry>();
  for (const entry of mapping?.entries ?? []) {
    const { key, keyOffset } = entry;
    if (keys.some((one) => one.key === key)) known.set(key, entry);
    else {
      const near = nearest(key, keys.map((one) => one.key), slips(key));
      report(
        reading,
        keyOffset,
        where,
        `'${key}' is no key of this: expected ${listOf(keys)}${
          near === null ? "" : `; did you mean ${near}?`
        }`,
      );
    }
  }
  return known;
}

function expectMapping(
  reading: Reading,
  node: Node,
  where: string,
  expected: string,
): Mapping | null {
  if (node.kind === "mapping") return node;
  report(
    reading,
    node.offset,
    where,
    `found ${describe(node)}: expected ${expected}`,
  );
  return null;
}

/**
 * The texts of a value that is one text or a list of them; what is neither is
 * reported.
 *
 * @param none Whether an empty list will do.
 */
function readTexts(
  reading: Reading,
  node: Node,
  where: string,
  expected: string,
  none: boolean,
): Sourced[] {
  if (node.kind === "sequence" && (none || node.items.length > 0)) {
    return node.items.flatMap((item) =>
      item.kind === "sequence"
        ? notText(reading, item, where, expected)
        : readTexts(reading, item, where, expected, none)
    );
  }
  return node.kind === "scalar" && typeof node.value === "string"
    ? [{ text: node.value, offset: node.offset }]
    : notText(reading, node, where, expected);
}

function notText(
  reading: Reading,
  node: Node,
  where: string,
  expected: string,
): Sourced[] {
  report(
    reading,
    node.offset,
    where,
    `found ${describe(node)}: expected ${expected}${
      node.kind === "scalar" && node.value !== null
        ? "; if it is a name, write it in quotes"
        : ""
    }`,
  );
  return [];
}

/** What a value is, in words. */
function describe(node: Node): string {
  if (node.kind === "mapping") return "a mapping";
  if (node.kind === "sequence") {
    return node.items.length === 0 ? "an empty list" : "a list";
  }
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return `'${node.value}'`;
  return `the ${typeof node.value} ${node.value}`;
}

function isNothing(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

function listOf(keys: readonly Key[]): string {
  return keys.map(({ key }) => key).filter((key) => !key.startsWith("$"))
    .join(", ");
}
