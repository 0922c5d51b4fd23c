import { assert, assertEquals } from "@std/assert";
import { randomFrom } from "../support/random.ts";
import { means, type Sample, slopeOf } from "./slope.ts";

Deno.test("slopeOf() finds a line, and no error where all values are on it", () => {
  const line: Sample[] = [[1, 5], [2, 7], [4, 11], [8, 19]];
  assertEquals(slopeOf(line), { slope: 2, error: 0 });
  assertEquals(slopeOf([[1, 1], [2, 2]]), null);
});

Deno.test("slopeOf() finds growth in noise, and none where there is only noise", () => {
  const { next } = randomFrom(3);
  const noise: Sample[] = Array.from({ length: 40 }, (_, n) => [n, next()]);
  const still = slopeOf(noise)!;
  assert(Math.abs(still.slope) <= 2 * still.error);
  const grows = slopeOf(noise.map(([at, value]) => [at, value + at / 10]))!;
  assert(grows.slope > 2 * grows.error);
});

Deno.test("means() takes one value for each span", () => {
  assertEquals(
    means([[0, 1], [0.4, 3], [0.6, 8], [2.1, 4]], 0.5),
    [[0.2, 2], [0.6, 8], [2.1, 4]],
  );
});
