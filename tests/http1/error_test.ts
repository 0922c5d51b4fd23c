import { assertEquals } from "@std/assert";
import {
  badRequest,
  longRequestLine,
  tooLarge,
} from "../../lib/http1/error.ts";

Deno.test("the errors have the status of their RFC and name the limit", () => {
  assertEquals(badRequest("http.bad_field", "why"), {
    status: 400,
    code: "http.bad_field",
    reason: "why",
  });
  assertEquals(longRequestLine(7), {
    status: 414,
    code: "http.uri_too_long",
    reason: "the request line is longer than 7 bytes (--max-request-line)",
  });
  assertEquals(tooLarge("fields", 9, "--flag"), {
    status: 431,
    code: "http.head_too_large",
    reason: "the head has more than 9 fields (--flag)",
  });
});
