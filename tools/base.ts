/**
 * Builds the lean base (`docs/base.md`): the small static program that
 * `deno task compile` puts the TypeScript into.
 *
 * ```sh
 * deno task base
 * deno task base --test   # the crate's own tests
 * ```
 *
 * Everything is cached under `base/target/`.
 *
 * @module
 */

import { exists } from "./exists.ts";
import { ARCHITECTURE, basePath, BYTECODE_TOOL, ROOT } from "./runtimes.ts";

const RUST_TARGET = `${ARCHITECTURE}-unknown-linux-musl`;
const TARGET = `${ROOT}/base/target`;
/** The engine's sources, as `base/build.rs` compiles them. */
const ENGINE = `${TARGET}/engine`;
/** What we change in them. */
const PATCHES = `${ROOT}/base/engine`;
/** The crate that brings them, locked by hash in `base/Cargo.lock`. */
const ENGINE_CRATE = "libquickjs-ng-sys";
const RELEASE = `${TARGET}/${RUST_TARGET}/release`;

/** Stops with a message; what failed has said why already where it could. */
function stop(message: string): never {
  console.error(`error: ${message}`);
  Deno.exit(1);
}

interface Options {
  env?: Record<string, string>;
  cwd?: string;
  /** Show what the command prints, rather than only when it fails. */
  show?: boolean;
}

/** Runs a command to its end; its standard output, or null where it failed. */
function run(command: string, args: string[], options: Options = {}) {
  try {
    const ended = new Deno.Command(command, {
      args,
      env: options.env,
      cwd: options.cwd,
      stdout: "piped",
      stderr: options.show ? "inherit" : "piped",
    }).outputSync();
    const text = new TextDecoder().decode(ended.stdout);
    if (options.show) console.log(text.trim());
    if (ended.success) return text;
    if (!options.show) {
      console.error(text + new TextDecoder().decode(ended.stderr));
    }
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Stops with everything that is missing, and how to get it. */
function checkTools(): void {
  const missing: string[] = [];
  if (run("cargo", ["--version"]) === null) {
    missing.push("cargo (Rust 1.95 or later: https://rustup.rs)");
  }
  if (run("musl-gcc", ["--version"]) === null) {
    missing.push("a C compiler for musl (Debian: apt-get install musl-tools)");
  }
  if (run("patch", ["--version"]) === null) {
    missing.push("patch (Debian: apt-get install patch)");
  }
  if (run("ld.lld", ["--version"]) === null) {
    missing.push("LLVM's linker (Debian: apt-get install lld)");
  }
  const targets = run("rustc", [
    "--print",
    "target-libdir",
    "--target",
    RUST_TARGET,
  ]);
  if (targets !== null && !exists(targets.trim())) {
    missing.push(`Rust's library for musl (rustup target add ${RUST_TARGET})`);
  }
  if (missing.length > 0) {
    stop(`to build the base, install:\n  - ${missing.join("\n  - ")}`);
  }
}

/** The folder of the engine's sources within its crate. */
function engineCrate(): string {
  const told = run("cargo", ["metadata", "--locked", "--format-version", "1"], {
    cwd: `${ROOT}/base`,
  });
  if (told === null) stop("cargo metadata failed");
  const { packages } = JSON.parse(told) as {
    packages: { name: string; manifest_path: string }[];
  };
  const crate = packages.find(({ name }) => name === ENGINE_CRATE);
  if (crate === undefined) {
    stop(`base/Cargo.toml does not name ${ENGINE_CRATE}`);
  }
  return crate.manifest_path.replace(/Cargo\.toml$/, "embed/quickjs");
}

/** Lays the engine's sources out, with our patches. */
function layOutEngine(): void {
  const from = engineCrate();
  const fresh = `${ENGINE}.new`;
  if (exists(fresh)) Deno.removeSync(fresh, { recursive: true });
  Deno.mkdirSync(fresh, { recursive: true });
  for (const { name } of Deno.readDirSync(from)) {
    if (/\.[ch]$/.test(name)) {
      Deno.copyFileSync(`${from}/${name}`, `${fresh}/${name}`);
    }
  }
  const patches = [...Deno.readDirSync(PATCHES)].map(({ name }) => name).sort();
  for (const name of patches) {
    const args = ["-s", "-p1", "-d", fresh, "-i", `${PATCHES}/${name}`];
    if (run("patch", args) === null) {
      stop(`base/engine/${name} does not fit this release of the engine`);
    }
  }
  Deno.mkdirSync(ENGINE, { recursive: true });
  for (const { name } of Deno.readDirSync(ENGINE)) {
    if (!exists(`${fresh}/${name}`)) Deno.removeSync(`${ENGINE}/${name}`);
  }
  for (const { name } of Deno.readDirSync(fresh)) {
    const to = `${ENGINE}/${name}`;
    const text = Deno.readTextFileSync(`${fresh}/${name}`);
    // What has not changed keeps its time, so that it is not compiled again.
    if (exists(to) && Deno.readTextFileSync(to) === text) continue;
    Deno.writeTextFileSync(to, text);
  }
  Deno.removeSync(fresh, { recursive: true });
}

/** A panic ends the process: the tables that Rust's library brings go too. Tests do unwind. */
const NOTHING_UNWINDS = [
  "-C force-unwind-tables=no",
  `-C link-arg=-Wl,-T,${ROOT}/base/no_unwind.ld`,
];

function cargo(command: "build" | "test", what: string[]): void {
  const registry = (Deno.env.get("CARGO_HOME") ??
    `${Deno.env.get("HOME")}/.cargo`) + "/registry/src";
  const done = run("cargo", [
    command,
    "--locked",
    "--target",
    RUST_TARGET,
    ...what,
  ], {
    cwd: `${ROOT}/base`,
    show: true,
    env: {
      // The engine is C: its messages name source files, and it reads what
      // clients send.
      CFLAGS: `-ffile-prefix-map=${ROOT}/base=/base -fstack-protector-strong`,
      RUSTFLAGS: [
        ...command === "build" ? NOTHING_UNWINDS : [],
        // The linker that packs relocations and joins functions that are alike.
        "-C link-arg=-fuse-ld=lld",
        "-C link-arg=-Wl,--pack-dyn-relocs=relr,--icf=all,--strip-all",
        // No path of the machine that built it.
        `--remap-path-prefix=${registry}=/crates`,
        `--remap-path-prefix=${ROOT}/base=/base`,
      ].join(" "),
    },
  });
  if (done === null) stop(`cargo ${command} ${what.join(" ")} failed`);
}

if (import.meta.main) {
  const start = performance.now();
  if (Deno.build.os !== "linux") stop("the base is for Linux");
  checkTools();
  layOutEngine();
  if (Deno.args[0] === "--test") {
    // Without the release's optimizations, which would take minutes: tests unwind,
    // so nothing that was built for the base can serve them.
    cargo("test", ["--lib"]);
    Deno.exit(0);
  }
  cargo("build", ["--release", "--bins"]);
  Deno.mkdirSync(`${ROOT}/dist/base`, { recursive: true });
  Deno.copyFileSync(`${RELEASE}/sockwarden-base`, basePath());
  Deno.copyFileSync(`${RELEASE}/sockwarden-bytecode`, BYTECODE_TOOL);
  const size = Deno.statSync(basePath()).size;
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${basePath().slice(ROOT.length + 1)}: ${(size / 1e6).toFixed(2)} MB, ` +
      `${seconds.toFixed(0)} s`,
  );
}
