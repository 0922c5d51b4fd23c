/**
 * Builds the lean binary once more, from nothing and in another folder, and
 * compares every byte of what is released with what is built here.
 *
 * ```sh
 * deno task reproduce                  # for this machine
 * deno task reproduce --arch aarch64
 * ```
 *
 * The second build has a longer folder name, another time zone, another language
 * and another umask, and its own `base/target/`. Both take Rust, the C compiler,
 * Deno and the fetched crates of this machine.
 *
 * @module
 */

import { readArchitecture, stop } from "./architecture_flag.ts";
import { exists } from "./exists.ts";
import { sourceTime } from "./release/sbom.ts";
import { binaryPath, ROOT } from "./runtimes.ts";

/** How a build here may differ from one elsewhere. */
const ELSEWHERE = { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8" };
const UMASK = 0o077;

/** A range of bytes that differ. */
export interface Difference {
  /** Where it begins, counted from 0. */
  readonly at: number;
  readonly length: number;
}

/**
 * The ranges in which two files differ; what one has beyond the other's end is
 * the last of them.
 *
 * @param one The bytes of one file.
 * @param other The bytes of the other.
 */
export function differences(one: Uint8Array, other: Uint8Array): Difference[] {
  const found: Difference[] = [];
  const common = Math.min(one.length, other.length);
  for (let at = 0; at < common;) {
    if (one[at] === other[at]) {
      at++;
      continue;
    }
    const start = at;
    while (at < common && one[at] !== other[at]) at++;
    found.push({ at: start, length: at - start });
  }
  const more = Math.max(one.length, other.length) - common;
  if (more > 0) found.push({ at: common, length: more });
  return found;
}

/** The files that are released, from a project's folder. */
function released(architecture: string): string[] {
  const binary = binaryPath("lean", architecture).slice(ROOT.length + 1);
  return [
    binary,
    `${binary}.cdx.json`,
    `${binary}.licenses.txt`,
    `dist/image-${binary.split("/").at(-1)}.tar`,
  ];
}

/** Runs a command, and stops where it fails. */
function run(command: string, args: string[], options: Deno.CommandOptions) {
  const { success, stdout, stderr } = new Deno.Command(command, {
    args,
    ...options,
  }).outputSync();
  if (success) return stdout;
  console.error(new TextDecoder().decode(stdout));
  console.error(new TextDecoder().decode(stderr));
  stop(`${command} ${args.join(" ")} failed`);
}

/** Builds what is released in a folder of the project. */
function build(
  folder: string,
  architecture: string,
  env: Record<string, string>,
): void {
  for (const tool of ["base", "compile", "release/sbom", "image"]) {
    const arch = `--arch=${architecture}`;
    const args = ["run", "--quiet", "-A", `tools/${tool}.ts`, arch];
    run(Deno.execPath(), args, { cwd: folder, env });
  }
}

/** Copies the files that git knows, and new ones that it does not ignore. */
function copyTo(folder: string): void {
  const listed = ["ls-files", "-z", "-co", "--exclude-standard"];
  const names = new TextDecoder().decode(run("git", listed, { cwd: ROOT }))
    .split("\0").filter((name) => name !== "" && exists(`${ROOT}/${name}`));
  for (const name of names) {
    const to = `${folder}/${name}`;
    Deno.mkdirSync(to.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.copyFileSync(`${ROOT}/${name}`, to);
  }
}

if (import.meta.main) {
  const { arch } = readArchitecture();
  // The list of contents has a time, which the copy has no commit to take from.
  const time = String((sourceTime()?.getTime() ?? 0) / 1000);
  build(ROOT, arch, { SOURCE_DATE_EPOCH: time });
  const temporary = Deno.makeTempDirSync({ prefix: "sockwarden-reproduce-" });
  try {
    const folder = `${temporary}/a-folder-whose-name-is-longer-than-usual`;
    Deno.umask(UMASK);
    copyTo(folder);
    build(folder, arch, { ...ELSEWHERE, SOURCE_DATE_EPOCH: time });
    let same = true;
    for (const name of released(arch)) {
      const one = Deno.readFileSync(`${ROOT}/${name}`);
      const found = differences(one, Deno.readFileSync(`${folder}/${name}`));
      const bytes = found.reduce((sum, { length }) => sum + length, 0);
      console.log(
        `${name}: ${one.length} bytes, ${bytes} of them differ${
          found.slice(0, 20).map(({ at, length }) => `\n  ${length} at ${at}`)
            .join("")
        }`,
      );
      same &&= bytes === 0;
    }
    if (!same) stop("two builds of the same source do not give the same bytes");
  } finally {
    Deno.removeSync(temporary, { recursive: true });
  }
}
