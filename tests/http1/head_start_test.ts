import { assertEquals } from "@std/assert";
import type { HttpError } from "../../lib/http1/error.ts";
import { checkHeadStart } from "../../lib/http1/head_start.ts";

const LIMITS = { headBytes: 60, headerCount: 10, requestLineBytes: 20 };
const LINE = "GET /678901234567890"; // 20 bytes
const LONG_LINE: HttpError = {
  status: 414,
  code: "http.uri_too_long",
  reason: "the request line is longer than 20 bytes (--max-request-line)",
};
const LARGE: HttpError = {
  status: 431,
  code: "http.head_too_large",
  reason: "the head has more than 60 bytes (--max-head-bytes)",
};
const MALFORMED: HttpError = {
  status: 400,
  code: "http.bad_field",
  reason:
    "the head contains a control byte, or a line that does not end with CR LF",
};

function check(text: string, from = 0) {
  return checkHeadStart(text, from, LIMITS);
}

Deno.test("checkHeadStart() answers 414 from the first byte beyond the limit on", () => {
  for (const text of [LINE, `${LINE}\r`, `${LINE}\r\n`, `${LINE}\r\nA`]) {
    assertEquals(check(text), null, text);
  }
  for (const end of ["", "\r", "\r\n", "\r\nA"]) {
    assertEquals(check(`${LINE}x${end}`), LONG_LINE, end);
  }
  // A CR within the line ends nothing.
  assertEquals(check("GET /\r78901234567890123"), LONG_LINE);
});

Deno.test("checkHeadStart() answers 414 wherever the line was cut", () => {
  for (let from = 0; from <= 21; from++) {
    assertEquals(check(`${LINE}x`, from), LONG_LINE);
  }
});

Deno.test("checkHeadStart() counts the first line alone as the request line", () => {
  assertEquals(check(`GET /\r\nA: ${"b".repeat(25)}\r\n`), null);
});

Deno.test("checkHeadStart() answers 431 from the first byte beyond the limit on", () => {
  const head = `${LINE}\r\nA: `;
  const fill = "b".repeat(60 - head.length);
  assertEquals(check(head + fill), null);
  assertEquals(check(`${head + fill}b`), LARGE);
  // What else is wrong is not looked for.
  assertEquals(check(`${head + fill}\x00`), LARGE);
  assertEquals(check(`${LINE}x\r\n${"b".repeat(60)}`), LONG_LINE);
});

Deno.test("checkHeadStart() answers 400 to what no head contains", () => {
  for (
    const text of [
      "\r\n",
      `\r\n${"a".repeat(30)}`,
      "\n",
      "\r",
      "\x16\x03\x01",
      "GET /\x00",
      "GET /\x7f",
      "GET /\n",
      "GET /\r\n\n",
      "GET / HTTP/1.1\nHost",
    ]
  ) assertEquals(check(text), MALFORMED, JSON.stringify(text));
  assertEquals(check("GET\t/\r\nA: b\r\n"), null);
});

Deno.test("checkHeadStart() looks at the part that is new, with the byte before it", () => {
  // An LF whose CR ended the part before, and one that has none.
  assertEquals(check("GET /\r\nA", 6), null);
  assertEquals(check("GET /a\nA", 6), MALFORMED);
  assertEquals(check("GET /a\x00", 6), MALFORMED);
  // The new part alone: what was checked is not checked again.
  assertEquals(check("G\x00T /ab", 5), null);
  assertEquals(check("G\x00T /ab", 3), null);
  assertEquals(check("G\x00T /ab", 2), MALFORMED);
});

Deno.test("checkHeadStart() takes bytes outside ASCII in fields, and none in the request line", () => {
  assertEquals(check("GET /a\r\nA: \xe9"), null);
  assertEquals(check("GET /a\r\nA: \xe9\xe9", 11), null);
  assertEquals(check("GET /a\r\nA: \x7f"), MALFORMED);
  for (
    const [text, from] of [["GET /\xe9", 0], ["GET /\xe9\r\nA", 0], [
      "GET /a\xe9",
      6,
    ], ["GET /a\xe9\r\nA: \xe9", 6]] as const
  ) {
    const error = check(text, from);
    assertEquals(
      [error?.status, error?.code, error?.reason],
      [
        400,
        "http.bad_request_line",
        "the request line contains a byte outside ASCII",
      ],
      text,
    );
  }
});
