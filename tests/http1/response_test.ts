import { assert, assertEquals } from "@std/assert";
import { parseResponseHead, withoutCuts } from "../../lib/http1/response.ts";
import { must } from "../support/narrow.ts";

function parse(...lines: string[]) {
  return parseResponseHead(lines.join("\r\n") + "\r\n\r\n");
}

function good(...lines: string[]) {
  return must(parse(...lines));
}

Deno.test("parseResponseHead() finds the framing", () => {
  assertEquals(good("HTTP/1.1 200 OK", "Content-Length: 5").framing, {
    kind: "length",
    length: 5,
  });
  assertEquals(
    good("HTTP/1.1 200 OK", "Transfer-Encoding: chunked").framing.kind,
    "chunked",
  );
  assertEquals(good("HTTP/1.1 200 OK").framing.kind, "until-close");
  assertEquals(good("HTTP/1.1 204 No Content").framing.kind, "none");
  assertEquals(
    good("HTTP/1.1 304 X", "Content-Length: 5").framing.kind,
    "none",
  );
  assertEquals(
    good("HTTP/1.1 101 UPGRADED", "Upgrade: tcp").framing.kind,
    "none",
  );
});

Deno.test("parseResponseHead() refuses what can be read in two ways", () => {
  for (
    const lines of [
      ["HTTP/2 200"],
      ["HTTP/1.1 20 OK"],
      ["nonsense"],
      ["HTTP/1.1 200 OK", "Content-Length: 1", "Content-Length: 1"],
      ["HTTP/1.1 200 OK", "Content-Length: 1", "Transfer-Encoding: chunked"],
      ["HTTP/1.1 200 OK", "Content-Length: 1, 1"],
      ["HTTP/1.1 200 OK", "Transfer-Encoding: gzip"],
      ["HTTP/1.0 200 OK", "Transfer-Encoding: chunked"],
      ["HTTP/1.1 200 OK", " folded: yes"],
      ["HTTP/1.1 200 OK", "A : b"],
      ["HTTP/1.1 200 OK\nContent-Length: 1"],
      ["HTTP/1.1 200 OK", "A: b\nContent-Length: 1"],
      ["HTTP/1.1 200 OK", "A: b\rc"],
      ["HTTP/1.1 200 OK", "A: \x00"],
    ]
  ) assert("reason" in parse(...lines), lines.join("|"));
});

Deno.test("withoutCuts() leaves out what concerns one connection, byte for byte", () => {
  const text =
    "HTTP/1.1 200 OK\r\nConnection: close, X-Own\r\nA: \xe9\r\nX-Own: 1\r\nKeep-Alive: 5\r\nB: 2\r\n\r\n";
  const head = must(parseResponseHead(text));
  assertEquals(head.keepAlive, false);
  const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
  const kept = String.fromCharCode(...withoutCuts(bytes, head.cuts));
  assertEquals(kept, "HTTP/1.1 200 OK\r\nA: \xe9\r\nB: 2\r\n\r\n");
});

Deno.test("withoutCuts() leaves the length out of a 204, and in where Connection names it", () => {
  const none = good("HTTP/1.1 204 No Content", "Content-Length: 5", "A: b");
  assertEquals(none.cuts, [[25, 44]]);
  const named = good(
    "HTTP/1.1 200 OK",
    "Connection: content-length",
    "Content-Length: 5",
  );
  assertEquals(named.cuts.length, 1);
});

Deno.test("parseResponseHead() keeps Upgrade and Connection of a 101", () => {
  const head = good(
    "HTTP/1.1 101 UPGRADED",
    "Connection: Upgrade",
    "Upgrade: tcp",
  );
  assertEquals(head.cuts, []);
});
