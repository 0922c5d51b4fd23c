/**
 * Makes the image's root tree from a compiled program, without any registry.
 *
 * ```sh
 * deno run -A tools/image.ts                    # of dist/sockwarden-lean-<architecture>
 * deno run -A tools/image.ts --arch=aarch64     # of dist/sockwarden-lean-aarch64
 * deno run -A tools/image.ts dist/sockwarden-v8-x86_64
 * deno run -A tools/image.ts --output=x.tar     # where the tar goes
 * deno run -A tools/image.ts --tree=FOLDER      # only the tree: the Dockerfile's way
 * ```
 *
 * Prints the sizes and the `docker import` that makes the image of the tar.
 *
 * @module
 */

import { exists } from "./exists.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** Names of the program under which it answers the health checks of others. */
const SHIMS: readonly (readonly [path: string, target: string])[] = [
  ["bin/sh", "../sockwarden"],
  ["healthcheck", "sockwarden"],
  ["usr/bin/wget", "../../sockwarden"],
  ["usr/bin/curl", "../../sockwarden"],
  ["usr/bin/nc", "../../sockwarden"],
];

/**
 * The names that `user:` may take: a root and the user that it becomes, and
 * those of nobody, which compose files of other images name. `nobody` and
 * `nogroup` are what distributions call the same group.
 */
const PASSWD = "root:x:0:0::/:/sockwarden\n" +
  "sockwarden:x:65532:65532::/:/sockwarden\n" +
  "nobody:x:65534:65534::/:/sockwarden\n";
const GROUP = "root:x:0:\nsockwarden:x:65532:\n" +
  "nobody:x:65534:\nnogroup:x:65534:\n";

/**
 * Instructions of a Dockerfile that `docker import --change` takes. STOPSIGNAL
 * is none of them; ours is SIGTERM, which is what engines send without one.
 */
const CHANGES = /^(?:ENV|EXPOSE|HEALTHCHECK|ENTRYPOINT|LABEL)\s/;

/** What an image weighs, in bytes. */
export interface Sizes {
  /** All files. */
  readonly unpacked: number;
  /** The one layer, packed as a registry has it. */
  readonly compressed: number;
}

/** Where the lean program for an architecture is expected: this machine's unless named. */
export function defaultBinary(
  architecture = Deno.build.arch as string,
): string {
  return `${ROOT}/dist/sockwarden-lean-${architecture}`;
}

/** Docker's names of the architectures, by ELF's numbers of them. */
const PLATFORMS: ReadonlyMap<number, string> = new Map([
  [62, "linux/amd64"],
  [183, "linux/arm64"],
]);

/** What a program runs on, as Docker spells it; undefined where no image is made for it. */
export function platformOf(binary: string): string | undefined {
  using file = Deno.openSync(binary);
  const head = new Uint8Array(20);
  file.readSync(head);
  return PLATFORMS.get(new DataView(head.buffer).getUint16(18, true));
}

/** Makes the image's root tree in a new folder. */
export function makeTree(binary: string, tree: string): void {
  for (const folder of ["bin", "etc", "usr/bin"]) {
    Deno.mkdirSync(`${tree}/${folder}`, { recursive: true });
  }
  Deno.copyFileSync(binary, `${tree}/sockwarden`);
  Deno.chmodSync(`${tree}/sockwarden`, 0o755);
  // They ask to go wherever the program goes; `deno task sbom` writes them.
  const licenses = `${binary}.licenses.txt`;
  if (exists(licenses)) Deno.copyFileSync(licenses, `${tree}/licenses.txt`);
  Deno.writeTextFileSync(`${tree}/etc/passwd`, PASSWD);
  Deno.writeTextFileSync(`${tree}/etc/group`, GROUP);
  // Symbolic links: unlike hard ones no builder turns them into copies.
  for (const [path, target] of SHIMS) {
    Deno.symlinkSync(target, `${tree}/${path}`);
  }
  for (const library of libraries(binary)) {
    Deno.mkdirSync(tree + library.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.copyFileSync(library, tree + library);
  }
}

/** Packs a tree as the one layer of an image; the same tree gives the same bytes. */
export function makeTar(tree: string, output: string): void {
  run("tar", [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    // Everyone may look, whatever the umask was here.
    "--mode=u=rwX,go=rX",
    "--format=ustar",
    "-C",
    tree,
    "-cf",
    output,
    ".",
  ]);
}

/** What the tree in a tar weighs. */
export async function sizesOf(tree: string, tar: string): Promise<Sizes> {
  const packed = (await Deno.open(tar)).readable
    .pipeThrough(new CompressionStream("gzip"));
  let compressed = 0;
  for await (const bytes of packed) compressed += bytes.length;
  return { unpacked: weigh(tree), compressed };
}

/**
 * The image's settings as the Dockerfile's last stage has them, for
 * `docker import --change`.
 *
 * @param values What stands for the stage's arguments, such as `VERSION`.
 */
export function changes(values: Readonly<Record<string, string>>): string[] {
  const text = Deno.readTextFileSync(`${ROOT}/Dockerfile`);
  const stage = text.slice(text.indexOf("\nFROM scratch"))
    .replaceAll(/\\\n\s*/g, "");
  return stage.split("\n").filter((line) => CHANGES.test(line))
    .map((line) =>
      line.replaceAll(/\$\{(\w+)\}/g, (_, name) => values[name] ?? "")
        // Engines before 25 do not know it.
        .replace(/--start-interval=\S+ /, "")
    );
}

/** The shared libraries that a program names, and what loads them; none for a static one. */
function libraries(binary: string): string[] {
  const { success, stdout } = new Deno.Command("ldd", {
    args: [binary],
    stdout: "piped",
    stderr: "null",
  }).outputSync();
  // A static program is none for ldd.
  if (!success) return [];
  return [...new TextDecoder().decode(stdout).matchAll(/(\/\S+) \(0x/g)]
    .map(([, path]) => path!);
}

function weigh(path: string): number {
  const { isDirectory, size } = Deno.lstatSync(path);
  if (!isDirectory) return size;
  let total = 0;
  for (const { name } of Deno.readDirSync(path)) {
    total += weigh(`${path}/${name}`);
  }
  return total;
}

function run(command: string, args: string[]): void {
  const { success, stderr } = new Deno.Command(command, {
    args,
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  if (!success) {
    throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function versionOf(): string {
  const { version } = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));
  return String(version);
}

if (import.meta.main) {
  const options = new Map<string, string>();
  const paths: string[] = [];
  for (const arg of Deno.args) {
    const [, name, value] = /^--(tree|output|arch)=(.+)$/.exec(arg) ?? [];
    if (name !== undefined) options.set(name, value!);
    else if (arg.startsWith("-") || paths.length > 0) {
      console.error(
        "error: usage: deno run -A tools/image.ts [--tree=FOLDER | --output=FILE.tar] [--arch=x86_64|aarch64 | BINARY]",
      );
      Deno.exit(2);
    } else paths.push(arg);
  }
  const binary = paths[0] ?? defaultBinary(options.get("arch"));
  try {
    Deno.statSync(binary);
  } catch {
    console.error(
      `error: there is no ${binary}: make it with deno task compile, or name another`,
    );
    Deno.exit(1);
  }
  if (!exists(`${binary}.licenses.txt`)) {
    console.error(
      `${binary}.licenses.txt is missing, so that the image has no licences (deno task sbom)`,
    );
  }
  const kept = options.get("tree");
  if (kept !== undefined) {
    makeTree(binary, kept);
    Deno.exit(0);
  }
  const tree = Deno.makeTempDirSync();
  const output = options.get("output") ??
    `${ROOT}/dist/image-${binary.split("/").at(-1)}.tar`;
  try {
    makeTree(binary, tree);
    makeTar(tree, output);
    const shown = output.replace(`${ROOT}/`, "");
    const { unpacked, compressed } = await sizesOf(tree, output);
    console.log(
      `${shown}: ${(unpacked / 1e6).toFixed(2)} MB unpacked, ${
        (compressed / 1e6).toFixed(2)
      } MB compressed\nImport it:\n  docker import \\\n    --platform ${
        platformOf(binary)
      } \\\n${
        changes({ VERSION: versionOf(), REVISION: "local" })
          .map((change) => `    --change ${quote(change)} \\\n`).join("")
      }    ${shown} sockwarden`,
    );
  } finally {
    Deno.removeSync(tree, { recursive: true });
  }
}
