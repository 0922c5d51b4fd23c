import { assertEquals } from "@std/assert";
import { escapeControl } from "../../lib/observe/control.ts";

Deno.test("escapeControl() leaves no character that ends or rewrites a line", () => {
  assertEquals(
    escapeControl("a\n\x1b[2Jb\x7f\x85\u2028\u2029é"),
    "a\\x0a\\x1b[2Jb\\x7f\\x85\\x2028\\x2029é",
  );
});
