/**
 * Builds programs that hold Docker's socket, so that the tests can run them
 * against sockwarden: real clients, at pinned versions, from public Go modules.
 *
 * ```sh
 * deno task programs   # needs Go and the network
 * ```
 *
 * The result is `dist/programs/NAME-VERSION`; what is there already is not
 * built again. Exit code 3 says that something is not to be had here: no Go,
 * or no module. Then the tests of that program are skipped.
 *
 * @module
 */

import { exists } from "./exists.ts";

/** A program, and how it is built. */
export interface Program {
  readonly name: string;
  /** The Go module, at a version and with the checksum that Go prints of it. */
  readonly module: string;
  readonly version: string;
  readonly sum: string;
  /** The folder of its command, from the module's root. */
  readonly command: string;
  /** Files that the module leaves out, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** Traefik's release of which the calls were recorded. */
export const TRAEFIK: Program = {
  name: "traefik",
  module: "github.com/traefik/traefik/v3",
  version: "v3.7.9",
  sum: "h1:RxOqG3Wtvl1F5yCDr2ZxAg21YU3QCh/m0tae3Su4BZ8=",
  command: "./cmd/traefik",
  files: {
    // A module of its own, which no registry has: empty structures.
    "pkg/config/dynamic/ext/go.mod":
      "module github.com/traefik/traefik/dynamic/ext\n",
    "pkg/config/dynamic/ext/ext.go": `package ext

type HTTP struct{}

func (in *HTTP) DeepCopyInto(out *HTTP) { *out = *in }

type Router struct{}

func (in *Router) DeepCopyInto(out *Router) { *out = *in }
`,
  },
};

/**
 * The newest Dozzle that is a Go module with a version: its later releases
 * have tags that Go takes for no version of it.
 */
export const DOZZLE: Program = {
  name: "dozzle",
  module: "github.com/amir20/dozzle",
  version: "v1.29.0",
  sum: "h1:6xm62a0kzuJM1lOax8nyP0SoRzgLY3ijhYA6hSEQh5I=",
  command: ".",
  files: {},
};

const ROOT = new URL("../", import.meta.url).pathname;
const EXIT_NOT_TO_BE_HAD = 3;

/** Where a built program is. */
export function programPath({ name, version }: Program): string {
  return `${ROOT}dist/programs/${name}-${version}`;
}

/** What became of a program: an exit code, and a sentence. */
interface Built {
  readonly code: number;
  readonly message: string;
}

/** Builds a program, unless it is there. */
async function build(program: Program): Promise<Built> {
  const { name, version } = program;
  const to = programPath(program);
  if (exists(to)) return { code: 0, message: `${name} ${version} is there` };
  const from = await download(program);
  if (typeof from !== "string") return from;
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-program-" });
  try {
    await copyTree(from, folder);
    for (const [path, text] of Object.entries(program.files)) {
      await Deno.mkdir(`${folder}/${path}/..`.replace(/\/[^/]+\/\.\.$/, ""), {
        recursive: true,
      });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    await Deno.mkdir(`${ROOT}dist/programs`, { recursive: true });
    const { code } = await new Deno.Command("go", {
      args: [
        ...["build", "-p=2", "-mod=mod", "-trimpath", "-buildvcs=false"],
        ...["-ldflags=-s -w", `-o=${to}.part`, program.command],
      ],
      cwd: folder,
      env: { CGO_ENABLED: "0", GOWORK: "off" },
      stdout: "null",
    }).spawn().status;
    if (code !== 0) return { code: 1, message: `${name} was not built` };
    await Deno.rename(`${to}.part`, to);
    return { code: 0, message: `${name} ${version} is built` };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Has Go fetch a module; returns its folder. */
async function download(program: Program): Promise<string | Built> {
  const { name, module, version, sum } = program;
  const { stdout } = await new Deno.Command("go", {
    args: ["mod", "download", "-json", `${module}@${version}`],
    env: { GOWORK: "off" },
  }).output();
  const told = JSON.parse(new TextDecoder().decode(stdout) || "{}");
  if (typeof told.Dir !== "string") {
    return {
      code: EXIT_NOT_TO_BE_HAD,
      message: `${name} ${version} is not to be had: ${told.Error}`,
    };
  }
  return told.Sum === sum ? told.Dir : {
    code: 1,
    message: `${module}@${version} has the checksum ${told.Sum}, not ${sum}`,
  };
}

/** Copies a folder of the module cache, whose files may only be read. */
async function copyTree(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) {
      await Deno.mkdir(`${to}/${name}`, { recursive: true });
      await copyTree(`${from}/${name}`, `${to}/${name}`);
    } else {
      await Deno.writeFile(
        `${to}/${name}`,
        await Deno.readFile(`${from}/${name}`),
      );
    }
  }
}

async function hasGo(): Promise<boolean> {
  try {
    return (await new Deno.Command("go", { args: ["version"] }).output())
      .success;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  if (!await hasGo()) {
    console.error("Go is missing: the programs are not built.");
    Deno.exit(EXIT_NOT_TO_BE_HAD);
  }
  const codes: number[] = [];
  for (const program of [DOZZLE, TRAEFIK]) {
    const { code, message } = await build(program);
    console.log(message);
    codes.push(code);
  }
  Deno.exit(codes.find((code) => code === 1) ?? Math.max(...codes));
}
