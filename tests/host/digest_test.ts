import { createHmac } from "node:crypto";
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
    assertEquals(hmacSha256(key, data).slice(0, mac.length), mac);
  }
});

Deno.test("HMAC-SHA-256 of a text is that of its UTF-8, whatever its length and the key before", () => {
  const keys = [32, 64, 65, 200].map((length) => randomBytes(length));
  for (const length of [0, 1, 63, 64, 65, 2000, 2730, 2731, 40_000]) {
    for (const unit of ["a", "\u00e9", "\u2028", "\u{1f600}", "\ud800"]) {
      const data = unit.repeat(length);
      for (const key of keys) {
        const mac = createHmac("sha256", key).update(encodeUtf8(data));
        assertEquals(hmacSha256(key, data), mac.digest("hex"));
        assertEquals(
          hmacSha256(key, encodeUtf8(data)),
          hmacSha256(key, data),
        );
      }
    }
  }
});

Deno.test("random bytes come in the length that was asked for, each time others", () => {
  assertEquals(randomBytes(0).length, 0);
  assertEquals(randomBytes(256).length, 256);
  const seen = new Set(Array.from({ length: 50 }, () => hex(randomBytes(16))));
  assertEquals(seen.size, 50);
});
