/**
 * Where readBody accepts a body, the API's own structures, decoded by Go, have
 * the same values: those of the newest API, and those of Docker 20.10, whose
 * engine reads HostConfig's fields at the root too.
 */

import { assert, assertEquals } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import { BODIES } from "../../../lib/guard/schema/operations.ts";
import { type Read, readBody } from "../../../lib/guard/schema/read.ts";
import { isZero } from "../../../lib/guard/schema/scalars.ts";
import { parseType, type Type } from "../../../lib/guard/schema/table.ts";
import { parseAddress } from "../../../lib/net/cidr.ts";
import { bodies, type Body } from "./bodies.ts";
import { buildDecoder, decode, type Leaf, readTypes } from "./decoder.ts";

const BODY_COUNT = Number(Deno.env.get("SOCKWARDEN_BODIES") ?? "5000");
const BATCH = 5000;
const SEED = 18;
/** The version whose structures parse addresses and ports while they decode. */
const NEWEST = "1.56";

const decoder = await buildDecoder();
const reason = "missing" in decoder ? `: skipped, ${decoder.missing}` : "";
const program = "program" in decoder ? decoder.program : "";

/** Types by path, as in `HostConfig.Mounts[].Source`, by body and version. */
type Known = ReadonlyMap<string, ReadonlyMap<string, Type>>;

Deno.test({
  name: `schema: the committed facts are those of the modules${reason}`,
  ignore: reason !== "",
  async fn() {
    const committed = Deno.readTextFileSync(
      new URL("facts.tsv", import.meta.url),
    ).split("\n");
    const lines = new Map<string, string>();
    for (const fields of await readTypes(program)) {
      const key = `${fields[0]}\t${fields[1]}`;
      if (!lines.has(key)) lines.set(key, fields.join("\t"));
    }
    assertEquals(committed.slice(0, lines.size), [...lines.values()]);
  },
});

Deno.test({
  name:
    `schema: of ${BODY_COUNT} bodies, Go reads those that are accepted alike${reason}`,
  ignore: reason !== "",
  async fn() {
    const known = knownTypes(await readTypes(program));
    const source = bodies(SEED);
    let accepted = 0;
    for (let done = 0; done < BODY_COUNT; done += BATCH) {
      const batch = Array.from(
        { length: Math.min(BATCH, BODY_COUNT - done) },
        () => source.next().value as Body,
      );
      accepted += await compare(batch, known);
    }
    assert(
      accepted >= BODY_COUNT / 2,
      `only ${accepted} of ${BODY_COUNT} bodies were accepted`,
    );
  },
});

function knownTypes(lines: readonly string[][]): Known {
  const known = new Map<string, Map<string, Type>>();
  for (const [body, path, type, version] of lines) {
    const key = `${version} ${body}`;
    if (!known.has(key)) known.set(key, new Map());
    known.get(key)!.set(path!, parseType(type!.replace("{}", "Empty")));
  }
  return known;
}

/** How many bodies were accepted. */
async function compare(batch: readonly Body[], known: Known): Promise<number> {
  const readings = await decode(
    program,
    batch.map(({ operation, bytes }) => ({ name: BODIES[operation], bytes })),
  );
  assertEquals(readings.length, batch.length);
  let accepted = 0;
  for (const [i, { operation, bytes, unknown }] of batch.entries()) {
    const read = readBody(operation, bytes);
    if ("problem" in read || bytes.length === 0) continue;
    accepted++;
    const text = `${operation} ${new TextDecoder().decode(bytes)}`;
    assertEquals(read.unknown.length, unknown ?? read.unknown.length, text);
    for (const [version, reading] of Object.entries(readings[i]!)) {
      if (typeof reading === "string") {
        throw new Error(`API ${version}: ${reading}: ${text}`);
      }
      const types = known.get(`${version} ${BODIES[operation]}`)!;
      assertEquals(
        ours(read.fields, types, version === NEWEST),
        theirs(reading, types),
        `API ${version}: ${text}`,
      );
    }
  }
  return accepted;
}

/** The leaves that we read, of the fields that a version has, as Go writes them. */
function ours(
  fields: readonly Read[],
  types: ReadonlyMap<string, Type>,
  newest: boolean,
): string[] {
  return fields.flatMap(({ path, value }) => {
    const type = types.get(withoutKeys(path));
    // A structure that is no pointer is there with its first leaf.
    if (type === undefined || type.kind === "struct") return [];
    if (isZero(type, value, false)) return [];
    const at = newest
      ? path.replace(
        /(PortBindings|ExposedPorts)\["([^"]*)"\]/,
        (_, name, port) => `${name}["${canonicalPort(port)}"]`,
      )
      : path;
    return [`${at} = ${JSON.stringify(asInGo(type, value, newest))}`];
  }).sort();
}

/** `HostConfig.Mounts[0].VolumeOptions.Labels["a"]` as `HostConfig.Mounts[].VolumeOptions.Labels{}`. */
function withoutKeys(path: string): string {
  return path.replace(/\["(?:[^"\\]|\\.)*"\]/g, "{}").replace(/\[\d+\]/g, "[]");
}

function theirs(
  leaves: readonly Leaf[],
  types: ReadonlyMap<string, Type>,
): string[] {
  return leaves.flatMap(([steps, value]) => {
    let path = "";
    for (const step of steps) {
      path += typeof step === "string"
        ? path === "" ? step : `.${step}`
        : `[${JSON.stringify(typeof step === "number" ? step : step[0])}]`;
    }
    return types.get(withoutKeys(path))!.kind === "struct"
      ? []
      : [`${path} = ${JSON.stringify(sorted(value))}`];
  }).sort();
}

/** Go sorts the keys of a map by bytes: sorts them by UTF-16 code units. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const { map } = value as { map?: [string, unknown][] };
  return map === undefined
    ? {}
    : { map: sortPairs(map.map(([key, inner]) => [key, sorted(inner)])) };
}

function sortPairs(pairs: [string, unknown][]): [string, unknown][] {
  return pairs.sort(([a], [b]) => a < b ? -1 : 1);
}

/** A value as the Go program writes it: `plain` in `go/reader/values.go`. */
function asInGo(type: Type, value: JsonValue, newest: boolean): unknown {
  switch (type.kind) {
    case "pointer":
      return value === null ? null : asInGo(type.to, value, newest);
    case "struct":
      return {};
    case "list": {
      const list = [...(value ?? []) as readonly JsonValue[]];
      while (list.length < (type.length ?? 0)) list.push(null);
      return list.map((one) => asInGo(type.of, one, newest));
    }
    case "map": {
      const pairs = Object.entries((value ?? {}) as Record<string, JsonValue>)
        .map(([key, inner]): [string, unknown] => [
          type.ports && newest ? canonicalPort(key) : key,
          asInGo(type.of, inner, newest),
        ]);
      return { map: sortPairs(pairs) };
    }
    case "scalar":
      return scalarInGo(type.scalar, value);
  }
}

function scalarInGo(scalar: string, value: JsonValue): unknown {
  if (scalar === "bool") return value ?? false;
  if (scalar === "float32") return Math.fround(Number(value ?? 0));
  if (/^u?int/.test(scalar)) return value === null ? 0 : Number(value) + 0;
  const text = String(value ?? "");
  if (text === "" || scalar === "string") return text;
  switch (scalar) {
    case "addr":
      return addressBytes(text);
    case "prefix": {
      const [address, bits] = text.split("/");
      return `${addressBytes(address!)}/${Number(bits)}`;
    }
    case "mac":
      return text.replace(/[:.-]/g, "").toLowerCase();
    default:
      return Uint8Array.fromBase64(text).toHex();
  }
}

function addressBytes(text: string): string {
  return parseAddress(text)!.map((group) => group.toString(16).padStart(4, "0"))
    .join("");
}

function canonicalPort(key: string): string {
  const [number, protocol] = key.split("/");
  return `${Number(number)}/${(protocol || "tcp").toLowerCase()}`;
}
