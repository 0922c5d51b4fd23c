/**
 * The closed tables of the engine's request bodies: every field of every
 * structure with its Go type and the guard that judges it.
 *
 * A group of tables is one text, which costs little in the binary:
 *
 * ```text
 * = Mount                      the structure's name
 * + Other                      all rows of another structure are rows here too
 * Source string mounts         name, type, and the knob that judges it
 * Replicated|replicated …      other spellings that known clients send
 * ```
 *
 * Source of the rows: the structures of Docker's API 1.24 to 1.56 and of podman's
 * compatible calls; `tests/guard/schema/` compares them with the modules.
 *
 * @module
 */

import { fold } from "../../docker/fold.ts";

/** What judges a field; `free` where it widens nothing. */
export const KNOBS = [
  "annotations",
  "binds",
  "blkio",
  "capabilities",
  "command",
  "devices",
  "dns",
  "env",
  "free",
  "healthcheck",
  "images",
  "labels",
  "lifecycle",
  "limits",
  "logging",
  "masked-paths",
  "mounts",
  "namespaces",
  "networks",
  "oom",
  "ports",
  "privileged",
  "read-only",
  "restart",
  "runtime",
  "security-opt",
  "shm",
  "storage",
  "swarm",
  "sysctls",
  "ulimits",
  "umask",
  "user",
  "volumes",
  "volumes-from",
] as const;

/** One word of {@link KNOBS}. */
export type Knob = typeof KNOBS[number];

/**
 * What Go reads as one value. `addr`, `prefix` and `mac` are texts that newer
 * engines parse while they decode (`netip.Addr`, `netip.Prefix` and a hardware
 * address; older ones take any string and parse it later), `bytes` is base64.
 */
export const SCALARS = [
  "bool",
  "string",
  "int",
  "int64",
  "uint",
  "uint16",
  "uint32",
  "uint64",
  "float32",
  "addr",
  "prefix",
  "mac",
  "bytes",
] as const;

/** One word of {@link SCALARS}. */
export type Scalar = typeof SCALARS[number];

/** A Go type. */
export type Type =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  /** `*T`: only null is its zero value. */
  | { readonly kind: "pointer"; readonly to: Type }
  /** `[]T`, or `[2]T` with a `length`: only null is the zero value of the first. */
  | {
    readonly kind: "list";
    readonly of: Type;
    readonly length: number | null;
  }
  /** `map[string]T`, or `map[port]T`, whose keys are ports such as `80/tcp`. */
  | { readonly kind: "map"; readonly ports: boolean; readonly of: Type }
  /** A structure, by the name of its table. */
  | { readonly kind: "struct"; readonly name: string };

/** A row: a field of a structure. */
export interface Field {
  /** Its only spelling, but for `others`. */
  readonly name: string;
  /** Other spellings that known clients send, and that are let pass. */
  readonly others: readonly string[];
  /** The Go type as text, such as `[]*Ulimit`. */
  readonly go: string;
  readonly type: Type;
  readonly knob: Knob;
  /** The structure inside of it, whose fields have rows of their own; null for a leaf. */
  readonly structure: string | null;
}

/** A structure: its rows by folded name. */
export type Structure = ReadonlyMap<string, Field>;

/** Structures by name. */
export type Tables = ReadonlyMap<string, Structure>;

/**
 * Reads groups of tables.
 *
 * @param texts In the format of this module; a structure that is added with `+`
 * may be in any of them.
 * @throws Where the text is malformed, which the tests exclude.
 */
export function parseTables(texts: readonly string[]): Tables {
  const lines = new Map<string, string[]>();
  let rows: string[] = [];
  for (const line of texts.join("\n").split("\n")) {
    if (line === "") continue;
    if (line.startsWith("= ")) {
      rows = [];
      lines.set(line.slice(2), rows);
    } else rows.push(line);
  }
  return new Map(
    [...lines.keys()].map((name) => [name, structureOf(name, lines)]),
  );
}

function structureOf(
  name: string,
  lines: ReadonlyMap<string, readonly string[]>,
): Structure {
  const structure = new Map<string, Field>();
  for (const line of lines.get(name)!) {
    const added = line.startsWith("+ ")
      ? structureOf(line.slice(2), lines).values()
      : [parseRow(line)];
    for (const field of added) {
      const key = fold(field.name);
      if (structure.has(key)) {
        throw new Error(`${name} has ${field.name} twice`);
      }
      structure.set(key, field);
    }
  }
  return structure;
}

function parseRow(line: string): Field {
  const [names = "", go = "", knob = ""] = line.split(" ");
  const [name = "", ...others] = names.split("|");
  if (!KNOBS.includes(knob as Knob)) throw new Error(`no knob in '${line}'`);
  const type = parseType(go);
  return {
    name,
    others,
    go,
    type,
    knob: knob as Knob,
    structure: structureIn(type),
  };
}

/**
 * Reads a Go type as it stands in a row.
 *
 * @throws Where the text is none.
 */
export function parseType(go: string): Type {
  if (go.startsWith("*")) {
    return { kind: "pointer", to: parseType(go.slice(1)) };
  }
  const list = /^\[(\d*)\](.+)$/.exec(go);
  if (list !== null) {
    const [, length = "", element = ""] = list;
    return {
      kind: "list",
      of: parseType(element),
      length: length === "" ? null : Number(length),
    };
  }
  const map = /^map\[(string|port)\](.+)$/.exec(go);
  if (map !== null) {
    const [, key, value = ""] = map;
    return { kind: "map", ports: key === "port", of: parseType(value) };
  }
  if (SCALARS.includes(go as Scalar)) {
    return { kind: "scalar", scalar: go as Scalar };
  }
  if (/^[A-Z]\w*$/.test(go)) return { kind: "struct", name: go };
  throw new Error(`'${go}' is no type`);
}

function structureIn(type: Type): string | null {
  switch (type.kind) {
    case "scalar":
      return null;
    case "struct":
      return type.name;
    case "pointer":
      return structureIn(type.to);
    default:
      return structureIn(type.of);
  }
}
