import { assert, assertEquals } from "@std/assert";
import { ACCESS_CLASSES, OPERATIONS } from "../../lib/docker/operations.ts";
import { compile, type Rights } from "../../lib/policy/compile.ts";
import {
  CLASS_LETTERS,
  classesHeld,
  groupOf,
  heldGroups,
} from "../../lib/policy/groups.ts";
import { grants } from "../support/grants.ts";

/** The rights that rules give, and nothing else. */
function rights(...allow: string[]): Rights {
  return compile({ ...grants({}, { allow }), defaultSwitches: false }).rest;
}

for (
  const [name, group] of [
    ["container.list", "container"],
    ["container.exec.create", "container"],
    ["exec.start", "exec"],
    ["debug.pprof.named", "debug"],
    ["libpod.container.exec.create", "libpod.container"],
    ["libpod.pod.list", "libpod.pod"],
  ] as const
) {
  Deno.test(`groupOf() puts ${name} into ${group}`, () => {
    assertEquals(groupOf(name), group);
  });
}

Deno.test("each operation is in a group with a name that starts its own", () => {
  for (const { name } of OPERATIONS) {
    assert(name.startsWith(`${groupOf(name)}.`), name);
  }
});

Deno.test("classesHeld() shows a capital where all of a class are held, a small letter where some are", () => {
  const held = (...allow: string[]) => classesHeld(rights(...allow), "image");
  assertEquals(held(), "-");
  assertEquals(held("container.*"), "-");
  assertEquals(held("image.*"), "RSWX");
  assertEquals(held("image.*:read"), "R");
  assertEquals(held("image.list"), "r");
  assertEquals(held("image.list", "image.*:write"), "rW");
  assertEquals(held("image.inspect", "image.pull"), "sw");
  // The only one of its class.
  assertEquals(held("image.build"), "X");
});

Deno.test("classesHeld() shows what deny rules leave", () => {
  const policy = compile({
    ...grants({}, { allow: ["image.*"], deny: ["image.list", "*:exec"] }),
    defaultSwitches: false,
  });
  assertEquals(classesHeld(policy.rest, "image"), "rSW");
});

Deno.test("classesHeld() shows nothing of an unknown group", () => {
  assertEquals(classesHeld(rights("*"), "nothing"), "-");
});

Deno.test("classesHeld() distinguishes a group from those whose names start with its own", () => {
  assertEquals(classesHeld(rights("libpod.container.list"), "container"), "-");
  assertEquals(classesHeld(rights("container.exec.create"), "exec"), "-");
});

Deno.test("every access class has its own letter", () => {
  assertEquals(
    Object.keys(CLASS_LETTERS),
    [...ACCESS_CLASSES],
  );
  assertEquals(
    new Set(Object.values(CLASS_LETTERS)).size,
    ACCESS_CLASSES.length,
  );
});

Deno.test("heldGroups() lists the groups with a granted operation, in the order of the table", () => {
  assertEquals(heldGroups([rights()]), []);
  assertEquals(
    heldGroups([rights("image.list"), rights("exec.*", "container.list")]),
    ["container", "exec", "image"],
  );
  assertEquals(
    heldGroups([rights("*")]),
    [...new Set(OPERATIONS.map(({ name }) => groupOf(name)))],
  );
});
