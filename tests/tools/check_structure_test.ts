/**
 * `deno task check` enforces the order of the rooms and the sizes.
 */

import { assertEquals } from "@std/assert";
import { problemsOf } from "../../tools/check_structure.ts";

function problems(sources: Readonly<Record<string, string>>): string[] {
  return problemsOf(new Map(Object.entries(sources)));
}

Deno.test("an import of a lower room is fine", () => {
  assertEquals(
    problems({
      "lib/policy/a.ts": 'import { b } from "../net/b.ts";',
      "lib/net/b.ts": "export const b = 1;",
    }),
    [],
  );
});

Deno.test("an import of a higher room or of one on the same line is a problem, of types too", () => {
  const higher = [
    "lib/net/a.ts imports lib/policy/b.ts, whose room is not lower",
  ];
  for (
    const text of [
      'import { b } from "../policy/b.ts";',
      'import "../policy/b.ts";',
      'import type { b } from "../policy/b.ts";',
      'export { b } from "../policy/b.ts";',
      'export type * from "../policy/b.ts";',
      'const b = await import("../policy/b.ts");',
      'type B = import("../policy/b.ts").B;',
    ]
  ) {
    assertEquals(
      problems({ "lib/net/a.ts": text, "lib/policy/b.ts": "" }),
      higher,
      text,
    );
  }
  assertEquals(
    problems({ "lib/docker/a.ts": 'import "../http1/b.ts";' }),
    ["lib/docker/a.ts imports lib/http1/b.ts, whose room is not lower"],
  );
});

Deno.test("a folder without a room is a problem", () => {
  assertEquals(problems({ "lib/new/a.ts": "" }), [
    "lib/new/a.ts is in no room: add its folder to tools/check_structure.ts",
  ]);
});

Deno.test("lib/host/ is reached through lib/host.ts only", () => {
  assertEquals(
    problems({
      "lib/host.ts": 'export * from "./host/time.ts";',
      "lib/host/time.ts": 'import "./text.ts";',
      "lib/host/text.ts": "",
      "lib/net/a.ts": 'import "../host/time.ts";',
    }),
    ["lib/net/a.ts imports lib/host/time.ts: import lib/host.ts instead"],
  );
});

Deno.test("a circle inside a room is a problem, of types too", () => {
  assertEquals(
    problems({
      "lib/net/a.ts": 'import { b } from "./b.ts";',
      "lib/net/b.ts": 'import type { c } from "./c.ts";',
      "lib/net/c.ts": 'export { a } from "./a.ts";',
    }),
    ["circle: lib/net/a.ts -> lib/net/b.ts -> lib/net/c.ts -> lib/net/a.ts"],
  );
});

Deno.test("a file of 400 lines is fine, and one of 401 is not", () => {
  assertEquals(problems({ "lib/net/a.ts": "\n".repeat(400) }), []);
  assertEquals(problems({ "lib/net/a.ts": "\n".repeat(401) }), [
    "lib/net/a.ts has 401 lines, more than 400: split it",
  ]);
});

Deno.test("a function of 60 lines is fine, and one of 61 is not", () => {
  const ofLines = (lines: number, start: string) =>
    `/** What it\ndoes. */\n${start} {${"\n".repeat(lines - 1)}}\n`;
  const starts = [
    ["function f()", "f"],
    ["export const g = () =>", "g"],
    ["export default () =>", "a function"],
    ["class C { m()", "m"],
  ];
  for (const [start, name] of starts) {
    const end = start!.startsWith("class") ? "}" : "";
    const text = (lines: number) => ofLines(lines, start!) + end;
    assertEquals(problems({ "lib/net/a.ts": text(60) }), [], start);
    assertEquals(problems({ "lib/net/a.ts": text(61) }), [
      `lib/net/a.ts:3: ${name} has 61 lines, more than 60: split it`,
    ], start);
  }
});
