import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { followChunks, scanChunks } from "../../lib/http1/chunked.ts";
import { bytesOf, textOf } from "../support/conn.ts";

/** Follows a body in pieces; gives what is kept, what is left, and the error. */
function follow(text: string, cuts: number[], framing: boolean) {
  const body = followChunks();
  let kept = "";
  let from = 0;
  for (const to of [...cuts, text.length]) {
    const piece = bytesOf(text.slice(from, to));
    const error = scanChunks(body, piece, 0, piece.length, framing);
    if (error !== null) return { kept, error, rest: "", done: false };
    kept += textOf(piece.subarray(0, body.kept));
    if (body.done) {
      return {
        kept,
        error,
        rest: text.slice(from + body.consumed),
        done: true,
      };
    }
    from = to;
  }
  return { kept, error: null, rest: "", done: false };
}

Deno.test("scanChunks() keeps a plain body byte for byte, wherever it is cut", () => {
  const chunk = fc.stringMatching(/^[ -~]{1,40}$/);
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 5 }),
      fc.array(fc.nat(300), { maxLength: 6 }),
      (chunks, at) => {
        const text =
          chunks.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`)
            .join("") + "0\r\n\r\n";
        const cuts = at.filter((n) => n < text.length).sort((a, b) => a - b);
        const framed = follow(text + "NEXT", cuts, true);
        assertEquals(framed.kept, text);
        assertEquals(framed.done, true);
        assertEquals(framed.rest, "NEXT");
        assertEquals(follow(text, cuts, false).kept, chunks.join(""));
      },
    ),
  );
});

Deno.test("scanChunks() drops extensions and trailers", () => {
  const text = '5;a="b";c\r\nhello\r\n0;z\r\nX-T: 1\r\nY: 2\r\n\r\n';
  for (let cut = 0; cut < text.length; cut++) {
    const { kept, done } = follow(text, [cut], true);
    assertEquals(kept, "5\r\nhello\r\n0\r\n\r\n");
    assert(done);
  }
});

/** The errors, by what brings them. */
const SIZE = "a chunk size is not a hexadecimal number";
const AFTER_SIZE =
  "a chunk size is followed by something other than ';' or CR LF";
const EXTENSION = "a chunk extension is malformed";
const SIZE_END = "a chunk size does not end with CR LF";
const DATA_END = "chunk data does not end where its size says";
const TRAILER = "a trailer is malformed";
const TRAILER_END = "a trailer does not end with CR LF";
const END = "the body does not end with CR LF";
const TOO_MUCH = "a chunk extension or the trailer is longer than 4096 bytes";

for (
  const [what, text, error] of [
    ["a size without digits", "\r\nhello", SIZE],
    ["a size that is not a number", "g\r\n", SIZE],
    ["an extension without a size", ";a\r\n", SIZE],
    ["a hexadecimal prefix", "0x5\r\nhello\r\n", AFTER_SIZE],
    ["a sign", "+5\r\nhello\r\n", SIZE],
    ["a space before the size", " 5\r\nhello\r\n", SIZE],
    ["a space after the size", "5 \r\nhello\r\n", AFTER_SIZE],
    ["a size line with LF only", "5\nhello\r\n", AFTER_SIZE],
    ["a second size without digits", "1\r\na\r\n\r\n", SIZE],
    ["data longer than its size", "3\r\nhello\r\n", DATA_END],
    ["data shorter than its size", "6\r\nhello\r\nA", DATA_END],
    ["data with LF only", "5\r\nhello\n0\r\n\r\n", DATA_END],
    ["data with CR only", "5\r\nhello\r0\r\n\r\n", DATA_END],
    ["a bare LF in an extension", "5;a\nhello", EXTENSION],
    ["a control byte in an extension", "5;a\x01\r\nhello", EXTENSION],
    ["a DEL in an extension", "5;\x7f\r\nhello", EXTENSION],
    ["a byte outside ASCII in an extension", "5;\x80\r\nhello", EXTENSION],
    ["a CR in an extension", "5;a\rb\r\nhello", SIZE_END],
    ["a CR without LF", "5\rhello", SIZE_END],
    ["a folded trailer", "0\r\n a: b\r\n\r\n", TRAILER],
    ["a trailer folded with a tab", "0\r\nA: b\r\n\tc\r\n\r\n", TRAILER],
    ["an end with LF only", "0\r\n\n", TRAILER],
    ["a control byte before a trailer", "0\r\n\x01: b\r\n", TRAILER],
    ["a bare LF in a trailer", "0\r\nA: b\n\r\n", TRAILER],
    ["a control byte in a trailer", "0\r\nA: \x1f\r\n", TRAILER],
    ["a byte outside ASCII in a trailer", "0\r\nA: \xff\r\n", TRAILER],
    ["a CR in a trailer", "0\r\nA: b\rc\r\n", TRAILER_END],
    ["an end without LF", "0\r\n\rX", END],
  ] as const
) {
  Deno.test(`scanChunks() refuses ${what}, wherever it is cut`, () => {
    for (const framing of [true, false]) {
      for (let cut = 0; cut < text.length; cut++) {
        assertEquals(follow(text, [cut], framing).error, error);
      }
    }
  });
}

Deno.test("scanChunks() takes every byte of an extension and a trailer that a field may have", () => {
  let bytes = "\t";
  for (let byte = 0x20; byte < 0x7f; byte++) bytes += String.fromCharCode(byte);
  const trailers = [...bytes.slice(2)].map((byte) => `${byte}\r\n`).join("");
  const text = `1;${bytes}\r\nx\r\n0\r\n${trailers}A${bytes}\r\n\r\n`;
  const { kept, done, error } = follow(text, [], true);
  assertEquals(error, null);
  assertEquals(kept, "1\r\nx\r\n0\r\n\r\n");
  assert(done);
});

Deno.test("scanChunks() reads sizes of both cases, with zeros in front", () => {
  for (const [size, length] of [["A", 10], ["fF", 255], ["0009", 9]] as const) {
    const text = `${size}\r\n${"x".repeat(length)}\r\n0\r\n\r\n`;
    assertEquals(follow(text, [], true).kept, text);
    assertEquals(follow(text, [], false).kept, "x".repeat(length));
  }
  for (const digit of "0123456789abcdefABCDEF") {
    const length = parseInt(digit, 16);
    const text = `1${digit}\r\n${"x".repeat(16 + length)}\r\n0\r\n\r\n`;
    assert(follow(text, [], true).done, digit);
  }
});

Deno.test("scanChunks() takes a size of 13 digits, in each chunk, and none of 14", () => {
  const zeros = (count: number) => "0".repeat(count);
  const chunk = `${zeros(12)}1\r\nx\r\n`;
  assert(follow(`${chunk}${chunk}${zeros(13)}\r\n\r\n`, [], true).done);
  for (const size of [`${zeros(13)}1`, zeros(14), "f".repeat(14)]) {
    assertEquals(
      follow(`${chunk}${size}\r\n`, [], true).error,
      "a chunk size is too long",
    );
  }
  const body = followChunks();
  scanChunks(body, bytesOf("fffffffffffff\r\n"), 0, 15, true);
  assertEquals(body.remaining, 2 ** 52 - 1);
});

Deno.test("scanChunks() drops an extension of 4096 bytes, of each chunk, and none of 4097", () => {
  const chunk = `1;${"a".repeat(4095)}\r\nx\r\n`;
  const end = `0;${"a".repeat(4095)}\r\n`;
  assert(follow(`${chunk}${chunk}${end}\r\n`, [], true).done);
  const long = `1;${"a".repeat(4096)}\r\nx\r\n`;
  assertEquals(follow(chunk + long, [], true).error, TOO_MUCH);
  assertEquals(follow(`1;${"a".repeat(4096)}`, [], true).error, TOO_MUCH);
});

Deno.test("scanChunks() drops trailers of 4096 bytes in all, their line ends included, and none of 4097", () => {
  const end = `0;${"a".repeat(4000)}\r\n`;
  const lines = "A:b\r\n".repeat(819);
  assertEquals(lines.length, 4095);
  assert(follow(`${end}${lines}\r\n`, [], true).done);
  const exact = `${lines.slice(0, -2)}c\r\n`;
  assert(follow(`${end}${exact}\r\n`, [], true).done);
  assertEquals(follow(`${end}${exact}d`, [], true).error, TOO_MUCH);
  const short = "A\r\n".repeat(1365);
  assertEquals(follow(`${end}${short}AB\r\n`, [], true).error, TOO_MUCH);
});

Deno.test("scanChunks() works within the bytes that it is given, and counts them", () => {
  const text = "2;x\r\nab\r\n3\r\ncd";
  const buffer = bytesOf(`##${text}##`);
  const body = followChunks();
  assertEquals(scanChunks(body, buffer, 2, 2 + text.length, true), null);
  assertEquals(body.consumed, text.length);
  assertEquals(body.kept, text.length - 2);
  assertEquals(body.payload, 4);
  assertEquals(body.remaining, 1);
  const kept = textOf(buffer);
  assert(kept.startsWith("##2\r\nab\r\n3\r\ncd"), kept);
  assert(kept.endsWith("##"), kept);
  // The content alone, in its place.
  const rest = bytesOf("##e\r\n1\r\nf\r\n0\r\n\r\nNEXT");
  assertEquals(scanChunks(body, rest, 2, rest.length, false), null);
  assertEquals(textOf(rest.subarray(2, 2 + body.kept)), "ef");
  assertEquals(body.consumed, rest.length - 2 - "NEXT".length);
  assertEquals(body.payload, 6);
  assert(body.done);
});

Deno.test("followChunks() starts before the first size, with nothing read", () => {
  const { phase: _, ...rest } = followChunks();
  assertEquals(rest, {
    done: false,
    remaining: 0,
    digits: 0,
    dropped: 0,
    consumed: 0,
    kept: 0,
    payload: 0,
  });
});

Deno.test("scanChunks() takes nothing beyond the end, nor of a body that is malformed", () => {
  const body = followChunks();
  const end = bytesOf("0\r\n\r\nNEXT");
  scanChunks(body, end, 0, end.length, true);
  assertEquals([body.consumed, body.kept], [5, 5]);
  assertEquals(scanChunks(body, end, 5, end.length, true), null);
  assertEquals([body.consumed, body.kept], [0, 0]);
  const bad = followChunks();
  const bytes = bytesOf("1\r\nab");
  assertEquals(scanChunks(bad, bytes, 0, 3, true), null);
  assertEquals([bad.consumed, bad.kept], [3, 3]);
  assertEquals(scanChunks(bad, bytes, 3, 5, true), DATA_END);
  assertEquals([bad.consumed, bad.kept], [0, 0]);
});
