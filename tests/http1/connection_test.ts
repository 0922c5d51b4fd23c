import { assertEquals } from "@std/assert";
import { HOP_BY_HOP, readConnection } from "../../lib/http1/connection.ts";
import { said } from "./said.ts";

Deno.test("HOP_BY_HOP holds the fields of RFC 9110 section 7.6.1 and their older names", () => {
  assertEquals([...HOP_BY_HOP].sort(), [
    "connection",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ]);
});

for (
  const [minor, value, keepAlive, upgrade] of [
    [1, "", true, false],
    [0, "", false, false],
    [1, ",close", false, false],
    [1, ",keep-alive", true, false],
    // HTTP/1.0 keeps no connection, whatever it asks for.
    [0, ",keep-alive", false, false],
    [1, ",Upgrade", true, true],
    [1, ", TE ,Close,,upgrade", false, true],
    [1, ",other", true, false],
  ] as const
) {
  Deno.test(`readConnection() reads '${value}' of HTTP/1.${minor}`, () => {
    assertEquals(readConnection(minor, value, ["x-a"]), { keepAlive, upgrade });
  });
}

for (
  const name of [
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "expect",
    "origin",
    "sec-fetch-site",
  ]
) {
  Deno.test(`readConnection() refuses the option ${name}, sent or not`, () => {
    for (const names of [[], [name]]) {
      assertEquals(
        said(readConnection(1, `,TE,${name.toUpperCase()}`, names)),
        {
          status: 400,
          reason: `Connection names ${name}, which belongs to the request`,
        },
      );
    }
  });
}

Deno.test("readConnection() refuses an option that names a field of the request", () => {
  assertEquals(said(readConnection(1, ",close,x-A", ["b", "x-a"])), {
    status: 400,
    reason:
      "Connection names the field x-a; leave that field out of the request instead",
  });
});

Deno.test("readConnection() reads a hundred options, and no more", () => {
  assertEquals(readConnection(1, ",a".repeat(99), []), {
    keepAlive: true,
    upgrade: false,
  });
  assertEquals(said(readConnection(1, ",a".repeat(100), [])), {
    status: 400,
    reason: "Connection has more than 100 options",
  });
});
