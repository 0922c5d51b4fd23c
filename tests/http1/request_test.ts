import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  formatRequestHead,
  parseRequestHead,
  type RequestHead,
} from "../../lib/http1/request.ts";
import { must } from "../support/narrow.ts";
import { said } from "./said.ts";

const LIMITS = { headBytes: 4096, headerCount: 10, requestLineBytes: 200 };

function head(...lines: string[]): string {
  return lines.join("\r\n") + "\r\n\r\n";
}

function parse(...lines: string[]): RequestHead {
  return must(parseRequestHead(head(...lines), LIMITS));
}

function statusOf(text: string): number {
  const parsed = parseRequestHead(text, LIMITS);
  return "reason" in parsed ? parsed.status : 200;
}

Deno.test("parseRequestHead() reads a plain head", () => {
  const parsed = parse("GET /version?x=1 HTTP/1.1", "Host: a", "Accept:  */* ");
  assertEquals(parsed.method, "GET");
  assertEquals(parsed.target, "/version?x=1");
  assertEquals(parsed.minor, 1);
  assertEquals(parsed.framing, { kind: "none" });
  assertEquals(parsed.keepAlive, true);
  assertEquals(parsed.fields, "Accept: */*\r\n");
});

Deno.test("parseRequestHead() reads lengths, chunks and expectations", () => {
  assertEquals(
    parse("POST / HTTP/1.1", "Host: a", "Content-Length: 5").framing,
    { kind: "length", length: 5 },
  );
  assertEquals(
    parse("POST / HTTP/1.1", "Host: a", "transfer-encoding: CHUNKED").framing,
    { kind: "chunked" },
  );
  const expecting = [
    "POST / HTTP/1.1",
    "Host: a",
    "Content-Length: 1",
    "Expect: 100-Continue",
  ];
  assertEquals(parse(...expecting).expectContinue, true);
});

const REFUSED: readonly (readonly [number, string, string])[] = [
  [
    400,
    "two lengths",
    head(
      "POST / HTTP/1.1",
      "Host: a",
      "Content-Length: 1",
      "Content-Length: 1",
    ),
  ],
  [
    400,
    "a list of lengths",
    head("POST / HTTP/1.1", "Host: a", "Content-Length: 1, 1"),
  ],
  [
    400,
    "a signed length",
    head("POST / HTTP/1.1", "Host: a", "Content-Length: +18"),
  ],
  [
    400,
    "a negative length",
    head("POST / HTTP/1.1", "Host: a", "Content-Length: -1"),
  ],
  [
    400,
    "a hexadecimal length",
    head("POST / HTTP/1.1", "Host: a", "Content-Length: 0x12"),
  ],
  [
    400,
    "an empty length",
    head("POST / HTTP/1.1", "Host: a", "Content-Length:"),
  ],
  [
    400,
    "a length beyond numbers",
    head("POST / HTTP/1.1", "Host: a", "Content-Length: 9999999999999999"),
  ],
  [
    400,
    "length and chunks",
    head(
      "POST / HTTP/1.1",
      "Host: a",
      "Content-Length: 4",
      "Transfer-Encoding: chunked",
    ),
  ],
  [
    400,
    "chunks and length",
    head(
      "POST / HTTP/1.1",
      "Host: a",
      "Transfer-Encoding: chunked",
      "Content-Length: 4",
    ),
  ],
  [
    400,
    "chunks in HTTP/1.0",
    head("POST / HTTP/1.0", "Transfer-Encoding: chunked"),
  ],
  [
    501,
    "identity",
    head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: identity"),
  ],
  [
    501,
    "gzip, chunked",
    head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked"),
  ],
  [
    501,
    "xchunked",
    head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked"),
  ],
  [
    501,
    "chunked twice",
    head(
      "POST / HTTP/1.1",
      "Host: a",
      "Transfer-Encoding: chunked",
      "Transfer-Encoding: chunked",
    ),
  ],
  [
    501,
    "chunked, chunked",
    head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked, chunked"),
  ],
  [400, "a folded field", head("GET / HTTP/1.1", "Host: a", "X: a", " b")],
  [400, "a folded first field", head("GET / HTTP/1.1", " Host: a")],
  [400, "a space before the colon", head("GET / HTTP/1.1", "Host : a")],
  [
    400,
    "a field without a colon",
    head("GET / HTTP/1.1", "Host: a", "nonsense"),
  ],
  [400, "a field without a name", head("GET / HTTP/1.1", "Host: a", ": x")],
  [400, "a bare LF between fields", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"],
  [400, "a bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"],
  [400, "a bare CR in a value", "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"],
  [400, "a NUL in a value", head("GET / HTTP/1.1", "Host: a", "X: a\x00b")],
  [
    400,
    "a byte outside ASCII in a value that is read",
    head("GET / HTTP/1.1", "Host: a\xe9"),
  ],
  [
    400,
    "a byte outside ASCII in a name",
    head("GET / HTTP/1.1", "Host: a", "X\xe9: a"),
  ],
  [
    400,
    "a byte outside ASCII in the target",
    head("GET /\xe9 HTTP/1.1", "Host: a"),
  ],
  [400, "two spaces", head("GET  / HTTP/1.1", "Host: a")],
  [400, "a tab", head("GET\t/ HTTP/1.1", "Host: a")],
  [400, "a trailing space", head("GET / HTTP/1.1 ", "Host: a")],
  [400, "a leading empty line", "\r\n" + head("GET / HTTP/1.1", "Host: a")],
  [400, "HTTP/0.9", "GET /\r\n\r\n"],
  [400, "a lower-case version", head("GET / http/1.1", "Host: a")],
  [505, "HTTP/1.2", head("GET / HTTP/1.2", "Host: a")],
  [505, "HTTP/2.0", head("GET / HTTP/2.0", "Host: a")],
  [505, "the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n"],
  [400, "no method token", head("G@T / HTTP/1.1", "Host: a")],
  [400, "no Host", head("GET / HTTP/1.1")],
  [400, "two Hosts", head("GET / HTTP/1.1", "Host: a", "Host: a")],
  [400, "a Host of two words", head("GET / HTTP/1.1", "Host: a b")],
  [
    400,
    "two content types",
    head(
      "POST / HTTP/1.1",
      "Host: a",
      "Content-Type: a/b",
      "Content-Type: a/b",
    ),
  ],
  [
    400,
    "two upgrades",
    head("POST / HTTP/1.1", "Host: a", "Upgrade: tcp", "Upgrade: h2c"),
  ],
  [
    417,
    "another expectation",
    head("POST / HTTP/1.1", "Host: a", "Expect: sugar", "Content-Length: 1"),
  ],
  [
    400,
    "Connection names Content-Length",
    head(
      "POST / HTTP/1.1",
      "Host: a",
      "Content-Length: 1",
      "Connection: content-length",
    ),
  ],
  [
    400,
    "Connection names Content-Type",
    head(
      "POST / HTTP/1.1",
      "Host: a",
      "Content-Type: a/b",
      "Connection: content-type",
    ),
  ],
  [
    400,
    "Connection names a field",
    head("POST / HTTP/1.1", "Host: a", "X-A: 1", "Connection: x-a"),
  ],
  [
    414,
    "a long request line",
    head(`GET /${"a".repeat(300)} HTTP/1.1`, "Host: a"),
  ],
  [
    431,
    "too many fields",
    head("GET / HTTP/1.1", ...Array(11).fill("Host: a")),
  ],
  [
    431,
    "too many bytes",
    head("GET / HTTP/1.1", "Host: a", `X: ${"a".repeat(5000)}`),
  ],
];

for (const [status, what, text] of REFUSED) {
  Deno.test(`parseRequestHead() answers ${status} to ${what}`, () => {
    assertEquals(statusOf(text), status);
  });
}

Deno.test("parseRequestHead() drops what concerns one connection only", () => {
  const { fields, upgrade } = parse(
    "POST / HTTP/1.1",
    "Host: a",
    "Connection: keep-alive, Upgrade, TE",
    "Keep-Alive: 5",
    "TE: trailers",
    "Proxy-Connection: close",
    "Upgrade: h2c",
    "X-A: 1",
  );
  assertEquals(fields, "X-A: 1\r\n");
  assertEquals(upgrade, "h2c");
});

Deno.test("parseRequestHead() ignores Upgrade and Expect of HTTP/1.0, and closes", () => {
  const parsed = parse(
    "GET / HTTP/1.0",
    "Upgrade: tcp",
    "Connection: keep-alive",
  );
  assertEquals(parsed.upgrade, null);
  assertEquals(parsed.keepAlive, false);
});

Deno.test("parseRequestHead() knows a browser by what only browsers send", () => {
  for (
    const fields of [
      ["Sec-Fetch-Site: same-origin"],
      ["Referer: http://rebound.example/"],
      ["User-Agent: Mozilla/5.0", "Accept-Language: en"],
    ]
  ) assertEquals(parse("GET / HTTP/1.1", "Host: a", ...fields).browser, true);
  for (
    const agent of ["Mozilla/5.0 (Windows NT) WindowsPowerShell", "curl/8"]
  ) {
    const { browser } = parse(
      "GET / HTTP/1.1",
      "Host: a",
      `User-Agent: ${agent}`,
    );
    assertEquals(browser, false);
  }
});

Deno.test("parseRequestHead() takes a browser's language for nothing by itself", () => {
  const { browser } = parse("GET / HTTP/1.1", "Host: a", "Accept-Language: en");
  assertEquals(browser, false);
});

Deno.test("parseRequestHead() takes a head of exactly its limits", () => {
  const fields = Array.from({ length: 9 }, (_, n) => `X-${n}: a`);
  const ten = head("GET / HTTP/1.1", "Host: a", ...fields);
  const limits = {
    headBytes: ten.length,
    headerCount: 10,
    requestLineBytes: "GET / HTTP/1.1".length,
  };
  assertEquals("reason" in parseRequestHead(ten, limits), false);
  for (
    const [limit, status, reason] of [
      [
        "headBytes",
        431,
        `the head has more than ${ten.length - 1} bytes (--max-head-bytes)`,
      ],
      ["headerCount", 431, "the head has more than 9 fields (--max-headers)"],
      [
        "requestLineBytes",
        414,
        "the request line is longer than 13 bytes (--max-request-line)",
      ],
    ] as const
  ) {
    const less = { ...limits, [limit]: limits[limit] - 1 };
    assertEquals(said(parseRequestHead(ten, less)), { status, reason });
  }
});

Deno.test("parseRequestHead() answers for the whole head, the line, the fields, and then for what they say together", () => {
  const wrong = [
    ["a".repeat(201), 414],
    ["GET / HTTP/2.0", 505],
    ["GET / HTTP/1.1", 417],
  ] as const;
  for (const [line, status] of wrong) {
    assertEquals(statusOf(head(line, "Expect: sugar")), status);
    assertEquals(statusOf(head(line, `X: ${"a".repeat(4096)}`)), 431);
  }
});

for (
  const [reason, ...lines] of [
    ["an HTTP/1.1 request has no Host", "GET / HTTP/1.1"],
    ["there are two Host fields", "GET / HTTP/1.1", "Host: a", "Host: a"],
    ["there are two Host fields", "GET / HTTP/1.0", "Host: a", "Host: a"],
    [
      "both Transfer-Encoding and Content-Length are given",
      "GET / HTTP/1.1",
      "Host: a",
      "Content-Length: 0",
      "Transfer-Encoding: chunked",
    ],
    [
      "Connection names host, which belongs to the request",
      "GET / HTTP/1.1",
      "Host: a",
      "Connection: host",
    ],
  ] as const
) {
  Deno.test(`parseRequestHead() says that ${reason}: ${lines[0]}`, () => {
    assertEquals(said(parseRequestHead(head(...lines), LIMITS)), {
      status: 400,
      reason,
    });
  });
}

Deno.test("parseRequestHead() takes HTTP/1.0 with a Host and without", () => {
  assertEquals(parse("GET / HTTP/1.0").minor, 0);
  assertEquals(parse("GET / HTTP/1.0", "Host: a").minor, 0);
});

Deno.test("parseRequestHead() says again that there is no body only where it was said", () => {
  const none = parse("POST / HTTP/1.1", "Host: a", "Content-Length: 00");
  assertEquals(none.framing, { kind: "none" });
  assertEquals(none.fields, "Content-Length: 0\r\n");
  assertEquals(parse("POST / HTTP/1.1", "Host: a").fields, "");
  const one = parse("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "A: b");
  assertEquals(one.fields, "A: b\r\n");
});

Deno.test("parseRequestHead() waits for 100 only of HTTP/1.1 and with a body", () => {
  const waits = (line: string, ...fields: string[]) =>
    parse(line, "Host: a", ...fields).expectContinue;
  const expect = "Expect: 100-continue";
  assertEquals(waits("POST / HTTP/1.1", expect, "Content-Length: 1"), true);
  assertEquals(
    waits("POST / HTTP/1.1", expect, "Transfer-Encoding: chunked"),
    true,
  );
  assertEquals(waits("POST / HTTP/1.1", expect, "Content-Length: 0"), false);
  assertEquals(waits("POST / HTTP/1.1", expect), false);
  assertEquals(waits("POST / HTTP/1.0", expect, "Content-Length: 1"), false);
  assertEquals(waits("POST / HTTP/1.1", "Content-Length: 1"), false);
});

Deno.test("parseRequestHead() knows an upgrade by its field or by its Connection option", () => {
  const upgrade = (line: string, ...fields: string[]) =>
    parse(line, "Host: a", ...fields).upgrade;
  const [field, option] = ["Upgrade: Tcp", "Connection: upgrade"];
  assertEquals(upgrade("POST / HTTP/1.1", field, option), "Tcp");
  assertEquals(upgrade("POST / HTTP/1.1", field), "Tcp");
  assertEquals(upgrade("POST / HTTP/1.1", option), "");
  assertEquals(upgrade("POST / HTTP/1.1"), null);
  assertEquals(upgrade("POST / HTTP/1.0", field, option), null);
});

Deno.test("parseRequestHead() gives what decisions look at", () => {
  const head = parse(
    "POST / HTTP/1.1",
    "Host: a",
    "Content-Type: Application/JSON",
    "Origin: http://A",
    "Connection: close",
  );
  assertEquals(head.contentType, "application/json");
  assertEquals(head.origin, "http://A");
  assertEquals(head.keepAlive, false);
  assertEquals(head.browser, false);
  const bare = parse("GET / HTTP/1.1", "Host: a");
  assertEquals([bare.contentType, bare.origin], [null, null]);
});

Deno.test("formatRequestHead() writes one form for each framing, expectation and upgrade", () => {
  const parsed = parse("POST /a?b HTTP/1.1", "Host: x", "A: b");
  const start = "POST /a?b HTTP/1.1\r\nHost: docker\r\nA: b\r\n";
  for (
    const [framing, upgrade, expect, rest] of [
      [{ kind: "none" }, null, false, ""],
      [{ kind: "until-close" }, null, false, ""],
      [{ kind: "length", length: 7 }, null, false, "Content-Length: 7\r\n"],
      [{ kind: "chunked" }, null, false, "Transfer-Encoding: chunked\r\n"],
      [{ kind: "none" }, null, true, "Expect: 100-continue\r\n"],
      [
        { kind: "none" },
        "tcp",
        false,
        "Connection: Upgrade\r\nUpgrade: tcp\r\n",
      ],
      [
        { kind: "length", length: 1 },
        "",
        true,
        "Content-Length: 1\r\nExpect: 100-continue\r\nConnection: Upgrade\r\nUpgrade: \r\n",
      ],
    ] as const
  ) {
    assertEquals(
      formatRequestHead(parsed, framing, upgrade, expect),
      `${start}${rest}\r\n`,
    );
  }
  const old = parse("GET / HTTP/1.0");
  assertEquals(
    formatRequestHead(old, old.framing, null, false),
    "GET / HTTP/1.0\r\nHost: docker\r\n\r\n",
  );
});

Deno.test("formatRequestHead() writes a head that reads back the same", () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,8}$/)
    .map((name) => `X-${name}`);
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(token, value), { maxLength: 6 }),
      fc.constantFrom(
        ["Content-Length: 7"],
        ["Transfer-Encoding: chunked"],
        [],
      ),
      (fields, framing) => {
        const first = parse(
          "POST /a HTTP/1.1",
          "Host: a",
          ...fields.map(([name, content]) => `${name}: ${content}`),
          ...framing,
        );
        const written = formatRequestHead(first, first.framing, null, false);
        const second = must(parseRequestHead(written, LIMITS));
        // The engine gets our own Host.
        assertEquals(second, { ...first, host: "docker" });
      },
    ),
  );
});

Deno.test("parseRequestHead() never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii", maxLength: 200 }), (text) => {
      parseRequestHead(text + "\r\n\r\n", LIMITS);
    }),
  );
});

for (
  const [code, ...lines] of [
    ["http.bad_request_line", "nonsense"],
    ["http.bad_request_line", "GE(T / HTTP/1.1", "Host: a"],
    ["http.bad_request_line", "GET /é HTTP/1.1", "Host: a"],
    ["http.bad_version", "GET / HTTP/2.0", "Host: a"],
    ["http.bad_host", "GET / HTTP/1.1"],
    ["http.bad_host", "GET / HTTP/1.1", "Host: a", "Host: a"],
    ["http.bad_host", "GET / HTTP/1.1", "Host: a,b"],
    ["http.bad_field", "GET / HTTP/1.1", "Host: a", " folded"],
    ["http.bad_field", "GET / HTTP/1.1", "Host: a", "A : b"],
    ["http.bad_field", "GET / HTTP/1.1", "Host: a", "A: \x00"],
    ["http.bad_field", "GET / HTTP/1.1", "Host: a", "A: b\nc"],
    ["http.bad_connection", "GET / HTTP/1.1", "Host: a", "Connection: host"],
    [
      "http.bad_connection",
      "GET / HTTP/1.1",
      "Host: a",
      "X-A: b",
      "Connection: x-a",
    ],
    ["http.bad_content_length", "GET / HTTP/1.1", "Content-Length: x"],
    [
      "http.bad_content_length",
      "GET / HTTP/1.1",
      "Content-Length: 1",
      "Content-Length: 1",
    ],
    ["http.bad_transfer_encoding", "GET / HTTP/1.1", "Transfer-Encoding: x"],
    ["http.bad_expect", "GET / HTTP/1.1", "Expect: x"],
    ["http.duplicate_field", "GET / HTTP/1.1", "Upgrade: a", "Upgrade: a"],
    ["http.duplicate_field", "GET / HTTP/1.1", "Origin: a", "Origin: a"],
    [
      "http.duplicate_field",
      "GET / HTTP/1.1",
      "Content-Type: a",
      "Content-Type: a",
    ],
    [
      "http.bad_framing",
      "POST / HTTP/1.1",
      "Host: a",
      "Content-Length: 1",
      "Transfer-Encoding: chunked",
    ],
    ["http.bad_framing", "POST / HTTP/1.0", "Transfer-Encoding: chunked"],
    ["http.uri_too_long", `GET /${"a".repeat(20_000)} HTTP/1.1`, "Host: a"],
    ["http.head_too_large", "GET / HTTP/1.1", `A: ${"a".repeat(70_000)}`],
    ["http.head_too_large", "GET / HTTP/1.1", ...new Array(200).fill("A: b")],
  ] as const
) {
  Deno.test(`parseRequestHead() has the code ${code} for ${lines.join(" | ").slice(0, 60)}`, () => {
    const limits = {
      headBytes: 65536,
      headerCount: 100,
      requestLineBytes: 16384,
    };
    const parsed = parseRequestHead(head(...lines), limits);
    assertEquals("code" in parsed ? parsed.code : null, code);
  });
}
