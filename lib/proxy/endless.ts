/**
 * Tells which requests have no end of their own, so that nothing is gained by
 * waiting for it when the program stops.
 *
 * @module
 */

import type { Exchange } from "./state.ts";

/** The parameter that makes an operation go on without an end, and what the engine takes where it is left out. */
type Row = readonly [parameter: "follow" | "stream", byDefault: boolean];

const LOGS: Row = ["follow", false];
const STREAM: Row = ["stream", true];
const STREAM_IF_ASKED: Row = ["stream", false];

/** By the operation (docs/engine-api/streams.md). */
const ROWS: Readonly<Record<string, Row>> = {
  "system.events": STREAM,
  "libpod.system.events": STREAM,
  "container.logs": LOGS,
  "service.logs": LOGS,
  "task.logs": LOGS,
  "libpod.container.logs": LOGS,
  "container.stats": STREAM,
  "libpod.container.stats": STREAM,
  "libpod.container.stats.all": STREAM,
  "libpod.pod.stats": STREAM_IF_ASKED,
  "libpod.container.top": STREAM_IF_ASKED,
  "libpod.pod.top": STREAM_IF_ASKED,
  "container.attach": STREAM_IF_ASKED,
  "container.attach.ws": STREAM_IF_ASKED,
  "libpod.container.attach": STREAM,
};

/** The value of each parameter that is looked at. */
const VALUES = {
  follow: /(?:^|&)follow=([^&]*)/,
  stream: /(?:^|&)stream=([^&]*)/,
};
/** What the engines read as no. */
const NO = /^(?:0|f|no|false|none)?$/i;
/** The stream ends at a time. */
const UNTIL = /(?:^|&)until=[^&]/;

/**
 * Whether a request goes on until the client or sockwarden ends it: events,
 * logs that are followed, statistics, and an attach to which the client has
 * written nothing. One that was asked to end at a time (`until`) does not.
 */
export function isEndless({ plan, tunnelled }: Exchange): boolean {
  const { operation, match } = plan.decision;
  const row = operation === null ? undefined : ROWS[operation.name];
  if (row === undefined || match.kind !== "operation") return false;
  if (tunnelled !== null && tunnelled.fromClient > 0) return false;
  const { query } = match.target;
  if (UNTIL.test(query)) return false;
  const [parameter, byDefault] = row;
  const value = VALUES[parameter].exec(query)?.[1];
  return value === undefined ? byDefault : !NO.test(value);
}

/** Whether a request waits until a container stops, as clients do beside an attach. */
export function isWait({ plan }: Exchange): boolean {
  return plan.decision.operation?.name.endsWith("container.wait") === true;
}
