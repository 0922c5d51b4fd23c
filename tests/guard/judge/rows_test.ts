import { assertEquals } from "@std/assert";
import { OPERATIONS } from "../../../lib/docker/operations.ts";
import { KNOB_ROWS } from "../../../lib/guard/knobs.ts";
import { GUARD_WAYS, guardWay } from "../../../lib/guard/judge/rows.ts";
import { isJudged } from "../../../lib/guard/schema/operations.ts";

Deno.test("GUARD_WAYS has one row for each operation, and no other", () => {
  const names = OPERATIONS.map(({ name }) => name);
  assertEquals(
    [...GUARD_WAYS.keys()].sort(),
    names.sort(),
  );
});

Deno.test("guardWay() refuses an operation that has no row", () => {
  assertEquals(guardWay("container.new"), {
    kind: "never",
    reads: "path",
    knob: null,
  });
});

Deno.test("GUARD_WAYS judges by the body only where it has a table", () => {
  for (const [name, { kind }] of GUARD_WAYS) {
    if (kind === "body") assertEquals(isJudged(name), true, name);
  }
});

Deno.test("GUARD_WAYS names knobs that there are", () => {
  for (const [name, { knob }] of GUARD_WAYS) {
    if (knob !== null) assertEquals(KNOB_ROWS.has(knob), true, name);
  }
});

Deno.test("GUARD_WAYS leaves nothing of podman's own API free that runs code", () => {
  for (const { name, access } of OPERATIONS) {
    if (!name.startsWith("libpod.") || access !== "exec") continue;
    assertEquals(guardWay(name).kind === "free", false, name);
  }
});
