import { assertEquals } from "@std/assert";
import {
  encodeUtf8,
  hex,
  hmacSha256,
  randomBytes,
  sha256,
} from "../../lib/host.ts";
import { HMAC_VECTORS, SHA_VECTORS } from "../support/digest_vectors.ts";

Deno.test("SHA-256 is that of FIPS 180-4", () => {
  for (const [text, times, digest] of SHA_VECTORS) {
    assertEquals(hex(sha256(encodeUtf8(text.repeat(times)))), digest);
  }
});

Deno.test("HMAC-SHA-256 is that of RFC 4231", () => {
  for (const [key, data, mac] of HMAC_VECTORS) {
    assertEquals(hex(hmacSha256(key, data)).slice(0, mac.length), mac);
  }
});

Deno.test("random bytes come in the length that was asked for, each time others", () => {
  assertEquals(randomBytes(0).length, 0);
  assertEquals(randomBytes(256).length, 256);
  const seen = new Set(Array.from({ length: 50 }, () => hex(randomBytes(16))));
  assertEquals(seen.size, 50);
});
