import { assertEquals } from "@std/assert";
import { HOP_BY_HOP } from "../../lib/http1/connection.ts";
import { readRequestFields } from "../../lib/http1/request_fields.ts";
import { must } from "../support/narrow.ts";
import { said } from "./said.ts";

/** What no field says. */
const NOTHING = {
  hosts: 0,
  host: "",
  length: null,
  chunked: false,
  connection: "",
  upgrade: null,
  expect: false,
  contentType: null,
  origin: null,
  browser: false,
  mozilla: false,
  language: false,
  forwarded: "",
  names: [],
};

function read(...lines: string[]) {
  return readRequestFields(["GET / HTTP/1.1", ...lines], lines.length);
}

Deno.test("readRequestFields() reads the given number of lines, after the first", () => {
  assertEquals(must(read()), NOTHING);
  const lines = ["GET / HTTP/1.1", "A: 1", "B: 2", "no field"];
  assertEquals(must(readRequestFields(lines, 2)).names, ["a", "b"]);
});

Deno.test("readRequestFields() passes on what it does not know, as it was written", () => {
  const { forwarded, names } = must(read("X-A:  b:c \t", "x-a:", "Y:z"));
  assertEquals(forwarded, "X-A: b:c\r\nx-a: \r\nY: z\r\n");
  assertEquals(names, ["x-a", "x-a", "y"]);
});

for (
  const [lines, said] of [
    [["Host: a:1"], { hosts: 1, host: "a:1" }],
    [["HOST:", "host: b"], { hosts: 2, host: "b" }],
    [["Content-Length: 12"], { length: "12" }],
    [["Transfer-Encoding: Chunked"], { chunked: true }],
    [["Connection: a", "connection: B,c"], { connection: ",a,B,c" }],
    [["Upgrade: H2c"], { upgrade: "H2c" }],
    [["Expect: 100-Continue"], { expect: true }],
  ] as const
) {
  Deno.test(`readRequestFields() keeps ${lines.join(", ")} for itself`, () => {
    assertEquals<unknown>(must(read(...lines)), { ...NOTHING, ...said });
  });
}

for (
  const [line, said] of [
    ["Content-Type: Text/PLAIN", { contentType: "text/plain" }],
    ["Origin: http://A", { origin: "http://A" }],
    ["Sec-Fetch-Site: none", { browser: true }],
    ["Sec-Fetch-Mode: websocket", { browser: true }],
    ["Sec-Fetch-Dest: websocket", { browser: true }],
    ["Sec-Fetch-User: ?1", { browser: true }],
    ["Referer: http://a/", { browser: true }],
    ["User-Agent: Mozilla/5.0 (X11)", { mozilla: true }],
    ["User-Agent: curl Mozilla/5.0", {}],
    ["Accept-Language: en", { language: true }],
  ] as const
) {
  Deno.test(`readRequestFields() reads '${line}' and passes it on`, () => {
    assertEquals<unknown>(must(read(line)), {
      ...NOTHING,
      ...said,
      forwarded: `${line}\r\n`,
      names: [line.slice(0, line.indexOf(":")).toLowerCase()],
    });
  });
}

Deno.test("readRequestFields() takes the last User-Agent", () => {
  const { mozilla } = must(read("User-Agent: Mozilla/5.0", "User-Agent: a"));
  assertEquals(mozilla, false);
});

for (const name of HOP_BY_HOP) {
  if (["connection", "transfer-encoding", "upgrade"].includes(name)) continue;
  Deno.test(`readRequestFields() drops ${name}`, () => {
    assertEquals(must(read(`${name}: x`)), NOTHING);
  });
}

const NO_NAME =
  "a field name is missing, or contains a byte that is not allowed in one";
const NO_LINE_END = "a line of the head does not end with CR LF";
const FOLDED = "a field is folded over two lines";
const CODING = "the only Transfer-Encoding supported is 'chunked', once";
const EXPECTATION = "the only expectation supported is '100-continue', once";
const NO_HOST = "the Host field does not name one host";
const NO_LENGTH = "the Content-Length is not a plain number";

for (
  const [lines, status, reason] of [
    [["nonsense"], 400, NO_NAME],
    [[""], 400, NO_NAME],
    [[": a"], 400, NO_NAME],
    [["A : b"], 400, NO_NAME],
    [["A\xe9: b"], 400, NO_NAME],
    [["A: b", " c"], 400, FOLDED],
    [["A: b", "\tc: d"], 400, FOLDED],
    [[" \n"], 400, FOLDED],
    [["A\nB: c"], 400, NO_LINE_END],
    [["A: b\nC: d"], 400, NO_LINE_END],
    [["A: b\rc"], 400, NO_LINE_END],
    [["Aa: \x00"], 400, "the value of Aa contains a control byte"],
    [["Aa: \xe9\x7f"], 400, "the value of Aa contains a control byte"],
    ...[
      "Host",
      "Content-Length",
      "Transfer-Encoding",
      "Connection",
      "Upgrade",
      "Expect",
      "Content-Type",
      "Origin",
      "Referer",
      "User-Agent",
      "Accept-Language",
      "Keep-Alive",
      "TE",
    ].map((name) =>
      [
        [`${name}: a\xe9`],
        400,
        `the value of ${name} contains a byte outside ASCII`,
      ] as const
    ),
    [["Host: a b"], 400, NO_HOST],
    [["Host: a,b"], 400, NO_HOST],
    [
      ["Content-Length: 1", "Content-Length: 1"],
      400,
      "there are two Content-Length fields",
    ],
    [["Content-Length: 1,1"], 400, NO_LENGTH],
    [["Content-Length:"], 400, NO_LENGTH],
    [["Transfer-Encoding: gzip"], 501, CODING],
    [["Transfer-Encoding: gzip, chunked"], 501, CODING],
    [["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], 501, CODING],
    [["Upgrade: a", "Upgrade: a"], 400, "there are two Upgrade fields"],
    [["Expect: sugar"], 417, EXPECTATION],
    [["Expect: 100-continue", "Expect: 100-continue"], 417, EXPECTATION],
    [
      ["Content-Type: a", "Content-Type: a"],
      400,
      "there are two Content-Type fields",
    ],
    [["Origin: a", "Origin: a"], 400, "there are two Origin fields"],
    // The first error is the one that is told.
    [["Expect: sugar", "nonsense"], 417, EXPECTATION],
  ] as const
) {
  Deno.test(`readRequestFields() answers ${status} to ${JSON.stringify(lines)}`, () => {
    assertEquals(said(read(...lines)), { status, reason });
  });
}

Deno.test("readRequestFields() passes on the bytes of a value that nobody reads, from %x80 to %xFF", () => {
  let bytes = "";
  for (let byte = 0x80; byte < 0x100; byte++) {
    bytes += String.fromCharCode(byte);
  }
  assertEquals(must(read(`X-Name:\t\xa0${bytes}\xa0 `)), {
    ...NOTHING,
    forwarded: `X-Name: \xa0${bytes}\xa0\r\n`,
    names: ["x-name"],
  });
});
