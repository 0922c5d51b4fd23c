/**
 * What an engine does wrong, and what must come of it for every client.
 *
 * @module
 */

/** How a request and its answer are carried. */
export type Transport = "plain" | "stream" | "tunnel" | "upload";

/** What a client sees of the answer. */
export type Outcome =
  /** Ours, whole: the engine did not answer. */
  | "502"
  /** Whole. */
  | "whole"
  /** It has begun, and does not look whole. */
  | "cut"
  /** A tunnel that began and ended. */
  | "tunnel"
  /** The connection ended without a byte. */
  | "nothing";

/** A step of the engine once it has a head. */
export type Step =
  | { readonly send: string }
  /** Closes its connection. */
  | "close"
  /** Does nothing until the proxy ends its side. */
  | "hold"
  /** Sends until nobody takes it any more. */
  | "flood";

/** What a client sees, and the reason code of the record. */
export type End = readonly [outcome: Outcome, code: string];

/** One fault. */
export interface Fault {
  /** Part of the name of a container, so that paths and records name it. */
  readonly key: string;
  readonly what: string;
  readonly steps: readonly Step[];
  /** What comes of it where the client reads to the end, by transport. */
  readonly ends: Partial<Readonly<Record<Transport, End>>>;
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const SWITCHING =
  "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]";

function everywhere(end: End): Fault["ends"] {
  return { plain: end, stream: end, tunnel: end, upload: end };
}

function untunnelled(end: End): Fault["ends"] {
  return { plain: end, stream: end, upload: end };
}

/** All faults that end by themselves. */
export const FAULTS: readonly Fault[] = [
  {
    key: "before-head",
    what: "dies before its head",
    steps: ["close"],
    ends: everywhere(["502", "engine.closed"]),
  },
  {
    key: "mid-head",
    what: "dies within its head",
    steps: [{ send: "HTTP/1.1 200 OK\r\nContent-Le" }, "close"],
    ends: everywhere(["502", "engine.closed"]),
  },
  {
    key: "mid-body",
    what: "dies within a body of known length",
    steps: [
      { send: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1," },
      "close",
    ],
    ends: untunnelled(["cut", "engine.closed"]),
  },
  {
    key: "mid-chunk",
    what: "dies within a chunk",
    steps: [{ send: `${CHUNKED}3\r\nabc\r\nff\r\nabc` }, "close"],
    ends: untunnelled(["cut", "engine.closed"]),
  },
  {
    key: "between-chunks",
    what: "dies before its last chunk",
    steps: [{ send: `${CHUNKED}3\r\nabc\r\n` }, "close"],
    ends: untunnelled(["cut", "engine.closed"]),
  },
  {
    key: "mid-tunnel",
    what: "dies within a tunnel",
    steps: [{ send: `${SWITCHING}output` }, "close"],
    ends: { tunnel: ["tunnel", "request.completed"] },
  },
  {
    key: "garbage",
    what: "answers garbage",
    steps: [{ send: "nonsense\r\n\r\n" }, "hold"],
    ends: everywhere(["502", "engine.bad_answer"]),
  },
  {
    key: "bad-chunk",
    what: "sends a chunk that is none",
    steps: [{ send: `${CHUNKED}3\r\nabc\r\nzz\r\n` }, "hold"],
    // Seen before a byte of it was passed on.
    ends: untunnelled(["502", "engine.bad_answer"]),
  },
  {
    key: "switches",
    what: "switches unasked",
    steps: [{ send: SWITCHING }, "hold"],
    ends: untunnelled(["502", "engine.bad_answer"]),
  },
  {
    key: "twice",
    what: "answers twice",
    steps: [{ send: OK + OK }, "hold"],
    ends: { plain: ["whole", "engine.bad_answer"] },
  },
  {
    key: "early",
    what: "answers before it has the body",
    steps: [{ send: OK }, "hold"],
    ends: { upload: ["whole", "request.completed"] },
  },
  {
    key: "well",
    what: "answers well",
    steps: [{ send: OK }],
    ends: {
      plain: ["whole", "request.completed"],
      stream: ["whole", "request.completed"],
    },
  },
];

/** How a client behaves. */
export interface ClientRow {
  readonly key: string;
  readonly what: string;
  /** How many do it at once. */
  readonly count: number;
  /** The head is sent, and the answer read, in single bytes. */
  readonly single?: true;
  /** Ends its side behind the request. */
  readonly halfCloses?: true;
  /** Goes as soon as the engine has the request. */
  readonly goes?: true;
  /**
   * What may come of it beside what comes for a client that reads: an end of
   * either side may be seen first.
   */
  readonly also: Partial<Readonly<Record<Transport, readonly End[]>>>;
}

const ANY_END: readonly End[] = [
  ["nothing", "client.closed"],
  ["nothing", "engine.closed"],
  ["nothing", "engine.bad_answer"],
  ["nothing", "request.completed"],
];
/** What a client that has cancelled a stream may see. */
const CANCELLED: readonly End[] = [
  ["nothing", "client.closed"],
  ["cut", "client.closed"],
  ["502", "client.closed"],
  ["whole", "client.closed"],
];

/** All clients. */
export const CLIENTS: readonly ClientRow[] = [
  { key: "reads", what: "reads to the end", count: 1, also: {} },
  { key: "single", what: "single bytes", count: 1, single: true, also: {} },
  {
    key: "half",
    what: "half-closes",
    count: 1,
    halfCloses: true,
    also: { stream: CANCELLED, upload: CANCELLED },
  },
  {
    key: "goes",
    what: "goes away",
    count: 1,
    goes: true,
    also: {
      plain: ANY_END,
      stream: ANY_END,
      tunnel: ANY_END,
      upload: ANY_END,
    },
  },
  { key: "many", what: "many at once", count: 40, also: {} },
];
