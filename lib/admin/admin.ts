/**
 * The admin listener as a whole: what observes requests, and what answers
 * questions about them.
 *
 * @module
 */

import type { EngineAddress, ListenAddress } from "../net/address.ts";
import { requestsAsked } from "../engine/ask.ts";
import { residentMemory, runtimeName, wallClock } from "../host.ts";
import { type OpenListener, openListener } from "../listen/listener.ts";
import type { RequestRecord } from "../observe/record.ts";
import { policyHash } from "../policy/hash.ts";
import type { ServerView } from "../proxy/server.ts";
import { VERSION } from "../version.ts";
import type { Admission } from "./admission.ts";
import type { State } from "./api.ts";
import { watchEngine } from "./engine_status.ts";
import { createEvents } from "./events.ts";
import type { Facts, Reloads } from "./facts.ts";
import { serveListener } from "./listener.ts";
import { createAnswer } from "./routes.ts";
import { createRates } from "./streams.ts";
import { createWatch, observeRequest } from "./watch.ts";

/** What {@link createAdmin} needs. */
export interface AdminOptions {
  readonly engine: EngineAddress;
  readonly dryRun: boolean;
  /** How many lines of the log were dropped. */
  readonly logLinesDropped: () => number;
  /** How the audit is; null where none is written. */
  readonly audit: () => State["audit"];
}

/** What is opened, and what may be asked of it. */
export interface AdminDoor {
  readonly address: ListenAddress;
  readonly admission: Admission;
  readonly server: ServerView & { readonly maxConnections: number };
}

/** The admin listener. */
export interface Admin {
  /** Takes the record of a request that has ended. */
  readonly observe: (record: RequestRecord) => void;
  /** Notes that another policy is in force. */
  readonly loaded: () => void;
  /** Notes that the policy was read again. */
  readonly reloaded: (ok: boolean, message: string) => void;
  /**
   * Opens the listener and serves it.
   *
   * @throws {ListenError} If it cannot be opened.
   */
  readonly open: (door: AdminDoor) => Promise<ListenAddress>;
  /** Takes what a watchdog has seen of the engine: null where it is well, else the reason. */
  readonly probed: (reason: string | null) => void;
  /** Has `/readyz` say that the program stops. */
  readonly stopping: () => void;
  /** Closes the listener, and its connections. */
  readonly close: () => Promise<void>;
}

/** Makes the admin listener, which is not open yet. */
export function createAdmin(options: AdminOptions): Admin {
  const watch = createWatch(wallClock());
  const reloads: Reloads = {
    loaded: watch.started,
    last: null,
    ok: 0,
    failed: 0,
  };
  const engine = watchEngine(options.engine, wallClock);
  let stopping = false;
  let close = () => Promise.resolve();
  const factsOf = ({ server }: AdminDoor): Facts => ({
    watch,
    reloads,
    engine,
    rates: createRates(),
    version: VERSION,
    runtime: runtimeName,
    dryRun: options.dryRun,
    maxConnections: server.maxConnections,
    policy: server.policy,
    hashOf: policyHash,
    connections: server.connections,
    heldBytes: server.heldBytes,
    underWay: server.underWay,
    limited: server.limited,
    residentBytes: residentMemory,
    logLinesDropped: options.logLinesDropped,
    lookUps: requestsAsked,
    audit: options.audit,
    stopping: () => stopping,
    now: wallClock,
  });
  return {
    observe: (record) => observeRequest(watch, record, wallClock()),
    loaded: () => reloads.loaded = wallClock(),
    reloaded(ok, message) {
      reloads.last = { at: wallClock(), ok, message };
      reloads[ok ? "ok" : "failed"]++;
    },
    async open(door) {
      const listener = await openListener(door.address);
      // While files can still be opened.
      residentMemory();
      close = serve(listener, door.admission, factsOf(door));
      return listener.address;
    },
    probed: engine.probed,
    stopping: () => stopping = true,
    close: () => close(),
  };
}

function serve(
  listener: OpenListener,
  admission: Admission,
  facts: Facts,
): () => Promise<void> {
  const events = createEvents(facts);
  const answer = createAnswer(facts, events, admission);
  const close = serveListener(listener, admission, answer);
  return async () => {
    events.stop();
    await close();
  };
}
