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
        assertEquals(addTo(ranges, one), !set.has(one));
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
