/**
 * The scope of a client: which containers, networks, volumes and images its
 * grants cover. Immutable data, and pure functions that judge an object by it.
 *
 * @module
 */

import { fitsParts } from "../guard/pattern.ts";
import { PROJECT_LABELS } from "./clients.ts";

/** The kinds of object that a scope can cover, as the policy file names them. */
export const SCOPE_KINDS = [
  "containers",
  "networks",
  "volumes",
  "images",
] as const;

/** One of {@link SCOPE_KINDS}. */
export type ScopeKind = typeof SCOPE_KINDS[number];

/** A pattern of names, in which `*` stands for any characters. */
export interface NamePattern {
  /** As written. */
  readonly text: string;
  /** What stands between the stars; one part where there is none. */
  readonly parts: readonly string[];
}

/** A label that an object must have. */
export interface LabelTerm {
  readonly key: string;
  /** null for any value that is not empty. */
  readonly value: string | null;
}

/** Conditions that must all hold. A list that is empty asks nothing; of the others one entry is enough. */
export interface Alternative {
  readonly name: readonly NamePattern[];
  readonly label: readonly LabelTerm[];
  readonly project: readonly string[];
  /** None of these may hold. */
  readonly not: readonly Alternative[];
}

/** The containers, networks or volumes that a client's grants cover. */
export interface ObjectScope {
  /** Where it stands, such as `policy.yaml:5:5` or `--containers-name`. */
  readonly setting: string;
  /** One is enough; never empty. */
  readonly anyOf: readonly Alternative[];
}

/** The images that a client's grants cover. */
export interface ImageScope {
  readonly setting: string;
  /** What it may run and inspect. */
  readonly use: readonly NamePattern[];
  /** What it may tag, push and delete too. */
  readonly change: readonly NamePattern[];
}

/**
 * The scope of one client. `any` opens a kind; null says nothing about it, so
 * that it is closed where it would be a way around the others.
 */
export interface Scope {
  readonly containers: ObjectScope | "any" | null;
  readonly networks: ObjectScope | "any" | null;
  readonly volumes: ObjectScope | "any" | null;
  readonly images: ImageScope | "any" | null;
}

/** The facts of an object by which a scope is judged. */
export interface ObjectFacts {
  /** The full id; of a volume, its name. */
  readonly id: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** What a scope says of an object. */
export interface Judged {
  readonly inside: boolean;
  /** The key that decides, in words, such as `label ci.job=42`. */
  readonly by: string;
}

/** Whether a scope covers a kind with conditions. */
export function isScoped(scope: Scope, kind: ScopeKind): boolean {
  return scope[kind] !== null && scope[kind] !== "any";
}

/** Whether a kind has no scope beside one on another kind. */
export function isClosed(scope: Scope, kind: ScopeKind): boolean {
  return scope[kind] === null &&
    SCOPE_KINDS.some((other) => isScoped(scope, other));
}

/** Reads a pattern; what it may contain is checked by its reader. */
export function namePattern(text: string): NamePattern {
  return { text, parts: text.split("*") };
}

/** Whether a name fits a pattern; the time grows with the length of both only. */
export function fits({ parts }: NamePattern, name: string): boolean {
  return fitsParts(parts, name);
}

/** What Compose puts before the name of a container that it recreates: twelve digits of an id. */
const RECREATED = /^[0-9a-f]{12}_(?=.)/;

/**
 * Judges an object by the scope of its kind. Pure.
 *
 * @param kind Containers alone may have the name that Compose gives one which
 * it recreates (`ID12_NAME` counts as NAME).
 */
export function judgeObject(
  kind: Exclude<ScopeKind, "images">,
  { anyOf }: ObjectScope,
  facts: ObjectFacts,
): Judged {
  const name = kind === "containers"
    ? facts.name.replace(RECREATED, "")
    : facts.name;
  const missing: string[] = [];
  for (const alternative of anyOf) {
    const failed = failsAt(alternative, name, facts.labels);
    if (failed === null) {
      return { inside: true, by: heldIn(alternative, name, facts.labels) };
    }
    missing.push(failed);
  }
  return { inside: false, by: [...new Set(missing)].join("; ") };
}

/** The first key of an alternative that does not hold, in words; null where all hold. */
function failsAt(
  { name: names, label, project, not }: Alternative,
  name: string,
  labels: ObjectFacts["labels"],
): string | null {
  if (names.length > 0 && !names.some((one) => fits(one, name))) {
    return `name is none of ${names.map(({ text }) => text).join(", ")}`;
  }
  if (project.length > 0 && !project.some((one) => isOf(one, labels))) {
    return `project is none of ${project.join(", ")}`;
  }
  if (label.length > 0 && !label.some((one) => hasLabel(one, labels))) {
    return `label is none of ${label.map(formatLabel).join(", ")}`;
  }
  const barred = not.find((one) => failsAt(one, name, labels) === null);
  return barred === undefined ? null : `not ${heldIn(barred, name, labels)}`;
}

/** The entries of an alternative that hold, in words. */
function heldIn(
  { name: names, label, project, not }: Alternative,
  name: string,
  labels: ObjectFacts["labels"],
): string {
  const held = [
    ...names.filter((one) => fits(one, name)).slice(0, 1)
      .map(({ text }) => `name ${text}`),
    ...project.filter((one) => isOf(one, labels)).slice(0, 1)
      .map((one) => `project ${one}`),
    ...label.filter((one) => hasLabel(one, labels)).slice(0, 1)
      .map((one) => `label ${formatLabel(one)}`),
  ];
  return held.length > 0 ? held.join(" and ") : describe("not", not);
}

function describe(word: string, alternatives: readonly Alternative[]): string {
  return `${word} ${alternatives.map(describeAlternative).join(" or ")}`;
}

function isOf(project: string, labels: ObjectFacts["labels"]): boolean {
  return PROJECT_LABELS.some((key) => labels.get(key) === project);
}

/** An empty value never counts: the gate writes it where a label must not come from the image. */
function hasLabel(
  { key, value }: LabelTerm,
  labels: ObjectFacts["labels"],
): boolean {
  const given = labels.get(key) ?? "";
  return given !== "" && (value === null || given === value);
}

/** A label as written in a policy file. */
export function formatLabel({ key, value }: LabelTerm): string {
  return value === null ? key : `${key}=${value}`;
}

/** An alternative in words, such as `project shop and name web-* or api`. */
export function describeAlternative(
  { name, label, project, not }: Alternative,
): string {
  const any = (key: string, values: readonly string[]) =>
    values.length === 0 ? [] : [`${key} ${values.join(" or ")}`];
  return [
    ...any("project", project),
    ...any("name", name.map(({ text }) => text)),
    ...any("label", label.map(formatLabel)),
    ...not.length === 0 ? [] : [describe("not", not)],
  ].join(" and ");
}

/** A scope in words, one line for each kind that it says something about. */
export function describeScope(scope: Scope): string[] {
  return SCOPE_KINDS.flatMap((kind) => {
    const one = scope[kind];
    if (one === null) return [];
    if (one === "any") return [`${kind}: any`];
    return "anyOf" in one
      ? [`${kind}: ${one.anyOf.map(describeAlternative).join("; or ")}`]
      : [`${kind}: ${describeImages(one)}`];
  });
}

function describeImages({ use, change }: ImageScope): string {
  const list = (word: string, patterns: readonly NamePattern[]) =>
    patterns.length === 0
      ? []
      : [`${word} ${patterns.map(({ text }) => text).join(", ")}`];
  return [...list("use", use), ...list("change", change)].join("; ");
}

/** The keys of labels that a scope on a kind names. */
export function labelKeysOf(scope: Scope, kind: ScopeKind): string[] {
  const one = scope[kind];
  return one === null || one === "any" || !("anyOf" in one)
    ? []
    : one.anyOf.flatMap(keysOf);
}

function keysOf({ label, project, not }: Alternative): string[] {
  return [
    ...label.map(({ key }) => key),
    ...project.length === 0 ? [] : PROJECT_LABELS,
    ...not.flatMap(keysOf),
  ];
}

/** One scope from two that say nothing about the same kind. */
export function mergeScopes(
  one: Scope | null,
  other: Scope | null,
): Scope | null {
  if (one === null || other === null) return one ?? other;
  return {
    containers: one.containers ?? other.containers,
    networks: one.networks ?? other.networks,
    volumes: one.volumes ?? other.volumes,
    images: one.images ?? other.images,
  };
}
