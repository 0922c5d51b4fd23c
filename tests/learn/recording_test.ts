/** The lines of a recording. */

import { assertEquals } from "@std/assert";
import {
  cutText,
  lineText,
  MAX_TEXT,
  recordedName,
} from "../../lib/learn/recording.ts";
import { entry } from "./recordings.ts";

Deno.test("a text is cut to its length, and never inside of a character", () => {
  assertEquals(cutText("a".repeat(300)), "a".repeat(MAX_TEXT));
  assertEquals(cutText("ab😀", 3), "ab");
  assertEquals(cutText("ab😀", 4), "ab😀");
});

Deno.test("a name that is too long is not known, since half a name is another name", () => {
  assertEquals(recordedName("a".repeat(MAX_TEXT)), "a".repeat(MAX_TEXT));
  assertEquals(recordedName("a".repeat(MAX_TEXT + 1)), "");
});

Deno.test("a line is one line, whatever a client sent", () => {
  const text = lineText(entry({ path: '/a\nb\r\u2028{"recording":2}' }));
  assertEquals(text.indexOf("\n"), text.length - 1);
  assertEquals(JSON.parse(text).path, '/a\nb\r\u2028{"recording":2}');
});
