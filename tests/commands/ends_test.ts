import { assertEquals } from "@std/assert";
import {
  endsBetween,
  endWarnings,
  newlyEnded,
} from "../../lib/commands/ends.ts";
import { grantedOf, grantLines } from "../../lib/commands/grants.ts";
import { differences } from "../../lib/commands/differences.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import { CLOCK_STARTS, DAY, parseUntil } from "../../lib/policy/until.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";

/** Long before, on a clock that is set. */
const START = CLOCK_STARTS;
const END = parseUntil("2027-03-01")!;

function at(now: number, text: string): Policy {
  return compile(
    { ...grants({}), defaultSwitches: false },
    policyFile(text).file,
    now,
  );
}

const CI =
  "clients: { ci: { listen: 'unix:///ci', allow: { rule: image.list, until: 2027-03-01 } } }";
const REST = "default: { allow: { rule: GET /new, until: 2027-03-01 } }";

for (
  const [what, text, now, warnings] of [
    ["15 days before", CI, END - 15 * DAY, []],
    ["14 days before", CI, END - 14 * DAY, [
      "client ci: image.list (policy.yaml:1:55) ends at 2027-03-01T00:00:00Z, in 14 days",
    ]],
    ["an hour before", REST, END - 3_600_000, [
      "default: GET /new (policy.yaml:1:27) ends at 2027-03-01T00:00:00Z, in 1 hour",
    ]],
    ["where the clock is not set", CI, 5000, [
      "the machine's clock shows 1970-01-01T00:00:05Z, so it is not set: until it is, grants that have an end grant nothing (client ci: image.list (policy.yaml:1:55))",
    ]],
    ["where the clock is not set and no grant ends", "default: {}", 5000, []],
    ["at the end", CI, END, [
      "client ci: image.list (policy.yaml:1:55) ended at 2027-03-01T00:00:00Z: remove it, or write a later time",
    ]],
  ] as const
) {
  Deno.test(`endWarnings() ${what}`, () => {
    assertEquals(endWarnings(at(now, text), now), [...warnings]);
  });
}

Deno.test("endsBetween() takes each end once, of times that follow each other", () => {
  const policy = at(END - DAY, CI);
  assertEquals(endsBetween(policy, END - 2, END - 1).length, 0);
  assertEquals(endsBetween(policy, END - 1, END).length, 1);
  assertEquals(endsBetween(policy, END, END + 1).length, 0);
});

Deno.test("newlyEnded() names the rules that ended since, and no others", () => {
  const { file } = policyFile(
    "clients: { ci: { listen: 'unix:///ci', allow: [ { rule: image.list, until: 2027-02-01 }, { rule: exec.start, until: 2027-03-01 } ] } }",
  );
  const compiled = (now: number) => compile(grants({}), file, now);
  assertEquals(newlyEnded(compiled(END - 1), compiled(END)), [
    "client ci: exec.start (policy.yaml:1:98) has ended (until 2027-03-01T00:00:00Z): what it granted is refused, and its streams are closed",
  ]);
});

Deno.test("grantLines() shows the end beside the rule", () => {
  const policy = at(
    START,
    "default: { allow: [ { rule: 'exec.*', until: 2027-03-01 }, { rule: GET /new, until: 2027-03-02 } ] }",
  );
  assertEquals(grantLines(grantedOf(policy.rest)), [
    "policy.yaml:1:29 exec.* until 2027-03-01T00:00:00Z: exec.start, exec.resize, exec.inspect",
    "policy.yaml:1:68 'GET /new' until 2027-03-02T00:00:00Z: this path",
  ]);
});

function rule(until: string | null, text = "image.list"): string {
  return `default: { allow: ${
    until === null ? text : `{ rule: ${text}, until: ${until} }`
  } }`;
}

for (
  const [what, before, after, lines, wider] of [
    [
      "the same end",
      rule("2027-03-01"),
      rule("2027-03-01T00:00:00Z"),
      [],
      false,
    ],
    ["a later end", rule("2027-03-01"), rule("2027-03-02"), [
      "allowed for longer: image.list (until 2027-03-02T00:00:00Z, was until 2027-03-01T00:00:00Z)",
    ], true],
    ["an earlier end", rule("2027-03-02"), rule("2027-03-01"), [
      "allowed for less long: image.list (until 2027-03-01T00:00:00Z, was until 2027-03-02T00:00:00Z)",
    ], false],
    ["an end that is removed", rule("2027-03-01"), rule(null), [
      "allowed for longer: image.list (without an end, was until 2027-03-01T00:00:00Z)",
    ], true],
    ["a new end", rule(null), rule("2027-03-01"), [
      "allowed for less long: image.list (until 2027-03-01T00:00:00Z, was without an end)",
    ], false],
    ["a new grant with an end", "", rule("2027-03-01"), [
      "newly allowed: image.list until 2027-03-01T00:00:00Z",
    ], true],
    [
      "a later end of a path",
      rule("2027-03-01", "GET /new"),
      rule(null, "GET /new"),
      [
        "allowed for longer: GET /new (without an end, was until 2027-03-01T00:00:00Z)",
      ],
      true,
    ],
  ] as const
) {
  Deno.test(`differences() of ${what}`, () => {
    const found = differences(at(START, before), at(START, after));
    assertEquals([found.lines, found.wider], [
      lines.map((line) => `default (all others): ${line}`),
      wider,
    ]);
  });
}
