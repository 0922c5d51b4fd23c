import { assertEquals } from "@std/assert";
import type { Framing } from "../../lib/http1/framing.ts";
import { type Body, openBody, takeBody } from "../../lib/wire/body.ts";
import { openSource, type Source } from "../../lib/wire/source.ts";
import { bytesOf, fakeConn, textOf } from "../support/conn.ts";

/** A source with the text at hand, between other bytes. */
function sourceOf(text: string): Source {
  const source = openSource(fakeConn(), false);
  source.buffer = bytesOf(`##${text}##`);
  source.start = 2;
  source.end = 2 + text.length;
  return source;
}

/** What is passed on of a piece, and what stays at hand. */
function taken(body: Body, text: string, chunkFraming = true) {
  const source = sourceOf(text);
  const size = takeBody(body, source, chunkFraming);
  const passedOn = textOf(source.buffer.subarray(2, 2 + size));
  assertEquals(passedOn.length, size);
  return [
    passedOn,
    textOf(source.buffer.subarray(source.start, source.end)),
  ];
}

for (
  const [framing, done] of [
    [{ kind: "none" }, true],
    [{ kind: "length", length: 0 }, true],
    [{ kind: "length", length: 1 }, false],
    [{ kind: "chunked" }, false],
    [{ kind: "until-close" }, false],
  ] as readonly [Framing, boolean][]
) {
  Deno.test(`openBody() of ${JSON.stringify(framing)} is at its end: ${done}`, () => {
    const body = openBody(framing);
    assertEquals(body.kind, framing.kind);
    assertEquals(body.done, done);
    assertEquals(body.error, null);
    assertEquals(body.size, 0);
    const length = framing.kind === "length" ? framing.length : 0;
    assertEquals(body.remaining, length);
    if (done) assertEquals(taken(body, "abc"), ["", "abc"]);
  });
}

Deno.test("takeBody() takes as many bytes as the length says", () => {
  const body = openBody({ kind: "length", length: 5 });
  assertEquals(taken(body, "abc"), ["abc", ""]);
  assertEquals([body.done, body.size, body.remaining], [false, 3, 2]);
  assertEquals(taken(body, "deNEXT"), ["de", "NEXT"]);
  assertEquals([body.done, body.size, body.remaining], [true, 5, 0]);
  assertEquals(taken(body, "NEXT"), ["", "NEXT"]);
});

Deno.test("takeBody() takes all there is of a body that ends with the connection", () => {
  const body = openBody({ kind: "until-close" });
  assertEquals(taken(body, "abc"), ["abc", ""]);
  assertEquals(taken(body, "de"), ["de", ""]);
  assertEquals([body.done, body.size], [false, 5]);
});

Deno.test("takeBody() follows chunks, with their framing or without", () => {
  const framed = openBody({ kind: "chunked" });
  assertEquals(taken(framed, "3;x\r\nabc\r\n"), ["3\r\nabc\r\n", ""]);
  assertEquals([framed.done, framed.size], [false, 3]);
  assertEquals(taken(framed, "0\r\n\r\nNEXT"), ["0\r\n\r\n", "NEXT"]);
  assertEquals([framed.done, framed.size], [true, 3]);
  assertEquals(taken(framed, "NEXT"), ["", "NEXT"]);
  const content = openBody({ kind: "chunked" });
  const text = "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\nNEXT";
  assertEquals(taken(content, text, false), ["abcd", "NEXT"]);
  assertEquals([content.done, content.size], [true, 4]);
});

Deno.test("takeBody() says why chunks are malformed, and takes nothing", () => {
  const body = openBody({ kind: "chunked" });
  assertEquals(taken(body, "zz\r\n"), ["", "zz\r\n"]);
  assertEquals(body.error, "a chunk size is not a hexadecimal number");
  assertEquals(body.done, false);
});
