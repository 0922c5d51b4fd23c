/**
 * Bytes that are refused from every client, each with the status of the answer.
 *
 * @module
 */

/** Each attack with the status that answers it; the connection is then closed. */
export const ATTACKS: readonly (readonly [
  what: string,
  bytes: string,
  status: number,
])[] = [
  [
    "length and chunks",
    "POST /containers/create HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /info HTTP/1.1\r\nHost: a\r\n\r\n",
    400,
  ],
  ["bare LF", "GET /containers/json HTTP/1.1\nHost: a\n\n", 400],
  ["HTTP/0.9", "GET /containers/json\r\n\r\n", 400],
  ["the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00", 400],
  [
    "an absolute-form target",
    "GET http://a/containers/json HTTP/1.1\r\nHost: a\r\n\r\n",
    400,
  ],
  [
    "a dot segment",
    "GET /containers/../containers/json HTTP/1.1\r\nHost: a\r\n\r\n",
    400,
  ],
  [
    "an escaped slash",
    "GET /containers%2Fjson HTTP/1.1\r\nHost: a\r\n\r\n",
    400,
  ],
  [
    "gRPC",
    "POST /containers/create HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n",
    400,
  ],
  [
    "a form",
    "POST /images/create HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b",
    400,
  ],
  ["CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
];
