import { assertEquals } from "@std/assert";
import { differences } from "../../tools/reproduce.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

Deno.test("differences() of equal files are none", () => {
  assertEquals(differences(bytes(1, 2, 3), bytes(1, 2, 3)), []);
  assertEquals(differences(bytes(), bytes()), []);
});

Deno.test("differences() gives each range, the first and the last byte included", () => {
  assertEquals(
    differences(bytes(9, 2, 9, 9, 5, 9), bytes(1, 2, 3, 4, 5, 6)),
    [{ at: 0, length: 1 }, { at: 2, length: 2 }, { at: 5, length: 1 }],
  );
});

Deno.test("differences() counts what one file has beyond the other's end", () => {
  assertEquals(
    differences(bytes(1, 2), bytes(1, 2, 3, 4)),
    [{ at: 2, length: 2 }],
  );
  assertEquals(
    differences(bytes(1, 2, 3), bytes(1)),
    [{ at: 1, length: 2 }],
  );
});
