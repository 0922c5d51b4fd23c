/** When a scope provably covers another one. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  judgeObject,
  namePattern,
  type ObjectScope,
} from "../../lib/policy/scope.ts";
import { covers } from "../../lib/policy/scope_cover.ts";
import { policyFile } from "../support/policy.ts";

/** A scope on containers as a policy file has it. */
function scope(text: string): ObjectScope {
  const { file } = policyFile(
    `default: { allow: [container.list], containers: ${text} }\n`,
  );
  return file!.rest.scope!.containers as ObjectScope;
}

for (
  const [wide, narrow, isCovered] of [
    ["{ label: a }", "{ label: a }", true],
    ["{ label: a }", "{ label: a=1 }", true],
    ["{ label: a=1 }", "{ label: a }", false],
    ["{ label: [a, b] }", "{ label: b }", true],
    ["{ label: b }", "{ label: [a, b] }", false],
    ["{ label: a }", "{ label: a, name: web }", true],
    ["{ label: a, name: web }", "{ label: a }", false],
    ["{ name: 'web-*' }", "{ name: 'web-1' }", true],
    ["{ name: 'web-*' }", "{ name: 'web-*-x' }", true],
    ["{ name: 'web-*-x' }", "{ name: 'web-*' }", false],
    ["{ name: 'web-1' }", "{ name: 'web-*' }", false],
    ["{ project: shop }", "{ project: shop, not: { name: db } }", true],
    ["{ project: shop, not: { name: db } }", "{ project: shop }", false],
    [
      "{ project: shop, not: { name: db } }",
      "{ project: shop, not: [{ name: 'd*' }, { label: x }] }",
      true,
    ],
    [
      "{ project: shop, not: { name: 'd*' } }",
      "{ project: shop, not: { name: db } }",
      false,
    ],
    ["[{ name: a }, { label: b }]", "{ label: b=1 }", true],
    ["{ label: b }", "[{ name: a }, { label: b }]", false],
  ] as const
) {
  Deno.test(`${wide} ${isCovered ? "covers" : "need not cover"} ${narrow}`, () => {
    assertEquals(covers(scope(wide), scope(narrow)), isCovered);
  });
}

Deno.test("what is inside a scope is inside every scope that covers it", () => {
  const pattern = fc.array(fc.constantFrom("a", "b", "*"), { maxLength: 4 })
    .map((parts) => namePattern(parts.join("")));
  const label = fc.record({
    key: fc.constantFrom("k", "l"),
    value: fc.constantFrom(null, "1", "2"),
  });
  const alternative = fc.record({
    name: fc.array(pattern, { maxLength: 2 }),
    label: fc.array(label, { maxLength: 2 }),
    project: fc.constant([]),
    not: fc.array(
      fc.record({
        name: fc.array(pattern, { minLength: 1, maxLength: 2 }),
        label: fc.array(label, { maxLength: 1 }),
        project: fc.constant([]),
        not: fc.constant([]),
      }),
      { maxLength: 1 },
    ),
  });
  const any = fc.array(alternative, { minLength: 1, maxLength: 2 })
    .map((anyOf) => ({ setting: "", anyOf }));
  const facts = fc.record({
    id: fc.constant("x"),
    name: fc.array(fc.constantFrom("a", "b"), { maxLength: 4 })
      .map((letters) => letters.join("")),
    labels: fc.dictionary(fc.constantFrom("k", "l"), fc.constantFrom("1", "2"))
      .map((labels) => new Map(Object.entries(labels))),
  });
  let proven = 0;
  fc.assert(
    fc.property(any, any, fc.array(facts, { maxLength: 20 }), (a, b, all) => {
      if (!covers(a, b)) return;
      proven++;
      for (const one of all) {
        if (!judgeObject("containers", b, one).inside) continue;
        assertEquals(judgeObject("containers", a, one).inside, true);
      }
    }),
    { numRuns: 3000 },
  );
  assertEquals(proven > 20, true, `${proven} were proven`);
});
