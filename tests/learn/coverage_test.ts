/** The time that recordings cover. */

import { assertEquals } from "@std/assert";
import {
  durationText,
  secondsOf,
  since,
  spansOf,
} from "../../lib/learn/coverage.ts";

const at = (hour: number) =>
  `2026-11-20T${String(hour).padStart(2, "0")}:00:00Z`;
const run = (from: number, to: number) => ({ from: at(from), to: at(to) });

Deno.test("runs that overlap or touch are one stretch, whatever their order", () => {
  assertEquals(spansOf([run(5, 6), run(1, 3), run(2, 4), run(4, 5)]), [
    run(1, 6),
  ]);
  assertEquals(spansOf([run(5, 6), run(1, 3)]), [run(1, 3), run(5, 6)]);
  assertEquals(spansOf([{ from: "", to: "" }]), []);
});

Deno.test("what lies before a time does not count", () => {
  const spans = [run(1, 3), run(5, 6)];
  assertEquals(secondsOf(spans), 3 * 3600);
  assertEquals(since(spans, at(2)), [run(2, 3), run(5, 6)]);
  assertEquals(since(spans, at(4)), [run(5, 6)]);
});

Deno.test("a duration is told in the largest unit of which there are two", () => {
  assertEquals(
    [1, 59, 120, 7200, 86400, 172800, 30 * 86400].map(durationText),
    [
      "1 second",
      "59 seconds",
      "2 minutes",
      "2 hours",
      "24 hours",
      "2 days",
      "30 days",
    ],
  );
});
