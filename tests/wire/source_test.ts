import { assert, assertEquals } from "@std/assert";
import {
  allowBulk,
  closeSource,
  hasBytes,
  openSource,
  readAhead,
  rest,
  type Source,
  take,
  takeMore,
} from "../../lib/wire/source.ts";
import { type FakeConn, fakeConn, settle, textOf } from "../support/conn.ts";

const KIB = 1024;

/** Sizes of the buffers that were read into. */
function sizes(conn: FakeConn): number[] {
  return conn.reads.map(({ length }) => length);
}

function atHand({ buffer, start, end }: Source): string {
  return textOf(buffer.subarray(start, end));
}

function use(source: Source): string {
  const text = atHand(source);
  source.start = source.end;
  return text;
}

/** Lets one piece arrive, and be read if a read is under way. */
async function arrive(conn: FakeConn, size: number): Promise<void> {
  conn.push(new Uint8Array(size).fill(0x61));
  await settle();
}

/** Takes all that has arrived, as its user does. */
async function drain(source: Source): Promise<number> {
  let size = 0;
  while (take(source)) {
    size += source.end - source.start;
    source.start = source.end;
    await settle();
  }
  return size;
}

Deno.test("an eager source reads on by itself, another on request", async () => {
  for (const eager of [true, false]) {
    const conn = fakeConn();
    const source = openSource(conn, eager);
    assert(source.pending !== null);
    await arrive(conn, 1);
    assertEquals(source.pending !== null, eager);
    assertEquals(conn.reads.length, eager ? 2 : 1);
    assert(take(source));
    assertEquals(source.pending !== null, eager);
    readAhead(source);
    readAhead(source);
    // One read at a time, however often one is asked for.
    assertEquals(conn.reads.length, 2);
    assert(source.pending !== null);
  }
});

Deno.test("take() gives what has arrived in order, and starts a read where nothing has", async () => {
  const conn = fakeConn();
  const source = openSource(conn, false);
  assertEquals(take(source), false);
  assertEquals(hasBytes(source), false);
  conn.push("abc");
  await source.pending;
  assert(hasBytes(source));
  assert(take(source));
  assertEquals(atHand(source), "abc");
  assertEquals(source.queued, 0);
  source.start += 1;
  // What is at hand stays so until it is used up.
  assert(take(source));
  assertEquals(use(source), "bc");
  assertEquals(hasBytes(source), false);
  assertEquals(source.pending, null);
  assertEquals(take(source), false);
  assert(source.pending !== null);
  conn.push("d");
  await source.pending;
  assert(take(source));
  assertEquals(use(source), "d");
});

Deno.test("reading goes on up to 16 KiB that wait, and no further", async () => {
  for (const [third, reads] of [[11_263, 4], [11_264, 3]] as const) {
    const conn = fakeConn();
    const source = openSource(conn, true);
    await arrive(conn, KIB);
    await arrive(conn, 4 * KIB);
    await arrive(conn, third);
    assertEquals(source.queued, 5 * KIB + third);
    assertEquals(conn.reads.length, reads);
    assertEquals(source.pending !== null, reads === 4);
    readAhead(source);
    assertEquals(conn.reads.length, reads);
    // Once there is room again it goes on.
    assert(take(source));
    assertEquals(source.queued, 4 * KIB + third);
    assertEquals(conn.reads.length, 4);
    assert(source.pending !== null);
  }
});

Deno.test("small pieces that wait share a buffer while they fit", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  conn.push("a", "bc", "d");
  await settle();
  assertEquals(source.queue.length, 1);
  assertEquals(source.sizes, [4]);
  assertEquals(source.queued, 4);
  // Up to its last byte.
  await arrive(conn, 1020);
  assertEquals(source.sizes, [1024]);
  conn.push("e");
  await settle();
  assertEquals(source.sizes, [1024, 1]);
  assert(take(source));
  assertEquals(use(source), `abcd${"a".repeat(1020)}`);
  conn.push("f");
  await settle();
  assert(take(source));
  assertEquals(use(source), "ef");
  assertEquals(take(source), false);
});

Deno.test("a piece that does not fit beside those that wait keeps its buffer", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  await arrive(conn, 1000);
  await arrive(conn, 25);
  assertEquals(source.sizes, [1000, 25]);
  // Pieces share the last buffer only.
  conn.push("b".repeat(96));
  await settle();
  assertEquals(source.sizes, [1000, 121]);
  assertEquals(source.queued, 1121);
  assert(take(source));
  assertEquals(use(source), "a".repeat(1000));
  assert(take(source));
  assertEquals(use(source), "a".repeat(25) + "b".repeat(96));
});

Deno.test("the buffer of a piece that was copied is read into again", async () => {
  const conn = fakeConn();
  openSource(conn, true);
  conn.push("a", "b", "c");
  await settle();
  assertEquals(conn.reads.length, 4);
  assert(conn.reads[2] === conn.reads[1]);
  assert(conn.reads[3] === conn.reads[1]);
});

Deno.test("a transfer goes through two buffers, a client's through three", async () => {
  for (const [eager, count] of [[false, 2], [true, 3]] as const) {
    const conn = fakeConn();
    const source = openSource(conn, eager);
    for (let i = 0; i < 8; i++) {
      conn.push("abc");
      await settle();
      assert(take(source));
      assertEquals(use(source), "abc");
      readAhead(source);
    }
    assertEquals(new Set(conn.reads).size, count);
    conn.reads.forEach((buffer, n) =>
      assert(buffer === conn.reads[n % count], `read ${n}`)
    );
  }
});

Deno.test("take() keeps the spare buffer where the one that it replaces has another size", async () => {
  const conn = fakeConn();
  const source = openSource(conn, false);
  conn.push("a");
  await source.pending;
  const spare = new Uint8Array(4 * KIB);
  source.spare = spare;
  source.buffer = new Uint8Array(8 * KIB);
  assert(take(source));
  assert(source.spare === spare);
});

Deno.test("a source keeps no buffer that was read into beside those that wait", async () => {
  const conn = fakeConn();
  const source = openSource(conn, false);
  await arrive(conn, 1);
  assert(source.reading === null);
});

Deno.test("a buffer of another size is not read into again", async () => {
  const conn = fakeConn();
  const source = openSource(conn, false);
  await arrive(conn, KIB);
  await drain(source);
  await arrive(conn, 1);
  assert(take(source));
  assertEquals(sizes(conn), [KIB, 4 * KIB]);
  readAhead(source);
  assertEquals(sizes(conn), [KIB, 4 * KIB, 4 * KIB]);
});

Deno.test("buffers that are filled grow by four: to 64 KiB at once, beyond where the transfer goes on", async () => {
  const conn = fakeConn();
  const source = openSource(conn, false);
  for (const size of [1, 4, 16, 64]) {
    await arrive(conn, size * KIB);
    await drain(source);
  }
  assertEquals(sizes(conn), [1, 4, 16, 64, 64].map((size) => size * KIB));
  await arrive(conn, 64 * KIB);
  await drain(source);
  await arrive(conn, 256 * KIB);
  await drain(source);
  assertEquals(sizes(conn).slice(5), [256 * KIB, 256 * KIB]);
});

Deno.test("a buffer that is not filled does not grow, and restarts the count of 64 KiB", async () => {
  const conn = fakeConn();
  const source = openSource(conn, false);
  await arrive(conn, KIB - 1);
  await drain(source);
  assertEquals(sizes(conn), [KIB, KIB]);
  for (const size of [1, 4, 16]) {
    await arrive(conn, size * KIB);
    await drain(source);
  }
  // Mostly full, and mostly empty.
  for (const between of [64 * KIB - 1, 1]) {
    await arrive(conn, 64 * KIB);
    await drain(source);
    await arrive(conn, between);
    await drain(source);
  }
  assertEquals(new Set(sizes(conn).slice(4)), new Set([64 * KIB]));
  for (const between of [64 * KIB - 1, 1]) {
    await arrive(conn, 64 * KIB);
    await drain(source);
    assertEquals(source.size, 64 * KIB);
    await arrive(conn, 64 * KIB);
    assertEquals(source.size, 256 * KIB);
    source.size = 64 * KIB;
    await drain(source);
    await arrive(conn, between);
    await drain(source);
  }
});

Deno.test("a client's buffers grow to 16 KiB, with allowBulk() to 256 KiB", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  for (const size of [1, 4, 16, 16]) {
    await arrive(conn, size * KIB);
    await drain(source);
  }
  assertEquals(new Set(sizes(conn).slice(2)), new Set([16 * KIB]));
  allowBulk(source);
  for (let i = 0; i < 6; i++) {
    await arrive(conn, sizes(conn).at(-1)!);
    await drain(source);
  }
  assertEquals(sizes(conn).at(-1), 256 * KIB);
});

/** An engine's source whose next buffer has 64 KiB. */
async function grown(): Promise<{ conn: FakeConn; source: Source }> {
  const conn = fakeConn();
  const source = openSource(conn, false);
  for (const size of [1, 4, 16]) {
    await arrive(conn, size * KIB);
    await drain(source);
  }
  assertEquals(sizes(conn).at(-1), 64 * KIB);
  return { conn, source };
}

Deno.test("a buffer shrinks by four when four reads in a row leave it mostly empty", async () => {
  const { conn, source } = await grown();
  // An eighth is not mostly empty; one byte less is.
  for (let i = 0; i < 5; i++) {
    await arrive(conn, 8 * KIB);
    await drain(source);
  }
  assertEquals(source.size, 64 * KIB);
  for (let i = 1; i <= 4; i++) {
    await arrive(conn, 8 * KIB - 1);
    await drain(source);
    assertEquals(source.size, (i < 4 ? 64 : 16) * KIB, `after ${i}`);
  }
  // It counts again for the next steps, and ends at 1 KiB.
  for (let i = 1; i <= 16; i++) {
    await arrive(conn, 1);
    await drain(source);
    const expected = i < 4 ? 16 : i < 8 ? 4 : 1;
    assertEquals(source.size, expected * KIB, `after ${i} more`);
  }
});

Deno.test("a read that fills the buffer restarts the count of mostly empty ones", async () => {
  const { conn, source } = await grown();
  for (const size of [1, 1, 1, 64 * KIB, 1, 1, 1]) {
    await arrive(conn, size);
    await drain(source);
  }
  assertEquals(source.size, 64 * KIB);
  await arrive(conn, 1);
  assertEquals(source.size, 16 * KIB);
});

Deno.test("rest() returns to buffers of 64 KiB for an engine, 16 KiB for a client", async () => {
  for (
    const [eager, resting] of [[false, 64 * KIB], [true, 16 * KIB]] as const
  ) {
    const conn = fakeConn();
    const source = openSource(conn, eager);
    allowBulk(source);
    for (let i = 0; i < 9; i++) {
      await arrive(conn, source.size);
      await drain(source);
    }
    assertEquals(source.buffer.length, 256 * KIB);
    source.spare = new Uint8Array(256 * KIB);
    rest(source);
    assertEquals(source.size, resting);
    assertEquals(source.most, eager ? 16 * KIB : 256 * KIB);
    assertEquals(source.buffer.length, 0);
    assertEquals([source.start, source.end], [0, 0]);
    assertEquals(source.spare, null);
    assert(source.pending !== null);
  }
});

Deno.test("rest() keeps buffers of the resting size, and bytes that wait", () => {
  const conn = fakeConn();
  const source = openSource(conn, false);
  const kept = new Uint8Array(64 * KIB);
  source.size = 64 * KIB;
  source.buffer = kept;
  source.start = source.end = 5;
  source.spare = kept;
  rest(source);
  assertEquals(source.size, 64 * KIB);
  assert(source.buffer === kept);
  assert(source.spare === kept);
  const large = new Uint8Array(256 * KIB);
  source.buffer = large;
  source.end = 6;
  rest(source);
  assert(source.buffer === large);
  assertEquals([source.start, source.end], [5, 6]);
  // A smaller size is kept too.
  source.size = 4 * KIB;
  rest(source);
  assertEquals(source.size, 4 * KIB);
});

Deno.test("rest() waits for the next message", async () => {
  const conn = fakeConn();
  const source = openSource(conn, false);
  await arrive(conn, 1);
  await take(source);
  assertEquals(source.pending, null);
  rest(source);
  assert(source.pending !== null);
});

Deno.test("takeMore() is take() where nothing is at hand", async () => {
  for (const eager of [true, false]) {
    const conn = fakeConn();
    const source = openSource(conn, eager);
    assertEquals(takeMore(source), false);
    conn.push("abc");
    await source.pending;
    assert(takeMore(source));
    // The very buffer that was read into, not a copy.
    assert(source.buffer === conn.reads[0]);
    assertEquals(atHand(source), "abc");
    assertEquals(source.queued, 0);
    await settle();
    assertEquals(conn.reads.length, eager ? 2 : 1);
  }
});

Deno.test("takeMore() starts a read where nothing has arrived", async () => {
  const conn = fakeConn();
  const source = openSource(conn, false);
  conn.push("abc");
  await source.pending;
  assert(take(source));
  assertEquals(source.pending, null);
  assertEquals(takeMore(source), false);
  assert(source.pending !== null);
  assertEquals(atHand(source), "abc");
});

Deno.test("takeMore() joins in the buffer at hand while there is room", async () => {
  for (
    const [size, fits] of [[KIB - 3, true], [KIB - 2, false]] as const
  ) {
    const conn = fakeConn();
    const source = openSource(conn, false);
    conn.push("abc");
    await source.pending;
    assert(take(source));
    const { buffer } = source;
    source.start = 1;
    readAhead(source);
    await arrive(conn, size);
    assertEquals(source.queued, size);
    assert(takeMore(source));
    assertEquals(source.queued, 0);
    assertEquals(source.sizes, []);
    assertEquals(source.buffer === buffer, fits);
    assertEquals(atHand(source), `bc${"a".repeat(size)}`);
    assertEquals(source.start, fits ? 1 : 0);
  }
});

Deno.test("takeMore() makes a buffer of twice what is held, or of what is needed", async () => {
  for (
    const [held, more, length] of [[4096, 1, 8192], [100, 5000, 5100]] as const
  ) {
    const conn = fakeConn();
    const source = openSource(conn, false);
    source.buffer = new Uint8Array(held).fill(0x62);
    source.end = held;
    source.size = more;
    conn.push("a");
    await source.pending;
    source.queue[0] = new Uint8Array(more).fill(0x61);
    source.sizes[0] = more;
    source.queued = more;
    assert(takeMore(source));
    assertEquals(source.buffer.length, length);
    assertEquals(atHand(source), "b".repeat(held) + "a".repeat(more));
    assertEquals(source.queued, 0);
  }
});

Deno.test("takeMore() lets the buffer that it has emptied be read into again", async () => {
  for (const eager of [true, false]) {
    const conn = fakeConn();
    const source = openSource(conn, eager);
    conn.push("a");
    await source.pending;
    assert(take(source));
    if (!eager) readAhead(source);
    const into = conn.reads.at(-1);
    conn.push("b");
    await settle();
    // Another size than that of the next buffer is of no use.
    assert(takeMore(source));
    assertEquals(atHand(source), "ab");
    if (eager) assert(source.pending !== null);
    else {
      assertEquals(source.pending, null);
      assert(source.spare === into);
    }
  }
  const conn = fakeConn();
  const source = openSource(conn, false);
  conn.push("a");
  await source.pending;
  assert(take(source));
  readAhead(source);
  conn.push("b");
  await settle();
  source.size = 16 * KIB;
  assert(takeMore(source));
  assertEquals(source.spare, null);
});

Deno.test("takeMore() lets an eager source read on that had to stop", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  await arrive(conn, 1);
  assert(take(source));
  for (let i = 0; i < 6 && source.pending !== null; i++) {
    await arrive(conn, source.size);
  }
  assertEquals(source.pending, null);
  while (source.queued > 0) assert(takeMore(source));
  assert(source.pending !== null);
});

Deno.test("the end of the peer is seen at once, once, and after what came before it", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  let calls = 0;
  source.onEnd = () => calls++;
  conn.push("abc");
  conn.end();
  await settle();
  assertEquals([source.ended, source.failure, calls], [true, null, 1]);
  assertEquals(source.pending, null);
  assert(take(source));
  assertEquals(use(source), "abc");
  assertEquals(take(source), false);
  assertEquals(source.pending, null);
  const reads = conn.reads.length;
  readAhead(source);
  assertEquals(conn.reads.length, reads);
});

Deno.test("a connection that breaks ends the source with the kind of the error", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  let calls = 0;
  source.onEnd = () => calls++;
  conn.fail(new Deno.errors.ConnectionReset("reset"));
  await settle();
  assertEquals([source.ended, source.failure, calls], [
    true,
    "ConnectionReset",
    1,
  ]);
  assertEquals(source.pending, null);
});

Deno.test("an end without a listener is seen too", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  conn.end();
  await source.pending;
  assert(source.ended);
});

Deno.test("closeSource() closes, calls nothing, and may be called again", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  let calls = 0;
  source.onEnd = () => calls++;
  closeSource(source);
  assert(conn.closed);
  assert(source.ended);
  await settle();
  closeSource(source);
  assertEquals(calls, 0);
});

Deno.test("bytes that arrive after closeSource() are dropped", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  conn.push("abc");
  closeSource(source);
  await settle();
  assertEquals(hasBytes(source), false);
  assertEquals(source.queued, 0);
  assertEquals(source.pending, null);
  assertEquals(conn.reads.length, 1);
});

Deno.test("a failure of the read that closeSource() ends calls nothing", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  let calls = 0;
  closeSource(source);
  source.onEnd = () => calls++;
  conn.fail(new Deno.errors.BadResource("closed"));
  await settle();
  assertEquals(calls, 0);
  assertEquals(source.pending, null);
});

Deno.test("hasBytes() looks at what is at hand and at what waits", async () => {
  const conn = fakeConn();
  const source = openSource(conn, true);
  assertEquals(hasBytes(source), false);
  conn.push("a");
  await settle();
  assertEquals(hasBytes(source), true);
  take(source);
  assertEquals(hasBytes(source), true);
  use(source);
  assertEquals(hasBytes(source), false);
});

Deno.test("the buffers of all sources together grow by 12 MiB, and a closed source gives its share back", async () => {
  const grow = async () => {
    const conn = fakeConn();
    const source = openSource(conn, false);
    for (const size of [1, 4, 16, 64, 64, 256]) {
      await arrive(conn, size * KIB);
      await drain(source);
    }
    return source;
  };
  const sources: Source[] = [];
  const most = 12 * 1024 * KIB;
  const grown = () => sources.reduce((sum, { size }) => sum + size - KIB, 0);
  do sources.push(await grow()); while (sources.at(-1)!.size === 256 * KIB);
  // Other tests of this file may have left sources open.
  assert(sources.length > 10 && grown() <= most, String(sources.length));
  for (let i = 0; i < 50; i++) sources.push(await grow());
  assert(grown() <= most);
  for (const source of sources) closeSource(source);
  for (const source of sources) closeSource(source);
  for (let i = 0; i < 10; i++) {
    const source = await grow();
    assertEquals(source.size, 256 * KIB);
    closeSource(source);
  }
});
