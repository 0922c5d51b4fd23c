import { assertEquals } from "@std/assert";
import { hideOf } from "../../lib/config/policy_hide.ts";
import { compile } from "../../lib/policy/compile.ts";
import { sensitiveReads } from "../../lib/policy/warnings.ts";
import { grants } from "../support/grants.ts";

/** The warnings for switches, and for rules. */
function warned(...given: Parameters<typeof grants>): string[] {
  return sensitiveReads(compile(grants(...given)));
}

const GATES_OFF = {
  ALLOW_LOGS: 0,
  ALLOW_ARCHIVE: 0,
  ALLOW_EXPORT: 0,
  ALLOW_CHANGES: 0,
  ALLOW_TOP: 0,
} as const;

Deno.test("sensitiveReads() names what CONTAINERS=1 also grants, and how to remove it", () => {
  assertEquals(warned({ CONTAINERS: 1 }), [
    "CONTAINERS=1 also grants container.inspect (environments) and container.logs, container.archive.get, container.archive.stat, container.export, container.top of every container; remove the latter with ALLOW_LOGS=0 ALLOW_ARCHIVE=0 ALLOW_EXPORT=0 ALLOW_CHANGES=0 ALLOW_TOP=0",
  ]);
});

Deno.test("sensitiveReads() leaves out the gates that are set, on or off", () => {
  assertEquals(
    warned({ CONTAINERS: 1, ...GATES_OFF, ALLOW_LOGS: 1 }),
    [],
  );
  const { ALLOW_LOGS: _, ALLOW_TOP: __, ...others } = GATES_OFF;
  assertEquals(warned({ CONTAINERS: 1, ...others }), [
    "CONTAINERS=1 also grants container.inspect (environments) and container.logs, container.top of every container; remove the latter with ALLOW_LOGS=0 ALLOW_TOP=0",
  ]);
});

Deno.test("sensitiveReads() leaves out what a deny rule takes", () => {
  assertEquals(
    warned({ CONTAINERS: 1 }, {
      deny: ["container.archive.get", "container.export"],
    }),
    [
      "CONTAINERS=1 also grants container.inspect (environments) and container.logs, container.archive.stat, container.top of every container; remove the latter with ALLOW_LOGS=0 ALLOW_ARCHIVE=0 ALLOW_CHANGES=0 ALLOW_TOP=0",
    ],
  );
  assertEquals(
    warned({ CONTAINERS: 1 }, { deny: ["container.*"] }),
    [],
  );
});

Deno.test("sensitiveReads() says nothing without CONTAINERS=1", () => {
  assertEquals(warned({}), []);
  assertEquals(warned({ CONTAINERS: 0 }), []);
  assertEquals(warned({ IMAGES: 1, POST: 1 }), []);
  assertEquals(warned({ CONTAINERS: 0 }, { allow: ["container.*"] }), []);
});

Deno.test("sensitiveReads() does not speak of environments that are hidden", () => {
  const hide = hideOf(["env"]);
  assertEquals(
    sensitiveReads(compile({ ...grants({ CONTAINERS: 1 }), hide })),
    [
      "CONTAINERS=1 also grants container.archive.stat, container.top of every container; remove the latter with ALLOW_ARCHIVE=0 ALLOW_CHANGES=0 ALLOW_TOP=0",
    ],
  );
});
