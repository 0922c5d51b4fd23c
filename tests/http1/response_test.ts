import { assert, assertEquals } from "@std/assert";
import {
  parseResponseHead,
  withFields,
  withoutCuts,
} from "../../lib/http1/response.ts";
import { bytesOf, textOf } from "../support/conn.ts";
import { must } from "../support/narrow.ts";

function parse(...lines: string[]) {
  return parseResponseHead(lines.join("\r\n") + "\r\n\r\n");
}

/** What is left of a head. */
function relayed(...lines: string[]): string[] {
  const text = lines.join("\r\n") + "\r\n\r\n";
  const { cuts } = must(parseResponseHead(text));
  const kept = textOf(withoutCuts(bytesOf(text), cuts));
  assert(kept.endsWith("\r\n\r\n"));
  return kept.slice(0, -4).split("\r\n");
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

const OK = "HTTP/1.1 200 OK";

Deno.test("the engine's own ids can be left out beside what is left out anyway", () => {
  const lines = [OK, "A: b", "x-request-ID: 1", "TE: c", "X-Request-Id: 2"];
  const span = (line: string) => {
    const at = lines.join("\r\n").indexOf(line);
    return [at, at + line.length + 2] as [number, number];
  };
  const head = good(...lines);
  assertEquals(head.cuts, [span("TE: c")]);
  assertEquals(
    head.cutsWithIds,
    [span("x-request-ID: 1"), span("TE: c"), span("X-Request-Id: 2")],
  );
});

Deno.test("parseResponseHead() gives the status, the version, and whether the end was said", () => {
  const plain = good("HTTP/1.0 404 Not Found", "Content-Length: 0", "A: b");
  assertEquals(plain, {
    status: 404,
    minor: 0,
    framing: { kind: "length", length: 0 },
    framed: true,
    keepAlive: false,
    cuts: [],
    cutsWithIds: [],
  });
  assertEquals(good(OK).framed, false);
  assertEquals(good(OK, "Transfer-Encoding: Chunked").framed, true);
  assertEquals(good("HTTP/1.1 204 N", "Content-Length: 1").framed, true);
  assertEquals(good("HTTP/1.1 201").status, 201);
  assertEquals(good(OK, "Content-Length:5").framing, {
    kind: "length",
    length: 5,
  });
});

for (
  const [reason, ...lines] of [
    ["its status line is not HTTP/1.1's", "HTTP/2 200"],
    ["its status line is not HTTP/1.1's", ""],
    ["one of its fields is malformed", OK, "A : b"],
    ["one of its fields is malformed", OK, "nonsense"],
    ["one of its fields is malformed", OK, ": a"],
    ["one of its fields is malformed", OK, "A: b", " folded"],
    ["one of its fields is malformed", OK, "A: \x00"],
    ["its Content-Length is not one plain number", OK, "Content-Length: x"],
    [
      "its Content-Length is not one plain number",
      OK,
      "Content-Length: 1",
      "Content-Length: 1",
    ],
    [
      "its Transfer-Encoding is not 'chunked', once",
      OK,
      "Transfer-Encoding: gzip",
    ],
    [
      "its Transfer-Encoding is not 'chunked', once",
      OK,
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: chunked",
    ],
    // %xA0 is no whitespace: another reader takes another value.
    [
      "its Transfer-Encoding is not 'chunked', once",
      OK,
      "Transfer-Encoding: chunked\xa0",
    ],
    ["its Content-Length is not one plain number", OK, "Content-Length: \xa01"],
    [
      "its Transfer-Encoding is not 'chunked', once",
      "HTTP/1.0 200 OK",
      "Transfer-Encoding: chunked",
    ],
    [
      "it has both Transfer-Encoding and Content-Length",
      OK,
      "Transfer-Encoding: chunked",
      "Content-Length: 1",
    ],
    // Said of what has no body too: it tells two readers apart all the same.
    [
      "it has both Transfer-Encoding and Content-Length",
      "HTTP/1.1 204 N",
      "Content-Length: 1",
      "Transfer-Encoding: chunked",
    ],
  ] as const
) {
  Deno.test(`parseResponseHead() says that ${reason}: ${JSON.stringify(lines)}`, () => {
    assertEquals(parse(...lines), { reason });
  });
}

for (
  const [keepAlive, ...lines] of [
    [true, OK, "Content-Length: 1"],
    [true, OK, "Transfer-Encoding: chunked"],
    [true, "HTTP/1.1 204 N"],
    [true, OK, "Content-Length: 1", "Connection: keep-alive"],
    [true, OK, "Content-Length: 1", "Connection: foreclose"],
    [false, OK],
    [false, OK, "Content-Length: 1", "Connection: Close"],
    [false, OK, "Content-Length: 1", "Connection: a", "Connection: b, close"],
    [false, OK, "Content-Length: 1", "Connection: close, keep-alive"],
    [false, "HTTP/1.0 200 OK", "Content-Length: 1"],
    [true, "HTTP/1.0 200 OK", "Content-Length: 1", "Connection: Keep-Alive"],
    [false, "HTTP/1.0 200 OK", "Connection: keep-alive"],
  ] as const
) {
  Deno.test(`parseResponseHead() keeps the connection, ${keepAlive}: ${lines.join(", ")}`, () => {
    assertEquals(good(...lines).keepAlive, keepAlive);
  });
}

Deno.test("parseResponseHead() leaves out what concerns one connection, whatever the status", () => {
  for (const status of [OK, "HTTP/1.1 404 Not Found", "HTTP/1.0 200 OK"]) {
    assertEquals(
      relayed(
        status,
        "Content-Length: 5",
        "Keep-Alive: a",
        "A: 1",
        "connection: x-b, content-length, transfer-encoding, upgrade",
        "Upgrade: h2c",
        "X-B: 1",
        "Trailer: c",
        "B: 2",
      ),
      [status, "Content-Length: 5", "A: 1", "B: 2"],
    );
  }
  assertEquals(
    relayed(OK, "X-B: 1", "Transfer-Encoding: chunked", "Connection: x-b"),
    [OK, "Transfer-Encoding: chunked"],
  );
});

Deno.test("parseResponseHead() leaves the framing fields out of 1xx and 204, in a 304", () => {
  for (const status of [100, 101, 103, 204]) {
    const line = `HTTP/1.1 ${status} X`;
    assertEquals(relayed(line, "Content-Length: 5", "A: b"), [line, "A: b"]);
    assertEquals(relayed(line, "Transfer-Encoding: chunked"), [line]);
  }
  for (const field of ["Content-Length: 5", "Transfer-Encoding: chunked"]) {
    const line = "HTTP/1.1 304 Not Modified";
    assertEquals(relayed(line, field), [line, field]);
  }
});

Deno.test("parseResponseHead() keeps only Upgrade and Connection of a 101, whose options name the rest", () => {
  const line = "HTTP/1.1 101 UPGRADED";
  assertEquals(
    relayed(
      line,
      "Keep-Alive: 5",
      "Connection: Upgrade, x-a",
      "Upgrade: tcp",
      "X-A: 1",
    ),
    [line, "Connection: Upgrade, x-a", "Upgrade: tcp"],
  );
  assertEquals(
    relayed("HTTP/1.1 100 C", "Connection: Upgrade", "Upgrade: tcp"),
    ["HTTP/1.1 100 C"],
  );
});

Deno.test("parseResponseHead() gives cuts in order, each a whole line", () => {
  const head = good(OK, "X-B: 1", "Connection: x-b", "A: 1", "TE: a");
  assertEquals(head.cuts, [[17, 25], [25, 42], [48, 55]]);
});

Deno.test("withoutCuts() gives the very bytes where there is nothing to leave out", () => {
  const bytes = bytesOf(`${OK}\r\n\r\n`);
  assert(withoutCuts(bytes, []) === bytes);
  assertEquals(textOf(withoutCuts(bytesOf("abcdef"), [[0, 2], [3, 4]])), "cef");
  assertEquals(textOf(withoutCuts(bytesOf("abcdef"), [[2, 6]])), "ab");
});

Deno.test("withFields() adds field lines at the end of a head", () => {
  assertEquals(
    textOf(
      withFields(bytesOf(`${OK}\r\nA: b\r\n\r\n`), "Connection: close\r\n"),
    ),
    `${OK}\r\nA: b\r\nConnection: close\r\n\r\n`,
  );
});
