/**
 * `deno task test` counts what `deno test` reports.
 */

import { assertEquals, assertThrows } from "@std/assert";
import { readJunit } from "../../tools/junit.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Runs `deno task test` on a file with this text; its last line and code. */
async function runTests(
  text: string,
): Promise<{ code: number; printed: string; last: string }> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/a_test.ts`, text);
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", `${ROOT}tools/test.ts`, folder],
    env: { NO_COLOR: "1" },
    stderr: "null",
  }).output();
  await Deno.remove(folder, { recursive: true });
  const printed = new TextDecoder().decode(stdout);
  return { code, printed, last: printed.trim().split("\n").at(-1)! };
}

Deno.test("passed, failed and skipped tests are counted; steps count with their test", () => {
  assertEquals(
    readJunit(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="6" failures="2" errors="0" time="0.008">
  <testsuite name="./a_test.ts" tests="6" disabled="2">
    <testcase name="a &lt; b" classname="./a_test.ts"></testcase>
    <testcase name="a &gt; b" classname="./a_test.ts"></testcase>
    <testcase name="skipped &#10; one"><skipped/></testcase>
    <testcase name="c"><failure message="1 step failed">no</failure></testcase>
    <testcase name="cancelled"><error message="Cancelled"/></testcase>
    <testcase name="c &gt; d"></testcase>
    <testcase name="c &gt; d &gt; e"><failure message="x">]]&gt;</failure></testcase>
    <testcase name="c &gt; f"><skipped/></testcase>
  </testsuite>
</testsuites>`),
    { passed: 2, failed: 2, skipped: ["skipped \n one", "c > f"] },
  );
});

Deno.test("a report that is cut off or something else is an error", () => {
  for (const text of ["", "<testsuites>", "<html></html>", "ok | 3 passed"]) {
    assertThrows(() => readJunit(text), Error);
  }
});

Deno.test("a name in the tests' output does not change what is counted", async () => {
  const { code, printed, last } = await runTests(`
    console.log("ok | 7 passed | 7 failed");
    Deno.test("x ... ignored <&\\">", () => console.log("y ... ignored"));
    Deno.test.ignore("z", () => {});
  `);
  assertEquals([code, last], [0, "1 passed, 0 failed, 1 skipped"]);
  assertEquals(printed.includes("Skipped:\n  z\n"), true);
});

Deno.test("a failing test, and a file that fails outside its tests, are counted", async () => {
  const failing = await runTests(
    'Deno.test("a", () => { throw new Error("\\u001b[31m\\u0001]]>"); });',
  );
  assertEquals(
    [failing.code, failing.last],
    [1, "0 passed, 1 failed, 0 skipped"],
  );
  const broken = await runTests('throw new Error("at load");');
  assertEquals(
    [broken.code, broken.last],
    [1, "0 passed, 1 failed, 0 skipped"],
  );
});

Deno.test("a run without a test fails", async () => {
  const { code, last } = await runTests("export {};");
  assertEquals([code, last], [1, "0 passed, 1 failed, 0 skipped"]);
});
