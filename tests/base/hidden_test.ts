/**
 * What is hidden is the same on both runtimes, whatever the text: the ways of
 * rewriting an answer are compared with the exact walk on the runtime itself.
 * More texts: `hidden_programs.ts ANSWERS SEED COUNT`.
 */

import { assert, assertEquals } from "@std/assert";
import { compile } from "../../tools/compile.ts";
import { ROOT } from "../../tools/runtimes.ts";
import { command as inEmulator, TESTED } from "../support/emulated.ts";
import { isBuilt, NOT_BUILT } from "./support.ts";

const PROGRAM = `${ROOT}/tests/base/hidden_programs.ts`;
const ANSWERS = `${ROOT}/tests/guard/hide/answers.json`;
const TEXTS = 2000;

/** Runs the program; fails where a text is shown otherwise than by the exact walk. */
async function compare(path: string, before: string[], seed: number) {
  const { code, stdout, stderr } = await new Deno.Command(path, {
    args: [...before, ANSWERS, String(seed), String(TEXTS)],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout);
  assertEquals(code, 0, decoder.decode(stderr));
  const [, shown, refused, differ, found, inPart] =
    /^(\d+) shown, (\d+) refused, (\d+) differ; (\d+) .*, (\d+) in part$/m
      .exec(said)!.map(Number);
  assertEquals(differ, 0, said);
  assertEquals(shown! + refused!, TEXTS);
  assert(shown! > TEXTS / 4 && refused! > TEXTS / 10, said);
  assert(inPart! > TEXTS / 200, said);
  assert(found! > TEXTS / 8, said);
}

Deno.test("on the stock runtime every way of rewriting agrees with the exact walk", async () => {
  const before = ["run", "--quiet", "--allow-read", "--allow-env"];
  await compare(Deno.execPath(), [...before, PROGRAM], 1);
});

Deno.test({
  name: isBuilt()
    ? "on the lean base every way of rewriting agrees with the exact walk"
    : NOT_BUILT,
  ignore: !isBuilt(),
  async fn() {
    const folder = Deno.makeTempDirSync();
    try {
      const binary = `${folder}/hidden`;
      const { code, message } = compile("lean", PROGRAM, binary, TESTED);
      assertEquals(code, 0, message);
      const [path, before] = inEmulator(binary);
      await compare(path, before, 2);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
