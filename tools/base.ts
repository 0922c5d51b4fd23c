/**
 * Builds the lean base (`docs/base.md`): the small static program that
 * `deno task compile` puts the TypeScript into.
 *
 * ```sh
 * deno task base
 * deno task base --arch aarch64   # for the other architecture, whatever this one is
 * deno task base --test           # the crate's own tests, and the engine's
 * deno task base --sanitize       # both with the address sanitizer, and a base with it
 * ```
 *
 * Everything is cached under `base/target/`.
 *
 * @module
 */

import { readArchitecture, stop } from "./architecture_flag.ts";
import { exists } from "./exists.ts";
import { ARCHITECTURE, basePath, BYTECODE_TOOL, ROOT } from "./runtimes.ts";

const TARGET = `${ROOT}/base/target`;
/** The engine's sources, as `base/build.rs` compiles them. */
const ENGINE = `${TARGET}/engine`;
/** What we change in them. */
const PATCHES = `${ROOT}/base/engine`;
/** The crate that brings them, locked by hash in `base/Cargo.lock`. */
const ENGINE_CRATE = "libquickjs-ng-sys";

/** Rust's name for what is built for an architecture. */
function rustTarget(architecture: string): string {
  return `${architecture}-unknown-linux-musl`;
}

/** Stops with a message; what failed has said why already where it could. */
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

/** How to compile C for an architecture and musl, with tools that Debian has. */
interface Compiler {
  readonly command: string;
  readonly flags: string;
  /** The packages of Debian that bring it. */
  readonly packages: string;
}

/** Debian's names of architectures. */
const DEBIAN_NAMES: Readonly<Record<string, [name: string, gcc: string]>> = {
  x86_64: ["amd64", "x86-64"],
  aarch64: ["arm64", "aarch64"],
};

function compilerFor(architecture: string): Compiler {
  if (architecture === ARCHITECTURE) {
    return { command: "musl-gcc", flags: "", packages: "musl-tools" };
  }
  // Debian has no compiler for another architecture's musl: it is gcc for
  // another architecture's glibc, with musl's headers.
  const [debian, gcc] = DEBIAN_NAMES[architecture]!;
  const command = `${architecture}-linux-gnu-gcc`;
  const own = run(command, ["-print-file-name=include"])?.trim();
  return {
    command,
    flags: `-nostdinc -isystem /usr/include/${architecture}-linux-musl` +
      ` -isystem ${own}`,
    packages:
      `gcc-${gcc}-linux-gnu musl-dev:${debian}, after dpkg --add-architecture ${debian}`,
  };
}

/** Stops with everything that is missing, and how to get it. */
function checkTools(architecture: string): void {
  const missing: string[] = [];
  if (run("cargo", ["--version"]) === null) {
    missing.push("cargo (Rust 1.95 or later: https://rustup.rs)");
  }
  const { command, packages } = compilerFor(architecture);
  if (
    run(command, ["--version"]) === null ||
    !exists(`/usr/include/${architecture}-linux-musl/stdio.h`)
  ) {
    missing.push(`a C compiler for musl (Debian: apt-get install ${packages})`);
  }
  if (run("patch", ["--version"]) === null) {
    missing.push("patch (Debian: apt-get install patch)");
  }
  if (run("ld.lld", ["--version"]) === null) {
    missing.push("LLVM's linker (Debian: apt-get install lld)");
  }
  const library = rustLibrary(architecture);
  if (library !== null && !exists(library)) {
    missing.push(
      `Rust's library for musl (rustup target add ${rustTarget(architecture)})`,
    );
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

/** Lays the engine's own tests out, for `base/tests/engine.rs`. */
function layOutEngineTests(): void {
  const from = `${engineCrate()}/tests`;
  const to = `${ENGINE}-tests`;
  if (exists(to)) Deno.removeSync(to, { recursive: true });
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isFile } of Deno.readDirSync(from)) {
    if (isFile) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** A panic ends the process: the tables that Rust's library brings go too. Tests do unwind. */
const NOTHING_UNWINDS = [
  "-C force-unwind-tables=no",
  `-C link-arg=-T${ROOT}/base/no_unwind.ld`,
];

/** The checks of the sanitizers, which the engine's C code is compiled with. */
const SANITIZERS = "-fsanitize=address,undefined";

/**
 * Runs the crate's tests with sanitizers over the engine, and builds a base with
 * them, for this machine and its own C library, whose sanitizers they are. Its
 * name is that of the architecture `sanitized`.
 */
function sanitize(): void {
  const target = `${ARCHITECTURE}-unknown-linux-gnu`;
  const options = {
    cwd: `${ROOT}/base`,
    show: true,
    env: {
      [`CFLAGS_${target}`]: `${SANITIZERS} -fno-omit-frame-pointer -g`,
      RUSTFLAGS: "-C link-arg=-lasan -C link-arg=-lubsan",
      CARGO_PROFILE_RELEASE_STRIP: "none",
      // Their library must be loaded before the C library.
      [`CARGO_TARGET_${target.toUpperCase().replaceAll("-", "_")}_RUNNER`]:
        `env LD_PRELOAD=${run("cc", ["-print-file-name=libasan.so"])?.trim()}`,
      // The engine is never taken apart, so what it holds at the end is no leak.
      ASAN_OPTIONS: "detect_leaks=0",
      UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1",
    },
  };
  for (
    const args of [
      ["test", "--lib", "--tests"],
      ["build", "--release", "--bin", "sockwarden-base"],
    ]
  ) {
    if (
      run("cargo", [...args, "--locked", "--target", target], options) === null
    ) {
      stop(`cargo ${args.join(" ")} failed with the sanitizers`);
    }
  }
  Deno.copyFileSync(
    `${TARGET}/${target}/release/sockwarden-base`,
    basePath("sanitized"),
  );
  console.log(
    "dist/base/denort-sanitized: run the program's tests on it (docs/base.md)",
  );
}

/** Where Rust's library for an architecture stands; null where Rust is missing. */
function rustLibrary(architecture: string): string | null {
  const args = ["--print", "target-libdir"];
  args.push("--target", rustTarget(architecture));
  // There base/rust-toolchain.toml says which Rust it is.
  return run("rustc", args, { cwd: `${ROOT}/base` })?.trim() ?? null;
}

/**
 * What makes a static program that the kernel can load at any address, so that
 * addresses cannot be guessed. For x86_64 rustc does so itself. For aarch64 it
 * would link one for a fixed address: it is given what it gives for x86_64.
 */
function atAnyAddress(architecture: string): string[] {
  if (architecture === "x86_64") return [];
  const objects = `${rustLibrary(architecture)}/self-contained`;
  return [
    "-C link-self-contained=no",
    ...[
      `-L${objects}`,
      ...["rcrt1.o", "crti.o", "crtbeginS.o", "crtendS.o", "crtn.o"]
        .map((name) => `${objects}/${name}`),
      "-pie",
      "--no-dynamic-linker",
      "-ztext",
    ].map((arg) => `-C link-arg=${arg}`),
  ];
}

function cargo(
  command: "rustc" | "test",
  architecture: string,
  what: string[],
): void {
  const registry = (Deno.env.get("CARGO_HOME") ??
    `${Deno.env.get("HOME")}/.cargo`) + "/registry/src";
  const compiler = compilerFor(architecture);
  const target = rustTarget(architecture);
  const done = run("cargo", [
    command,
    "--locked",
    "--target",
    target,
    ...what,
  ], {
    cwd: `${ROOT}/base`,
    show: true,
    env: {
      [`CC_${target}`]: compiler.command,
      ...architecture === ARCHITECTURE ? {} : {
        [`CARGO_TARGET_${target.toUpperCase().replaceAll("-", "_")}_RUNNER`]:
          `qemu-${architecture}`,
        // For tests that start themselves once more.
        SOCKWARDEN_EMULATOR: `qemu-${architecture}`,
      },
      // The engine is C: its messages name source files, and it reads what
      // clients send.
      [`CFLAGS_${target}`]:
        `-ffile-prefix-map=${ROOT}/base=/base -fstack-protector-strong ` +
        compiler.flags,
      RUSTFLAGS: [
        ...command === "rustc" ? NOTHING_UNWINDS : [],
        // It links for every architecture, packs relocations and joins
        // functions that are alike.
        "-C linker=ld.lld -C linker-flavor=ld.lld",
        "-C link-arg=--pack-dyn-relocs=relr -C link-arg=--icf=all",
        "-C link-arg=--strip-all",
        ...atAnyAddress(architecture),
        ...command === "rustc" && architecture === "aarch64"
          ? [`-C link-arg=-T${ROOT}/base/page_end.ld`]
          : [],
        // No path of the machine that built it.
        `--remap-path-prefix=${registry}=/crates`,
        `--remap-path-prefix=${ROOT}/base=/base`,
      ].join(" "),
    },
  });
  if (done === null) stop(`cargo ${command} ${what.join(" ")} failed`);
}

/** Builds a program of the crate, and puts it at a path. */
function build(architecture: string, name: string, path: string): void {
  const built = `${TARGET}/${rustTarget(architecture)}/release/${name}`;
  // For `deno task size`.
  const map = [`-Clink-arg=-Map=${built}.map`];
  cargo("rustc", architecture, ["--release", "--bin", name, "--", ...map]);
  Deno.mkdirSync(`${ROOT}/dist/base`, { recursive: true });
  Deno.copyFileSync(built, path);
  Deno.copyFileSync(`${built}.map`, `${path}.map`);
}

/** Tests of what the kernel does with the process: qemu-user has no filter of system calls. */
const EMULATED = ["--", "--skip", "sandbox::seccomp::in_force"];

if (import.meta.main) {
  const start = performance.now();
  if (Deno.build.os !== "linux") stop("the base is for Linux");
  const { arch, test, sanitize: withSanitizers } = readArchitecture(
    "test",
    "sanitize",
  );
  checkTools(arch);
  if (arch !== ARCHITECTURE) checkTools(ARCHITECTURE);
  layOutEngine();
  if (test) {
    if (arch !== ARCHITECTURE && run(`qemu-${arch}`, ["--version"]) === null) {
      stop(
        `to run the tests for ${arch}, install qemu-${arch} (Debian: apt-get install qemu-user)`,
      );
    }
    // Without the release's optimizations, which would take minutes: tests unwind,
    // so nothing that was built for the base can serve them.
    layOutEngineTests();
    const tests = ["--lib", "--tests"];
    cargo("test", arch, [...tests, ...arch === ARCHITECTURE ? [] : EMULATED]);
    Deno.exit(0);
  }
  if (withSanitizers) {
    layOutEngineTests();
    sanitize();
    Deno.exit(0);
  }
  // It makes the bytecode of every architecture, on this one.
  build(ARCHITECTURE, "sockwarden-bytecode", BYTECODE_TOOL);
  build(arch, "sockwarden-base", basePath(arch));
  const size = Deno.statSync(basePath(arch)).size;
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${basePath(arch).slice(ROOT.length + 1)}: ${
      (size / 1e6).toFixed(2)
    } MB, ` +
      `${seconds.toFixed(0)} s`,
  );
}
