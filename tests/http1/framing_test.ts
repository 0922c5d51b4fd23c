import { assertEquals } from "@std/assert";
import {
  CHUNKED,
  isBodyless,
  NO_BODY,
  requestFraming,
  responseFraming,
} from "../../lib/http1/framing.ts";
import { said } from "./said.ts";

const bad = (reason: string) => ({ status: 400, reason });

for (
  const [what, minor, length, chunked, framing] of [
    ["nothing", 1, null, false, { kind: "none" }],
    ["a length of 0", 1, "0", false, { kind: "none" }],
    ["a length of 00", 1, "00", false, { kind: "none" }],
    ["a length of 1", 1, "1", false, { kind: "length", length: 1 }],
    ["the largest length", 0, "9".repeat(15), false, {
      kind: "length",
      length: 999_999_999_999_999,
    }],
    ["chunks", 1, null, true, { kind: "chunked" }],
    [
      "both",
      1,
      "0",
      true,
      bad("both Transfer-Encoding and Content-Length are given"),
    ],
    [
      "both in HTTP/1.0",
      0,
      "4",
      true,
      bad("both Transfer-Encoding and Content-Length are given"),
    ],
    [
      "chunks in HTTP/1.0",
      0,
      null,
      true,
      bad("an HTTP/1.0 request has a Transfer-Encoding"),
    ],
  ] as const
) {
  Deno.test(`requestFraming() reads ${what}`, () => {
    assertEquals<unknown>(
      said(requestFraming(minor, length, chunked)),
      framing,
    );
  });
}

Deno.test("requestFraming() gives the constants that are compared by identity", () => {
  assertEquals(requestFraming(1, "0", false) === NO_BODY, true);
  assertEquals(requestFraming(1, null, true) === CHUNKED, true);
});

Deno.test("isBodyless() holds of 1xx, 204 and 304", () => {
  const statuses = [100, 101, 199, 200, 201, 203, 204, 205, 303, 304, 305, 500];
  assertEquals(statuses.filter(isBodyless), [100, 101, 199, 204, 304]);
});

for (
  const [what, status, length, chunked, framing] of [
    ["a length", 200, "5", false, { kind: "length", length: 5 }],
    ["a length of 0", 200, "0", false, { kind: "length", length: 0 }],
    ["chunks", 200, null, true, { kind: "chunked" }],
    ["neither", 200, null, false, { kind: "until-close" }],
    ["chunks of a 204", 204, null, true, { kind: "none" }],
    ["the length of a 304", 304, "5", false, { kind: "none" }],
    ["a 101", 101, null, false, { kind: "none" }],
  ] as const
) {
  Deno.test(`responseFraming() reads ${what}`, () => {
    assertEquals<unknown>(responseFraming(status, length, chunked), framing);
  });
}
