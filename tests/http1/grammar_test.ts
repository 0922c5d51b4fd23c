import { assertEquals } from "@std/assert";
import {
  ASCII_LINE,
  BARE_CR_OR_LF,
  CONTENT_LENGTH,
  EMPTY_FIRST_LINE,
  FIELD_LINE,
  listMembers,
  NEVER_IN_CLIENT_HEAD,
  NOT_ONE_HOST,
  OBS_TEXT,
  REQUEST_LINE,
  STATUS_LINE,
  TOKEN,
  withoutOws,
} from "../../lib/http1/grammar.ts";

/** The bytes that match by themselves, as ranges: `"00-08 0a 7f-ff"`. */
function bytesOf(expression: RegExp): string {
  const ranges: string[] = [];
  const hex = (byte: number) => byte.toString(16).padStart(2, "0");
  for (let byte = 0; byte < 256; byte++) {
    const from = byte;
    if (!expression.test(String.fromCharCode(byte))) continue;
    while (
      byte < 255 && expression.test(String.fromCharCode(byte + 1))
    ) byte++;
    ranges.push(from === byte ? hex(byte) : `${hex(from)}-${hex(byte)}`);
  }
  return ranges.join(" ");
}

for (
  const [name, expression, bytes] of [
    // ! # $ % & ' * + - . DIGIT ALPHA ^ _ ` ALPHA | ~
    ["TOKEN", TOKEN, "21 23-27 2a-2b 2d-2e 30-39 41-5a 5e-7a 7c 7e"],
    ["ASCII_LINE", ASCII_LINE, "09 20-7e"],
    ["FIELD_LINE", FIELD_LINE, "09 20-7e 80-ff"],
    ["BARE_CR_OR_LF", BARE_CR_OR_LF, "0a 0d"],
    ["NEVER_IN_CLIENT_HEAD", NEVER_IN_CLIENT_HEAD, "00-08 0b-0c 0e-1f 7f"],
    ["OBS_TEXT", OBS_TEXT, "80-ff"],
    ["EMPTY_FIRST_LINE", EMPTY_FIRST_LINE, "0a 0d"],
    ["CONTENT_LENGTH", CONTENT_LENGTH, "30-39"],
  ] as const
) {
  Deno.test(`${name} matches exactly the bytes ${bytes}`, () => {
    assertEquals(bytesOf(expression), bytes);
  });
}

/** What an expression matches, and what it does not. */
const CASES: readonly (readonly [string, RegExp, string[], string[]])[] = [
  ["TOKEN", TOKEN, ["a", "A-1", "!#|~"], ["", "a b", "a:", " a", "a\r\n"]],
  ["ASCII_LINE", ASCII_LINE, ["", "a: b\tc ~"], ["a\r", "\na", "a\x7fb"]],
  ["FIELD_LINE", FIELD_LINE, ["", "a: \xe9\t"], ["a\x00b", "\x1f", "a\nb"]],
  [
    "NEVER_IN_CLIENT_HEAD",
    NEVER_IN_CLIENT_HEAD,
    ["a\nb", "\n\n", "a\r\n\n"],
    ["a\r\nb", "a\r", "a\rb", "\t", "\n"],
  ],
  [
    "EMPTY_FIRST_LINE",
    EMPTY_FIRST_LINE,
    ["\r\nGET", "\nGET"],
    ["GET\r\n", " \r\n", ""],
  ],
  ["NOT_ONE_HOST", NOT_ONE_HOST, ["a b", "a,b", "a\tb"], ["", "a:1", "[::1]"]],
  [
    "CONTENT_LENGTH",
    CONTENT_LENGTH,
    ["0", "007", "9".repeat(15)],
    ["", "9".repeat(16), "+1", "-1", "1 ", "0x1", "1,1", "1.0", "1e3"],
  ],
  [
    "REQUEST_LINE",
    REQUEST_LINE,
    ["GET / HTTP/1.1", "G@T * HTTP/0.9", "A / HTTP/2.0"],
    [
      "GET / HTTP/1.1 ",
      " GET / HTTP/1.1",
      "GET  / HTTP/1.1",
      "GET /  HTTP/1.1",
      "GET\t/ HTTP/1.1",
      "GET / HTTP/1.",
      "GET / HTTP/11.1",
      "GET / HTTP/1.11",
      "GET / HTTP/1x1",
      "GET / http/1.1",
      "GET HTTP/1.1",
      "GET / XHTTP/1.1",
      "GET /",
    ],
  ],
  [
    "STATUS_LINE",
    STATUS_LINE,
    [
      "HTTP/1.1 200 OK",
      "HTTP/1.0 999 ",
      "HTTP/1.1 100",
      "HTTP/1.1 200 \t!\x80\xff~",
    ],
    [
      "HTTP/1.2 200 OK",
      "HTTP/2.0 200 OK",
      "HTTP/1.1 099 X",
      "HTTP/1.1 20 OK",
      "HTTP/1.1 2000 OK",
      "HTTP/1.1  200 OK",
      "HTTP/1.1 200OK",
      "xHTTP/1.1 200 OK",
      "http/1.1 200 OK",
      "HTTP/1.1 200 \x1f",
      "HTTP/1.1 200 \x7f",
      "HTTP/1x1 200 OK",
    ],
  ],
];

for (const [name, expression, good, bad] of CASES) {
  Deno.test(`${name} takes what its rule says and nothing else`, () => {
    assertEquals(good.filter((text) => !expression.test(text)), []);
    assertEquals(bad.filter((text) => expression.test(text)), []);
  });
}

Deno.test("REQUEST_LINE and STATUS_LINE give their parts", () => {
  assertEquals(REQUEST_LINE.exec("GET /a?b HTTP/1.0")?.slice(1), [
    "GET",
    "/a?b",
    "1",
    "0",
  ]);
  assertEquals(STATUS_LINE.exec("HTTP/1.0 204 X")?.slice(1), ["0", "204"]);
});

Deno.test("listMembers() parts a list at its commas, in lower case, without whitespace", () => {
  assertEquals(listMembers("Close ,\tTE, x-A"), ["close", "te", "x-a"]);
  assertEquals(listMembers(""), [""]);
});

Deno.test("withoutOws() takes spaces and tabs away at the ends, and nothing else", () => {
  for (
    const [text, value] of [
      ["", ""],
      [" \t ", ""],
      ["a", "a"],
      [" \ta b\t ", "a b"],
      ["\xa0", "\xa0"],
      [" \xa0 ", "\xa0"],
      [" \xa0a ", "\xa0a"],
      [" a\xa0 ", "a\xa0"],
      ["\ta \xa0 b ", "a \xa0 b"],
      ["\xa0\xa0 \xa0\t", "\xa0\xa0 \xa0"],
      [" \x85\xad ", "\x85\xad"],
    ] as const
  ) assertEquals(withoutOws(text), value, JSON.stringify(text));
});

Deno.test("listMembers() keeps a byte that is no whitespace of HTTP", () => {
  assertEquals(listMembers("close\xa0, keep-alive "), [
    "close\xa0",
    "keep-alive",
  ]);
});
