/**
 * Asks the engine whether it is well, which version it is, and whether it is
 * this very program; asks a running sockwarden for its health.
 *
 * @module
 */

import { parseJson } from "../host.ts";
import type { EngineAddress } from "../net/address.ts";
import { ask } from "./ask.ts";

/** The engine's versions. */
export interface EngineVersion {
  /** The newest version of the API that it serves, such as `1.51`. */
  readonly apiVersion: string;
  /** Its own version, such as `28.3.0`. */
  readonly version: string;
}

/**
 * Asks the engine whether it is well (`GET /_ping`).
 *
 * @returns null if so, else the reason.
 */
export async function probeEngine(
  engine: EngineAddress,
): Promise<string | null> {
  return (await lookAtEngine(engine)).reason;
}

/** What a look at the engine came to. */
export interface EngineLook {
  /** null where it is well. */
  readonly reason: string | null;
  /** Whether it could not be asked, so that nothing is known. */
  readonly unasked: boolean;
}

/** Asks the engine whether it is well, as {@link probeEngine} does. */
export async function lookAtEngine(
  engine: EngineAddress,
): Promise<EngineLook> {
  const answer = await ask(engine, "/_ping");
  if ("reason" in answer) {
    return { reason: answer.reason, unasked: answer.unasked === true };
  }
  const reason = answer.status === 200
    ? null
    : `the engine answered GET /_ping with status ${answer.status}`;
  return { reason, unasked: false };
}

/**
 * Whether the engine's address leads back to this program: no other program
 * answers on that path with `self`.
 *
 * @param selfPath A path that no other program knows.
 */
export async function isSelf(
  engine: EngineAddress,
  selfPath: string,
): Promise<boolean> {
  const answer = await ask(engine, selfPath);
  return "status" in answer && answer.status === 200 &&
    answer.body.includes('"self"');
}

/**
 * Asks the engine for its versions (`GET /version`).
 *
 * @returns The versions, or the reason why they are not known, and whether it
 * answered at all.
 */
export async function askVersion(
  engine: EngineAddress,
): Promise<EngineVersion | { reason: string; answered: boolean }> {
  const answer = await ask(engine, "/version");
  if ("reason" in answer) return { reason: answer.reason, answered: false };
  try {
    const { ApiVersion, Version } = parseJson(answer.body);
    if (typeof ApiVersion === "string" && typeof Version === "string") {
      return { apiVersion: ApiVersion, version: Version };
    }
  } catch {
    // The reason below covers it.
  }
  return {
    reason:
      `the engine answered GET /version with status ${answer.status}, and the answer names no version`,
    answered: true,
  };
}

/**
 * Asks a running sockwarden for its health.
 *
 * @param address Where it listens.
 * @param path The path of its health check.
 * @returns null where all is well, else the reason: its own, or why it did not
 * answer.
 */
export async function askHealth(
  address: EngineAddress,
  path: string,
): Promise<string | null> {
  const answer = await ask(address, path);
  if ("reason" in answer) {
    return answer.reason.replace(
      "is the engine running",
      "is sockwarden running",
    );
  }
  if (answer.status === 200) return null;
  try {
    const { message } = parseJson(answer.body);
    if (typeof message === "string") return message;
  } catch {
    // The reason below covers it.
  }
  return `the health check was answered with status ${answer.status} by a program that is not sockwarden`;
}
