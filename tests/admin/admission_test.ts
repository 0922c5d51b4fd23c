import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  type Admission,
  checkRequest,
  isOpenToAll,
  isOwnHost,
  isSame,
  mayConnect,
} from "../../lib/admin/admission.ts";
import { parseRequestHead, type RequestHead } from "../../lib/http1/request.ts";
import { type Cidr, parseCidr } from "../../lib/net/cidr.ts";
import { LIMITS } from "../support/proxy.ts";

const OPEN: Admission = { allow: null, host: "127.0.0.1", token: null };
const SECRET = "s3cret-token-of-some-length";

function head(path: string, ...fields: string[]): RequestHead {
  const lines = [`GET ${path} HTTP/1.1`, ...fields];
  if (!fields.some((one) => /^host:/i.test(one))) {
    lines.push("Host: localhost:9323");
  }
  const read = parseRequestHead(lines.join("\r\n") + "\r\n\r\n", LIMITS);
  if ("reason" in read) throw new Error(read.reason);
  return read;
}

function status(
  admission: Partial<Admission>,
  path: string,
  ...fields: string[]
): number {
  const asked = head(path, ...fields);
  return checkRequest({ ...OPEN, ...admission }, asked, path)?.status ?? 200;
}

Deno.test("a Host that a stranger's name server could have lead here is refused", () => {
  for (
    const good of [
      "127.0.0.1",
      "127.0.0.1:9323",
      "10.0.0.5:80",
      "[::1]",
      "[::1]:9323",
      "[fe80::1]:1",
      "localhost",
      "LOCALHOST:9323",
      "sockwarden",
      "sockwarden:9323",
    ]
  ) assertEquals(isOwnHost("127.0.0.1", good), true, good);
  for (
    const bad of [
      "",
      "evil.example",
      "evil.example:9323",
      "localhost.",
      "localhost.:9323",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "127.0.0.1.",
      "127.1",
      "0x7f.0.0.1",
      "[fe80::1%25eth0]",
      "[fe80::1%eth0]:80",
      "[127.0.0.1]",
      "[::1",
      "::1",
      "localhost:123456",
      "localhost:",
      "localhost:80:80",
      "user@localhost",
      "localhost/evil.example",
    ]
  ) assertEquals(isOwnHost("127.0.0.1", bad), false, bad);
  assertEquals(isOwnHost("metrics.example", "Metrics.Example:9323"), true);
  assertEquals(isOwnHost("metrics.example", "x.metrics.example"), false);
});

Deno.test("on a unix socket any Host will do", () => {
  assertEquals(status({ host: null }, "/metrics", "Host: evil.example"), 200);
  assertEquals(status({}, "/metrics", "Host: evil.example"), 421);
  assertEquals(status({}, "/", "Host: evil.example"), 421);
});

Deno.test("a page of another origin may ask for nothing", () => {
  const own = "Origin: http://localhost:9323";
  assertEquals(status({}, "/api/v1/state", own), 200);
  for (
    const field of [
      "Origin: http://evil.example",
      "Origin: null",
      "Origin: http://localhost:8080",
      "Sec-Fetch-Site: cross-site",
      "Sec-Fetch-Site: same-site",
    ]
  ) assertEquals(status({}, "/api/v1/events", field), 403, field);
  for (const site of ["same-origin", "none"]) {
    assertEquals(status({}, "/metrics", `Sec-Fetch-Site: ${site}`), 200);
  }
});

Deno.test("a link of another page may lead to the page alone", () => {
  const link = "Sec-Fetch-Site: cross-site";
  assertEquals(status({}, "/", link), 200);
  assertEquals(status({}, "/healthz", link), 403);
  assertEquals(status({}, "/", "Origin: http://evil.example"), 403);
});

Deno.test("all but the page and the liveness need the token", () => {
  const token = SECRET;
  for (const path of ["/", "/healthz"]) {
    assertEquals(status({ token }, path), 200);
  }
  for (const path of ["/readyz", "/metrics", "/api/v1/state", "/nothing"]) {
    assertEquals(status({ token }, path), 401, path);
    for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer "]) {
      const field = `Authorization: ${scheme} ${SECRET}`;
      assertEquals(status({ token }, path, field), 200, field);
    }
  }
});

Deno.test("a token that is not the whole token is none", () => {
  const token = SECRET;
  for (
    const value of [
      "",
      "Bearer",
      "Bearer ",
      `Bearer ${SECRET.slice(0, -1)}`,
      `Bearer ${SECRET}x`,
      `Bearer ${SECRET}${SECRET}`,
      `Bearer ${SECRET} x`,
      `Basic ${SECRET}`,
      SECRET,
      `Bearer ${SECRET.toUpperCase()}`,
    ]
  ) {
    const field = `Authorization: ${value}`;
    assertEquals(status({ token }, "/metrics", field), 401, field);
  }
  const good = `Authorization: Bearer ${SECRET}`;
  assertEquals(status({ token }, "/metrics", good, good), 401);
  assertEquals(
    status({ token }, "/metrics", `X-Authorization: Bearer ${SECRET}`),
    401,
  );
});

Deno.test("two texts are the same where they are equal", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.string(),
      (one, other) => {
        assertEquals(isSame(one, other), one === other);
        assertEquals(isSame(one, one), true);
        assertEquals(isSame(one, one + one), false);
      },
    ),
  );
});

Deno.test("only the addresses of --admin-allow may connect", () => {
  const allow = [parseCidr("10.0.0.0/8") as Cidr];
  const admission = { ...OPEN, allow };
  assertEquals(mayConnect(admission, "10.1.2.3"), true);
  assertEquals(mayConnect(admission, "::ffff:10.1.2.3"), true);
  assertEquals(mayConnect(admission, "11.1.2.3"), false);
  assertEquals(mayConnect(admission, ""), false);
  assertEquals(mayConnect(OPEN, "11.1.2.3"), true);
});

Deno.test("a listener that is open to all is one on the network without token and addresses", () => {
  const host = "0.0.0.0";
  assertEquals(isOpenToAll({ ...OPEN, host }), true);
  assertEquals(isOpenToAll({ ...OPEN, host, token: "a" }), false);
  assertEquals(isOpenToAll({ ...OPEN, host, allow: [] }), false);
  assertEquals(isOpenToAll(OPEN), false);
  assertEquals(isOpenToAll({ ...OPEN, host: null }), false);
});
