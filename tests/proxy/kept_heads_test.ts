import { assertEquals } from "@std/assert";
import { keepByHead } from "../../lib/proxy/kept_heads.ts";

Deno.test("what is made of a head is kept, null too, but of a long one", () => {
  let made = 0;
  const look = keepByHead((text) => (made++, text === "bad" ? null : text));
  for (
    const [text, total] of [
      ["one", 1],
      ["one", 1],
      ["bad", 2],
      ["bad", 2],
      ["x".repeat(4096), 3],
      ["x".repeat(4096), 3],
      ["x".repeat(4097), 4],
      ["x".repeat(4097), 5],
    ] as const
  ) {
    assertEquals(look(text), text === "bad" ? null : text);
    assertEquals(made, total);
  }
});

Deno.test("no more than 256 heads are kept", () => {
  let made = 0;
  const look = keepByHead((text) => (made++, text));
  for (let i = 0; i < 256; i++) look(`${i}`);
  look("0");
  assertEquals(made, 256);
  look("another");
  look("0");
  assertEquals(made, 258);
});
