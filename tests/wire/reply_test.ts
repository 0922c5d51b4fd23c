import { assertEquals } from "@std/assert";
import { answer, CONTINUE } from "../../lib/wire/reply.ts";
import { textOf } from "../support/conn.ts";

const BODY = '{"message":"no"}\n';

for (
  const [what, close, head, rest] of [
    ["an answer", false, false, `\r\n${BODY}`],
    ["the last answer", true, false, `Connection: close\r\n\r\n${BODY}`],
    ["the answer to a HEAD", false, true, "\r\n"],
    ["the last answer, to a HEAD", true, true, "Connection: close\r\n\r\n"],
  ] as const
) {
  Deno.test(`answer() writes ${what} in the shape of the engine's`, () => {
    assertEquals(
      textOf(answer(403, "no", close, head)),
      `HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 17\r\n${rest}`,
    );
  });
}

Deno.test("answer() counts the bytes of its body and escapes the message", () => {
  const text = textOf(answer(502, 'é "x"', true, false));
  assertEquals(
    text,
    'HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nContent-Length: 23\r\nConnection: close\r\n\r\n{"message":"\xc3\xa9 \\"x\\""}\n',
  );
});

Deno.test("answer() gives a status without a registered phrase a phrase all the same", () => {
  assertEquals(
    textOf(answer(599, "", false, true)).split("\r\n")[0],
    "HTTP/1.1 599 Error",
  );
});

Deno.test("CONTINUE is the interim answer 100", () => {
  assertEquals(textOf(CONTINUE), "HTTP/1.1 100 Continue\r\n\r\n");
});
