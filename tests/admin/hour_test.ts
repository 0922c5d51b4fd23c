import { assertEquals } from "@std/assert";
import { ratesOf, seriesOf, STEPS } from "../../lib/admin/hour.ts";
import {
  createWatch,
  observeRequest,
  type Watch,
} from "../../lib/admin/watch.ts";
import { recordOf } from "../support/admin.ts";

const START = 1_700_000_000_000;
const REFUSED = { code: "policy.not_granted", engineMs: null } as const;
const FAILED = { code: "engine.closed", engineMs: null } as const;

const series = (watch: Watch, now: number) => seriesOf(watch.hour, watch, now);
const rates = (watch: Watch, now: number) => ratesOf(watch.hour, watch, now);

Deno.test("a request counts in the step of its time, and leaves after an hour", () => {
  const watch = createWatch(START);
  observeRequest(watch, recordOf(), START);
  observeRequest(watch, recordOf(REFUSED), START + 9_999);
  observeRequest(watch, recordOf(FAILED), START + 10_000);
  const { requests, refused, failed, end } = series(watch, START + 10_000);
  assertEquals(requests.slice(-3), [0, 2, 1]);
  assertEquals(refused.slice(-3), [0, 1, 0]);
  assertEquals(failed.slice(-3), [0, 0, 1]);
  assertEquals(end, new Date(START + 20_000).toISOString());
  const later = series(watch, START + STEPS * 10_000);
  assertEquals(later.requests.slice(0, 2), [1, 0]);
  assertEquals(
    series(watch, START + (STEPS + 1) * 10_000).requests,
    new Array(STEPS).fill(0),
  );
});

Deno.test("the times of a step are those of its requests alone", () => {
  const watch = createWatch(START);
  const near = (found: number | null | undefined, wanted: number) =>
    assertEquals(Math.abs((found ?? NaN) - wanted) < wanted / 4, true);
  observeRequest(watch, recordOf({ engineMs: 100 }), START);
  observeRequest(watch, recordOf({ engineMs: 5 }), START + 10_000);
  const { engine_p50_ms, engine_p99_ms } = series(watch, START + 20_000);
  assertEquals(engine_p50_ms.at(-1), null);
  near(engine_p99_ms.at(-2), 5);
  near(engine_p99_ms.at(-3), 100);
  assertEquals(engine_p50_ms.at(-4), null);
});

Deno.test("a step without a time has none", () => {
  const watch = createWatch(START);
  observeRequest(watch, recordOf(REFUSED), START);
  const { engine_p50_ms, own_p99_ms } = series(watch, START);
  assertEquals(engine_p50_ms.at(-1), null);
  assertEquals(own_p99_ms.at(-1) !== null, true);
  assertEquals(own_p99_ms.at(-2), null);
});

Deno.test("a would-be refusal counts as a refusal", () => {
  const watch = createWatch(START);
  const record = recordOf({ wouldRefuse: "policy.not_granted" });
  observeRequest(watch, record, START);
  assertEquals(series(watch, START).refused.at(-1), 1);
});

Deno.test("a clock that is set back, or far ahead, breaks nothing", () => {
  const watch = createWatch(START);
  observeRequest(watch, recordOf(), START);
  observeRequest(watch, recordOf(), START - 3_600_000);
  assertEquals(series(watch, START).requests.at(-1), 2);
  observeRequest(watch, recordOf(), START + 1e10);
  const { requests } = series(watch, START + 1e10);
  assertEquals(requests.reduce((sum, one) => sum + one), 1);
});

Deno.test("rates are those of the last ten whole seconds", () => {
  const watch = createWatch(START);
  for (let second = 0; second < 10; second++) {
    observeRequest(watch, recordOf(), START + second * 1000);
    observeRequest(watch, recordOf(REFUSED), START + second * 1000 + 999);
  }
  assertEquals(rates(watch, START + 9_999), { requests: 1.8, refused: 0.9 });
  assertEquals(rates(watch, START + 10_000), { requests: 2, refused: 1 });
  assertEquals(rates(watch, START + 15_000), { requests: 1, refused: 0.5 });
  assertEquals(rates(watch, START + 60_000), { requests: 0, refused: 0 });
});
