import { assertEquals, assertThrows } from "@std/assert";
import { nameModules } from "../../tools/name_modules.ts";

/** A split bundle, with the hashes that the bundler gave. */
function bundle(a: string, b: string, c: string): Map<string, string> {
  return new Map([
    [`chunk-${a}.js`, `import"./chunk-${b}.js";export let a="./none.js";`],
    [`chunk-${b}.js`, ""],
    [`late-${c}.js`, `import{a}from"./chunk-${a}.js";export{a as late};`],
    ["main.js", `import("./late-${c}.js");import"./chunk-${b}.js";`],
  ]);
}

Deno.test("nameModules() gives the same names whatever the hashes are", () => {
  const named = nameModules(
    bundle("AAAAAAA2", "BBBBBBB3", "CCCCCCC4"),
    "main.js",
  );
  assertEquals(
    [...named],
    [
      ["main.js", 'import("./late-1.js");import"./chunk-2.js";'],
      ["late-1.js", 'import{a}from"./chunk-3.js";export{a as late};'],
      ["chunk-2.js", ""],
      ["chunk-3.js", 'import"./chunk-2.js";export let a="./none.js";'],
    ],
  );
  assertEquals(
    [...nameModules(bundle("ZZZZZZZ5", "AAAAAAA6", "BBBBBBB7"), "main.js")],
    [...named],
  );
});

Deno.test("nameModules() leaves out what nothing imports", () => {
  const sources = new Map([["main.js", ""], ["chunk-AAAAAAA2.js", ""]]);
  assertEquals([...nameModules(sources, "main.js")], [["main.js", ""]]);
});

Deno.test("nameModules() refuses a module that imports the first one", () => {
  const sources = new Map([
    ["main.js", 'import("./late-AAAAAAA2.js");'],
    ["late-AAAAAAA2.js", 'import{a}from"./main.js";'],
  ]);
  assertThrows(
    () => nameModules(sources, "main.js"),
    Error,
    "late-AAAAAAA2.js imports main.js",
  );
});
