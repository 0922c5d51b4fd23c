/**
 * Whether the engine answers, and its versions. It is asked when somebody wants
 * to know, and not more often than every two seconds.
 *
 * @module
 */

import { askVersion, type EngineVersion } from "../engine/probe.ts";
import { pause } from "../host.ts";
import { type EngineAddress, formatAddress } from "../net/address.ts";

/** What is known of the engine. Made by {@link watchEngine}. */
export interface EngineStatus {
  readonly address: string;
  readonly up: boolean;
  /** Why it is not up; empty where it is. */
  readonly reason: string;
  readonly version: string;
  readonly apiVersion: string;
  /** When it was asked last, in milliseconds since 1970; 0 before that. */
  readonly checked: number;
  /** Asks it where what is known is old; does not wait longer than a moment for it. */
  refresh(): Promise<void>;
}

/** Milliseconds for which an answer counts. */
const FRESH_MS = 2000;
/** Milliseconds that who asks waits for the engine; it may answer later for the next one. */
const PATIENCE_MS = 2000;

/**
 * Looks after one engine.
 *
 * @param now The wall clock.
 * @param asking Asks it.
 */
export function watchEngine(
  engine: EngineAddress,
  now: () => number,
  asking: typeof askVersion = askVersion,
): EngineStatus {
  const address = formatAddress(engine);
  const state = {
    up: false,
    reason: "it was not asked yet",
    version: "",
    apiVersion: "",
    checked: 0,
  };
  let asked: Promise<void> | null = null;
  const take = (answer: Awaited<ReturnType<typeof askVersion>>) => {
    state.checked = now();
    state.up = isVersion(answer) || answer.answered;
    state.reason = isVersion(answer) || answer.answered ? "" : answer.reason;
    if (!isVersion(answer)) return;
    state.version = answer.version;
    state.apiVersion = answer.apiVersion;
  };
  return {
    address,
    get up() {
      return state.up;
    },
    get reason() {
      return state.reason;
    },
    get version() {
      return state.version;
    },
    get apiVersion() {
      return state.apiVersion;
    },
    get checked() {
      return state.checked;
    },
    async refresh() {
      const age = now() - state.checked;
      if (age >= 0 && age < FRESH_MS) return;
      asked ??= asking(engine).then(take).finally(() => asked = null);
      await Promise.race([asked, pause(PATIENCE_MS)]);
    },
  };
}

function isVersion(
  answer: Awaited<ReturnType<typeof askVersion>>,
): answer is EngineVersion {
  return "version" in answer;
}
