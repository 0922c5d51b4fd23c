/**
 * Reads the settings of the admin listener.
 *
 * @module
 */

import { type Cidr, parseCidr } from "../net/cidr.ts";
import {
  type EngineAddress,
  formatAddress,
  type ListenAddress,
} from "../net/address.ts";
import type { AdminSettings } from "./config.ts";
import { parseListenAddress } from "./parse_address.ts";
import { sameEndpoint } from "./read_addresses.ts";
import {
  isGiven,
  readList,
  readOne,
  type SettingsReading,
  type SettingValue,
} from "./setting_values.ts";

/**
 * The admin listener, which is none of the Docker listeners.
 *
 * @param listeners Those of the Docker API.
 * @returns null without one.
 */
export function readAdmin(
  reading: SettingsReading,
  listeners: readonly ListenAddress[],
  engine: EngineAddress,
): AdminSettings | null {
  const found = readOne(reading, "admin");
  const allow = readList(reading, "admin-allow");
  const tokenFile = readOne(reading, "admin-token-file");
  if (!isGiven(found)) {
    for (const unused of [allow[0] ?? null, tokenFile]) {
      if (!isGiven(unused)) continue;
      reading.problems.push(
        `${unused.setting}=${unused.value} is set, but there is no admin listener: add --admin=tcp://127.0.0.1:9323, or remove the setting`,
      );
    }
    return null;
  }
  const address = readAddress(reading, found, listeners, engine);
  if (address === null) return null;
  if (address.kind === "unix" && allow.length > 0) {
    reading.problems.push(
      `${
        allow[0]!.setting
      }: clients of a unix socket have no address; remove it, and set mode and group of the socket`,
    );
  }
  const cidrs = allow.flatMap((one) => readCidr(reading, one));
  return {
    address,
    allow: allow.length === 0 ? null : cidrs,
    tokenFile: isGiven(tokenFile)
      ? { path: tokenFile.value, setting: tokenFile.setting }
      : null,
  };
}

function readAddress(
  { problems }: SettingsReading,
  { value, setting }: SettingValue,
  listeners: readonly ListenAddress[],
  engine: EngineAddress,
): AdminSettings["address"] | null {
  const reject = (problem: string) => {
    problems.push(`${setting}=${value}: ${problem}`);
    return null;
  };
  const address = parseListenAddress(value);
  if ("problem" in address) return reject(address.problem);
  if (address.kind === "tls") {
    return reject(
      "the admin listener has no TLS: use tcp:// on the loopback or a unix socket, behind a proxy that has it",
    );
  }
  // With port 0 the system gives another one.
  const isSame = (other: ListenAddress | EngineAddress) =>
    other.kind !== "tls" && sameEndpoint(address, other) &&
    !(address.kind === "tcp" && address.port === 0);
  const docker = listeners.find(isSame);
  if (docker !== undefined) {
    return reject(
      `this is the listener of the Docker API ${
        formatAddress(docker)
      }: choose another port or path`,
    );
  }
  return isSame(engine)
    ? reject("this is the address of the engine: choose another port or path")
    : address;
}

function readCidr(
  { problems }: SettingsReading,
  { value, setting }: SettingValue,
): Cidr[] {
  const cidr = parseCidr(value);
  if (!("problem" in cidr)) return [cidr];
  problems.push(`${setting} '${value}': ${cidr.problem}`);
  return [];
}
