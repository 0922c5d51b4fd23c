/** Needs of a guard as texts. */

import { assertEquals } from "@std/assert";
import { item, listOf } from "../../lib/guard/judge/judging.ts";
import { readNeed } from "../../lib/learn/needs.ts";

Deno.test("a remedy of a finding is read as what it allows", () => {
  for (
    const [text, items] of [
      ["privileged: allow", null],
      ["binds: [/srv/data]", ["/srv/data"]],
      ['binds: ["/srv/a b:ro"]', ["/srv/a b:ro"]],
      ["require: []", []],
      ["require: [memory, pids]", ["memory", "pids"]],
      ["memory-max: 2g", ["2g"]],
      ["fields: [HostConfig.Umask]", ["HostConfig.Umask"]],
    ] as const
  ) assertEquals(readNeed(text)?.items, items, text);
  assertEquals(readNeed("guard: none"), { knob: "guard", items: null });
});

Deno.test("every text that a finding writes is read back", () => {
  for (
    const text of [
      "/srv",
      "a b",
      'say "no", then',
      "[x]",
      "a: b # c",
      "back\\slash",
      "[::1]:80",
    ]
  ) {
    assertEquals(
      readNeed(`commands: ${listOf(text)}`)?.items,
      [text],
      item(text),
    );
  }
});

Deno.test("what is cut, unknown or not valid for its knob is no need", () => {
  for (
    const text of [
      "binds: [/srv/da",
      `commands: ${listOf("x".repeat(300))}`,
      "later-knob: allow",
      "binds: [relative]",
      "namespaces: [moon]",
      "binds",
      "images: ?",
      "binds: [/a",
      "binds: [/a,, /b]",
      'binds: ["/a]',
      "",
    ]
  ) assertEquals(readNeed(text), null, text);
});

Deno.test("a name or a path that would be a pattern as an entry is no need", () => {
  for (
    const text of [
      'binds: ["/srv/**"]',
      'binds: ["/srv/**:ro"]',
      'binds: ["/**"]',
      'networks: ["*"]',
      "networks: *",
      'binds: [/srv/a, "/home/**"]',
    ]
  ) assertEquals(readNeed(text), null, text);
});
