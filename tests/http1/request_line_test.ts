import { assertEquals } from "@std/assert";
import { parseRequestLine } from "../../lib/http1/request_line.ts";
import { said } from "./said.ts";

Deno.test("parseRequestLine() gives the method, the target as it came, and the minor version", () => {
  assertEquals(parseRequestLine("GET /a%2f?B HTTP/1.1", 100), {
    method: "GET",
    target: "/a%2f?B",
    minor: 1,
  });
  assertEquals(parseRequestLine("x * HTTP/1.0", 100), {
    method: "x",
    target: "*",
    minor: 0,
  });
});

Deno.test("parseRequestLine() takes a line of exactly its limit", () => {
  const line = "GET / HTTP/1.1";
  assertEquals("reason" in parseRequestLine(line, line.length), false);
  assertEquals(said(parseRequestLine(line, line.length - 1)), {
    status: 414,
    reason: "the request line is longer than 13 bytes (--max-request-line)",
  });
});

const NO_LINE = "the request line is not 'METHOD target HTTP/1.1'";
const HTTP_2 =
  "HTTP/2 is not served: over it Docker 29 and later gives its whole API, past every policy; use HTTP/1.1, and for builds buildx's docker driver (preset docker-build) or a BuildKit daemon of their own";
const ODD_BYTE =
  "the request line contains a control byte or a byte outside ASCII";

for (
  const [line, status, reason] of [
    ["", 400, NO_LINE],
    ["GET /", 400, NO_LINE],
    ["GET  / HTTP/1.1", 400, NO_LINE],
    ["GET / http/1.1", 400, NO_LINE],
    ["GET\t/ HTTP/1.1", 400, NO_LINE],
    ["GET /\xe9 HTTP/1.1", 400, ODD_BYTE],
    ["GET /\x00 HTTP/1.1", 400, ODD_BYTE],
    ["GET / HTTP/1.1\nHost: a", 400, ODD_BYTE],
    ["G@T / HTTP/1.1", 400, "the method is not a token"],
    ["GET / HTTP/1.2", 505, "HTTP/1.2 is not supported; use HTTP/1.1"],
    ["GET / HTTP/0.1", 505, "HTTP/0.1 is not supported; use HTTP/1.1"],
    ["GET / HTTP/0.9", 505, "HTTP/0.9 is not supported; use HTTP/1.1"],
    ["PRI * HTTP/2.0", 505, HTTP_2],
    // The version comes first: what it says of the rest is not known.
    ["G@T / HTTP/2.0", 505, HTTP_2],
    ["GET / HTTP/3.0", 505, "HTTP/3.0 is not supported; use HTTP/1.1"],
  ] as const
) {
  Deno.test(`parseRequestLine() answers ${status} to ${JSON.stringify(line)}`, () => {
    assertEquals(said(parseRequestLine(line, 100)), { status, reason });
  });
}
