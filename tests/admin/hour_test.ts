import { assertEquals } from "@std/assert";
import { bucketOf } from "../../lib/admin/histogram.ts";
import {
  countInHour,
  createHour,
  ratesOf,
  seriesOf,
  STEPS,
} from "../../lib/admin/hour.ts";

const START = 1_700_000_000_000;

Deno.test("a request counts in the step of its time, and leaves after an hour", () => {
  const hour = createHour(START);
  countInHour(hour, START, "allowed", bucketOf(0.1), bucketOf(2));
  countInHour(hour, START + 9_999, "refused", bucketOf(0.1), -1);
  countInHour(hour, START + 10_000, "failed", bucketOf(0.1), -1);
  const { requests, refused, failed, end } = seriesOf(hour, START + 10_000);
  assertEquals(requests.slice(-2), [2, 1]);
  assertEquals(refused.slice(-2), [1, 0]);
  assertEquals(failed.slice(-2), [0, 1]);
  assertEquals(end, new Date(START + 20_000).toISOString());
  const later = seriesOf(hour, START + STEPS * 10_000);
  assertEquals(later.requests.slice(0, 2), [1, 0]);
  assertEquals(
    seriesOf(hour, START + (STEPS + 1) * 10_000).requests,
    new Array(STEPS).fill(0),
  );
});

Deno.test("a step without a time has none", () => {
  const hour = createHour(START);
  countInHour(hour, START, "refused", bucketOf(0.5), -1);
  const { engine_p50_ms, own_p99_ms } = seriesOf(hour, START);
  assertEquals(engine_p50_ms.at(-1), null);
  assertEquals(own_p99_ms.at(-1) !== null, true);
  assertEquals(own_p99_ms.at(-2), null);
});

Deno.test("a would-be refusal counts as a refusal", () => {
  const hour = createHour(START);
  countInHour(hour, START, "would_refuse", bucketOf(0.5), bucketOf(1));
  assertEquals(seriesOf(hour, START).refused.at(-1), 1);
});

Deno.test("a clock that is set back, or far ahead, breaks nothing", () => {
  const hour = createHour(START);
  countInHour(hour, START, "allowed", bucketOf(1), bucketOf(1));
  countInHour(hour, START - 3_600_000, "allowed", bucketOf(1), bucketOf(1));
  assertEquals(seriesOf(hour, START).requests.at(-1), 2);
  countInHour(hour, START + 1e10, "allowed", bucketOf(1), bucketOf(1));
  const { requests } = seriesOf(hour, START + 1e10);
  assertEquals(requests.reduce((sum, one) => sum + one), 1);
});

Deno.test("rates are those of the last ten whole seconds", () => {
  const hour = createHour(START);
  for (let second = 0; second < 10; second++) {
    countInHour(
      hour,
      START + second * 1000,
      "allowed",
      bucketOf(1),
      bucketOf(1),
    );
    countInHour(hour, START + second * 1000, "refused", bucketOf(1), -1);
  }
  assertEquals(ratesOf(hour, START + 10_000), { requests: 2, refused: 1 });
  assertEquals(ratesOf(hour, START + 15_000), { requests: 1, refused: 0.5 });
  assertEquals(ratesOf(hour, START + 60_000), { requests: 0, refused: 0 });
});
