/**
 * Runs the conformance programs on either runtime.
 *
 * @module
 */

import { compile, PERMISSIONS } from "../../tools/compile.ts";
import { basePath, ROOT } from "../../tools/runtimes.ts";
import { command as inEmulator, TESTED } from "../support/emulated.ts";

const PROGRAMS = `${ROOT}/tests/base/programs.ts`;

const BINARY = `${ROOT}/dist/base/conformance-${TESTED}`;

/** Whether the lean base was built here. */
export function isBuilt(): boolean {
  try {
    return Deno.statSync(basePath(TESTED)).isFile;
  } catch {
    return false;
  }
}

/** Said once where the suite cannot run. */
export const NOT_BUILT =
  "the lean base is not built (run `deno task base`): its tests are skipped";

let compiled = false;

/** The command that runs a conformance program on a runtime. */
export function command(runtime: "stock" | "lean"): [string, string[]] {
  if (runtime === "stock") {
    return [Deno.execPath(), [
      "run",
      "--quiet",
      "--no-prompt",
      ...PERMISSIONS,
      PROGRAMS,
    ]];
  }
  if (!compiled) {
    // Test files run side by side: none may see a half-written binary.
    const fresh = `${BINARY}-${crypto.randomUUID()}`;
    const { code, message } = compile("lean", PROGRAMS, fresh, TESTED);
    if (code !== 0) throw new Error(message);
    Deno.renameSync(fresh, BINARY);
    compiled = true;
  }
  return inEmulator(BINARY);
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  args?: string[];
  /** Is given the process once it has printed its first output. */
  meanwhile?: (process: Deno.ChildProcess) => Promise<void> | void;
}

/** Runs one program to its end in a fresh folder. */
export async function run(
  runtime: "stock" | "lean",
  program: string,
  options: RunOptions = {},
): Promise<Ended> {
  const folder = Deno.makeTempDirSync({ prefix: "sockwarden-" });
  try {
    Deno.writeTextFileSync(`${folder}/file`, "text é\n");
    Deno.writeFileSync(`${folder}/broken`, new Uint8Array([0x61, 0xff, 0x62]));
    Deno.mkdirSync(`${folder}/write`);
    Deno.symlinkSync("file", `${folder}/link`);
    const [path, before] = command(runtime);
    const process = new Deno.Command(path, {
      args: [...before, program, folder, ...options.args ?? []],
      env: { CONFORMANCE: "wörld", NO_COLOR: "1" },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // A program that hangs must not hang the suite.
    const limit = setTimeout(() => process.kill("SIGKILL"), 60_000);
    let stdout = "";
    const decoder = new TextDecoder();
    let met = false;
    const [status, stderr] = await Promise.all([
      process.status,
      new Response(process.stderr).text(),
      (async () => {
        for await (const chunk of process.stdout) {
          stdout += decoder.decode(chunk, { stream: true });
          if (!met) {
            met = true;
            await options.meanwhile?.(process);
          }
        }
      })(),
    ]);
    clearTimeout(limit);
    return {
      code: status.code,
      stdout: same(stdout, folder),
      stderr: same(stderr, folder),
    };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Takes out what may differ: the folder, and how to compile again. */
function same(text: string, folder: string): string {
  return text.replaceAll(folder, "FOLDER")
    .replace(/run again with the (--allow-[a-z]+) flag/g, "ALLOW $1")
    .replace(
      /specify the required permissions during compilation using `deno compile (--allow-[a-z]+)`/g,
      "ALLOW $1",
    );
}
