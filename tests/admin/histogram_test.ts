import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  boundsOf,
  bucketOf,
  createHistogram,
  FINE_BUCKETS,
  observeTime,
  quantileOf,
} from "../../lib/admin/histogram.ts";

Deno.test("a bound counts what was not beyond it", () => {
  const histogram = createHistogram();
  for (const time of [0, 0.001, 0.5, 1.023, 1.025, 2, 100, 1e7]) {
    observeTime(histogram, time);
  }
  const { bounds, count } = boundsOf(histogram, 10, 12);
  assertEquals(count, 8);
  assertEquals(bounds, [
    { seconds: 0.001024, count: 4 },
    { seconds: 0.002048, count: 6 },
    { seconds: 0.004096, count: 6 },
  ]);
  assertEquals(Math.round(histogram.sum), 10_000_105);
});

Deno.test("every time has a bucket, and a longer one has none below", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (one, other) => {
        const [short, long] = one < other ? [one, other] : [other, one];
        assert(bucketOf(short) <= bucketOf(long));
        assert(bucketOf(short) >= 0 && bucketOf(long) < FINE_BUCKETS);
      },
    ),
  );
});

Deno.test("a quantile is right to a quarter, and null where nothing was counted", () => {
  assertEquals(quantileOf([0, 0, 0], 0.5), null);
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 60_000, noNaN: true }), (time) => {
      const counts = new Array(FINE_BUCKETS).fill(0);
      counts[bucketOf(time)] = 1;
      const told = quantileOf(counts, 0.99)!;
      assert(
        Math.abs(told - time) <= time * 0.3 + 0.001,
        `${told} for ${time}`,
      );
    }),
  );
});

Deno.test("a quantile is that of most, not of the longest", () => {
  const counts = new Array(FINE_BUCKETS).fill(0);
  counts[bucketOf(1)] = 98;
  counts[bucketOf(1000)] = 2;
  assert(quantileOf(counts, 0.5)! < 2);
  assert(quantileOf(counts, 0.99)! > 700);
});
