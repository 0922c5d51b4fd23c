/**
 * docs/dependencies.md names every dependency.
 */

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url).pathname;
const PAGE = Deno.readTextFileSync(`${ROOT}docs/dependencies.md`);

Deno.test("every import of deno.json is on docs/dependencies.md", () => {
  const { imports } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  const names = Object.keys(imports);
  assert(names.length > 0);
  assertEquals(names.filter((name) => !hasRow(name)), []);
});

Deno.test("every direct crate of the base is on docs/dependencies.md", () => {
  const manifest = Deno.readTextFileSync(`${ROOT}base/Cargo.toml`);
  const section = /^\[dependencies\]$([^]*?)(?=^\[)/m.exec(manifest)![1]!;
  const names = [...section.matchAll(/^([\w-]+) *=/gm)].map(([, name]) =>
    name!
  );
  assert(names.length > 0);
  assertEquals(names.filter((name) => !hasRow(name)), []);
});

/** Whether a row of a table begins with this name. */
function hasRow(name: string): boolean {
  return PAGE.split("\n").some((line) => line.startsWith(`| \`${name}\` `));
}
