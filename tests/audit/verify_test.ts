import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { type Link, NO_LINK, seal } from "../../lib/audit/chain.ts";
import {
  endText,
  startFile,
  startVerification,
  takeLine,
} from "../../lib/audit/verify.ts";
import { encodeUtf8 } from "../../lib/host.ts";

const KEY = encodeUtf8("k".repeat(32));
const OTHER = encodeUtf8("o".repeat(32));
const TIME = `"time":"2026-11-26T12:00:00.000Z"`;

function entry(event: string, more = ""): string {
  return `"event":"${event}",${TIME}${more}`;
}

/** Lines of one chain, one an entry. */
function chain(
  entries: readonly string[],
  from: Link = NO_LINK,
  key = KEY,
): { lines: string[]; link: Link } {
  let link = from;
  const lines = entries.map((one) => {
    const sealed = seal(one, link, key);
    link = sealed.link;
    return sealed.line;
  });
  return { lines, link };
}

const NEW = entry("started", `,"chain":"new","why":"the file was empty"`);
const STOP = entry("stopped");
const ENDED = entry("ended", `,"status":200`);

function verify(...files: (readonly string[])[]) {
  const told: string[] = [];
  const of = startVerification(KEY, ({ file, line, what, breaks }) => {
    told.push(`${file}:${line}:${breaks ? "" : " note:"} ${what}`);
  });
  files.forEach((rows, i) => {
    startFile(of, `f${i + 1}`);
    rows.forEach((row) => takeLine(of, row, true));
  });
  return { told, of };
}

const PLAIN = chain([NEW, ENDED, ENDED, ENDED, STOP]).lines;

Deno.test("a chain that nobody touched fits", () => {
  const { told, of } = verify(PLAIN);
  assertEquals(told, []);
  assertEquals([of.fit, of.broken], [5, false]);
  assertMatch(endText(of), /number 5 .* it is that of a clean stop$/);
});

Deno.test("a line that was changed is found, and only that", () => {
  for (const at of [0, 1, 4]) {
    const rows = PLAIN.with(at, PLAIN[at]!.replace("12:00", "13:00"));
    const { told, of } = verify(rows);
    assertEquals(told, [
      `f1:${
        at + 1
      }: does not fit the key: it was changed, or another key was used`,
    ]);
    assertEquals([of.fit, of.broken], [4, true]);
  }
});

Deno.test("lines that were taken out are counted", () => {
  const { told } = verify(PLAIN.toSpliced(1, 2));
  assertEquals(told, [
    "f1:2: is line number 4 of its chain, and 1 stands before it: 2 lines are missing",
  ]);
});

Deno.test("lines that were moved or repeated are found", () => {
  const [a, b, c, d, e] = PLAIN as [string, string, string, string, string];
  for (const rows of [[a, c, b, d, e], [a, b, b, c, d, e]]) {
    const { of } = verify(rows);
    assert(of.broken);
  }
});

Deno.test("a line of another key, and one without a MAC, are found", () => {
  const forged = seal(ENDED, { seq: 5, mac: PLAIN[4]!.slice(-66, -2) }, OTHER);
  const bare = seal(ENDED, { seq: 5, mac: "" }, null);
  assertMatch(
    verify([...PLAIN, forged.line]).told.join(),
    /^f1:6: does not fit/,
  );
  assertMatch(verify([...PLAIN, bare.line]).told.join(), /^f1:6: has no MAC/);
});

Deno.test("a torn line is told, and what follows it is verified all the same", () => {
  const { lines, link } = chain([NEW, ENDED]);
  const torn = seal(ENDED, link, KEY).line.slice(0, 40);
  const { lines: after } = chain([
    entry("started", `,"chain":"continued","torn":true,"prev":"${link.mac}"`),
    ENDED,
    STOP,
  ], link);
  const { told, of } = verify([...lines, torn, ...after]);
  assertMatch(told[0]!, /^f1:3: is no whole line/);
  assertMatch(told[1]!, /^f1:4: note: is a start after no stop/);
  assertEquals([told.length, of.fit], [2, 5]);
});

Deno.test("a cut before a restart is a gap, also where the restart names the line before it", () => {
  const { lines, link } = chain([NEW, ENDED, ENDED, STOP]);
  const { lines: after } = chain([
    entry("started", `,"chain":"continued","prev":"${link.mac}"`),
    STOP,
  ], link);
  assertEquals(verify([...lines, ...after]).told, []);
  assertEquals(verify([...lines.slice(0, 2), ...after]).told, [
    "f1:3: is line number 5 of its chain, and 2 stands before it: 2 lines are missing",
  ]);
  assertMatch(verify(after).told.join(), /^f1:1: goes on .* are missing$/);
});

Deno.test("a file that goes on from another one is verified with it, and told alone", () => {
  const { lines, link } = chain([NEW, ENDED]);
  const { lines: next } = chain([
    entry("opened", `,"why":"signal","prev":"${link.mac}"`),
    STOP,
  ], link);
  assertEquals(verify(lines, next).told, []);
  const alone = verify(next);
  assertEquals(alone.of.broken, false);
  assertMatch(alone.told.join(), /^f1:1: note: goes on from line number 2/);
  assertMatch(verify(lines.slice(0, 1), next).told.join(), /1 line is missing/);
  assert(verify(next, lines).of.broken);
});

Deno.test("lines cut from the start are found", () => {
  assertMatch(
    verify(PLAIN.slice(1)).told.join(),
    /^f1:1: is line number 2 .* missing/,
  );
});

Deno.test("a new chain behind another one is found: lines may be missing before it", () => {
  const again = chain([NEW, STOP]).lines;
  assertMatch(verify([...PLAIN, ...again]).told.join(), /^f1:6: begins a new/);
});

Deno.test("lines cut from the end cannot be told, and that is said", () => {
  const { told, of } = verify(PLAIN.slice(0, 3));
  assertEquals([told, of.broken], [[], false]);
  assertMatch(endText(of), /cannot be told .* or lines were cut off$/);
});

Deno.test("what a line says of lines that were not written is told", () => {
  const rows = chain([NEW, entry("dropped", `,"lines":7`), STOP]).lines;
  assertMatch(verify(rows).told.join(), /f1:2: note: says that 7 lines/);
});

Deno.test("whatever one byte becomes, it is found", () => {
  fc.assert(fc.property(
    fc.nat(),
    fc.constantFrom("x", " ", "0", "}", '"', "\ufffd", "é"),
    (place, to) => {
      const text = PLAIN.join("\n");
      const at = place % text.length;
      fc.pre(text[at] !== to);
      const rows = (text.slice(0, at) + to + text.slice(at + 1)).split("\n");
      assert(verify(rows).of.broken);
    },
  ));
});

Deno.test("whatever lines are taken out but at the end, it is found", () => {
  fc.assert(fc.property(
    fc.subarray([0, 1, 2, 3, 4], { minLength: 1, maxLength: 4 }),
    (kept) => {
      const isStart = kept.every((at, i) => at === i);
      const { of } = verify(kept.map((at) => PLAIN[at]!));
      assertEquals(of.broken, !isStart);
    },
  ));
});

Deno.test("a file that was renamed or removed under sockwarden is told of, with the file before it and without", () => {
  const { lines, link } = chain([NEW, ENDED]);
  const opened = (why: string) =>
    chain(
      [entry("opened", `,"why":"${why}","prev":"${link.mac}"`), STOP],
      link,
    ).lines;
  const moved = /^f[12]:1: note: begins a new file, .* renamed or removed/;
  const both = verify(lines, opened("moved"));
  assertEquals(both.told.length, 1);
  assertMatch(both.told[0]!, moved);
  assert(!both.of.broken);
  const alone = verify(opened("moved"));
  assertMatch(alone.told[0]!, /^f1:1: note: goes on from line number 2/);
  assertMatch(alone.told[1]!, moved);
  assert(!alone.of.broken);
  // Somebody asked for that one.
  assertEquals(verify(lines, opened("signal")).told, []);
});
