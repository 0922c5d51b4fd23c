import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { editParsed, keepParsed } from "../../../lib/guard/hide/parsed.ts";
import { addPath, emptyTree } from "../../../lib/guard/hide/tree.ts";
import { editPaths, keepPaths } from "../../../lib/guard/hide/walk.ts";

function tree(paths: readonly string[][]) {
  const tree = emptyTree<true>();
  for (const path of paths) addPath(tree, path, () => true);
  return tree;
}

/** What `editParsed()` makes of a text, as `editPaths()` says it. */
function edited(text: string, paths: readonly string[][]) {
  const value = JSON.parse(text);
  const problem = editParsed(
    value,
    tree(paths),
    (before, _, path) =>
      before === 1 ? null : before === 2 ? { problem: path } : { value: "new" },
  );
  return problem === null ? JSON.stringify(value) : { problem };
}

function kept(text: string, paths: readonly string[][]) {
  const value = JSON.parse(text);
  const problem = keepParsed(value, tree(paths));
  return problem === null ? JSON.stringify(value) : { problem };
}

Deno.test("values at paths are edited, kept, or have a problem", () => {
  const text = '{"A":{"b":0,"c":1},"L":[{"d":0},{"d":1,"e":0}],"n":null}';
  assertEquals(
    edited(text, [["a", "*"], ["l", "[]", "d"], ["n", "x"]]),
    '{"A":{"b":"new","c":1},"L":[{"d":"new"},{"d":1,"e":0}],"n":null}',
  );
  assertEquals(edited('{"a":[1,2,0]}', [["a", "[]"]]), { problem: "a[]" });
  assertEquals(
    kept(text, [["A", "b"], ["L", "[]", "e"], ["n", "x"], ["l"]]),
    '{"A":{"b":0},"L":[{},{"e":0}],"n":null}',
  );
});

Deno.test("editing and keeping agree with what is done on texts", () => {
  const key = fc.constantFrom("a", "B", "c", "__proto__");
  const leaf = fc.constantFrom<unknown>(null, 1, 2, "x", true, [], {}, [{}]);
  const holder = (inner: fc.Arbitrary<unknown>) =>
    fc.oneof(
      fc.array(inner, { maxLength: 3 }),
      fc.dictionary(key, inner, { maxKeys: 3 }),
    );
  const inner = fc.oneof(leaf, holder(leaf));
  const answer = fc.dictionary(
    key,
    fc.oneof(inner, holder(inner), holder(inner)),
    { maxKeys: 4 },
  );
  const path = fc.array(fc.constantFrom("a", "b", "B", "*", "[]"), {
    minLength: 1,
    maxLength: 4,
  }).filter(([first]) => first !== "[]");
  const paths = fc.array(path, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(answer, paths, (answer, paths) => {
      const text = JSON.stringify(answer);
      assertEquals(
        edited(text, paths),
        editPaths(
          text,
          tree(paths),
          (raw, _, path) =>
            raw === "1" ? null : raw === "2" ? { problem: path } : '"new"',
        ),
      );
      assertEquals(kept(text, paths), keepPaths(text, tree(paths)));
    }),
    { numRuns: 2000 },
  );
});
