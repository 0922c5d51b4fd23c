/** What became of a call. */

import { assertEquals } from "@std/assert";
import { outcomeOf } from "../../lib/learn/outcome.ts";
import { REASONS } from "../../lib/observe/reasons.ts";

Deno.test("a call is served, failed, refused or malformed", () => {
  for (
    const [code, status, outcome] of [
      ["request.completed", 200, "served"],
      ["request.completed", 101, "served"],
      ["request.completed", 304, "served"],
      ["client.closed", 200, "served"],
      ["policy.revoked", 200, "served"],
      ["request.completed", 404, "failed"],
      ["request.completed", 409, "failed"],
      ["client.closed", 0, "failed"],
      ["engine.unreachable", 502, "failed"],
      ["api.no_such_name", 404, "failed"],
      ["policy.not_granted", 403, "refused"],
      ["policy.out_of_scope", 404, "refused"],
      ["identity.unknown", 502, "refused"],
      ["engine.scope_unknown", 502, "refused"],
      ["http.bad_target", 400, "malformed"],
      ["api.browser", 403, "malformed"],
      ["later.code", 200, "served"],
    ] as const
  ) {
    const call = { method: "GET", code, status };
    assertEquals(outcomeOf(call), outcome, `${code} ${status}`);
  }
});

Deno.test("a HEAD that was told that nothing is there was served", () => {
  const outcome = (status: number, code = "request.completed") =>
    outcomeOf({ method: "HEAD", code, status });
  assertEquals(outcome(404), "served");
  assertEquals(outcome(500), "failed");
  assertEquals(outcome(404, "policy.out_of_scope"), "refused");
});

Deno.test("no code of the policy counts as served, but for the end of a stream", () => {
  for (const code of Object.keys(REASONS)) {
    if (!code.startsWith("policy.") || code === "policy.revoked") continue;
    const call = { method: "GET", code, status: 200 };
    assertEquals(outcomeOf(call), "refused", code);
  }
});
