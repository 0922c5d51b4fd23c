import { assertEquals } from "@std/assert";
import { escapeControl } from "../../lib/observe/control.ts";

Deno.test("escapeControl() leaves no character that ends or rewrites a line", () => {
  assertEquals(
    escapeControl("a\n\x1b[2Jb\x7f\x85\u2028\u2029é"),
    "a\\x0a\\x1b[2Jb\\x7f\\x85\\x2028\\x2029é",
  );
});

Deno.test("escapeControl() leaves no character that turns the direction of a line", () => {
  assertEquals(
    escapeControl("a\u202e\u200f\u061c\u2066b"),
    "a\\x202e\\x200f\\x61c\\x2066b",
  );
});
