/**
 * Makes what a client sends: a few requests with their bodies, most of them
 * good, the others with an oddity of framing or of grammar.
 *
 * @module
 */

import type { Random } from "../support/random.ts";
import { bytesOf, mutate } from "./target.ts";
import { makeCall } from "./make_targets.ts";

const VERSIONS = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0"];
const ODD_VERSIONS = [
  "HTTP/1.2",
  "HTTP/2.0",
  "http/1.1",
  "HTTP/1.1 ",
  "",
  "HTTP/01.1",
];
const LINE_ENDS = ["\n", "\r", "\r\r\n", " \r\n", "\r\n\r\n", "\r\n "];

/** Field lines that decide nothing. */
const PLAIN = [
  "User-Agent: docker/28",
  "Accept: */*",
  "X-A: b",
  "X-B:",
  "X-Caf\xe9: 1",
  "X-C: caf\xc3\xa9",
  "Accept-Encoding: gzip",
  "Content-Type: application/json",
  "Content-Type: application/x-tar",
  "X-Registry-Auth: e30=",
  "Via: 1.1 a",
  "X_Under: 1",
];
/** Those that decide where a request ends, what it is or what becomes of it. */
const ODD = [
  "Content-Length: 0",
  "Content-Length: 5",
  "Content-Length: +5",
  "Content-Length: 5, 5",
  "Content-Length: 0x5",
  "Content-Length:5 ",
  "Content-Length : 5",
  "Content-Length: ",
  "Content-Length: 00005",
  "Content-Length: 18446744073709551621",
  "Content_Length: 5",
  "\tContent-Length: 5",
  "Content-Length\t: 5",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: Chunked",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: \x0bchunked",
  "Transfer-Encoding: chunked\x0b",
  "Transfer-Encoding:\xa0chunked",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: ,chunked",
  "Transfer-Encoding:",
  "Transfer-Encoding : chunked",
  "Transfer_Encoding: chunked",
  "X: y\r\n Transfer-Encoding: chunked",
  "X: y\nTransfer-Encoding: chunked",
  "X: y\rTransfer-Encoding: chunked",
  "Connection: close",
  "Connection: keep-alive",
  "Connection: Upgrade",
  "Connection: content-length",
  "Connection: transfer-encoding",
  "Connection: x-a",
  "Connection: close, keep-alive",
  "Upgrade: tcp",
  "Upgrade: h2c",
  "Upgrade: websocket",
  "Expect: 100-continue",
  "Expect: sugar",
  "Host: b",
  "Host: a b",
  "Trailer: X-A",
  "TE: trailers",
  "Origin: http://a",
  "Content-Type: application/grpc",
  "Keep-Alive: 5",
];

/** Makes all that one client sends. */
export function makeRequests(
  random: Random,
  known: readonly Uint8Array[],
): Uint8Array {
  if (known.length > 0 && random.chance(0.15)) {
    return mutate(random, random.pick(known));
  }
  let text = "";
  for (let left = 1 + random.below(4); left > 0; left--) {
    text += makeRequest(random);
  }
  const bytes = bytesOf(text);
  return random.chance(0.25) ? mutate(random, bytes) : bytes;
}

function makeRequest(random: Random): string {
  // Most are good, so that what follows them is read.
  const odd = random.chance(0.35);
  const { method, target } = makeCall(random, odd);
  const version = odd && random.chance(0.1)
    ? random.pick(ODD_VERSIONS)
    : random.pick(VERSIONS);
  const space = odd && random.chance(0.05) ? random.pick(["  ", "\t"]) : " ";
  const lines = [
    `${method}${space}${target} ${version}`,
    odd && random.chance(0.05) ? "Hos: a" : "Host: a",
  ];
  for (let left = random.below(4); left > 0; left--) {
    lines.push(
      random.pick(PLAIN.filter((line) => odd || /^[ -~]*$/.test(line))),
    );
  }
  if (odd) {
    for (let left = random.below(3); left > 0; left--) {
      lines.splice(1 + random.below(lines.length), 0, random.pick(ODD));
    }
  }
  const has = method === "POST" || method === "PUT" || random.chance(0.1);
  const body = has ? makeBody(random, lines, odd) : "";
  const end = odd && random.chance(0.08) ? random.pick(LINE_ENDS) : "\r\n";
  return lines.join(odd && random.chance(0.03) ? end : "\r\n") +
    "\r\n" + end + body;
}

/** Makes a body, and adds the field that says where it ends. */
function makeBody(random: Random, lines: string[], odd: boolean): string {
  const content = random.pick([
    "{}",
    "",
    '{"Image":"a"}',
    "GET /info HTTP/1.1\r\nHost: a\r\n\r\n",
    "0\r\n\r\n",
    "x".repeat(random.below(3000)),
    "\r\n\r\n\x00\xff",
  ]);
  switch (random.below(3)) {
    case 0: {
      const off = odd && random.chance(0.2) ? random.below(5) - 2 : 0;
      lines.push(`Content-Length: ${Math.max(0, content.length + off)}`);
      return content;
    }
    case 1:
      lines.push("Transfer-Encoding: chunked");
      return makeChunks(random, content, odd);
    default:
      return random.chance(0.3) && odd ? content : "";
  }
}

const EXTENSIONS = [
  ";a",
  ";a=b",
  ' ;a="b;c"',
  ";\t",
  ";\xff",
  ";a\n",
  ";\r",
  " ",
];
const TRAILERS = [
  "X-A: b\r\n",
  "Content-Length: 5\r\n",
  "x\r\n",
  " a: b\r\n",
  ": b\r\n",
  "A : b\r\n",
  "A: \xff\r\n",
  "A: b\n",
];
const SIZES = [
  "+2",
  "0x2",
  "-1",
  "",
  "g",
  "1_0",
  "fffffffffffffffff",
  " 2",
  "2 ",
  "00000000000000002",
];

/** A body in chunks. */
export function makeChunks(
  random: Random,
  content: string,
  odd: boolean,
): string {
  let text = "";
  const strange = (share: number) => odd && random.chance(share);
  for (let at = 0; at < content.length;) {
    const size = 1 + random.below(Math.max(1, content.length - at));
    const piece = content.slice(at, at + size);
    at += size;
    const hex = piece.length.toString(16);
    text += strange(0.05)
      ? random.pick(SIZES)
      : random.chance(0.1)
      ? hex.toUpperCase()
      : hex;
    if (strange(0.15)) text += random.pick(EXTENSIONS);
    text += strange(0.05) ? random.pick(["\n", "\r", "\r\r\n"]) : "\r\n";
    text += piece +
      (strange(0.05) ? random.pick(["\n", "", "\r", "x\r\n"]) : "\r\n");
  }
  text += strange(0.05) ? "000" : "0";
  if (strange(0.1)) text += random.pick(EXTENSIONS);
  text += strange(0.03) ? "\n" : "\r\n";
  if (strange(0.15)) text += random.pick(TRAILERS);
  return text + (strange(0.05) ? random.pick(["\n", "", "\rX"]) : "\r\n");
}
