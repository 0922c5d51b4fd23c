/**
 * Modules that the lean base reads when they are imported.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { command, isBuilt, run } from "./support.ts";
import { command as inEmulator } from "../support/emulated.ts";

function test(name: string, fn: () => Promise<void>): void {
  const built = isBuilt();
  Deno.test({
    name: `base: ${name}${
      built ? "" : ": the base is missing (deno task base)"
    }`,
    ignore: !built,
    fn,
  });
}

/** Where the code of the module that comes late stands in a binary. */
function lateModule(binary: Uint8Array): { at: number; length: number } {
  const view = new DataView(binary.buffer, binary.byteOffset);
  const text = new TextDecoder("latin1").decode(binary);
  // The base holds the format's name too; the file is appended to it.
  const table = text.lastIndexOf("swbcode2") + 40;
  const end = table + Number(view.getBigUint64(table - 8, true));
  let code = end;
  for (let at = table; at < end;) {
    const name = text.slice(at + 1, at + 1 + binary[at]!);
    at += 1 + name.length;
    const length = view.getUint32(at, true);
    if (/^\.\/late-[0-9]+\.js$/.test(name)) return { at: code, length };
    at += 12;
    code += length;
  }
  throw new Error("no module comes late");
}

test("a module comes late when files are confined and permissions given up", async () => {
  const { code, stdout, stderr } = await run("lean", "lateModule");
  assertEquals([code, stderr], [0, ""]);
  assertMatch(
    stdout,
    /^late gives said by a module that came late\nagain gives said by a module that came late\n$/m,
  );
});

test("a damaged module is not run, and the error says so", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    const [path, before] = command("lean");
    const binary = Deno.readFileSync(before[0] ?? path);
    const { at, length } = lateModule(binary);
    assert(length > 0);
    binary[at + length - 1]! ^= 1;
    const damaged = `${folder}/damaged`;
    Deno.writeFileSync(damaged, binary, { mode: 0o755 });
    const [runner, first] = inEmulator(damaged);
    const { code, stdout } = await new Deno.Command(runner, {
      args: [...first, "lateModule", folder],
      clearEnv: true,
    }).output();
    const text = new TextDecoder().decode(stdout);
    const refused =
      /throws TypeError .*Module "\.\/late-[0-9]+\.js" of this binary cannot be run: it is damaged$/;
    assertEquals(code, 0);
    const [, late = "", again = ""] = text.trimEnd().split("\n");
    assertMatch(late, refused);
    assertMatch(again, refused);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
