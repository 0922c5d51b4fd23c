import { assertEquals } from "@std/assert";
import { readSpan } from "../../tools/span.ts";

Deno.test("readSpan() reads seconds, minutes and hours, and nothing else", () => {
  for (
    const [text, seconds] of [
      ["90s", 90],
      ["10m", 600],
      ["2h", 7200],
      ["", null],
      ["10", null],
      ["m", null],
      ["1.5h", null],
      ["-1s", null],
      ["10 m", null],
    ] as const
  ) assertEquals(readSpan(text), seconds, text);
});
