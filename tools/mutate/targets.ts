/**
 * Which files are mutated, and which tests must notice.
 *
 * @module
 */

import { exists } from "../exists.ts";

/** What is mutated where no file or folder is named; what does not exist is left out. */
export const SCOPE: readonly string[] = [
  "lib/net/",
  "lib/docker/",
  "lib/http1/",
  "lib/guard/",
  "lib/policy/",
  "lib/proxy/gate.ts",
  "lib/proxy/gate_facts.ts",
  "lib/proxy/passage.ts",
  "lib/proxy/recheck.ts",
];

/** Tables without a decision in them. */
const TABLES: ReadonlySet<string> = new Set([
  "lib/docker/operations.ts",
  "lib/docker/preset_rows.ts",
  "lib/guard/schema/commit.ts",
  "lib/guard/schema/container.ts",
  "lib/guard/schema/exec.ts",
  "lib/guard/schema/network.ts",
  "lib/guard/schema/service.ts",
  "lib/guard/schema/swarm.ts",
  "lib/guard/schema/update.ts",
  "lib/guard/schema/volume.ts",
]);

/**
 * The files below a path, sorted, tables left out.
 *
 * @param root The folder of the project, with a slash at its end.
 * @param path A file or a folder, relative to the root.
 */
export function filesBelow(root: string, path: string): string[] {
  if (!exists(root + path)) return [];
  if (Deno.statSync(root + path).isFile) return [path];
  const folder = path.replace(/\/*$/, "/");
  return [...Deno.readDirSync(root + folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? filesBelow(root, `${folder}${name}/`)
      : name.endsWith(".ts")
      ? [folder + name]
      : []
  ).filter((file) => !TABLES.has(file)).sort();
}

/**
 * The tests that are asked first about a file, relative to the root: its mirror
 * (`lib/X/name.ts` by `tests/X/name_test.ts`), or its room's where there is none.
 */
export function testsOf(root: string, file: string): readonly string[] {
  const mirror = file.replace(/^lib\//, "tests/").replace(/\.ts$/, "_test.ts");
  return [exists(root + mirror) ? mirror : roomOf(file)];
}

/** The folder with the tests of a file's room. */
export function roomOf(file: string): string {
  return file.replace(/^lib\//, "tests/").replace(/\/[^/]*$/, "/");
}
