/**
 * Finds what the lean binary is made of: the crates that cargo links for its
 * architecture (`cargo tree`), the engine's C sources, what Rust brings along
 * (its library, the C library, the code before and after `main`), and the npm
 * packages in the module graphs of `main.ts` and of the page that it holds
 * (`deno info`), each with its hash. What only builds or tests load is not in a
 * binary, and not here.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { ROOT } from "../runtimes.ts";

/** The crate that brings the engine's sources; it is never built. */
const ENGINE_CRATE = "libquickjs-ng-sys";

/** One thing that goes into a binary. */
export interface Part {
  /** Its name within the list: the kind, the name and the version. */
  readonly id: string;
  readonly kind: "cargo" | "npm" | "github" | "generic";
  readonly name: string;
  readonly version: string;
  /** What it is, where the name does not say it. */
  readonly description?: string;
  /** The hash in hexadecimal, of 64 (SHA-256) or 128 digits (SHA-512); null for what is of this repository. */
  readonly hash: string | null;
  /** Its licence as an SPDX expression. */
  readonly license: string;
  /** The folder with its licence's text; null where there is none on this machine. */
  readonly folder: string | null;
  /** Who holds the copyright, where no file of the folder says it. */
  readonly holders?: string;
  /** Files of this repository that change it. */
  readonly patches?: readonly string[];
  /** The ids of the parts that it uses. */
  readonly uses: readonly string[];
}

/** Rust's name for what is built for an architecture. */
export function rustTarget(architecture: string): string {
  return `${architecture}-unknown-linux-musl`;
}

/**
 * Everything that is in the lean binary for an architecture; the first is the
 * base.
 *
 * @throws {Error} Where cargo or Rust's library for the architecture is missing,
 *   or a package has no licence.
 */
export function partsOf(architecture: string): Part[] {
  const target = rustTarget(architecture);
  const crates = cratesOf(target);
  return [...crates, engine(), ...rustParts(target), ...packages()];
}

interface Metadata {
  packages: {
    name: string;
    version: string;
    manifest_path: string;
    authors: string[];
  }[];
}

/** What cargo knows of all crates that the lock file names. */
function metadata(): Metadata["packages"] {
  const args = ["metadata", "--locked", "--format-version=1"];
  return (JSON.parse(output("cargo", args, BASE)) as Metadata).packages;
}

const BASE = `${ROOT}/base`;

/**
 * The crates that are linked into the base for a target, our own first: neither
 * what only build scripts use nor macros.
 *
 * @param target Rust's name of it.
 * @throws {Error} Where cargo is missing or cannot fetch the crates.
 */
export function cratesOf(target: string): Part[] {
  const hashes = lockedHashes();
  const known = metadata();
  const found = new Map<string, Part & { uses: string[] }>();
  /** The crates from the first one down to the line before. */
  const path: string[] = [];
  for (const line of treeOf(target)) {
    const [, depth, name, version, license] =
      /^([0-9]+)(\S+) v(\S+)[^|]*\|(.*)$/.exec(line) ?? [];
    if (name === undefined || version === undefined || !license) {
      throw new Error(`cargo tree printed '${line}'`);
    }
    const id = `cargo:${name}@${version}`;
    path.length = Number(depth);
    const user = found.get(path.at(-1) ?? "");
    if (user !== undefined && !user.uses.includes(id)) user.uses.push(id);
    path.push(id);
    if (found.has(id)) continue;
    const crate = known.find((one) =>
      one.name === name && one.version === version
    )!;
    found.set(id, {
      ...{ id, kind: "cargo", name, version },
      hash: hashes.get(`${name} ${version}`) ?? null,
      // An old spelling of OR.
      license: license.replaceAll("/", " OR "),
      folder: crate.manifest_path.replace(/\/Cargo\.toml$/, ""),
      holders: crate.authors.map((one) => one.replace(/ <.*/, "")).join(", ") ||
        `the authors of ${name}`,
      uses: [],
    });
  }
  return [...found.values()];
}

function treeOf(target: string): string[] {
  const args = [
    "tree",
    "--locked",
    "--edges=normal,no-proc-macro",
    `--target=${target}`,
    "--prefix=depth",
    "--no-dedupe",
    "--format={p}|{l}",
  ];
  return output("cargo", args, BASE).trim().split("\n");
}

/**
 * The engine, quickjs-ng. It is C code from the crate `libquickjs-ng-sys`, which is
 * never built, so that `cargo tree` does not list it, and what looks for known
 * faults would not find it by the crate's name. Its archive is the crate's, with
 * the hash that it is locked to.
 *
 * @throws {Error} Where cargo is missing, or the crate's header names no version.
 */
export function engine(): Part {
  const crate = metadata().find(({ name }) => name === ENGINE_CRATE)!;
  const folder = crate.manifest_path
    .replace(/Cargo\.toml$/, "embed/quickjs");
  const header = Deno.readTextFileSync(`${folder}/quickjs.h`);
  const version = ["MAJOR", "MINOR", "PATCH"].map((part) => {
    const found = new RegExp(`^#define QJS_VERSION_${part} (\\d+)$`, "m")
      .exec(header)?.[1];
    if (found === undefined) throw new Error(`quickjs.h names no ${part}`);
    return found;
  }).join(".");
  return {
    id: `github:quickjs-ng/quickjs@v${version}`,
    kind: "github",
    name: "quickjs-ng/quickjs",
    version: `v${version}`,
    description:
      `the JavaScript engine, from the crate ${ENGINE_CRATE} ${crate.version}, with our patches`,
    hash: lockedHashes().get(`${crate.name} ${crate.version}`)!,
    license: "MIT",
    folder,
    patches: [...Deno.readDirSync(`${BASE}/engine`)]
      .map(({ name }) => `base/engine/${name}`).sort(),
    uses: [],
  };
}

/**
 * What the toolchain that `base/rust-toolchain.toml` names brings into the
 * program: Rust's library, musl, and LLVM's code before and after `main`. The
 * hashes are those of the toolchain's own files.
 *
 * @param target Rust's name of it.
 * @throws {Error} Where Rust's library for the target is missing.
 */
export function rustParts(target: string): Part[] {
  const told = output("rustc", ["--version", "--verbose"], BASE);
  const field = (name: string) =>
    new RegExp(`^${name}: (\\S+)$`, "m").exec(told)![1]!;
  const args = ["--print", "target-libdir", "--target", target];
  const folder = output("rustc", args, BASE).trim();
  const own = `${folder}/self-contained`;
  const libc = Deno.readFileSync(`${own}/libc.a`);
  // musl holds its version as a text of its own.
  const musl = /\0(1\.[0-9]+\.[0-9]+)\0/
    .exec(new TextDecoder("latin1").decode(libc))?.[1];
  if (musl === undefined) throw new Error(`${own}/libc.a names no version`);
  const std = [...Deno.readDirSync(folder)]
    .find(({ name }) => /^libstd-.*\.rlib$/.test(name))!.name;
  const part = (
    kind: Part["kind"],
    name: string,
    version: string,
    rest: Pick<Part, "description" | "license" | "holders">,
    file: string,
  ): Part => ({
    ...{ id: `${kind}:${name}@${version}`, kind, name, version, ...rest },
    hash: sha256(Deno.readFileSync(file)),
    folder: null,
    uses: [],
  });
  return [
    part("github", "rust-lang/rust", field("release"), {
      description: "Rust's library, with compiler_builtins and hashbrown in it",
      license: "MIT OR Apache-2.0",
      holders: "The Rust Project Contributors",
    }, `${folder}/${std}`),
    part("generic", "musl", musl, {
      description: "the C library, as Rust's toolchain brings it",
      license: "MIT",
      holders: "2005-2020 Rich Felker, et al.",
    }, `${own}/libc.a`),
    part("github", "llvm/llvm-project", field("LLVM version"), {
      description: "compiler-rt: crtbeginS.o and crtendS.o alone",
      license: "Apache-2.0 WITH LLVM-exception",
    }, `${own}/crtbeginS.o`),
  ];
}

function lockedHashes(): ReadonlyMap<string, string> {
  const text = Deno.readTextFileSync(`${BASE}/Cargo.lock`);
  const hashes = new Map<string, string>();
  for (const block of text.split("[[package]]").slice(1)) {
    const field = (name: string) =>
      new RegExp(`^${name} = "(.*)"$`, "m").exec(block)?.[1] ?? "";
    const hash = field("checksum");
    if (hash !== "") hashes.set(`${field("name")} ${field("version")}`, hash);
  }
  return hashes;
}

/** What `deno info --json` says of the modules, as far as it is read here. */
interface Info {
  modules: { kind: string; specifier: string; npmPackage?: string }[];
  npmPackages: Record<
    string,
    { name: string; version: string; dependencies: string[]; localPath: string }
  >;
}

/**
 * The npm packages that modules reached from `main.ts` are of, or those of the
 * page that the binary holds, and those that these depend on.
 *
 * @throws {Error} Where a package names no licence.
 */
export function packages(): Part[] {
  return ["main.ts", "web/main.tsx"].flatMap(packagesOf)
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

function packagesOf(entry: string): Part[] {
  const info = JSON.parse(
    output(Deno.execPath(), ["info", "--json", entry], ROOT),
  ) as Info;
  const { npm } = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.lock`)) as {
    npm: Record<string, { integrity: string }>;
  };
  const found = new Set<string>();
  const add = (id: string) => {
    if (found.has(id)) return;
    found.add(id);
    for (const one of info.npmPackages[id]?.dependencies ?? []) add(one);
  };
  for (const { npmPackage } of info.modules) {
    if (npmPackage !== undefined) add(npmPackage);
  }
  return [...found].sort().map((id) => {
    const { name, version, dependencies, localPath } = info.npmPackages[id]!;
    const { integrity } = npm[id]!;
    const { license } = JSON.parse(
      Deno.readTextFileSync(`${localPath}/package.json`),
    ) as { license?: string };
    if (license === undefined) throw new Error(`npm: ${id} names no licence`);
    const bytes = Uint8Array.fromBase64(integrity.replace("sha512-", ""));
    return {
      ...{ id: `npm:${id}`, kind: "npm", name, version, license },
      hash: bytes.toHex(),
      folder: localPath,
      holders: name === "deno-std" ? "the Deno authors" : undefined,
      uses: dependencies.map((one) => `npm:${one}`),
    };
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function output(command: string, args: string[], cwd: string): string {
  const { success, stdout, stderr } = new Deno.Command(command, {
    args,
    cwd,
    env: { NO_COLOR: "1" },
  }).outputSync();
  if (!success) {
    throw new Error(
      `${command} ${args.join(" ")} failed: ${
        new TextDecoder().decode(stderr).trim()
      }`,
    );
  }
  return new TextDecoder().decode(stdout);
}
