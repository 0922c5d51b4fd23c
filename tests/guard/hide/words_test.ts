import { assertEquals } from "@std/assert";
import {
  type Hide,
  HIDE_NOTHING,
  HIDE_WORDS,
  hidesVariable,
  hidesWord,
  parseFieldPath,
} from "../../../lib/guard/hide/words.ts";

function env(env: Hide["env"], envExcept: string[] = []): Hide {
  return { ...HIDE_NOTHING, env, envExcept };
}

Deno.test("nothing is hidden unless a word says so", () => {
  for (const word of HIDE_WORDS) {
    assertEquals(hidesWord(HIDE_NOTHING, word), false, word);
    const hide = { ...HIDE_NOTHING, [word]: word === "env" ? "all" : true };
    assertEquals(
      HIDE_WORDS.filter((one) => hidesWord(hide, one)),
      [word],
    );
  }
  assertEquals(hidesWord(env([]), "env"), false);
  assertEquals(hidesWord(env(["A"]), "env"), true);
  assertEquals(hidesVariable(HIDE_NOTHING, "PASSWORD"), false);
  assertEquals(hidesVariable(HIDE_NOTHING, "PASSWÖRD"), false);
});

Deno.test("a name that stays is written exactly, one that is hidden in any case", () => {
  const except = env("all", ["VIRTUAL_HOST", "LETSENCRYPT_*"]);
  for (const name of ["VIRTUAL_HOST", "LETSENCRYPT_", "LETSENCRYPT_HOST"]) {
    assertEquals(hidesVariable(except, name), false, name);
  }
  for (
    const name of [
      "virtual_host",
      "VIRTUAL_HOST2",
      "XVIRTUAL_HOST",
      "LETSENCRYPT",
      "",
    ]
  ) {
    assertEquals(hidesVariable(except, name), true, name);
  }
  const listed = env(["*password*", "A*b*c"], ["DB_PASSWORD_FILE"]);
  for (
    const name of [
      "PASSWORD",
      "DB_Password",
      "password",
      "abc",
      "A_B_C",
      "aXbYbZc",
    ]
  ) {
    assertEquals(hidesVariable(listed, name), true, name);
  }
  for (
    const name of ["DB_PASSWORD_FILE", "PASSWOR", "ab", "ac", "abd", "PATH"]
  ) {
    assertEquals(hidesVariable(listed, name), false, name);
  }
  // The parts of a pattern do not overlap.
  assertEquals(hidesVariable(env(["ab*ba"]), "aba"), false);
  assertEquals(hidesVariable(env(["a*bc*c"]), "abc"), false);
  assertEquals(hidesVariable(env(["*"]), ""), true);
});

Deno.test("a name whose characters depend on the encoding is hidden", () => {
  for (const hide of [env("all", ["*"]), env(["X"]), env(["X"], ["*"])]) {
    assertEquals(hidesVariable(hide, "PASSWÖRD"), true);
    assertEquals(hidesVariable(hide, "A\nB"), true);
  }
});

Deno.test("a path has keys, * for any key and [] for entries", () => {
  const paths: [string, string[]][] = [
    ["Id", ["Id"]],
    ["NetworkSettings.Networks.*.IPAddress", [
      "NetworkSettings",
      "Networks",
      "*",
      "IPAddress",
    ]],
    ["Ports[].PublicPort", ["Ports", "[]", "PublicPort"]],
    ["Ports.*[].HostIp", ["Ports", "*", "[]", "HostIp"]],
    ["A[][]", ["A", "[]", "[]"]],
    ["registry-mirrors", ["registry-mirrors"]],
    ["A" + "[]".repeat(15), ["A", ...Array(15).fill("[]")]],
  ];
  for (const [text, steps] of paths) {
    assertEquals(parseFieldPath(text), steps, text);
  }
  for (
    const text of [
      "",
      ".",
      "A.",
      ".A",
      "A..B",
      "[]",
      "[].A",
      "A[0]",
      "A[",
      "A B",
      "1A",
      "A**",
      "A*",
      "Ä",
      "A\n",
      "A".repeat(3) + ".A".repeat(16),
      "A" + "[]".repeat(16),
    ]
  ) {
    assertEquals(parseFieldPath(text), null, text);
  }
});
