/**
 * Builds the lean base (`docs/base.md`): the small static program that
 * `deno task compile` puts the TypeScript into.
 *
 * ```sh
 * deno task base
 * deno task base --test   # the crate's own tests
 * ```
 *
 * Two passes of cargo: the first makes the start-up snapshot, the second
 * embeds it. Everything is cached under `base/target/`.
 *
 * @module
 */

import { ARCHITECTURE, basePath, ROOT } from "./runtimes.ts";
import { exists } from "./exists.ts";

const RUST_TARGET = `${ARCHITECTURE}-unknown-linux-gnu`;
const TARGET = `${ROOT}/base/target`;
const RELEASE = `${TARGET}/${RUST_TARGET}/release`;
const WAMR = `${TARGET}/wamr-${ARCHITECTURE}`;
const SNAPSHOT = `${TARGET}/snapshot-${ARCHITECTURE}.bin`;

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
  if (run("cmake", ["--version"]) === null) {
    missing.push("cmake (Debian: apt-get install cmake)");
  }
  if (run("cc", ["--version"]) === null) {
    missing.push("a C compiler (Debian: apt-get install gcc libc6-dev)");
  }
  if (!exists("/usr/include/simde")) {
    missing.push("simde's headers (Debian: apt-get install libsimde-dev)");
  }
  if (missing.length > 0) {
    stop(`to build the base, install:\n  - ${missing.join("\n  - ")}`);
  }
}

/** The folder of the JavaScript runtime's crate, fetched where it is not there yet. */
function runtimeCrate(): string {
  const text = run("cargo", [
    "metadata",
    "--locked",
    "--format-version=1",
    `--filter-platform=${RUST_TARGET}`,
  ], { cwd: `${ROOT}/base` });
  if (text === null) stop("cargo could not fetch the crates");
  const { packages } = JSON.parse(text) as {
    packages: { name: string; manifest_path: string }[];
  };
  const found = packages.find((one) => one.name === "v8x");
  if (found === undefined) stop("base/Cargo.lock names no v8x");
  return found.manifest_path.replace(/\/Cargo\.toml$/, "");
}

/**
 * Builds WAMR's library, which the JavaScript runtime's crate links. Its own build would
 * fetch simde from GitHub; Debian's package has the same headers. We run no
 * WebAssembly: this is only what the linker wants.
 */
function buildWamr(crate: string): void {
  const stamp = `${WAMR}/built-for`;
  try {
    if (Deno.readTextFileSync(stamp) === crate) return;
  } catch {
    // Not built yet.
  }
  console.log("building WAMR's library …");
  Deno.mkdirSync(WAMR, { recursive: true });
  const configured = run("cmake", [
    "-DCMAKE_BUILD_TYPE=Release",
    "-DCMAKE_POLICY_VERSION_MINIMUM=3.5",
    "-DWAMR_DISABLE_HW_BOUND_CHECK=1",
    "-DWAMR_DISABLE_STACK_HW_BOUND_CHECK=1",
    `-DWAMR_BUILD_TARGET=${ARCHITECTURE === "aarch64" ? "AARCH64" : "X86_64"}`,
    "-DFETCHCONTENT_SOURCE_DIR_SIMDE=/usr/include",
    `${crate}/vendor/wamr/v82jsc`,
  ], { cwd: WAMR });
  if (configured === null) stop("cmake could not configure WAMR");
  const parallel = String(navigator.hardwareConcurrency);
  if (run("cmake", ["--build", ".", "-j", parallel], { cwd: WAMR }) === null) {
    stop("WAMR's library could not be built");
  }
  Deno.writeTextFileSync(stamp, crate);
}

function cargo(command: string, what: string[]): void {
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
      SOCKWARDEN_SNAPSHOT: SNAPSHOT,
      WAMR_LIB_DIR: WAMR,
      RUSTFLAGS: [
        // One file that needs nothing of the system it runs on.
        "-C target-feature=+crt-static",
        // A panic ends the process, so nothing ever unwinds.
        "-C force-unwind-tables=no",
        // No path of the machine that built it.
        `--remap-path-prefix=${registry}=/crates`,
        `--remap-path-prefix=${ROOT}/base=/base`,
      ].join(" "),
    },
  });
  if (done === null) stop(`cargo ${command} ${what.join(" ")} failed`);
}

/**
 * Makes the snapshot, unless the program that makes it is the one that made
 * the last: no two are the same byte for byte, and a new one means a build.
 */
function makeSnapshot(): void {
  const maker = `${RELEASE}/make-snapshot`;
  const { mtime, size } = Deno.statSync(maker);
  const made = `${mtime?.getTime()} ${size}`;
  const stamp = `${SNAPSHOT}.made-by`;
  if (exists(SNAPSHOT) && exists(stamp)) {
    if (Deno.readTextFileSync(stamp) === made) return;
  }
  if (run(maker, [SNAPSHOT]) === null) {
    stop("the start-up snapshot could not be made");
  }
  Deno.writeTextFileSync(stamp, made);
}

if (import.meta.main) {
  const start = performance.now();
  if (Deno.build.os !== "linux") stop("the base is for Linux");
  checkTools();
  buildWamr(runtimeCrate());
  if (Deno.args[0] === "--test") {
    // Without the release's optimizations, which would take minutes: tests unwind,
    // so nothing that was built for the base can serve them.
    cargo("test", ["--lib"]);
    Deno.exit(0);
  }
  cargo("build", ["--release", "--bin", "make-snapshot"]);
  makeSnapshot();
  cargo("build", ["--release", "--bin", "sockwarden-base"]);
  Deno.mkdirSync(`${ROOT}/dist/base`, { recursive: true });
  Deno.copyFileSync(`${RELEASE}/sockwarden-base`, basePath());
  const size = Deno.statSync(basePath()).size;
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `${basePath().slice(ROOT.length + 1)}: ${(size / 1e6).toFixed(2)} MB, ` +
      `${seconds.toFixed(0)} s`,
  );
}
