/** Texts of clients in YAML. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseYaml } from "../../lib/config/yaml.ts";
import {
  commentLines,
  commentText,
  flowList,
  scalar,
} from "../../lib/learn/yaml_text.ts";
import { NASTY } from "./nasty.ts";

Deno.test("the reader gives back every character of a value", () => {
  const same = (text: string) =>
    assertEquals(parseYaml(`key: ${scalar(text)}\n`), { value: { key: text } });
  for (
    const text of ["", "yes", "NULL", "1", "1.5", "a", "container.list", "~"]
  ) {
    same(text);
  }
  fc.assert(fc.property(NASTY, same));
  fc.assert(fc.property(
    fc.array(NASTY, { maxLength: 4 }),
    (texts) =>
      assertEquals(parseYaml(`a: ${flowList(texts)}\n`), {
        value: { a: texts },
      }),
  ));
});

Deno.test("a text in a comment stays in it, on one line, and is bounded", () => {
  fc.assert(fc.property(NASTY, (text) => {
    const shown = commentText(text);
    assert(shown.length <= 161, shown);
    assert(/^[\x20-\x7e\p{L}\p{N}…]*$/u.test(shown), shown);
    assertEquals(parseYaml(`a: 1 # ${shown}\nb: 2\n`), {
      value: { a: 1, b: 2 },
    });
  }));
});

Deno.test("letters that are not seen, or turn the order of what is beside them, are escaped", () => {
  const letters = ["\u115f", "\u1160", "\u3164", "\uffa0"]
    .concat("\u05d0", "\u0627", "\u0661", "\ufb1d", "\ufe8d", "\u{10900}")
    .concat("\u{1e900}");
  for (const letter of letters) {
    const text = `a${letter}`;
    assert(/^[\x20-\x7e]+$/.test(scalar(text)), scalar(text));
    assert(/^[\x20-\x7e]+$/.test(commentText(text)), commentText(text));
    assertEquals(parseYaml(`a: ${scalar(text)}\n`), { value: { a: text } });
  }
  assertEquals(scalar("größe"), '"größe"');
});

Deno.test("different texts stay different in comments", () => {
  assertEquals(commentText("a\nb"), "a\\u{a}b");
  assertEquals(commentText("a\\u{a}b"), "a\\\\u{a}b");
});

Deno.test("words are broken into lines of comments, each with its prefix", () => {
  const lines = commentLines("  # ", "word ".repeat(60).trim());
  assert(lines.length > 1);
  for (const line of lines) {
    assert(line.startsWith("  # word") && line.length <= 100, line);
  }
});
