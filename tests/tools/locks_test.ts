/**
 * What is fetched is what the lock files name.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "../../tools/exists.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

Deno.test("a package that deno.lock does not name stops Deno, and deno.lock stays as it is", async () => {
  const folder = await Deno.makeTempDir();
  const settings = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  delete settings.workspace;
  const lock = JSON.parse(await Deno.readTextFile(`${ROOT}deno.lock`));
  const { preact } = settings.imports;
  assert(typeof lock.specifiers[preact] === "string");
  delete lock.specifiers[preact];
  lock.workspace.dependencies = lock.workspace.dependencies
    .filter((name: string) => name !== preact);
  const text = JSON.stringify(lock);
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(settings));
  await Deno.writeTextFile(`${folder}/deno.lock`, text);
  await Deno.writeTextFile(`${folder}/main.ts`, 'import "preact";\n');
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "main.ts"],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  assertStringIncludes(
    new TextDecoder().decode(stderr),
    "The lockfile is out of date",
  );
  assertEquals(code, 1);
  assertEquals(await Deno.readTextFile(`${folder}/deno.lock`), text);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("every Go module that needs others has their hashes beside it", async () => {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "*go.mod"],
    cwd: ROOT,
  }).output();
  const files = new TextDecoder().decode(stdout).trim().split("\n");
  assert(files.length > 3);
  for (const file of files) {
    const needs = /^require\b/m.test(Deno.readTextFileSync(ROOT + file));
    const sums = file.replace(/go\.mod$/, "go.sum");
    assert(!needs || exists(ROOT + sums), `${file} has no ${sums}`);
  }
});
