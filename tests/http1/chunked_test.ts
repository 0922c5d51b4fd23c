import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { followChunks, scanChunks } from "../../lib/http1/chunked.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Follows a body in pieces; gives what is kept, what is left, and the error. */
function follow(text: string, cuts: number[], framing: boolean) {
  const body = followChunks();
  let kept = "";
  let from = 0;
  for (const to of [...cuts, text.length]) {
    const piece = encoder.encode(text.slice(from, to));
    const error = scanChunks(body, piece, 0, piece.length, framing);
    if (error !== null) return { kept, error, rest: "", done: false };
    kept += decoder.decode(piece.subarray(0, body.kept));
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

for (
  const [what, text] of [
    ["a size without digits", "\r\nhello"],
    ["a size that is no number", "g\r\n"],
    ["a hexadecimal prefix", "0x5\r\nhello\r\n"],
    ["a sign", "+5\r\nhello\r\n"],
    ["a space before the size", " 5\r\nhello\r\n"],
    ["a space after the size", "5 \r\nhello\r\n"],
    ["a size line with LF only", "5\nhello\r\n"],
    ["data longer than its size", "3\r\nhello\r\n"],
    ["data with LF only", "5\r\nhello\n0\r\n\r\n"],
    ["a size beyond numbers", "fffffffffffffff\r\n"],
    ["a bare LF in an extension", "5;a\nhello"],
    ["a control byte in an extension", "5;a\x01\r\nhello"],
    ["a folded trailer", "0\r\n a: b\r\n\r\n"],
    ["a bare LF in a trailer", "0\r\nA: b\n\r\n"],
    ["an end with LF only", "0\r\n\n"],
    ["a CR without LF", "5\rhello"],
    ["an endless extension", "5;" + "a".repeat(5000)],
    ["an endless trailer", "0\r\nA: " + "a".repeat(5000)],
  ] as const
) {
  Deno.test(`scanChunks() refuses ${what}`, () => {
    assert(follow(text, [], true).error !== null);
  });
}
