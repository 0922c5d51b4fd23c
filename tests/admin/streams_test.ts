import { assertEquals } from "@std/assert";
import {
  createRates,
  MAX_STREAMS,
  streamsAnswer,
} from "../../lib/admin/streams.ts";
import type { OpenRequest } from "../../lib/proxy/under_way.ts";

function open(differs: Partial<OpenRequest> = {}): OpenRequest {
  return {
    id: 1,
    client: "",
    container: "",
    remote: "172.18.0.3",
    operation: "container.logs",
    method: "GET",
    path: "/containers/web/logs",
    kind: "stream",
    ageMs: 2000,
    bytesIn: 0,
    bytesOut: 1000,
    ...differs,
  };
}

function rate(
  rates: ReturnType<typeof createRates>,
  now: number,
  differs: Partial<OpenRequest>,
): number {
  return streamsAnswer(rates, [open(differs)], now).streams[0]!
    .bytes_per_second;
}

Deno.test("the first rate is the mean since the start, later ones since the last look", () => {
  const rates = createRates();
  assertEquals(rate(rates, 10_000, { bytesOut: 1000 }), 500);
  assertEquals(rate(rates, 12_000, { bytesIn: 500, bytesOut: 1500 }), 500);
  assertEquals(rate(rates, 14_000, { bytesIn: 500, bytesOut: 1500 }), 0);
});

Deno.test("a second look within a second tells the same rate", () => {
  const rates = createRates();
  rate(rates, 10_000, { bytesOut: 1000 });
  assertEquals(rate(rates, 10_500, { bytesOut: 9000 }), 500);
  assertEquals(rate(rates, 12_000, { bytesOut: 9000 }), 4000);
});

Deno.test("a stream that has just begun has no endless rate", () => {
  assertEquals(rate(createRates(), 0, { ageMs: 0, bytesOut: 1000 }), 1000);
});

Deno.test("what is no longer open is forgotten, and the oldest are told of", () => {
  const rates = createRates();
  const many = Array.from({ length: 600 }, (_, id) => open({ id }));
  const { streams, total } = streamsAnswer(rates, many, 0);
  assertEquals([streams.length, total], [MAX_STREAMS, 600]);
  assertEquals(streams[0]!.id, 0);
  streamsAnswer(rates, [], 1);
  assertEquals(rates.looks.size, 0);
});

Deno.test("when it started is told by its age", () => {
  const [one] = streamsAnswer(createRates(), [open()], 1_700_000_002_000)
    .streams;
  assertEquals(one!.started, new Date(1_700_000_000_000).toISOString());
  assertEquals(one!.age_seconds, 2);
});
