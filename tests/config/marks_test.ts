import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  mark,
  MARK_CHARACTERS,
  offsetOf,
  unmark,
} from "../../lib/config/marks.ts";

/** The text of each token that is marked, up to the next one. */
function marked(text: string): string[] {
  const { offsets } = mark(text);
  return offsets.map((at, i) => text.slice(at, offsets[i + 1]).trim());
}

Deno.test("mark() marks keys and scalars, and no indicators, anchors, aliases or tagged values", () => {
  assertEquals(marked("a: b"), ["a:", "b"]);
  assertEquals(marked("- a\n- 'b'\n"), ["a\n-", "'b'"]);
  assertEquals(marked('{ a: [b, "c"] }'), ["a: [", "b,", '"c"] }']);
  assertEquals(marked("a: &x b\nc: *x\n").length, 3);
  assertEquals(marked("a: !!str b\nc: d\n").length, 3);
  assertEquals(marked("a: |\n  b\n").length, 2);
});

Deno.test("mark() puts the mark of a quoted scalar behind its quote", () => {
  assertEquals(mark("'a'").text, "'\uE0000\uE001a'");
  assertEquals(mark("a").text, "\uE0000\uE001a");
});

Deno.test("unmark() takes back what mark() puts into any text", () => {
  const unit = fc.constantFrom(..."ab:-, []{}'\"#&*!|>%\n\t\\é😀");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
      const { text: withMarks, offsets } = mark(text);
      assertEquals(unmark(withMarks), text);
      assertEquals(offsets, [...offsets].sort((a, b) => a - b));
      assertEquals(MARK_CHARACTERS.test(withMarks), offsets.length > 0);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("offsetOf() knows a text by the mark at its start alone", () => {
  const marks = mark("a: b");
  assertEquals(offsetOf(marks, "\uE0001\uE001b"), 3);
  assertEquals(offsetOf(marks, "x\uE0001\uE001b"), null);
  assertEquals(offsetOf(marks, "\uE0002\uE001b"), null);
  assertEquals(offsetOf(marks, "b"), null);
});
