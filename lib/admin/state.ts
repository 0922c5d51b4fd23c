/**
 * How it is going: the state, and whether requests can be served.
 *
 * @module
 */

import type { Readiness, State } from "./api.ts";
import type { Facts } from "./facts.ts";
import { stamp, stampOrNull } from "./forms.ts";
import { ratesOf } from "./hour.ts";

/** `GET /api/v1/state`. */
export function stateAnswer(facts: Facts): State {
  const { watch, engine, reloads } = facts;
  const { totals } = watch;
  const now = facts.now();
  const policy = facts.policy();
  const rates = ratesOf(watch.hour, watch, now);
  return {
    version: facts.version,
    runtime: facts.runtime,
    started: stamp(watch.started),
    now: stamp(now),
    engine: {
      address: engine.address,
      up: engine.up,
      version: engine.version,
      api_version: engine.apiVersion,
      checked: stampOrNull(engine.checked),
    },
    policy: {
      hash: facts.hashOf(policy),
      loaded: stamp(reloads.loaded),
      reload: reloads.last === null
        ? null
        : { ...reloads.last, at: stamp(reloads.last.at) },
      dry_run: facts.dryRun,
      clients: policy.clients.size,
    },
    connections: { open: facts.connections(), max: facts.maxConnections },
    streams: facts.underWay().length,
    totals: {
      requests: totals.allowed + totals.refused + totals.would_refuse +
        totals.failed,
      ...totals,
      bytes_in: watch.bytesIn,
      bytes_out: watch.bytesOut,
      log_lines_dropped: facts.logLinesDropped(),
    },
    rates: {
      requests_per_second: rates.requests,
      refused_per_second: rates.refused,
    },
    memory: {
      resident_bytes: facts.residentBytes(),
      held_bytes: facts.heldBytes(),
    },
    audit: facts.audit(),
  };
}

/** `GET /readyz`. */
export function readiness(facts: Facts): Readiness {
  const { engine, reloads } = facts;
  const audit = facts.audit();
  const reasons = [
    ...(facts.stopping() ? ["sockwarden is stopping"] : []),
    ...(engine.up ? [] : [
      `the engine at ${engine.address} does not answer: ${engine.reason}`,
    ]),
    ...(reloads.last?.ok === false
      ? [
        `the policy was read again and is not valid, so the one before is in force: ${reloads.last.message}`,
      ]
      : []),
    ...(audit !== null && !audit.on ? ["the audit cannot be written"] : []),
  ];
  return { ready: reasons.length === 0, reasons };
}
