/**
 * Every metric, as data: what is served and `docs/metrics.md` are made of it.
 *
 * No label has a value that a client can choose: operations and codes come from
 * closed tables, names of clients from the policy file.
 *
 * @module
 */

import { LIMIT_KEYS, LIMIT_NAMES } from "../policy/client_limits.ts";
import type { ClientCounts } from "../proxy/client_counts.ts";
import type { Facts } from "./facts.ts";
import { rounded } from "./forms.ts";
import type { Histogram } from "./histogram.ts";
import { STREAM_KINDS } from "./api.ts";
import { allUses } from "./usage.ts";

/** One value, with the values of the metric's labels in their order. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** A metric. */
export type Metric =
  & {
    /** The name; of a counter with `_total`, of an info with `_info`. */
    readonly name: string;
    readonly labels: readonly string[];
    readonly help: string;
  }
  & ({
    readonly type: "counter" | "gauge" | "info";
    /** Its values; empty where it is not known. */
    readonly read: (facts: Facts) => readonly Sample[];
  } | {
    readonly type: "histogram";
    readonly read: (facts: Facts) => Histogram;
  });

/** What every name begins with. */
export const PREFIX = "sockwarden_";

/** One value without labels. */
const one = (value: number): readonly Sample[] => [{ labels: [], value }];

const seconds = (milliseconds: number) => rounded(milliseconds) / 1000;

/** Values of each client that has limits, by the limit; those that are null are left out. */
function ofLimited(
  facts: Facts,
  read: (counts: ClientCounts) => (readonly [string, number | null])[],
): Sample[] {
  return [...facts.limited()].flatMap((counts) =>
    read(counts).flatMap(([limit, value]) =>
      value === null ? [] : [{ labels: [nameOf(facts, counts), limit], value }]
    )
  );
}

/** The name under which its requests are counted: as `lib/proxy/record.ts` gives it. */
function nameOf({ policy }: Facts, { client }: ClientCounts): string {
  return policy().identities.length === 0 ? "" : client ?? "default";
}

/** The metrics, in the order of the answer. */
export const METRICS: readonly Metric[] = [
  {
    name: "build_info",
    type: "info",
    labels: ["version", "runtime"],
    help: "The version and the runtime, as labels of the value 1.",
    read: ({ version, runtime }) => [{ labels: [version, runtime], value: 1 }],
  },
  {
    name: "start_time_seconds",
    type: "gauge",
    labels: [],
    help: "When it was started, in seconds since 1970.",
    read: ({ watch }) => one(seconds(watch.started)),
  },
  {
    name: "requests_total",
    type: "counter",
    labels: ["client", "operation", "decision", "code"],
    help:
      "Requests that have ended, by client of the policy, operation, what they came to (allowed, refused, would_refuse, failed) and reason code.",
    read: ({ watch }) =>
      allUses(watch.usage).flatMap(({ client, operation, outcomes }) =>
        outcomes.map(({ decision, code, count }) => ({
          labels: [client, operation, decision, code],
          value: count,
        }))
      ),
  },
  {
    name: "request_own_seconds",
    type: "histogram",
    labels: [],
    help:
      "Time from the last byte of a request's head until it had passed the gate, or was answered by sockwarden.",
    read: ({ watch }) => watch.own,
  },
  {
    name: "request_engine_seconds",
    type: "histogram",
    labels: [],
    help:
      "Time from then to the engine's answer; of operations that answer at once, not of streams and tunnels.",
    read: ({ watch }) => watch.engine,
  },
  {
    name: "connections_open",
    type: "gauge",
    labels: [],
    help: "Clients that are connected.",
    read: ({ connections }) => one(connections()),
  },
  {
    name: "connections_max",
    type: "gauge",
    labels: [],
    help: "How many clients may be connected at a time.",
    read: ({ maxConnections }) => one(maxConnections),
  },
  {
    name: "streams_open",
    type: "gauge",
    labels: ["kind"],
    help:
      "Requests that are open without a plain answer: streams, tunnels, uploads, waits for a container.",
    read: ({ underWay }) => {
      const open = underWay();
      return STREAM_KINDS.map((kind) => ({
        labels: [kind],
        value: open.filter((one) => one.kind === kind).length,
      }));
    },
  },
  {
    name: "client_limit",
    type: "gauge",
    labels: ["client", "limit"],
    help:
      "The limits of each client that has some: requests and streams at a time, rate and burst in requests, upload_rate in bytes a second.",
    read: (facts) =>
      ofLimited(facts, ({ limits }) =>
        LIMIT_KEYS.map((key) => [
          key.replace("-", "_"),
          limits[LIMIT_NAMES[key]],
        ])),
  },
  {
    name: "client_limit_used",
    type: "gauge",
    labels: ["client", "limit"],
    help:
      "Requests, and streams and tunnels, that each client with limits has under way.",
    read: (facts) =>
      ofLimited(facts, ({ requests, streams }) => [
        ["requests", requests],
        ["streams", streams],
      ]),
  },
  {
    name: "upload_slowed_seconds_total",
    type: "counter",
    labels: ["client"],
    help: "Time that uploads waited for their client's upload-rate.",
    read: (facts) =>
      [...facts.limited()].map((counts) => ({
        labels: [nameOf(facts, counts)],
        value: seconds(counts.slowedMs),
      })),
  },
  {
    name: "bytes_total",
    type: "counter",
    labels: ["direction"],
    help:
      "Bytes of bodies from clients (in) and of answers to them (out), of requests that have ended.",
    read: ({ watch }) => [
      { labels: ["in"], value: watch.bytesIn },
      { labels: ["out"], value: watch.bytesOut },
    ],
  },
  {
    name: "engine_up",
    type: "gauge",
    labels: [],
    help: "Whether the engine answers: 1 or 0.",
    read: ({ engine }) => one(engine.up ? 1 : 0),
  },
  {
    name: "policy_info",
    type: "info",
    labels: ["hash"],
    help: "The hash of the policy in force, as a label of the value 1.",
    read: ({ policy, hashOf }) => [{ labels: [hashOf(policy())], value: 1 }],
  },
  {
    name: "policy_loaded_timestamp_seconds",
    type: "gauge",
    labels: [],
    help: "When the policy in force was put there, in seconds since 1970.",
    read: ({ reloads }) => one(seconds(reloads.loaded)),
  },
  {
    name: "policy_reloads_total",
    type: "counter",
    labels: ["outcome"],
    help: "How often the policy file was read again.",
    read: ({ reloads }) => [
      { labels: ["ok"], value: reloads.ok },
      { labels: ["failed"], value: reloads.failed },
    ],
  },
  {
    name: "policy_last_reload_success",
    type: "gauge",
    labels: [],
    help:
      "Whether the policy file was valid when it was read last: 1 or 0; at the start it was.",
    read: ({ reloads }) => one(reloads.last?.ok === false ? 0 : 1),
  },
  {
    name: "lookups_total",
    type: "counter",
    labels: [],
    help:
      "Questions that the engine was asked for sockwarden itself: who a client is, what a request names, whether it is well.",
    read: ({ lookUps }) => one(lookUps()),
  },
  {
    name: "held_bytes",
    type: "gauge",
    labels: [],
    help:
      "Bytes that are held of large heads and of bodies that are read whole.",
    read: ({ heldBytes }) => one(heldBytes()),
  },
  {
    name: "log_lines_dropped_total",
    type: "counter",
    labels: [],
    help: "Lines of the log that were dropped: nobody read them in time.",
    read: ({ logLinesDropped }) => one(logLinesDropped()),
  },
  {
    name: "audit_lines_dropped_total",
    type: "counter",
    labels: [],
    help: "Lines of the audit that were dropped; absent without an audit.",
    read: ({ audit }) => {
      const state = audit();
      return state === null ? [] : one(state.dropped);
    },
  },
  {
    name: "resident_memory_bytes",
    type: "gauge",
    labels: [],
    help:
      "Memory of the process that is resident; absent where the runtime does not tell.",
    read: ({ residentBytes }) => {
      const bytes = residentBytes();
      return bytes === null ? [] : one(bytes);
    },
  },
];
