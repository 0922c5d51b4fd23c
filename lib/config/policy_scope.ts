/**
 * Reads the scope of a client of the policy file: `containers`, `networks`,
 * `volumes` and `images`.
 *
 * @module
 */

import {
  type Alternative,
  describeAlternative,
  fits,
  type ImageScope,
  type LabelTerm,
  type NamePattern,
  namePattern,
  type ObjectScope,
  type Scope,
} from "../policy/scope.ts";
import type { Entry, Node } from "./document.ts";
import {
  IMAGE_SCOPE_KEYS,
  NOT_KEY,
  OPEN_KIND,
  SCOPE_TERMS,
  type SelectorKey,
} from "./policy_format.ts";
import {
  isNothing,
  type PolicyReading,
  readKeys,
  readTexts,
  report,
} from "./policy_shape.ts";

/** Alternatives of one kind. */
const MAX_ALTERNATIVES = 64;

/**
 * Reads the scope; problems are reported.
 *
 * @param keys The entries of the client's mapping by key.
 * @param where Its own key, for messages.
 * @returns null where it has none.
 */
export function readScope(
  reading: PolicyReading,
  keys: ReadonlyMap<string, Entry>,
  where: string,
): Scope | null {
  const objects = (kind: "containers" | "networks" | "volumes") => {
    const entry = keys.get(kind);
    return entry === undefined
      ? null
      : readKind(reading, entry, `${where}.${kind}`, readObjects);
  };
  const images = keys.get("images");
  const scope: Scope = {
    containers: objects("containers"),
    networks: objects("networks"),
    volumes: objects("volumes"),
    images: images === undefined
      ? null
      : readKind(reading, images, `${where}.images`, readImages),
  };
  return Object.values(scope).every((one) => one === null) ? null : scope;
}

/** The scope on one kind, or `any`. What has a problem is `any`: it is reported, so that nothing is served. */
function readKind<T>(
  reading: PolicyReading,
  { value }: Entry,
  where: string,
  read: (reading: PolicyReading, node: Node, where: string) => T,
): T | "any" {
  if (value.kind !== "scalar" || typeof value.value !== "string") {
    if (!isNothing(value)) return read(reading, value, where);
  } else if (value.value === OPEN_KIND) return OPEN_KIND;
  const found = isNothing(value)
    ? "nothing"
    : `'${value.kind === "scalar" ? value.value : ""}'`;
  report(
    reading,
    value.offset,
    where,
    `found ${found}: expected a mapping such as { label: team=shop }, or ${OPEN_KIND}`,
  );
  return OPEN_KIND;
}

function readObjects(
  reading: PolicyReading,
  node: Node,
  where: string,
): ObjectScope {
  const anyOf = readAlternatives(reading, node, where, true);
  return { setting: reading.document.place(node.offset), anyOf };
}

/** One mapping, or a list of them. */
function readAlternatives(
  reading: PolicyReading,
  node: Node,
  where: string,
  mayNegate: boolean,
): Alternative[] {
  if (node.kind !== "sequence") {
    return [readAlternative(reading, node, where, mayNegate)];
  }
  if (node.items.length === 0 || node.items.length > MAX_ALTERNATIVES) {
    report(
      reading,
      node.offset,
      where,
      node.items.length === 0
        ? "found an empty list, which matches nothing: expected a mapping such as { label: team=shop }; to allow nothing, grant no operation"
        : `found ${node.items.length} mappings: expected at most ${MAX_ALTERNATIVES}; use a label`,
    );
    return [];
  }
  return node.items.map((item) =>
    readAlternative(reading, item, where, mayNegate)
  );
}

function readAlternative(
  reading: PolicyReading,
  node: Node,
  where: string,
  mayNegate: boolean,
): Alternative {
  const allowed = mayNegate ? [...SCOPE_TERMS, NOT_KEY] : SCOPE_TERMS;
  const keys = readKeys(reading, node, where, allowed, "{ label: team=shop }");
  if (node.kind === "mapping" && node.entries.length === 0) {
    report(
      reading,
      node.offset,
      where,
      `found no condition: expected one or more of ${
        allowed.map(({ key }) => key).join(", ")
      }`,
    );
  }
  const texts = (key: string) => readTerms(reading, keys, key, where);
  const not = keys.get(NOT_KEY.key);
  const alternative: Alternative = {
    name: texts("name").map(namePattern),
    label: texts("label").map(readLabel),
    project: texts("project"),
    not: not === undefined
      ? []
      : readAlternatives(reading, not.value, `${where}.not`, false),
  };
  if (matchesNothing(alternative)) {
    report(
      reading,
      node.offset,
      where,
      `'${
        describeAlternative(alternative)
      }' matches nothing: make what stands under 'not' narrower`,
    );
  }
  return alternative;
}

/** The values of one key, each checked by its grammar. */
function readTerms(
  reading: PolicyReading,
  keys: ReadonlyMap<string, Entry>,
  key: string,
  where: string,
): string[] {
  const entry = keys.get(key);
  if (entry === undefined) return [];
  const format = SCOPE_TERMS.find((one) => one.key === key)!;
  return checkedTexts(reading, entry.value, format, `${where}.${key}`);
}

function checkedTexts(
  reading: PolicyReading,
  node: Node,
  { pattern, expected }: SelectorKey,
  where: string,
): string[] {
  return readTexts(reading, node, where, expected, false).flatMap(
    ({ text, offset }) => {
      if (pattern!.test(text)) return [text];
      report(reading, offset, where, `'${text}': expected ${expected}`);
      return [];
    },
  );
}

/** Reads a label whose grammar was checked. */
export function readLabel(text: string): LabelTerm {
  const equals = text.indexOf("=");
  return equals < 0
    ? { key: text, value: null }
    : { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** Whether what is excluded contains all that is included, as far as one key shows it. */
function matchesNothing({ name, label, project, not }: Alternative): boolean {
  return not.some((one) => {
    const kinds = [one.name, one.label, one.project]
      .filter(({ length }) => length > 0).length;
    if (kinds !== 1) return false;
    if (one.name.length > 0) {
      return one.name.some(({ text }) => /^\*+$/.test(text)) ||
        name.length > 0 &&
          name.every((each) => one.name.some((bar) => contains(bar, each)));
    }
    if (one.project.length > 0) {
      return project.length > 0 &&
        project.every((each) => one.project.includes(each));
    }
    return label.length > 0 &&
      label.every((each) =>
        one.label.some((bar) =>
          bar.key === each.key &&
          (bar.value === null || bar.value === each.value)
        )
      );
  });
}

/** Whether every name that fits one pattern fits the other, as far as the text of the first shows it. */
function contains(wide: NamePattern, narrow: NamePattern): boolean {
  return wide.text === narrow.text || fits(wide, narrow.text);
}

function readImages(
  reading: PolicyReading,
  node: Node,
  where: string,
): ImageScope {
  const keys = readKeys(
    reading,
    node,
    where,
    IMAGE_SCOPE_KEYS,
    '{ use: "postgres:*" }',
  );
  if (node.kind === "mapping" && node.entries.length === 0) {
    report(
      reading,
      node.offset,
      where,
      "found no condition, which matches nothing: expected use, change, or both",
    );
  }
  const patterns = (key: string) => {
    const entry = keys.get(key);
    const format = IMAGE_SCOPE_KEYS.find((one) => one.key === key)!;
    return entry === undefined
      ? []
      : checkedTexts(reading, entry.value, format, `${where}.${key}`)
        .map(namePattern);
  };
  return {
    setting: reading.document.place(node.offset),
    use: patterns("use"),
    change: patterns("change"),
  };
}
