import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  borrow,
  fullBucket,
  waitForToken,
} from "../../lib/proxy/token_bucket.ts";

Deno.test("a bucket gives what it holds at once, and then what comes back", () => {
  const bucket = fullBucket(10, 3, 1000);
  for (let i = 0; i < 3; i++) {
    assertEquals(waitForToken(bucket, 1000), 0);
    assertEquals(borrow(bucket, 1, 1000), 0);
  }
  assertAlmostEquals(waitForToken(bucket, 1000), 100);
  assertAlmostEquals(waitForToken(bucket, 1099), 1);
  assertEquals(waitForToken(bucket, 1100), 0);
});

Deno.test("a bucket never holds more than its size", () => {
  const bucket = fullBucket(10, 3, 0);
  borrow(bucket, 1, 1_000_000);
  assertEquals(bucket.tokens, 2);
});

Deno.test("what is borrowed is paid back at the rate, one after the other", () => {
  const bucket = fullBucket(1000, 500, 0);
  assertEquals(borrow(bucket, 500, 0), 0);
  assertAlmostEquals(borrow(bucket, 1000, 0), 1000);
  assertAlmostEquals(borrow(bucket, 1000, 0), 2000);
  assertAlmostEquals(borrow(bucket, 0, 1500), 500);
  assertEquals(borrow(bucket, 0, 2001), 0);
});
