import { assertEquals } from "@std/assert";
import {
  badRequest,
  longRequestLine,
  tooLarge,
} from "../../lib/http1/error.ts";

Deno.test("the errors have the status of their RFC and name the limit", () => {
  assertEquals(badRequest("why"), { status: 400, reason: "why" });
  assertEquals(longRequestLine(7), {
    status: 414,
    reason: "the request line is longer than 7 bytes",
  });
  assertEquals(tooLarge("head", "fields", 9), {
    status: 431,
    reason: "the head has more than 9 fields",
  });
});
