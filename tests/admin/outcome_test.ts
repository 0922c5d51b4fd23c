import { assertEquals } from "@std/assert";
import { BY_CODE, outcomeOf } from "../../lib/admin/outcome.ts";
import { REASONS } from "../../lib/observe/reasons.ts";

Deno.test("every reason code comes to one of the words", () => {
  for (const code of Object.keys(REASONS) as (keyof typeof REASONS)[]) {
    assertEquals(
      ["allowed", "refused", "failed"].includes(BY_CODE[code]),
      true,
      code,
    );
  }
  assertEquals(BY_CODE["policy.guard"], "refused");
  assertEquals(BY_CODE["http.bad_field"], "refused");
  assertEquals(BY_CODE["engine.unreachable"], "failed");
  assertEquals(BY_CODE["client.closed"], "allowed");
});

Deno.test("what only a dry run let through would be refused", () => {
  assertEquals(
    outcomeOf({ code: "request.completed", wouldRefuse: "policy.guard" }),
    "would_refuse",
  );
});
