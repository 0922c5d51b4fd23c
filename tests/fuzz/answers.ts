/**
 * What an engine sends: what the client reads of it is what every reader reads
 * of the engine's bytes, and what was cut or is malformed never looks whole.
 *
 * @module
 */

import { latin1 } from "../support/engine.ts";
import { policyGrants } from "./allowed.ts";
import { answerAll } from "./engine_peer.ts";
import { ASKED, makeAnswers } from "./make_answers.ts";
import { inPieces, type MemoryConn } from "./memory_conn.ts";
import { type Run, startMemoryProxy } from "./memory_proxy.ts";
import { bytesOf, createCounts, type Judge, type Target } from "./target.ts";

/** One answer as an oracle has read it; the body in base 64. */
interface Read {
  readonly status: number;
  readonly header?: Readonly<Record<string, readonly string[]>>;
  readonly body: string | null;
  readonly bodyError: string;
}

/** What an oracle has read of a connection. */
interface Reading {
  readonly answers: readonly Read[];
  readonly error: string;
  readonly rest: number;
}

/** A case with what came of it. */
interface Seen {
  readonly kind: string;
  readonly run: Run;
  /** What the engine sent. */
  readonly bytes: Uint8Array;
  /** The same oracle on the engine's side and on the client's. */
  readonly engine: Reading;
  readonly client: Reading;
}

/** Connections to the engine that are kept for the next client. */
const KEPT = 4;
/** What the next client gets, whatever the engine has sent to the one before. */
const NEXT = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/** Bytes of an engine; the first line says what they answer. */
export const ANSWERS: Target = {
  name: "answers",
  make: makeAnswers,
  async open({ go, node }): Promise<Judge> {
    const proxy = await startMemoryProxy(policyGrants(), KEPT);
    const { counts, count } = createCounts();
    return {
      counts,
      async judge(cases) {
        const problems: (string | null)[] = cases.map(() => null);
        const byMethod = { "answers": [], "answers-HEAD": [] } as Record<
          string,
          { i: number; kind: string; run: Run; bytes: Uint8Array }[]
        >;
        for (const [i, bytes] of cases.entries()) {
          const { kind, rest } = partsOf(bytes);
          await proxy.endKept();
          const run = await proxy.run(bytesOf(ASKED[kind]!), () => send(rest));
          const next = await proxy.run(bytesOf(ASKED.get!), answerOnce);
          problems[i] = problemOf(run) ?? problemOfNext(next);
          byMethod[kind === "head" ? "answers-HEAD" : "answers"]!.push(
            { i, kind, run, bytes: rest },
          );
        }
        for (const [who, oracle] of Object.entries({ Go: go, Node: node })) {
          if (oracle === null) continue;
          for (const [question, seen] of Object.entries(byMethod)) {
            const [engine, client] = await Promise.all([
              oracle.ask(question, seen.map(({ bytes }) => bytes)),
              oracle.ask(
                question,
                seen.map(({ run }) => bytesOf(run.toClient)),
              ),
            ]) as [Reading[], Reading[]];
            for (const [n, { i, kind, run, bytes }] of seen.entries()) {
              problems[i] ??= differs(who, {
                kind,
                run,
                bytes,
                engine: engine[n]!,
                client: client[n]!,
              }, count);
            }
          }
        }
        return problems;
      },
      stop: proxy.stop,
    };
  },
};

/** The request that a case answers, and the engine's bytes. */
function partsOf(bytes: Uint8Array): { kind: string; rest: Uint8Array } {
  const end = bytes.indexOf(0x0a);
  const kind = latin1(bytes.subarray(0, Math.max(0, end)));
  return kind in ASKED
    ? { kind, rest: bytes.slice(end + 1) }
    : { kind: "get", rest: bytes };
}

/** Milliseconds after which the engine ends its side: its connection may be kept by then. */
const ENDS_AFTER_MS = 2;

/** An engine that sends the bytes, whatever it is asked, then answers well, and soon ends its side. */
function send(bytes: Uint8Array): (conn: MemoryConn) => void {
  let sent = false;
  return (conn) => {
    if (sent) return conn.push(bytesOf(NEXT));
    sent = true;
    for (const piece of inPieces(bytes)) conn.push(piece);
    setTimeout(() => conn.end(), ENDS_AFTER_MS);
  };
}

/** An engine that answers well, and ends its side: no later case gets its connection. */
function answerOnce(): (conn: MemoryConn) => void {
  const answer = answerAll();
  return (conn) => {
    answer(conn);
    conn.end();
  };
}

/** An answer never reaches another client. */
function problemOfNext({ toClient }: Run): string | null {
  return toClient === NEXT ? null : `the next client gets ${toClient}`;
}

function problemOf({ hangs, records }: Run): string | null {
  if (hangs) return "the connection hangs";
  if (records.length !== 1) return `there are ${records.length} records`;
  const [{ code, message }] = records as [Run["records"][number]];
  return code === "request.internal_error" ? message : null;
}

/** Codes of an answer that went to the client whole, or to its engine's own end. */
const WHOLE: readonly string[] = ["request.completed"];

function differs(
  who: string,
  { kind, run, engine, client, bytes }: Seen,
  count: (what: string) => void,
): string | null {
  const [{ code, status }] = run.records as [Run["records"][number]];
  const got = client.answers.at(-1);
  const said = engine.answers.at(-1);
  const ended = got !== undefined && got.bodyError === "";
  if (client.rest > 0 && ended && status !== 101 && !tunnels(kind, client)) {
    return `${who}: ${client.rest} bytes follow the client's answer`;
  }
  if (!WHOLE.includes(code) && code !== "engine.bad_answer") {
    // It was cut: an answer of ours says so, or the body has no end.
    if (got === undefined || got.status === 502) return null;
    return got.bodyError === "" && !isWhole(kind, said)
      ? `${code}, and ${who} reads a whole ${got.status}`
      : null;
  }
  if (got === undefined && said === undefined && client.error !== "") {
    // It takes the engine's answer no more than ours.
    count(`passed, refused by ${who}`);
    return null;
  }
  if (got === undefined) {
    return client.error === "" || code !== "engine.bad_answer"
      ? `${code}, and ${who} reads no answer (${client.error})`
      : null;
  }
  if (got.status === 502 && code === "engine.bad_answer") return null;
  if (got.status === 101 || tunnels(kind, client)) return null;
  if (got.bodyError !== "") {
    return code === "engine.bad_answer"
      ? null
      : `${code}, and ${who} says of the client's answer: ${got.bodyError}`;
  }
  if (said === undefined || said.bodyError !== "") {
    count(`passed, refused by ${who}`);
    // It may refuse more, such as a trailer, but not miss the end.
    return said === undefined || code === "engine.bad_answer" ||
        refuses(engine, said)
      ? null
      : `${code}, and ${who} says of the engine's answer: ${said.bodyError}`;
  }
  count(`passed, read by ${who}`);
  return sameAnswer(who, said, got, namedIn(bytes));
}

/** Whether the client's answer begins a tunnel: it has no end of its own. */
function tunnels(kind: string, { answers }: Reading): boolean {
  const last = answers.at(-1);
  return kind === "attach" && last?.status === 200;
}

/** Whether an oracle has found an error, and not an early end. */
function refuses({ error }: Reading, { bodyError }: Read): boolean {
  return !/EOF|ended|abort|RESET|closed/.test(error || bodyError);
}

/** Whether an oracle reads the engine's answer as a whole one. */
function isWhole(kind: string, said: Read | undefined): boolean {
  return said !== undefined && said.bodyError === "" && kind !== "";
}

/** Fields that belong to one connection, or that change with the framing. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  "Connection",
  "Keep-Alive",
  "Proxy-Connection",
  "Te",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
  "Content-Length",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Http2-Settings",
]);

/** The fields that Connection fields name; Go forgets them beside a `close`. */
function namedIn(bytes: Uint8Array): string[] {
  return [...latin1(bytes).matchAll(/^connection:(.*)$/gim)]
    .flatMap(([, value]) => value!.toLowerCase().split(","))
    .map((name) => name.trim());
}

function sameAnswer(
  who: string,
  said: Read,
  got: Read,
  named: readonly string[],
): string | null {
  if (said.status !== got.status) {
    return `the engine's answer is ${said.status} to ${who}, the client's ${got.status}`;
  }
  if ((said.body ?? "") !== (got.body ?? "")) {
    return `${who} reads another body in the client's answer`;
  }
  const fields = (one: Read) =>
    JSON.stringify(
      Object.entries(one.header ?? {}).filter(([name]) =>
        !OF_CONNECTION.has(name) && !named.includes(name.toLowerCase())
      ),
    );
  return fields(said) === fields(got)
    ? null
    : `${who} reads ${fields(got)} in the client's answer, not ${fields(said)}`;
}
