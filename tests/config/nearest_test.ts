import { assertEquals } from "@std/assert";
import { nearest, slips } from "../../lib/config/nearest.ts";

Deno.test("nearest() takes as many changes as it may, and no more", () => {
  assertEquals(nearest("abcd", ["abxy"], 2), "abxy");
  assertEquals(nearest("abcd", ["abxy"], 1), null);
  assertEquals(nearest("abcd", ["abcdef"], 2), "abcdef");
  assertEquals(nearest("abcd", ["abcdefg"], 2), null);
  assertEquals(nearest("abcd", ["abcd"], 0), "abcd");
});

Deno.test("nearest() takes the nearest name, and of equal ones the first", () => {
  assertEquals(nearest("abcd", ["abxy", "abcx", "abcy"], 2), "abcx");
  assertEquals(nearest("abcd", [], 2), null);
});

Deno.test("slips() allows one change in names shorter than 6 characters, else two", () => {
  assertEquals(["", "a", "abcde", "abcdef"].map(slips), [1, 1, 1, 2]);
});
