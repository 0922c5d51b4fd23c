import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  age,
  ago,
  bytes,
  clock,
  counted,
  milliseconds,
  rate,
  visible,
  visibleLines,
} from "../../web/format.ts";

Deno.test("what cannot be seen is shown, everything else is left alone", () => {
  assertEquals(visible("a\u202eb\n\u0000"), "a\\u{202e}b\\u{a}\\u{0}");
  assertEquals(visible("<b>ö 漢</b>"), "<b>ö 漢</b>");
  assertEquals(visibleLines("a\u200b\nb"), "a\\u{200b}\nb");
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme-ascii" }),
      (text) => assertEquals(visible(text), text),
    ),
  );
});

Deno.test("bytes stand in the largest unit that leaves a number of one or more", () => {
  assertEquals(
    [0, 1023, 1024, 1536, 734_003_200, 2 ** 50].map(bytes),
    ["0 B", "1023 B", "1 KiB", "1.5 KiB", "700 MiB", "1024 TiB"],
  );
});

Deno.test("ages have their two largest units", () => {
  assertEquals(
    [-3, 0, 59.9, 60, 92, 3605, 10_790, 90_000, 86_405].map(age),
    [
      "0 s",
      "0 s",
      "59 s",
      "1 min",
      "1 min 32 s",
      "1 h",
      "2 h 59 min",
      "1 d 1 h",
      "1 d",
    ],
  );
});

Deno.test("milliseconds, rates and counts are as exact as they are read", () => {
  assertEquals(
    [null, 0, 0.06, 1.84, 99.94, 1240, 61_000].map(milliseconds),
    ["–", "0.0 ms", "0.06 ms", "1.8 ms", "99.9 ms", "1,240 ms", "61.0 s"],
  );
  assertEquals([0, 0.25, 9.96, 14.2, 2000].map(rate), [
    "0",
    "0.3",
    "10.0",
    "14",
    "2,000",
  ]);
  assertEquals([counted(1, "row"), counted(2000, "row")], [
    "1 row",
    "2,000 rows",
  ]);
});

Deno.test("times are told as times of day, and as how long ago", () => {
  assertEquals(
    /^\d\d:\d\d:07\.312$/.test(clock("2026-01-15T10:42:07.312Z", true)),
    true,
  );
  assertEquals(clock("no time"), "–");
  const now = Date.parse("2026-01-15T10:42:07.312Z");
  assertEquals(ago("2026-01-15T10:41:07.312Z", now), "1 min ago");
  assertEquals(ago("2026-01-15T10:42:08.000Z", now), "just now");
  assertEquals(ago(null, now), "never");
});
