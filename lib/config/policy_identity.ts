/**
 * Reads how a client of the policy file is identified: the conditions of `from`
 * and its own listeners.
 *
 * @module
 */

import { parseListenAddress } from "./parse_address.ts";
import { parseCidr } from "../net/cidr.ts";
import type { ClientIdentity, Selector } from "../policy/clients.ts";
import { formatAddress, type ListenAddress } from "../net/address.ts";
import type { Entry, Node } from "./document.ts";
import { type SelectorKey, SELECTORS } from "./policy_format.ts";
import {
  listOf,
  type PlacedText,
  type PolicyReading,
  readKeys,
  readTexts,
  report,
} from "./policy_shape.ts";

/** Combinations of conditions of one client. */
const MAX_COMBINATIONS = 256;

/**
 * Reads how a client is identified; problems are reported.
 *
 * @param keys The entries of the client's mapping by key.
 * @param entry The client itself.
 * @param where Its key, for messages.
 */
export function readIdentity(
  reading: PolicyReading,
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
  const listen = readOwnListeners(reading, [
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
      "nothing identifies this client: add 'from', or 'listen' with an address for this client alone",
    );
  }
  if (found.conditions.length > 0) {
    for (const { address, offset } of listen) {
      if (address.kind !== "unix") continue;
      report(
        reading,
        offset,
        `${where}.listen`,
        `connections to ${
          formatAddress(address)
        } have no IP address and no certificate, so 'from' never matches there: remove 'from' (all connections to the socket are then this client), or listen on tcp:// or tls://`,
      );
    }
  }
  return {
    name,
    from: found.conditions,
    listen: listen.map(({ address }) => formatAddress(address)),
  };
}

const ADDRESS = selectorKey("listen").expected;

interface From {
  /** Any is enough; all of its selectors must hold. */
  readonly conditions: Selector[][];
  readonly listen: PlacedText[];
}

function readFrom(reading: PolicyReading, node: Node, where: string): From {
  if (node.kind === "sequence" && node.items.length > 0) {
    const conditions = node.items.flatMap((item) => {
      const read = readConditions(reading, item, where);
      for (const { offset } of read.listen) {
        report(
          reading,
          offset,
          where,
          "'listen' applies to the whole client: move it beside 'from'",
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
function readConditions(
  reading: PolicyReading,
  node: Node,
  where: string,
): From {
  const named = node.kind === "scalar" && typeof node.value === "string"
    ? `{ container: ${node.value} }`
    : "";
  const keys = readKeys(reading, node, where, SELECTORS, named);
  if (node.kind === "mapping" && node.entries.length === 0) {
    report(
      reading,
      node.offset,
      where,
      `found no condition: expected one or more of ${listOf(SELECTORS)}`,
    );
  }
  let conditions: Selector[][] = [[]];
  let listen: PlacedText[] = [];
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
  reading: PolicyReading,
  offset: number,
  where: string,
  count: number,
): boolean {
  if (count <= MAX_COMBINATIONS) return true;
  report(
    reading,
    offset,
    where,
    `found ${count} combinations of conditions: expected at most ${MAX_COMBINATIONS}; use several clients with the same rights instead`,
  );
  return false;
}

/** One selector, or none if its value is not valid. */
function readSelector(
  reading: PolicyReading,
  { key, pattern, expected }: SelectorKey,
  { text, offset }: PlacedText,
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

function readOwnListeners(
  reading: PolicyReading,
  texts: readonly PlacedText[],
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
    if (address.kind !== "unix" && address.port === 0) {
      return wrong(
        "port 0 is a different port at each start: write a port from 1 to 65535",
      );
    }
    const key = formatAddress(address);
    if (seen.has(key)) {
      return wrong("this address is given twice; give it once");
    }
    seen.add(key);
    const first = reading.listeners.get(key);
    if (first === undefined) {
      reading.listeners.set(key, { address, offset });
    } else if (!sameSocket(first.address, address)) {
      return wrong(
        `${
          reading.document.place(first.offset)
        } gives this socket another mode or group: use the same in both places`,
      );
    }
    return [{ address, offset }];
  });
}

/** Whether two listeners of one address are opened in the same way. */
function sameSocket(one: ListenAddress, other: ListenAddress): boolean {
  return one.kind !== "unix" || other.kind !== "unix" ||
    one.mode === other.mode && one.group === other.group;
}
