import { assert, assertEquals } from "@std/assert";
import {
  bytesOfHead,
  headAtHand,
  type NoHead,
  readHead,
} from "../../lib/wire/head.ts";
import {
  openSource,
  readAhead,
  type Source,
  take,
  takeMore,
} from "../../lib/wire/source.ts";
import { fakeConn, settle, textOf } from "../support/conn.ts";

const HEAD = "GET /_ping HTTP/1.1\r\nHost: a\r\nX-A: \xe9\r\n\r\n";
const BODY = "{}\r\n\r\nmore";

/** A head of exactly so many bytes. */
function headOf(size: number): string {
  const start = "GET / HTTP/1.1\r\nX: ";
  return start + "a".repeat(size - start.length - 4) + "\r\n\r\n";
}

/** A source at which the pieces arrive one by one. */
function sourceOf(eager: boolean, ...pieces: string[]) {
  const conn = fakeConn();
  const source = openSource(conn, eager);
  conn.push(...pieces);
  return { conn, source };
}

/** A source with all the bytes at hand. */
async function atHand(text: string): Promise<Source> {
  const { source } = sourceOf(false, text);
  // Its first buffers are smaller than some heads of these tests.
  source.size = Math.max(source.size, text.length);
  await settle();
  assert(take(source));
  while (source.end - source.start < text.length) {
    readAhead(source);
    await settle();
    assert(takeMore(source));
  }
  return source;
}

function rest({ buffer, start, end }: Source): string {
  return textOf(buffer.subarray(start, end));
}

for (const eager of [true, false]) {
  Deno.test(`readHead() reads a head cut at every byte, eager ${eager}`, async () => {
    const text = HEAD + BODY;
    for (let cut = 1; cut < text.length; cut++) {
      const { source } = sourceOf(eager, text.slice(0, cut), text.slice(cut));
      assertEquals(await readHead(source, 1024), HEAD, `cut at ${cut}`);
      assertEquals(textOf(bytesOfHead(source, HEAD)), HEAD);
      // What follows in the same piece is at hand, directly behind the head.
      const held = cut < HEAD.length ? BODY : text.slice(HEAD.length, cut);
      if (!eager) assertEquals(rest(source), held, `cut at ${cut}`);
      assert(BODY.startsWith(rest(source)));
    }
  });
}

Deno.test("readHead() reads a head in single bytes, and its end across four pieces", async () => {
  for (const eager of [true, false]) {
    const single = sourceOf(eager, ...HEAD).source;
    assertEquals(await readHead(single, 1024), HEAD);
    assertEquals(textOf(bytesOfHead(single, HEAD)), HEAD);
    const ends = sourceOf(eager, HEAD.slice(0, -4), "\r", "\n", "\r", "\nX");
    assertEquals(await readHead(ends.source, 1024), HEAD);
    assertEquals(rest(ends.source).slice(0, 1), "X");
  }
});

Deno.test("readHead() finds the end wherever it stands among the parts that are searched", async () => {
  for (const part of [1024, 3 * 1024, 7 * 1024]) {
    for (let size = part - 5; size <= part + 5; size++) {
      const head = headOf(size);
      const source = await atHand(head + "BODY");
      assertEquals(await readHead(source, 8192), head, `${size} bytes`);
      assertEquals(rest(source), "BODY");
    }
  }
});

Deno.test("readHead() takes a head of exactly its bound, and none that is a byte longer", async () => {
  for (const size of [100, 1023, 1024, 1025, 5000]) {
    const fits = await atHand(headOf(size) + BODY);
    assertEquals(await readHead(fits, size), headOf(size));
    const long = await atHand(headOf(size + 1) + BODY);
    assertEquals((await readHead(long, size) as NoHead).kind, "too long");
    // In two pieces, of which the second brings the end.
    const late = sourceOf(true, headOf(size + 1).slice(0, 50));
    late.conn.push(headOf(size + 1).slice(50));
    assertEquals(
      (await readHead(late.source, size) as NoHead).kind,
      "too long",
    );
  }
});

Deno.test("readHead() gives up on a head without an end at the first byte beyond its bound", async () => {
  const { conn, source } = sourceOf(true, "a".repeat(60), "a".repeat(40));
  let read: unknown = null;
  readHead(source, 100).then((outcome) => read = outcome);
  await settle();
  assertEquals(read, null);
  conn.push("b");
  await settle();
  assertEquals(read, { kind: "too long", text: "a".repeat(100) + "b" });
});

Deno.test("readHead() distinguishes an end before the head from one within it", async () => {
  for (const eager of [true, false]) {
    const before = sourceOf(eager);
    before.conn.end();
    assertEquals(await readHead(before.source, 100), {
      kind: "ended",
      text: "",
    });
    const within = sourceOf(eager, "GET /");
    within.conn.end();
    assertEquals(await readHead(within.source, 100), {
      kind: "cut",
      text: "GET /",
    });
  }
});

Deno.test("readHead() shows each part once, and stops at what is found there", async () => {
  const seen: [number, number][] = [];
  const stop = { kind: "stop" };
  const text = "a".repeat(4000);
  const read = await readHead(await atHand(text), 8192, (start, from) => {
    seen.push([from, start.length]);
    return start.length < 3500 ? null : stop;
  });
  assertEquals(seen, [[0, 1024], [1024, 3072], [3072, 4000]]);
  assertEquals(read, stop);
});

Deno.test("readHead() asks what is wrong before it counts, and not about a whole head", async () => {
  const stop = { kind: "stop" };
  assertEquals(await readHead(await atHand("abc"), 2, () => stop), stop);
  assertEquals(await readHead(await atHand(HEAD), 1024, () => stop), HEAD);
});

Deno.test("readHead() leaves the next head of a pipeline at hand", async () => {
  const source = await atHand(HEAD + HEAD + "rest");
  assertEquals(await readHead(source, 1024), HEAD);
  assertEquals(await readHead(source, 1024), HEAD);
  assertEquals(rest(source), "rest");
});

Deno.test("headAtHand() takes a head of at most 1 KiB", async () => {
  for (const size of [100, 1023, 1024]) {
    const head = headOf(size);
    for (const after of ["", BODY]) {
      const source = await atHand(head + after);
      assertEquals(headAtHand(source), head);
      assertEquals(textOf(bytesOfHead(source, head)), head);
      assertEquals(rest(source), after);
    }
  }
});

Deno.test("headAtHand() takes nothing of a larger head, or of one that has not come whole", async () => {
  for (const text of [headOf(1025), HEAD.slice(0, -1), "\r\n\r"]) {
    const source = await atHand(text);
    assertEquals(headAtHand(source), null);
    assertEquals(rest(source), text);
    assertEquals(source.start, 0);
  }
});

Deno.test("headAtHand() does not see an end beyond the bytes at hand", async () => {
  const source = await atHand(HEAD);
  source.end -= 1;
  assertEquals(headAtHand(source), null);
  source.end += 1;
  source.start += 4;
  assertEquals(headAtHand(source), HEAD.slice(4));
});

Deno.test("an empty line at once is a head of four bytes: it is whole, whatever it says", async () => {
  // And it is not looked at as one that is not.
  const whole = (source: Source) => readHead(source, 4, () => ({}));
  for (const read of [headAtHand, whole]) {
    const source = await atHand(`\r\n\r\n${BODY}`);
    assertEquals(await read(source), "\r\n\r\n");
    assertEquals(rest(source), BODY);
  }
});
