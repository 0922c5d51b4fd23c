import { assertEquals } from "@std/assert";
import {
  bars,
  ceiling,
  decades,
  HEIGHT,
  line,
  linear,
  logarithmic,
  peak,
  placeAt,
} from "../../web/chart.ts";

Deno.test("the top of a scale is round and not below the value", () => {
  assertEquals(
    [0, 0.3, 1, 1.1, 2, 3, 42, 101, 999].map(ceiling),
    [1, 1, 1, 2, 2, 5, 50, 200, 1000],
  );
  assertEquals(peak([null, 3, 1]), 3);
  assertEquals(peak([]), 0);
});

Deno.test("a linear scale is from the floor to the top", () => {
  assertEquals([0, 5, 10, 20].map((value) => linear(value, 10)), [
    HEIGHT,
    HEIGHT / 2,
    0,
    0,
  ]);
});

Deno.test("a logarithmic scale holds all values in whole decades", () => {
  assertEquals(decades([[0.12, null], [21]]), { from: -1, to: 2 });
  assertEquals(decades([[5]]), { from: 0, to: 2 });
  assertEquals(decades([[null], [0]]), { from: -1, to: 1 });
  const scale = { from: 0, to: 2 };
  assertEquals([0, 1, 10, 100].map((value) => logarithmic(value, scale)), [
    HEIGHT,
    HEIGHT,
    HEIGHT / 2,
    0,
  ]);
});

Deno.test("a line is broken where nothing was measured, and a value alone is seen", () => {
  assertEquals(
    line([1, 2, null, 3], (value) => value),
    "M0 1h.5L1.5 2M3 3h.5",
  );
});

Deno.test("a bar stands for each value above zero", () => {
  assertEquals(bars([0, 2], () => 64, () => 10), "M1 64V10h1V64z");
});

Deno.test("a place is always one of the values", () => {
  assertEquals([-1, 0, 0.5, 1, 2].map((part) => placeAt(part, 360)), [
    0,
    0,
    180,
    359,
    359,
  ]);
});
