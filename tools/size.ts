/**
 * Prints what is in the lean binary, by part (`docs/base.md` says how to read it).
 *
 * ```sh
 * deno task size
 * deno task size --arch aarch64
 * ```
 *
 * It reads the linker's map, which `deno task base` keeps beside the base, and
 * what `deno task compile` appended. The parts sum to the file's size.
 *
 * @module
 */

import { readArchitecture, stop } from "./architecture_flag.ts";
import { exists } from "./exists.ts";
import { basePath, binaryPath, BYTECODE_FILE, ROOT } from "./runtimes.ts";

/** Crates that weigh less are added up. */
const SMALL = 4096;
const RUST = "Rust's library";
const OTHER_CRATES = "other crates";
const OURS = "our own code";
const TEXTS = "texts of all parts, each kept once";
const NAMELESS = "constants of Rust code, without a name";

/** Bytes of each part. */
export type Parts = Map<string, number>;

/** One line of the map within a section of the output. */
interface Line {
  size: number;
  /** Columns before the name: 9 for what went in, 17 for a symbol. */
  depth: number;
  name: string;
}

const LINE = /^ *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +[0-9]+( +)(.+)$/;

function read(line: string): Line | null {
  const found = LINE.exec(line);
  if (found === null) return null;
  return {
    size: parseInt(found[1]!, 16),
    depth: found[2]!.length,
    name: found[3]!,
  };
}

/** Symbols that say nothing of where they come from: the compiler's own. */
const NO_NAME = /^(?:\.?L|anon\.|\$)/;

/** What takes no place in the file. */
const EMPTY = new Set([".bss", ".tbss"]);

/** The part that an object from outside of Rust belongs to; null for another. */
function partOfObject(object: string, section: string): string | null {
  const engine = /\([0-9a-f]+-(quickjs|libregexp|libunicode|dtoa)\.o\)$/
    .exec(object)?.[1];
  if (engine !== undefined) {
    const kind = section.startsWith(".text") ? "code" : "tables";
    return `engine: ${engine}.c, ${kind}`;
  }
  if (/\/libc\.a\(|\/r?crt[^/]*\.o$/.test(object)) return "C library (musl)";
  if (/\/libunwind\.a\(/.test(object)) return "Rust's unwinder";
  if (/libcompiler_builtins/.test(object)) return RUST;
  return null;
}

/** How the older form of Rust's symbols spells what no linker took: `$LT$`, `$u7b$`. */
const SPELLED = /\$(?:[A-Z]{1,2}|u[0-9a-f]{2})\$/g;

/** The crate that a Rust symbol belongs to: the first that it names beside Rust's own. */
export function crateOf(symbol: string, crates: ReadonlySet<string>): string {
  // Of the older form, the linker reads the outermost names only.
  const path = symbol.replaceAll(SPELLED, " ").replaceAll("..", "::");
  for (
    const [, name] of path.matchAll(/(?<![\w:])(\w+)(?=(?:\[\w+\])?::)/g)
  ) {
    if (crates.has(name!)) return name!;
  }
  return RUST;
}

/**
 * The parts of the base, of the linker's map. What the map does not name (padding,
 * headers) is left out.
 *
 * @param crates As Rust spells their names.
 */
export function partsOfMap(map: string, crates: ReadonlySet<string>): Parts {
  const parts: Parts = new Map();
  const add = (part: string, size: number) =>
    parts.set(part, (parts.get(part) ?? 0) + size);
  let output = "";
  let within: { size: number; named: string | null } | null = null;
  const close = () => {
    if (within !== null) add(within.named ?? NAMELESS, within.size);
    within = null;
  };
  for (const text of map.split("\n")) {
    const line = read(text);
    if (line === null) continue;
    const { size, depth, name } = line;
    if (depth >= 17) {
      // The first symbol that says where a section of Rust comes from.
      if (
        within !== null && within.named === null && !NO_NAME.test(name)
      ) {
        within.named = crateOf(name, crates);
      }
      continue;
    }
    close();
    if (depth < 9) {
      output = name;
      continue;
    }
    if (EMPTY.has(output) || size === 0) continue;
    const [, object, section] = /^(.*):\(([^()]*)\)$/.exec(name) ?? [];
    if (object === undefined) add("linker", size);
    else if (object === "<internal>") {
      add(section!.startsWith(".rodata") ? TEXTS : "linker", size);
    } else {
      const part = partOfObject(object, section!);
      if (part !== null) add(part, size);
      else within = { size, named: null };
    }
  }
  close();
  return parts;
}

interface Entry {
  File?: { n: string; o: [at: number, length: number] };
  Dir?: { e: Entry[] };
}

/** The parts of what `deno compile` appended: its layout is read by `base/src/payload.rs`. */
export function partsOfPayload(payload: Uint8Array): Parts {
  const view = new DataView(payload.buffer, payload.byteOffset);
  let at = "d3n0l4nd".length;
  const block = () => {
    const length = Number(view.getBigUint64(at, true));
    at += 8 + length;
    return payload.subarray(at - length, at);
  };
  block();
  block();
  at += 12;
  const entries: Entry[] = JSON.parse(new TextDecoder().decode(block()));
  const parts: Parts = new Map();
  const walk = (entry: Entry) => {
    if (entry.File !== undefined) {
      const { n, o: [, length] } = entry.File;
      parts.set(
        n === BYTECODE_FILE ? "program: bytecode" : "program: source",
        length,
      );
    }
    entry.Dir?.e.forEach(walk);
  };
  entries.forEach(walk);
  return parts;
}

/** The payload: it stands between the last two of the magic. */
function payloadOf(binary: Uint8Array): Uint8Array {
  const text = new TextDecoder("latin1").decode(binary);
  const end = text.lastIndexOf("d3n0l4nd");
  const start = text.lastIndexOf("d3n0l4nd", end - 1);
  return binary.slice(start, end + 8);
}

/** Takes the base's own scripts out of the texts, where the base holds them. */
function splitScripts(parts: Parts, base: Uint8Array): void {
  const decoder = new TextDecoder("latin1");
  const held = decoder.decode(base);
  let scripts = 0;
  for (const { name } of Deno.readDirSync(`${ROOT}/base/src/js`)) {
    const script = Deno.readFileSync(`${ROOT}/base/src/js/${name}`);
    if (held.includes(decoder.decode(script))) scripts += script.length + 1;
  }
  parts.set("our own scripts", scripts);
  // They end with a zero, so that the linker keeps them with the texts.
  parts.set(TEXTS, (parts.get(TEXTS) ?? 0) - scripts);
}

/** The crates that `base/Cargo.lock` names, as Rust spells them. */
function lockedCrates(): Set<string> {
  const lock = Deno.readTextFileSync(`${ROOT}/base/Cargo.lock`);
  return new Set(
    [...lock.matchAll(/^name = "(.+)"$/gm)]
      .map(([, name]) => name!.replaceAll("-", "_")),
  );
}

/** Names our own crate, and adds up small ones. */
function summed(parts: Parts, crates: ReadonlySet<string>): Parts {
  const sums: Parts = new Map();
  for (const [part, size] of parts) {
    const name = part === "sockwarden_base"
      ? OURS
      : !crates.has(part)
      ? part
      : size < SMALL
      ? OTHER_CRATES
      : `crate ${part}`;
    sums.set(name, (sums.get(name) ?? 0) + size);
  }
  return sums;
}

/** The table: the largest part first, and a sum that is the file's size. */
export function table(parts: Parts, total: number): string {
  const rows = [...parts].sort(([, a], [, b]) => b - a);
  const known = rows.reduce((sum, [, size]) => sum + size, 0);
  rows.push(["headers and padding", total - known], ["the whole file", total]);
  const width = Math.max(...rows.map(([part]) => part.length));
  return rows.map(([part, size]) =>
    `${part.padEnd(width)}  ${String(size).padStart(9)}  ${
      (100 * size / total).toFixed(1).padStart(5)
    } %`
  ).join("\n");
}

if (import.meta.main) {
  const { arch } = readArchitecture();
  const [path, map] = [binaryPath("lean", arch), `${basePath(arch)}.map`];
  for (const needed of [path, map]) {
    if (exists(needed)) continue;
    const of = `--arch ${arch}`;
    stop(
      `there is no ${needed}: run deno task base ${of}, then deno task compile ${of}`,
    );
  }
  const binary = Deno.readFileSync(path);
  const crates = lockedCrates();
  const parts = partsOfMap(Deno.readTextFileSync(map), crates);
  splitScripts(parts, Deno.readFileSync(basePath(arch)));
  for (const [part, size] of partsOfPayload(payloadOf(binary))) {
    parts.set(part, size);
  }
  console.log(table(summed(parts, crates), binary.length));
}
