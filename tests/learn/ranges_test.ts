/** Numbers as ranges. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { addTo, createRanges, lengthOf } from "../../lib/learn/ranges.ts";

Deno.test("the ranges are the set of the numbers, whatever their order", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
    (numbers) => {
      const ranges = createRanges();
      const set = new Set<number>();
      for (const one of numbers) {
        assertEquals(addTo(ranges, one), set.has(one) ? "known" : "added");
        set.add(one);
      }
      assertEquals(lengthOf(ranges), set.size);
      const all = ranges.list.flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, i) => from + i)
      );
      assertEquals(all, [...set].sort((a, b) => a - b));
      // Apart from each other, or they would be one.
      ranges.list.slice(1).forEach(({ from }, i) =>
        assertEquals(from > ranges.list[i]!.to + 1, true)
      );
    },
  ));
});

Deno.test("numbers that descend with gaps are not taken without end, those that ascend are", () => {
  const down = createRanges();
  const up = createRanges();
  for (let i = 0; i < 3000; i++) {
    addTo(down, 10_000 - 2 * i);
    assertEquals(addTo(up, 1 + 2 * i), "added");
  }
  assertEquals(down.list.length, 1001);
  assertEquals(addTo(down, 2), "full");
  assertEquals(addTo(down, 10_000), "known");
  assertEquals(up.list.length, 3000);
});
