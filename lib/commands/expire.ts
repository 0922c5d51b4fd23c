/**
 * Ends grants when their time has come: a timer that compiles the settings in
 * force anew.
 *
 * @module
 */

import { after, wallClock } from "../host.ts";
import type { Log } from "../observe/log.ts";
import type { compile, Grants, Policy, PolicyFile } from "../policy/compile.ts";
import { DAY } from "../policy/until.ts";
import { endsBetween, newlyEnded } from "./ends.ts";

/** Milliseconds between two looks at the wall clock: it may be set, and a machine may sleep. */
const LOOK_MS = 60_000;

/** Settings, and the policy that was made of them. */
export interface InForce {
  readonly settings: {
    readonly grants: Grants;
    readonly policyFile: PolicyFile | null;
  };
  readonly policy: Policy;
}

/** What ends grants. */
export interface Expiry {
  /** What is in force. */
  current(): InForce;
  /** Notes that another policy is in force, whose ends count from now on. */
  replace(next: InForce): void;
}

/** What {@link startExpiry} needs. */
export interface ExpiryStart {
  /** What is in force at the start. */
  readonly inForce: InForce;
  readonly log: Pick<Log, "line">;
  /** Makes the policy of settings. */
  readonly compile: typeof compile;
  /** Puts a policy in force; streams and tunnels that it refuses end. */
  readonly setPolicy: (policy: Policy) => void;
}

/**
 * Puts a policy without a rule in force when the rule ends, and warns of it a
 * day before; one with the rules that end once the clock is set. No timer runs while no rule ends.
 */
export function startExpiry(start: ExpiryStart): Expiry {
  const { log, compile, setPolicy } = start;
  let inForce = start.inForce;
  /** The end of the day that was looked at last: rules that end in it were warned of. */
  let warnedUpTo = 0;
  let cancel = () => {};

  const look = () => {
    const now = wallClock();
    const { settings, policy } = inForce;
    if (policy.until !== null && policy.until <= now) {
      const next = compile(settings.grants, settings.policyFile, now);
      inForce = { settings, policy: next };
      setPolicy(next);
      if (!policy.rest.clockSet && next.rest.clockSet) {
        log.line(
          "notice",
          "the machine's clock is set: grants that have an end count again",
        );
      }
      for (const line of newlyEnded(policy, next)) log.line("warning", line);
    }
    for (
      const line of endsBetween(inForce.policy, warnedUpTo, now + DAY, now)
    ) log.line("warning", line);
    warnedUpTo = now + DAY;
    wait();
  };
  const wait = () => {
    cancel();
    const { until } = inForce.policy;
    if (until === null) return;
    cancel = after(Math.min(Math.max(until - wallClock(), 1), LOOK_MS), look);
  };
  const watch = (next: InForce) => {
    inForce = next;
    // Whoever puts it in force warns of the days that come.
    warnedUpTo = wallClock() + DAY;
    wait();
  };
  watch(inForce);
  return { current: () => inForce, replace: watch };
}
