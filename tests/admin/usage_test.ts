import { assert, assertEquals } from "@std/assert";
import {
  allUses,
  countUse,
  createUsage,
  findUse,
  MAX_OUTCOMES,
  MAX_USES,
  timesOf,
} from "../../lib/admin/usage.ts";
import { REASONS } from "../../lib/observe/reasons.ts";
import type { ReasonCode } from "../../lib/observe/reasons.ts";
import { recordOf } from "../support/admin.ts";

Deno.test("requests are counted by client, operation, and what they came to", () => {
  const usage = createUsage();
  countUse(usage, recordOf({ client: "web" }), 1000);
  countUse(usage, recordOf({ client: "web" }), 2000);
  countUse(
    usage,
    recordOf({ client: "web", code: "policy.not_granted" }),
    3000,
  );
  countUse(usage, recordOf({ client: "ci" }), 4000);
  const use = findUse(usage, "web", "container.list")!;
  assertEquals(timesOf(use, "allowed"), 2);
  assertEquals(timesOf(use, "refused"), 1);
  assertEquals([use.lastUsed, use.lastRefused], [2000, 3000]);
  assertEquals(allUses(usage).length, 2);
});

Deno.test("what a dry run let through counts under the reason of the refusal", () => {
  const usage = createUsage();
  const { outcomes, lastRefused } = countUse(
    usage,
    recordOf({ wouldRefuse: "policy.denied" }),
    5,
  );
  assertEquals(outcomes, [
    { decision: "would_refuse", code: "policy.denied", count: 1 },
  ]);
  assertEquals(lastRefused, 5);
});

Deno.test("the number of series is bounded: the rest is one other", () => {
  const usage = createUsage();
  const codes = Object.keys(REASONS) as ReasonCode[];
  let sent = 0;
  for (let i = 0; i < 2 * MAX_USES; i++) {
    const code = codes[i % codes.length]!;
    countUse(usage, recordOf({ client: `c${i}`, code }), 1);
    sent++;
  }
  for (let i = 0; i < MAX_USES; i++) {
    for (const code of codes) {
      countUse(usage, recordOf({ client: `c${i}`, code }), 1);
      sent++;
    }
  }
  const outcomes = allUses(usage).flatMap(({ outcomes }) => outcomes);
  assert(allUses(usage).length <= MAX_USES + 1);
  assert(outcomes.length <= MAX_OUTCOMES + codes.length);
  assertEquals(outcomes.reduce((sum, { count }) => sum + count, 0), sent);
  assert(timesOf(findUse(usage, "other", "other"), "allowed") > 0);
});
