/**
 * Whether the engine answers, and its versions. It is asked when somebody wants
 * to know, and not more often than every two seconds. With a watchdog, it is
 * asked for its versions alone, once each time that it has come back.
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
  /**
   * Takes what the watchdog has seen, which decides from then on whether it is up.
   *
   * @param reason null where the engine is well.
   */
  probed(reason: string | null): void;
}

/** What is known. */
interface State {
  up: boolean;
  reason: string;
  version: string;
  apiVersion: string;
  checked: number;
  /** When it was asked for its versions. */
  asked: number;
  /** Whether a watchdog says if it is up. */
  watched: boolean;
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
  const state: State = {
    up: false,
    reason: "it was not asked yet",
    version: "",
    apiVersion: "",
    checked: 0,
    asked: 0,
    watched: false,
  };
  let asked: Promise<void> | null = null;
  const take = (answer: Awaited<ReturnType<typeof askVersion>>) =>
    takeVersion(state, answer, now());
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
      if (state.watched && (!state.up || state.version !== "")) return;
      const age = now() - state.asked;
      if (age >= 0 && age < FRESH_MS) return;
      asked ??= asking(engine).then(take).finally(() => asked = null);
      await Promise.race([asked, pause(PATIENCE_MS)]);
    },
    probed: (reason) => takeProbe(state, reason, now()),
  };
}

function takeVersion(
  state: State,
  answer: Awaited<ReturnType<typeof askVersion>>,
  now: number,
): void {
  state.checked = state.asked = now;
  if (!state.watched) {
    state.up = isVersion(answer) || answer.answered;
    state.reason = isVersion(answer) || answer.answered ? "" : answer.reason;
  }
  if (!isVersion(answer)) return;
  state.version = answer.version;
  state.apiVersion = answer.apiVersion;
}

function takeProbe(state: State, reason: string | null, now: number): void {
  // It may be another version that has come back: it is asked at once.
  if (reason === null && !state.up) {
    state.version = state.apiVersion = "";
    state.asked = 0;
  }
  state.checked = now;
  state.watched = true;
  state.up = reason === null;
  state.reason = reason ?? "";
}

function isVersion(
  answer: Awaited<ReturnType<typeof askVersion>>,
): answer is EngineVersion {
  return "version" in answer;
}
