import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  createDecisions,
  type Decisions,
  keepDecision,
  newestFirst,
} from "../../lib/admin/decision_ring.ts";
import { recordOf } from "../support/admin.ts";

const REFUSED = { code: "policy.not_granted", status: 403 } as const;

function ids(decisions: Decisions, above?: number, below?: number): number[] {
  return [...newestFirst(decisions, above, below)].map(({ id }) => id);
}

Deno.test("what was kept comes newest first, from both rings", () => {
  const decisions = createDecisions();
  for (let i = 0; i < 6; i++) {
    keepDecision(decisions, recordOf(i % 3 === 0 ? REFUSED : {}), i);
  }
  assertEquals(ids(decisions), [6, 5, 4, 3, 2, 1]);
  assertEquals(ids(decisions, 2, 5), [4, 3]);
  assertEquals(ids(createDecisions()), []);
});

Deno.test("in a rush a part is kept of what was let through, and all else", () => {
  const decisions = createDecisions();
  for (let i = 0; i < 100; i++) keepDecision(decisions, recordOf(), 1000);
  for (let i = 0; i < 100; i++) {
    keepDecision(decisions, recordOf(REFUSED), 1049);
  }
  keepDecision(decisions, recordOf(), 1049);
  keepDecision(decisions, recordOf(), 1050);
  const kept = ids(decisions);
  assertEquals(kept.length, 40 + 100 + 1);
  assertEquals([kept[0], kept[1], kept.at(-1)], [202, 200, 1]);
});

Deno.test("a client that polls does not push out what was refused", () => {
  const decisions = createDecisions();
  keepDecision(decisions, recordOf(REFUSED), 0);
  for (let i = 0; i < 10_000; i++) keepDecision(decisions, recordOf(), i);
  const kept = ids(decisions);
  assertEquals(kept.at(-1), 1);
  assertEquals(kept.length, 501);
});

Deno.test("the order holds whatever comes", () => {
  fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 2500 }), (all) => {
    const decisions = createDecisions();
    all.forEach((refused, i) =>
      keepDecision(decisions, recordOf(refused ? REFUSED : {}), i)
    );
    const kept = ids(decisions);
    assertEquals(kept, kept.toSorted((one, other) => other - one));
    assertEquals(kept.length > 0 ? kept[0] : 0, all.length);
  }));
});

Deno.test("long texts are cut, and their characters are bounded", () => {
  const decisions = createDecisions();
  const long = "/" + "a".repeat(100_000);
  for (let i = 0; i < 5000; i++) {
    keepDecision(
      decisions,
      recordOf({ ...REFUSED, path: long, message: long, method: long }),
      i,
    );
  }
  const kept = [...newestFirst(decisions)];
  assert(kept.length > 50);
  const characters = kept.reduce(
    (sum, { record: { path, message, method } }) =>
      sum + path.length + message.length + method.length,
    0,
  );
  assert(characters <= 256 * 1024, `${characters}`);
  assertEquals(kept[0]!.record.path.length, 512);
});

Deno.test("what is kept is a copy", () => {
  const decisions = createDecisions();
  keepDecision(decisions, recordOf({ path: "/a/json", message: "é…" }), 1);
  const [kept] = [...newestFirst(decisions)];
  assertEquals([kept!.record.path, kept!.record.message], ["/a/json", "é…"]);
});

Deno.test("what no answer tells is not kept, so that one request with much of it pushes out no other", () => {
  const decisions = createDecisions();
  keepDecision(decisions, recordOf(REFUSED), 0);
  const long = "a".repeat(512 * 1024);
  keepDecision(
    decisions,
    recordOf({ ...REFUSED, object: long, findings: [long] }),
    1,
  );
  assertEquals(ids(decisions), [2, 1]);
  assert(JSON.stringify([...newestFirst(decisions)]).length < 4096);
});
