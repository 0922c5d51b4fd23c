import { assertEquals, assertThrows } from "@std/assert";
import { fallen } from "./check.ts";
import {
  type Figure,
  HAPROXY,
  median,
  ratioOf,
  ratioTable,
  replaceBetween,
  shortTable,
  shown,
} from "./figures.ts";

function figure(
  what: string,
  haproxy: number[],
  lean: number[],
  more = true,
): Figure {
  const values = new Map([[HAPROXY, haproxy], ["lean", lean]]);
  return { what, unit: "requests/s", more, values };
}

Deno.test("median() is the middle of what was measured", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 3, 2]), 2.5);
  assertEquals(median([NaN, 5]), 5);
  assertEquals(median([]), NaN);
});

Deno.test("ratioOf() is the median of each turn's ratio, not the ratio of medians", () => {
  // Each turn is twice as fast, whatever the machine did meanwhile.
  const one = figure("a", [100, 10, 1000], [200, 20, 500]);
  assertEquals(ratioOf(one, "lean"), 2);
  assertEquals(ratioOf(one, "another"), NaN);
});

Deno.test("shown() keeps what means something", () => {
  assertEquals(shown(1234567.8), "1,234,568");
  assertEquals(shown(123.4), "123");
  assertEquals(shown(12.34), "12.3");
  assertEquals(shown(1.234), "1.23");
  assertEquals(shown(NaN), "–");
});

Deno.test("ratioTable() gives HAProxy's own figure and the others' ratios", () => {
  assertEquals(
    ratioTable([HAPROXY, "lean"], [
      figure("fast", [100], [50]),
      figure("small", [10], [NaN], false),
    ]),
    `|  | HAProxy | lean ÷ |
| --- | --- | --- |
| fast | 100 requests/s | 0.50 |
| small (less is better) | 10.0 requests/s | – |`,
  );
});

Deno.test("shortTable() refuses to leave a figure out", () => {
  assertThrows(
    () => shortTable([HAPROXY, "lean"], [figure("other", [1], [1])]),
    Error,
    "There is no figure 'small JSON, 1 kept'",
  );
});

Deno.test("replaceBetween() changes what stands between the comments alone", () => {
  const page = "a\n<!-- x -->\n\nold\n\n<!-- /x -->\nb\n";
  const written = replaceBetween(page, "x", "new");
  assertEquals(written, "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n");
  assertEquals(replaceBetween(written, "x", "new"), written);
  assertThrows(() => replaceBetween(page, "y", "new"), Error, "<!-- y -->");
});

Deno.test("fallen() names the rows that are beyond the margin, and those that were not measured", () => {
  const last = { a: 1, b: 1, c: 1 };
  assertEquals(fallen(last, { a: 1.3, b: 1.31 }, 1.3), ["b", "c"]);
  assertEquals(fallen(last, { a: 0.5, b: 1, c: 1 }, 1.3), []);
  assertEquals(fallen({}, { a: 9 }, 1.3), []);
});
