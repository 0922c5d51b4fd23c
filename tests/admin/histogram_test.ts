import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  bucketOf,
  createHistogram,
  FINE_BUCKETS,
  observeTime,
  quantileOf,
} from "../../lib/admin/histogram.ts";

Deno.test("a time counts in the first bucket whose bound it does not exceed", () => {
  const histogram = createHistogram([0.001, 0.01]);
  for (const milliseconds of [0, 1, 1.001, 10, 11]) {
    observeTime(histogram, milliseconds);
  }
  assertEquals([...histogram.counts], [2, 2, 1]);
  assertEquals(Math.round(histogram.sum * 1e6), 23001);
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
