import { assert, assertEquals } from "@std/assert";
import {
  CLOCK_STARTS,
  DAY,
  earliestEnd,
  formatUntil,
  isClockSet,
  isOver,
  parseUntil,
  timeLeft,
} from "../../lib/policy/until.ts";
import { parseRule, type Rule } from "../../lib/policy/rules.ts";

function ending(until?: number): Rule {
  const rule = parseRule("system.ping", "policy.yaml:1:1") as Rule;
  return until === undefined ? rule : { ...rule, until };
}

for (
  const [text, read] of [
    ["2027-03-01", "2027-03-01T00:00:00.000Z"],
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
    ["2027-03-01T18:00:00Z", "2027-03-01T18:00:00.000Z"],
    ["2027-03-01t18:00:00z", "2027-03-01T18:00:00.000Z"],
    ["2027-03-01T18:00:00+01:00", "2027-03-01T17:00:00.000Z"],
    ["2027-03-01T18:00:00-05:30", "2027-03-01T23:30:00.000Z"],
    ["2027-12-31T23:59:59.9999-00:01", "2028-01-01T00:00:59.999Z"],
  ] as const
) {
  Deno.test(`parseUntil() reads ${text}`, () => {
    assertEquals(new Date(parseUntil(text)!).toISOString(), read);
  });
}

for (
  const text of [
    "",
    "2027",
    "2027-03",
    "2027-3-1",
    "2027-02-29",
    "2027-02-30",
    "2027-04-31",
    "2027-13-01",
    "2027-00-01",
    "0027-03-01",
    "27-03-01",
    " 2027-03-01",
    "2027-03-01 ",
    "2027-03-01\n",
    "2027-03-01T18:00:00",
    "2027-03-01T18:00Z",
    "2027-03-01 18:00:00Z",
    "2027-03-01T24:00:00Z",
    "2027-03-01T18:60:00Z",
    "2027-03-01T18:00:60Z",
    "2027-03-01T18:00:00+24:00",
    "2027-03-01T18:00:00+0100",
    "2027-03-01T18:00:00 CET",
    "tomorrow",
    "1803859200000",
  ]
) {
  Deno.test(`parseUntil() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(parseUntil(text), null);
  });
}

Deno.test("formatUntil() writes whole seconds without a fraction", () => {
  assertEquals(
    formatUntil(parseUntil("2027-03-01T18:00:00+01:00")!),
    "2027-03-01T17:00:00Z",
  );
  assertEquals(
    formatUntil(parseUntil("2027-03-01T18:00:00.5Z")!),
    "2027-03-01T18:00:00.500Z",
  );
});

Deno.test("isOver() holds from the moment itself on, and never for a rule without an end", () => {
  const end = CLOCK_STARTS + 1000;
  assertEquals(isOver(ending(end), end - 1), false);
  assertEquals(isOver(ending(end), end), true);
  assertEquals(isOver(ending(), Infinity), false);
});

Deno.test("isOver() holds for each rule with an end where the clock is not set", () => {
  for (const now of [0, CLOCK_STARTS - 1]) {
    assert(!isClockSet(now));
    assert(isOver(ending(Date.UTC(2099, 0, 1)), now));
    assert(!isOver(ending(), now));
  }
  assert(isClockSet(CLOCK_STARTS));
  assert(!isOver(ending(Date.UTC(2099, 0, 1)), CLOCK_STARTS));
});

Deno.test("earliestEnd() is null where no rule ends", () => {
  assertEquals(earliestEnd([]), null);
  assertEquals(earliestEnd([ending()]), null);
  assertEquals(earliestEnd([ending(3), ending(), ending(2)]), 2);
});

for (
  const [milliseconds, words] of [
    [15 * DAY, "15 days"],
    [2 * DAY - 1, "1 day"],
    [DAY - 1, "23 hours"],
    [3_600_000, "1 hour"],
    [3_599_999, "59 minutes"],
    [59_999, "less than a minute"],
  ] as const
) {
  Deno.test(`timeLeft() of ${milliseconds} ms is ${words}`, () => {
    assertEquals(timeLeft(milliseconds), words);
  });
}
