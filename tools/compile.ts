/**
 * Makes the one-file program.
 *
 * ```sh
 * deno task compile                  # onto the lean base: the product
 * deno task compile --runtime v8      # onto stock Deno's base
 * deno task compile --runtime quickjs
 * deno task compile --arch aarch64   # lean, for the other architecture
 * ```
 *
 * The result is `dist/sockwarden-<runtime>-<architecture>`. Exit code 3 says
 * that the base is not to be had here.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { parseArgs } from "@std/cli/parse-args";
import { breakLines } from "./break_lines.ts";
import { nameModules } from "./name_modules.ts";
import {
  ARCHITECTURE,
  ARCHITECTURES,
  basePath,
  binaryPath,
  BYTECODE_FILE,
  BYTECODE_TOOL,
  ROOT,
  type Runtime,
  RUNTIMES,
} from "./runtimes.ts";

/** What the program is expected to weigh, with its bytecode, and what it may at most. */
const PAYLOAD_WARNS = 1030 * 1024;
const PAYLOAD_FAILS = 1200 * 1024;

/** The base cannot be had here: nothing is wrong with the program. */
const EXIT_NO_BASE = 3;

/** What serving needs. The paths are known only at run time. */
export const PERMISSIONS = [
  "--allow-read",
  "--allow-write",
  "--allow-net",
  "--allow-env",
  "--allow-sys",
  "--deny-run",
  "--deny-ffi",
  "--deny-import",
];

/**
 * What V8 is told: its young generation may grow to 16 MiB by itself, which keeps
 * 50 MiB resident after load and makes no request cheaper. `deno task start` says
 * the same.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=4";

/** How a failed download shows in what Deno prints. */
const NO_DOWNLOAD =
  /error sending request|client error|dns error|download|denort|Connect/i;

export interface Compiled {
  /** 0, 1 (failed) or {@link EXIT_NO_BASE}. */
  code: number;
  /** One sentence. */
  message: string;
}

/** Where the appended program begins: right after the base's own length. */
export function payloadSize(binary: Uint8Array): number {
  // The magic stands in the base too (it looks for it), so the last two
  // are the payload's ends; between them is what counts.
  const magic = new TextEncoder().encode("d3n0l4nd");
  const found: number[] = [];
  for (
    let at = binary.indexOf(magic[0]!);
    at >= 0;
    at = binary.indexOf(magic[0]!, at + 1)
  ) {
    if (magic.every((byte, n) => binary[at + n] === byte)) found.push(at);
  }
  const end = found.at(-1);
  const start = found.at(-2);
  return end === undefined || start === undefined ? 0 : end - start;
}

/** The SHA-256 of a text, in hexadecimal digits. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

interface Ran {
  success: boolean;
  said: string;
}

function deno(args: string[], env: Record<string, string> = {}): Ran {
  const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  }).outputSync();
  const decoder = new TextDecoder();
  return { success, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

/**
 * What the lean binary carries in place of the program's source, which is as
 * large as its bytecode: it says why that was not taken.
 *
 * @param program Tells programs apart, so that none gets another one's bytecode.
 */
export function sourceInPlace(program: string): string {
  return `// Program ${program}
throw new Error("The program's bytecode was not taken: " +
  sockwardenBase.noBytecode() + "; build the base and the program anew");
`;
}

/** Takes a folder away; its files' texts by name. */
function takeAll(folder: string): Map<string, string> {
  const texts = new Map(
    [...Deno.readDirSync(folder)].map((
      { name },
    ) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
  Deno.removeSync(folder, { recursive: true });
  return texts;
}

/**
 * Makes the bytecode of a program, to go along with the source that is carried.
 * Each `import()` is a module of its own, which is read when it is needed.
 *
 * @param folder A folder for what lies in between.
 * @returns Why it could not, or null.
 */
function makeBytecode(
  folder: string,
  entry: string,
  carried: string,
  file: string,
): string | null {
  const modules = `${folder}/modules`;
  const { success, said } = deno([
    "bundle",
    "--quiet",
    "--minify",
    "--code-splitting",
    "--outdir",
    modules,
    entry,
  ]);
  if (!success) return said.trim();
  // The first module has the same name in every program.
  const first = entry.replace(/^.*\//, "").replace(/\.ts$/, ".js");
  Deno.renameSync(`${modules}/${first}`, `${modules}/main.js`);
  const named = nameModules(takeAll(modules), "main.js");
  Deno.mkdirSync(modules);
  for (const [name, text] of named) {
    Deno.writeTextFileSync(`${modules}/${name}`, text);
  }
  const program = [...named].map(([name, text]) => name + text).join("");
  Deno.writeTextFileSync(carried, sourceInPlace(digest(program)));
  const made = new Deno.Command(BYTECODE_TOOL, {
    args: [modules, carried, file],
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  if (made.success) return null;
  return `no bytecode was made: ${
    new TextDecoder().decode(made.stderr).trim()
  }`;
}

/** Compiles one program for one runtime. */
export function compile(
  runtime: Runtime,
  entry: string,
  output: string,
  architecture = ARCHITECTURE as string,
): Compiled {
  const env: Record<string, string> = {};
  if (runtime === "lean") {
    try {
      Deno.statSync(basePath(architecture));
    } catch {
      return {
        code: EXIT_NO_BASE,
        message: `The lean base is not built: run \`deno task base${
          architecture === ARCHITECTURE ? "" : ` --arch ${architecture}`
        }\` first.`,
      };
    }
    env.DENORT_BIN = basePath(architecture);
  }
  Deno.mkdirSync(output.replace(/\/[^/]*$/, ""), { recursive: true });
  const folder = Deno.makeTempDirSync();
  const carried = `${folder}/sockwarden.js`;
  const bytecode = `${folder}/${BYTECODE_FILE}`;
  let ran: Ran = { success: true, said: "" };
  if (runtime === "lean") {
    const failed = makeBytecode(folder, entry, carried, bytecode);
    if (failed !== null) ran = { success: false, said: failed };
  } else {
    ran = deno(["bundle", "--quiet", "--minify", "--output", carried, entry]);
    if (ran.success) {
      const program = Deno.readTextFileSync(carried);
      Deno.writeTextFileSync(carried, breakLines(program));
    }
  }
  if (ran.success) {
    // Their times go into the binary: two builds are to give the same bytes.
    for (const file of runtime === "lean" ? [carried, bytecode] : [carried]) {
      Deno.utimeSync(file, 0, 0);
    }
    ran = deno([
      "compile",
      "--quiet",
      // The lean base is a QuickJS one as far as `deno compile` is concerned.
      `--engine=${runtime === "v8" ? "v8" : "quickjs"}`,
      "--no-check",
      "--no-prompt",
      "--no-code-cache",
      ...PERMISSIONS,
      ...runtime === "v8" ? [V8_FLAGS] : [],
      // The base runs it instead of compiling the source at each start.
      ...runtime === "lean" ? ["--include", bytecode] : [],
      "--output",
      output,
      carried,
    ], env);
  }
  Deno.removeSync(folder, { recursive: true });
  const { success, said } = ran;
  if (!success) {
    if (runtime !== "lean" && NO_DOWNLOAD.test(said)) {
      return {
        code: EXIT_NO_BASE,
        message:
          `Stock Deno's base for ${runtime} could not be downloaded, so no ${runtime} binary was made.`,
      };
    }
    return { code: 1, message: said.trim() };
  }
  const binary = Deno.readFileSync(output);
  const payload = payloadSize(binary);
  const sizes = `${(binary.length / 1e6).toFixed(2)} MB, of which the program ${
    (payload / 1024).toFixed(0)
  } KiB`;
  if (payload > PAYLOAD_FAILS) {
    Deno.removeSync(output);
    return {
      code: 1,
      message:
        `The program would weigh ${payload} bytes, more than ${PAYLOAD_FAILS}: something large was bundled.`,
    };
  }
  const warning = payload > PAYLOAD_WARNS
    ? ` (warning: more than ${PAYLOAD_WARNS / 1024} KiB)`
    : "";
  return {
    code: 0,
    message: `${output.replace(`${ROOT}/`, "")}: ${sizes}${warning}`,
  };
}

if (import.meta.main) {
  const { runtime, arch, _ } = parseArgs(Deno.args, {
    string: ["runtime", "arch"],
    default: { runtime: "lean", arch: ARCHITECTURE },
    unknown: (given: string) => usage(`unknown argument '${given}'`),
  }) as { runtime: string; arch: string; _: unknown[] };
  if (!(RUNTIMES as readonly string[]).includes(runtime)) {
    usage(`--runtime=${runtime}: expected ${RUNTIMES.join(", ")}`);
  }
  if (!ARCHITECTURES.includes(arch)) {
    usage(`--arch=${arch}: expected ${ARCHITECTURES.join(", ")}`);
  }
  if (runtime !== "lean" && arch !== ARCHITECTURE) {
    usage("--arch is for the lean runtime: stock Deno's are for this machine");
  }
  if (Deno.build.os !== "linux") {
    console.error("error: binaries are made on Linux");
    Deno.exit(1);
  }
  const { code, message } = compile(
    runtime as Runtime,
    `${ROOT}/main.ts`,
    binaryPath(runtime as Runtime, arch),
    arch,
  );
  (code === 0 ? console.log : console.error)(
    code === 1 ? `error: ${message}` : message,
  );
  Deno.exit(code);
}

function usage(problem: string): never {
  console.error(
    `error: ${problem}\nusage: deno task compile [--runtime ${
      RUNTIMES.join("|")
    }] [--arch ${ARCHITECTURES.join("|")}]`,
  );
  Deno.exit(2);
}
