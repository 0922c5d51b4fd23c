/**
 * The runtimes that one program is compiled for, and where their files stand.
 *
 * @module
 */

/** The folder of the project. */
export const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** The machine's architecture, as Rust and our file names spell it. */
export const ARCHITECTURE = Deno.build.arch;

/** `lean` is our base; the others are stock Deno's. */
export const RUNTIMES = ["lean", "v8", "quickjs"] as const;
/** One of the {@link RUNTIMES}. */
export type Runtime = typeof RUNTIMES[number];

/** The architectures that binaries are made for. */
export const ARCHITECTURES: readonly string[] = ["x86_64", "aarch64"];

/** Where the lean base stands once it is built. */
export function basePath(architecture = ARCHITECTURE as string): string {
  return `${ROOT}/dist/base/denort-${architecture}`;
}

/** The tool of the base's build that makes the program's bytecode. */
export const BYTECODE_TOOL = `${ROOT}/dist/base/bytecode-${ARCHITECTURE}`;

/** The file of bytecode among those that `deno compile` appends (\`base/src/bytecode.rs\`). */
export const BYTECODE_FILE = "sockwarden.bytecode";

/** Where the compiled program stands. */
export function binaryPath(
  runtime: Runtime,
  architecture = ARCHITECTURE as string,
): string {
  return `${ROOT}/dist/sockwarden-${runtime}-${architecture}`;
}
