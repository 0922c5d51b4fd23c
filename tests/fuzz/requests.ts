/**
 * What a client sends: whatever passes is what every reader reads of it.
 *
 * @module
 */

import type { RequestRecord } from "../../lib/observe/record.ts";
import { latin1 } from "../support/engine.ts";
import { isAllowed, policyGrants } from "./allowed.ts";
import { answerAll, type EngineRequest, readEngine } from "./engine_peer.ts";
import { makeRequests } from "./make_requests.ts";
import { type Run, startMemoryProxy } from "./memory_proxy.ts";
import { bytesOf, createCounts, type Judge, type Target } from "./target.ts";

/** A request as an oracle has read it; the body in base 64. */
interface Read {
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly clean: boolean;
  readonly body: string | null;
  readonly bodyError: string;
  readonly switches: boolean;
}

/** What an oracle has read of a connection. */
interface Reading {
  readonly requests: readonly Read[];
  /** Empty where all was requests. */
  readonly refused: string;
}

/** Bytes of a client. */
export const REQUESTS: Target = {
  name: "requests",
  make: makeRequests,
  async open({ go, node }): Promise<Judge> {
    const proxy = await startMemoryProxy(policyGrants(), 0);
    const { counts, count } = createCounts();
    return {
      counts,
      async judge(cases) {
        const runs: Run[] = [];
        for (const bytes of cases) runs.push(await proxy.run(bytes, answerAll));
        const sent = runs.flatMap(({ toEngine }) => toEngine.map(bytesOf));
        const [byGo, byNode, engine] = await Promise.all([
          go?.ask("requests", cases),
          node?.ask("requests", cases),
          go?.ask("engine", sent),
        ]) as [Reading[]?, Reading[]?, Reading[]?];
        let from = 0;
        return runs.map((run, i) => {
          const readings = engine?.slice(from, from += run.toEngine.length);
          return problemOf(run) ?? sameAtEngine(run, readings) ??
            sameAtClient("Go", run, byGo?.[i], count) ??
            sameAtClient("Node", run, byNode?.[i], count);
        });
      },
      stop: proxy.stop,
    };
  },
};

/** What must hold whatever others read. */
function problemOf({ hangs, leaks, records, toEngine }: Run): string | null {
  if (hangs) return "the connection hangs";
  if (leaks > 0) return `${leaks} connections to the engine were left open`;
  const bug = records.find(({ code }) => code === "request.internal_error");
  if (bug !== undefined) return bug.message;
  for (const text of toEngine) {
    const { requests, rest } = readEngine(text);
    for (const { method, target } of requests) {
      if (!target.startsWith("/")) return `sent ${method} ${target}`;
    }
    const switched = requests.at(-1)?.switches ?? false;
    if (
      rest !== "" && !switched &&
      !/^[A-Z]+ \/[!-~]* HTTP\/1\.[01]\r\nHost: docker\r\n/.test(rest)
    ) {
      return `sent what is no request: ${JSON.stringify(rest.slice(0, 80))}`;
    }
  }
  return null;
}

/** What was sent is read by Go's server as the engine's stand-in reads it, and is granted. */
function sameAtEngine(
  { toEngine }: Run,
  readings: readonly Reading[] | undefined,
): string | null {
  if (readings === undefined) return null;
  for (const [i, text] of toEngine.entries()) {
    const { requests, rest } = readEngine(text);
    const reading = readings[i]!;
    const cut = rest !== "" && !(requests.at(-1)?.switches ?? false);
    for (const [n, ours] of requests.entries()) {
      const theirs = reading.requests[n];
      if (theirs === undefined) {
        return `Go reads no request ${n} in what was sent (${reading.refused})`;
      }
      const difference = differenceOf(ours, theirs);
      if (difference !== null) return `sent, Go reads ${difference}`;
      if (!isAllowed(theirs.method, theirs.path) || !theirs.clean) {
        return `sent ${theirs.method} ${theirs.path}, which is not granted`;
      }
    }
    const more = reading.requests.slice(requests.length);
    // A body that never ended belongs to a request that was broken off.
    if (more.length > Number(cut) || more.some((one) => one.bodyError === "")) {
      return `Go reads ${reading.requests.length} requests in what was sent, not ${requests.length}`;
    }
  }
  return null;
}

/** What was read of the client is what an oracle reads of it, as far as the oracle takes it. */
function sameAtClient(
  who: string,
  { records, toEngine }: Run,
  reading: Reading | undefined,
  count: (what: string) => void,
): string | null {
  if (reading === undefined) return null;
  const sent = toEngine.flatMap((text) => readEngine(text).requests);
  let next = 0;
  for (const [i, record] of records.entries()) {
    if (!isRead(record)) return null;
    const theirs = reading.requests[i];
    const isSent = record.code === "request.completed";
    if (theirs === undefined) {
      if (reading.refused !== "") {
        if (!isSent) return null;
        // Node is strict where it need not be; the engine reads as Go does.
        if (who === "Go" && !OURS_ALONE.test(reading.refused)) {
          return `Go refuses a head: ${reading.refused}`;
        }
        count(`passed, refused by ${who}`);
        return null;
      }
      return `${who} reads ${reading.requests.length} requests, not ${records.length}`;
    }
    if (theirs.method !== record.method || pathOf(theirs) !== record.path) {
      return `${who} reads ${theirs.method} ${theirs.target} as request ${i}, not ${record.method} ${record.path}`;
    }
    if (!isSent) continue;
    const ours = sent[next++];
    if (ours === undefined) return `request ${i} completed, and was not sent`;
    count(`passed, read by ${who}`);
    if (ours.switches) return null;
    const difference = differenceOf(ours, theirs);
    if (theirs.bodyError !== "") {
      // It may refuse more, such as a trailer; then nothing follows for it.
      count(`passed, refused by ${who}`);
      return difference === null || reading.refused !== ""
        ? null
        : `${who}: ${theirs.bodyError}`;
    }
    if (difference !== null) return `${who} reads ${difference}`;
  }
  return null;
}

/** What Go refuses in a part of the head that the engine gets from us alone. */
const OURS_ALONE = /malformed Host header/;

/** Whether a record is of a request whose head could be read. */
function isRead({ method, code }: RequestRecord): boolean {
  return method !== "-" && code !== "http.bad_target" &&
    code !== "api.version_not_served";
}

function pathOf({ target }: Read): string {
  return target.split("?")[0]!;
}

function differenceOf(ours: EngineRequest, theirs: Read): string | null {
  if (ours.method !== theirs.method) {
    return `the method ${theirs.method}, not ${ours.method}`;
  }
  const body = latin1(Uint8Array.fromBase64(theirs.body ?? ""));
  return ours.body === body
    ? null
    : `a body of ${body.length} bytes, not of ${ours.body.length}`;
}
