/**
 * Asks the engine something of our own: whether it is well, which version it is.
 *
 * @module
 */

import type { EngineAddress } from "../net/address.ts";
import { ask } from "./ask.ts";

/** What the engine says of itself. */
export interface EngineVersion {
  readonly apiVersion: string;
  readonly version: string;
}

/** Whether the engine answers a ping; null if so, else the reason. */
export async function probeEngine(
  engine: EngineAddress,
): Promise<string | null> {
  const answer = await ask(engine, "/_ping");
  if ("reason" in answer) return answer.reason;
  return answer.status === 200
    ? null
    : `the engine answers its ping with status ${answer.status}`;
}

/** Whether the engine's address leads back to the program that knows this path. */
export async function isSelf(
  engine: EngineAddress,
  selfPath: string,
): Promise<boolean> {
  const answer = await ask(engine, selfPath);
  return "status" in answer && answer.status === 200 &&
    answer.body.includes('"self"');
}

/** The engine's versions, or the reason why they are not known. */
export async function askVersion(
  engine: EngineAddress,
): Promise<EngineVersion | { reason: string }> {
  const answer = await ask(engine, "/version");
  if ("reason" in answer) return answer;
  try {
    const { ApiVersion, Version } = JSON.parse(answer.body);
    if (typeof ApiVersion === "string" && typeof Version === "string") {
      return { apiVersion: ApiVersion, version: Version };
    }
  } catch {
    // Said below.
  }
  return {
    reason:
      `the engine answers GET /version with status ${answer.status} and no version`,
  };
}

/** Asks a running sockwarden for its health; null where all is well, else the reason. */
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
    return String(JSON.parse(answer.body).message);
  } catch {
    return `it answers with status ${answer.status}`;
  }
}
