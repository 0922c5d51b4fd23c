/**
 * Makes what an engine sends: interim answers, an answer with its body, and at
 * times more than that or less.
 *
 * @module
 */

import type { Random } from "../support/random.ts";
import { makeChunks } from "./make_requests.ts";
import { bytesOf, join, mutate } from "./target.ts";

/** How a case begins: the request that it answers, then a line end. */
export const ASKED: Readonly<Record<string, string>> = {
  get: "GET /containers/json HTTP/1.1\r\nHost: a\r\n\r\n",
  head: "HEAD /_ping HTTP/1.1\r\nHost: a\r\n\r\n",
  stream: "GET /events HTTP/1.1\r\nHost: a\r\n\r\n",
  attach:
    "POST /containers/a/attach HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
  old: "GET /containers/json HTTP/1.0\r\n\r\n",
};

const STATUSES = [200, 200, 200, 201, 204, 304, 400, 404, 500, 101];
const ODD_LINES = [
  "HTTP/1.1 200",
  "HTTP/1.1  200 OK",
  "HTTP/1.1 99 OK",
  "HTTP/1.1 2000 OK",
  "HTTP/1.1 +20 OK",
  "HTTP/2.0 200 OK",
  "HTTP/1.2 200 OK",
  "http/1.1 200 OK",
  "HTTP/1.1 200 caf\xe9",
  "HTTP/1.1\t200 OK",
  "ICY 200 OK",
  "",
];
const FIELDS = [
  "Content-Type: application/json",
  "Api-Version: 1.41",
  "Server: Docker/20.10 (linux)",
  "Date: Thu, 26 Nov 2026 00:00:00 GMT",
  "Ostype: linux",
  "X-A: caf\xe9",
  "X-B:",
];
const ODD_FIELDS = [
  "Content-Length: 5",
  "Content-Length: 5, 5",
  "Content-Length: -1",
  "Content-Length: 0x5",
  "Content-Length : 5",
  "Content-Length: ",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: Chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding:\x0bchunked",
  "Transfer-Encoding:\xa0chunked",
  "Connection: close",
  "Connection: keep-alive",
  "Connection: content-length, x-b",
  "Connection: transfer-encoding",
  "Connection: Upgrade",
  "Upgrade: tcp",
  "Keep-Alive: timeout=5",
  "Trailer: X-A",
  "X: y\r\n folded",
  "X: y\nTransfer-Encoding: chunked",
  "X: y\rZ: 1",
  "X\0: y",
  "X: \0",
  "no colon",
  ": x",
  "Set-Cookie: a=b",
];

/** Makes a case. */
export function makeAnswers(
  random: Random,
  known: readonly Uint8Array[],
): Uint8Array {
  const kind = random.pick(Object.keys(ASKED));
  const first = bytesOf(`${kind}\n`);
  if (known.length > 0 && random.chance(0.15)) {
    const one = random.pick(known);
    const rest = one.subarray(one.indexOf(0x0a) + 1);
    return join(first, mutate(random, rest));
  }
  const odd = random.chance(0.5);
  let text = "";
  if (random.chance(0.15)) {
    for (let left = 1 + random.below(odd ? 10 : 3); left > 0; left--) {
      text += `HTTP/1.1 ${random.pick([100, 102, 103])} x\r\n${
        random.chance(0.3) ? "Link: a\r\n" : ""
      }\r\n`;
    }
  }
  text += makeAnswer(random, kind, odd);
  if (random.chance(0.1)) {
    text += random.pick(["x", "\r\n", makeAnswer(random, kind, odd)]);
  }
  const bytes = bytesOf(
    random.chance(0.1) ? text.slice(0, random.below(text.length)) : text,
  );
  return join(first, odd && random.chance(0.3) ? mutate(random, bytes) : bytes);
}

function makeAnswer(random: Random, kind: string, odd: boolean): string {
  const status = random.pick(STATUSES);
  const lines = [
    odd && random.chance(0.1)
      ? random.pick(ODD_LINES)
      : `HTTP/1.${random.chance(0.1) ? 0 : 1} ${status} Some words`,
  ];
  for (let left = random.below(4); left > 0; left--) {
    lines.push(random.pick(FIELDS));
  }
  if (odd) {
    for (let left = random.below(3); left > 0; left--) {
      lines.splice(
        1 + random.below(lines.length),
        0,
        random.pick(ODD_FIELDS),
      );
    }
  }
  const body = makeBody(random, lines, odd);
  const none = (kind === "head" || status === 204 || status === 304) &&
    !random.chance(0.1);
  return `${lines.join("\r\n")}\r\n\r\n${none ? "" : body}`;
}

function makeBody(random: Random, lines: string[], odd: boolean): string {
  const content = random.pick([
    "[]",
    "",
    '{"Id":"a"}',
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "x".repeat(random.below(4000)),
    "0\r\n\r\n",
  ]);
  switch (random.below(3)) {
    case 0:
      lines.push(`Content-Length: ${content.length}`);
      return content;
    case 1:
      lines.push("Transfer-Encoding: chunked");
      return makeChunks(random, content, odd);
    default:
      return content;
  }
}
