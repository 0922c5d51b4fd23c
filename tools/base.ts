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

import { ARCHITECTURE, basePath, ROOT } from "./runtimes.ts";

const RUST_TARGET = `${ARCHITECTURE}-unknown-linux-gnu`;
const TARGET = `${ROOT}/base/target`;
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
  if (run("cc", ["--version"]) === null) {
    missing.push("a C compiler (Debian: apt-get install gcc libc6-dev)");
  }
  if (missing.length > 0) {
    stop(`to build the base, install:\n  - ${missing.join("\n  - ")}`);
  }
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
      // The engine is C: its messages name source files, and it reads what
      // clients send.
      CFLAGS: `-ffile-prefix-map=${ROOT}/base=/base -fstack-protector-strong`,
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

if (import.meta.main) {
  const start = performance.now();
  if (Deno.build.os !== "linux") stop("the base is for Linux");
  checkTools();
  if (Deno.args[0] === "--test") {
    // Without the release's optimizations, which would take minutes: tests unwind,
    // so nothing that was built for the base can serve them.
    cargo("test", ["--lib"]);
    Deno.exit(0);
  }
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
