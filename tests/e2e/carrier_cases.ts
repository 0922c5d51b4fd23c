/**
 * What clients and engines do, right and wrong: each of it must have the same
 * outcome whether the bytes are carried by the lean base or pass through the
 * program.
 *
 * @module
 */

import { ATTACKS } from "../support/attacks.ts";

/** What the engine does with one request, step by step. */
export type EngineStep =
  /** Sends this, in one piece. */
  | string
  /** Sends this a byte at a time. */
  | { readonly bytes: string }
  /** Waits for so many milliseconds. */
  | { readonly pause: number }
  | "close"
  /** Waits until the other side has ended. */
  | "ended"
  /** The same, and then closes. */
  | "hold";

/** What the client does. */
export type ClientStep =
  | string
  | { readonly bytes: string }
  | { readonly pause: number }
  /** Reads until it has so many answers' ends: as often this text. */
  | { readonly until: string; readonly times?: number }
  /** Waits until the engine has got so many requests. */
  | { readonly asked: number }
  /** Waits until the engine is done with so many requests, or the connection has ended. */
  | { readonly done: number }
  /** Reads so slowly that both sides have to wait. */
  | { readonly slowly: number }
  | "half-close"
  /** Closes without reading on; what follows is not done. */
  | "close";

/** One case. */
export interface Case {
  readonly name: string;
  /** What the engine does with the first request, the second, …; the last stands for all others. */
  readonly engine: readonly (readonly EngineStep[])[];
  /** What the client does; then it reads to the end, unless it closes. */
  readonly client: readonly ClientStep[];
  /** What the client got depends on time, or on how much is read at once: its record's code alone is compared. */
  readonly loose?: true;
}

const BODY = `[{"Id":"x"}]`;

/** An answer with a length. */
function whole(body = BODY, more = "", status = "200 OK"): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
}

const CHUNKED =
  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
const UNFRAMED = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
const LARGE = "x".repeat(1 << 20);

/** A request; `NAME` becomes the case's own. */
function get(more = "", target = "/containers/NAME/json", method = "GET") {
  return `${method} ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
}

const LAST = "Connection: close\r\n";
const GET = get();
const CLOSE = get(LAST);
const EVENTS = get("", "/events?NAME=1");
const REFUSED = get("", "/images/NAME/json");
/** Two requests, the second once the first was answered; the end shows by itself. */
const TWICE: readonly ClientStep[] = [GET, { until: BODY }, CLOSE];

const ANSWERS: readonly (readonly [string, ...EngineStep[]])[] = [
  ["length", whole()],
  ["empty", whole("")],
  ["no-content", "HTTP/1.1 204 No Content\r\n\r\n"],
  ["not-modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"],
  ["error", whole(`{"message":"no"}`, "", "500 Internal Server Error")],
  ["chunks", CHUNKED + "c\r\n" + BODY + "\r\n0\r\n\r\n"],
  [
    "chunks-extended",
    CHUNKED + `c;a="b c"\r\n${BODY}\r\n0;x\r\nX-Sum: 1\r\nY: 2\r\n\r\n`,
  ],
  ["chunks-apart", CHUNKED, "5\r\nhello\r\n", "6\r\n world\r\n", "0\r\n\r\n"],
  ["chunks-bytes", { bytes: CHUNKED + "00c\r\n" + BODY + "\r\n0\r\n\r\n" }],
  ["bytes", { bytes: whole() }],
  ["head-apart", whole().slice(0, 30), { pause: 30 }, whole().slice(30)],
  ["until-close", UNFRAMED + BODY, "close"],
  ["until-close-apart", UNFRAMED, BODY, { pause: 20 }, BODY, "close"],
  ["interim", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + whole()],
  ["interim-apart", "HTTP/1.1 102 Processing\r\n\r\n", { pause: 20 }, whole()],
  ["nine-interim", "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(9) + whole()],
  ["switching", "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n" + whole()],
  ["version-0", "HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n" + BODY],
  [
    "version-0-keeps",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 12\r\n\r\n" +
    BODY,
  ],
  ["garbage", "\0\x01garbage", "close"],
  ["garbage-head", "garbage\r\n\r\n"],
  ["spaced-name", whole(BODY, "Server : a\r\n")],
  ["folded", whole(BODY, "Server: a\r\n b\r\n")],
  ["two-lengths", whole(BODY, "Content-Length: 5\r\n")],
  ["signed-length", "HTTP/1.1 200 OK\r\nContent-Length: +12\r\n\r\n" + BODY],
  ["both-framings", whole(BODY, "Transfer-Encoding: chunked\r\n")],
  [
    "gzip-chunked",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "hop-by-hop",
    whole(
      BODY,
      "Connection: keep-alive, X-A\r\nX-A: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n",
    ),
  ],
  ["hop-by-hop-cased", whole(BODY, "CONNECTION: Foo\r\nfoo: 1\r\n")],
  ["latin1", whole(BODY, "X-Name: caf\xe9\r\n")],
  ["large-head", whole(BODY, `X-Large: ${"a".repeat(9000)}\r\n`)],
  ["larger-head", whole(BODY, `X-Large: ${"a".repeat(300_000)}\r\n`)],
  ["large", whole(LARGE)],
  [
    "large-chunks",
    CHUNKED + ("10000\r\n" + "y".repeat(65536) + "\r\n").repeat(8) +
    "0\r\n\r\n",
  ],
  ["surplus", whole() + "more"],
  ["surplus-empty", whole("") + "x"],
  ["surplus-of-none", "HTTP/1.1 304 Not Modified\r\n\r\nx"],
  ["surplus-answer", whole() + whole(`["of another"]`)],
  ["surplus-of-chunks", CHUNKED + "1\r\na\r\n0\r\n\r\nmore"],
  ["surplus-large", whole(LARGE) + "more"],
  ["surplus-late", whole(), { pause: 50 }, whole(`["of another"]`)],
  ["keeps-not", whole(BODY, "Connection: close\r\n"), "close"],
  ["keeps-not-open", whole(BODY, "Connection: close\r\n")],
  ["closes-after", whole(), "close"],
  ["closes-at-once", "close"],
  ["closes-in-head", whole().slice(0, 20), "close"],
  ["closes-in-body", whole().slice(0, -3), "close"],
  ["closes-before-body", whole().slice(0, -BODY.length), "close"],
  ["closes-in-large", whole(LARGE).slice(0, -9), "close"],
  ["closes-in-chunk", CHUNKED + "c\r\nhell", "close"],
  ["closes-between-chunks", CHUNKED + "5\r\nhello\r\n", { pause: 20 }, "close"],
  ["closes-in-last-chunk", CHUNKED + "5\r\nhello\r\n0\r\n", "close"],
  ["bad-size", CHUNKED + "x\r\n"],
  [
    "bad-size-late",
    CHUNKED + "5\r\nhello\r\n",
    { pause: 20 },
    "5 \r\nhello\r\n",
  ],
  ["bad-data-end", CHUNKED + "5\r\nhelloX\r\n0\r\n\r\n"],
  ["bad-line-end", CHUNKED + "5\nhello\r\n0\r\n\r\n"],
  ["bad-trailer", CHUNKED + "0\r\n folded\r\n\r\n"],
  ["long-extension", CHUNKED + `5;${"x".repeat(5000)}\r\nhello\r\n0\r\n\r\n`],
  ["huge-size", CHUNKED + "fffffffffffff\r\nhello", "close"],
  ["too-huge-size", CHUNKED + "fffffffffffffff\r\nhello"],
];

/** What clients do where the engine does all right. */
const CLIENTS: readonly (readonly [string, ...ClientStep[]])[] = [
  ["once", CLOSE],
  ["three", GET, { until: BODY }, GET, { until: BODY, times: 2 }, CLOSE],
  ["at-once", GET + GET + CLOSE],
  ["ahead", GET, { pause: 5 }, GET, CLOSE],
  [
    "in-two",
    GET.slice(0, 9),
    { pause: 20 },
    GET.slice(9),
    { until: BODY },
    CLOSE,
  ],
  ["bytes", { bytes: CLOSE }],
  ["bytes-then", GET, { until: BODY }, { bytes: CLOSE }],
  ["half", GET, "half-close"],
  ["half-later", GET, { until: BODY }, GET, "half-close"],
  ["half-at-once", "half-close"],
  ["half-in-head", GET.slice(0, 9), "half-close"],
  [
    "head",
    get("", undefined, "HEAD"),
    { until: "\r\n\r\n" },
    get(LAST, undefined, "HEAD"),
  ],
  [
    "refused",
    REFUSED,
    { until: "}\n" },
    GET,
    { until: BODY },
    get(LAST, "/images/NAME/json"),
  ],
  ["refused-head", get(LAST, "/images/NAME/json", "HEAD")],
  [
    "refused-post",
    get("", "/containers/NAME/start", "POST"),
    { until: "}\n" },
    CLOSE,
  ],
  [
    "refused-body",
    get("Content-Length: 4\r\n", "/containers/NAME/start", "POST") + "abcd",
    { until: "}\n" },
    CLOSE,
  ],
  ["refused-ahead", REFUSED + REFUSED + CLOSE],
  ["body", get("Content-Length: 4\r\n") + "abcd", { until: BODY }, CLOSE],
  [
    "body-of-chunks",
    get("Transfer-Encoding: chunked\r\n") + "1\r\na\r\n0\r\n\r\n" + CLOSE,
  ],
  ["expects", get("Expect: 100-continue\r\n" + LAST)],
  ["version-0", GET.replace("HTTP/1.1", "HTTP/1.0")],
  [
    "version-0-keeps",
    get("Connection: keep-alive\r\n").replace("HTTP/1.1", "HTTP/1.0"),
    { until: BODY },
    CLOSE,
  ],
  ["upgrade", get("Connection: Upgrade, close\r\nUpgrade: tcp\r\n")],
  ["browser", get("Origin: http://a\r\n"), { until: "}\n" }, CLOSE],
  ["no-host", "GET /containers/NAME/json HTTP/1.1\r\n\r\n"],
  ["latin1", get("X-Name: caf\xe9\r\n" + LAST)],
  ["control", get("X-Name: a\0b\r\n" + LAST)],
  ["empty-line-first", "\r\n" + CLOSE],
  ["health", get("", "/_sockwarden/health"), { until: "}\n" }, CLOSE],
  ["self", get(LAST, "/_sockwarden/self/x")],
  ["credentials", get("Authorization: Basic eDp5\r\n"), { until: BODY }, CLOSE],
  ["just-small", sized(4096, LAST)],
  ["just-large", sized(4097, LAST)],
  ["large", sized(60_000, LAST)],
  ["too-large", sized(70_000, LAST)],
  ["version", get(LAST, "/v1.43/containers/NAME/json?size=1")],
  ["odd-version", get(LAST, "/v1.4x/containers/NAME/json")],
  ["connection-list", get("Connection: close, X-B\r\nX-B: 1\r\n")],
  ["nothing", "\r\n\r\n", "half-close"],
];

function sized(bytes: number, more: string): string {
  const rest = get(more + "X-Pad: \r\n").length;
  // The name of a case stands for `NAME`, which is shorter.
  return get(`${more}X-Pad: ${"p".repeat(bytes - rest)}\r\n`);
}

const STREAM = [CHUNKED, "5\r\nhello\r\n"];

const OTHERS: readonly Case[] = [
  {
    name: "stream-ended-by-client",
    engine: [[...STREAM, "hold"]],
    client: [EVENTS, { until: "hello" }, "half-close"],
  },
  {
    name: "stream-ended-in-time",
    engine: [[...STREAM, "ended", "5\r\nworld\r\n0\r\n\r\n"]],
    client: [EVENTS, { until: "hello" }, "half-close"],
  },
  {
    name: "stream-before-its-head",
    engine: [["hold"]],
    client: [EVENTS, { asked: 1 }, "half-close"],
  },
  {
    name: "stream-closed",
    engine: [[...STREAM, "hold"]],
    client: [EVENTS, { until: "hello" }, "close"],
    loose: true,
  },
  {
    name: "stream-with-more",
    engine: [[...STREAM, { pause: 50 }, "0\r\n\r\n"], [whole()]],
    client: [EVENTS, { until: "hello" }, CLOSE],
  },
  {
    name: "stream-ended-with-more",
    engine: [[...STREAM, "hold"]],
    client: [EVENTS, { until: "hello" }, CLOSE, "half-close"],
  },
  {
    name: "closed-in-the-answer",
    engine: [[whole(LARGE.repeat(8))]],
    client: [GET, { until: "xxxx" }, "close"],
    loose: true,
  },
  {
    name: "half-closed-in-the-answer",
    engine: [[whole().slice(0, -3), { pause: 50 }, BODY.slice(-3)]],
    client: [GET, { until: "[" }, "half-close"],
  },
  {
    name: "ahead-in-the-answer",
    engine: [[whole().slice(0, -3), { pause: 50 }, BODY.slice(-3)], [whole()]],
    client: [GET, { until: "[" }, CLOSE],
  },
  {
    name: "slow-reader",
    engine: [[whole(LARGE.repeat(12))], [whole()]],
    client: [GET, { slowly: 12 * LARGE.length }, CLOSE],
  },
  {
    name: "slow-reader-of-chunks",
    engine: [[
      CHUNKED + ("100000\r\n" + LARGE + "\r\n").repeat(12) + "0\r\n\r\n",
    ], [whole()]],
    client: [GET, { slowly: 12 * LARGE.length }, CLOSE],
  },
  {
    name: "surplus-late-and-again",
    engine: [[whole(), { pause: 20 }, whole(`["of another"]`)], [whole()]],
    client: [GET, { done: 1 }, GET, { done: 2 }, CLOSE],
  },
  {
    name: "engine-closes-between",
    engine: [[whole(), { pause: 20 }, "close"], [whole()]],
    client: [GET, { done: 1 }, CLOSE],
  },
  {
    name: "engine-closes-on-the-second",
    engine: [[whole()], ["close"], [whole()]],
    client: [GET, { until: BODY }, CLOSE],
  },
  {
    name: "engine-closes-always",
    engine: [[whole()], ["close"]],
    client: [GET, { until: BODY }, CLOSE],
  },
  {
    name: "engine-cuts-the-second",
    engine: [[whole()], ["HTTP/1.1 2", "close"]],
    client: [GET, { until: BODY }, CLOSE],
  },
];

/** Answers that look otherwise where more is read at once, or that are cut while the client sends. */
const TIMED: ReadonlySet<string> = new Set([
  "long-extension",
  "closes-in-large",
  "until-close-apart",
]);

/** Bodies in chunks with something changed, the same in each run. */
function changedChunks(): Case[] {
  const body =
    "5;a=b\r\nhello\r\n0a\r\n0123456789\r\n0;x\r\nX-Sum: 1\r\nY: 2\r\n\r\n";
  const pieces = [
    "\r",
    "\n",
    "\r\n",
    " ",
    "\t",
    ";",
    ":",
    "0",
    "f",
    "G",
    "\x7f",
    "",
  ];
  let state = 20261127;
  const below = (bound: number) => {
    // A linear congruence: what is wanted is variety, and the same each time.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
  return Array.from({ length: 120 }, (_, number) => {
    let changed = body;
    for (let times = 1 + below(3); times > 0; times--) {
      const at = below(changed.length);
      const piece = pieces[below(pieces.length)]!;
      changed = changed.slice(0, at) + piece +
        changed.slice(at + below(2));
    }
    return {
      name: `chunks-${number}`,
      engine: [[CHUNKED + changed, { pause: 20 }, "close"]],
      client: [CLOSE],
    };
  });
}

/** Every case. */
export const CASES: readonly Case[] = [
  ...ANSWERS.flatMap(([name, ...steps]): Case[] => [
    {
      name: `answer-${name}`,
      engine: [steps],
      client: [CLOSE],
      ...TIMED.has(name) ? { loose: true } : {},
    },
    // Kept, with another request behind it, which waits for no answer.
    {
      name: `kept-${name}`,
      engine: [steps, [whole()]],
      client: [GET, { done: 1 }, CLOSE],
      ...TIMED.has(name) ? { loose: true } : {},
    },
    {
      name: `second-${name}`,
      engine: [[whole()], steps],
      client: TWICE,
      ...TIMED.has(name) ? { loose: true } : {},
    },
  ]),
  ...CLIENTS.map(([name, ...client]): Case => ({
    name: `client-${name}`,
    engine: [[whole()]],
    client,
  })),
  ...ATTACKS.flatMap(([, bytes], number): Case[] => [
    { name: `attack-${number}`, engine: [[whole()]], client: [bytes] },
    {
      name: `attack-after-${number}`,
      engine: [[whole()]],
      client: [GET, { until: BODY }, bytes],
    },
    {
      name: `attack-behind-${number}`,
      engine: [[whole()]],
      client: [GET + bytes],
    },
  ]),
  ...OTHERS,
  ...changedChunks(),
];
