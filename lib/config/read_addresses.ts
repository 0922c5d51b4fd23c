/**
 * Where to listen, and where the engine is, by flags, environment and policy file.
 *
 * @module
 */

import { isLoopback, isUnspecified } from "../net/loopback.ts";
import type { TlsFiles } from "../listen/tls_files.ts";
import {
  DEFAULT_PORT,
  parseBindConfig,
  parseEngineAddress,
  parseListenAddress,
} from "./parse_address.ts";
import {
  type EngineAddress,
  formatAddress,
  type ListenAddress,
} from "../net/address.ts";
import type { PolicyFileResult } from "./policy_file.ts";
import {
  flagValue,
  isGiven,
  readList,
  readOne,
  type SettingsReading,
  type SettingValue,
  variableValue,
} from "./setting_values.ts";
import { TLS_FLAGS, tlsFiles, uselessCertificates } from "./read_tls.ts";

/** The address that the image's own environment names; a BIND_CONFIG replaces it. */
const IMAGE_LISTEN = "tcp://[::]:2375";
const DEFAULT_ENGINE = "unix:///var/run/docker.sock";

/** All listeners: those of the settings, and those that the file's clients name as their own. */
export function readListenSettings(
  reading: SettingsReading,
  policy: PolicyFileResult | null,
): ListenAddress[] {
  const flagged = reading.flags.values.has("listen");
  const bind = readOne(reading, "bind-config");
  const fromEnvironment = reading.environment.SOCKWARDEN_LISTEN ?? "";
  const bound = bind !== null && bind.value !== "";
  if (
    bound &&
    (flagged ||
      fromEnvironment !== "" && fromEnvironment !== IMAGE_LISTEN)
  ) {
    reading.problems.push(
      `${bind.setting}=${bind.value} and ${
        flagged ? "--listen" : "SOCKWARDEN_LISTEN"
      } are both given: keep one of them`,
    );
  }
  const listeners: ListenAddress[] = [];
  const add = (
    sourced: SettingValue,
    parsed: ListenAddress | { problem: string },
  ) => {
    if ("problem" in parsed) {
      reading.problems.push(
        `${sourced.setting} '${sourced.value}': ${parsed.problem}`,
      );
    } else if (
      listeners.some((other) =>
        formatAddress(other) === formatAddress(parsed) &&
        !(parsed.kind !== "unix" && parsed.port === 0)
      )
    ) {
      reading.problems.push(
        `${sourced.setting} '${sourced.value}': this address is given twice`,
      );
    } else {
      checkBuild(reading, sourced.setting, parsed);
      listeners.push(parsed);
    }
  };
  if (bound && !flagged) add(bind, parseBindConfig(bind.value));
  else {
    for (const sourced of readList(reading, "listen")) {
      add(sourced, parseListenAddress(sourced.value));
    }
  }
  const own = policy?.listeners ?? [];
  for (const address of own) {
    const text = formatAddress(address);
    checkBuild(reading, `${policy!.file.path}: listen`, address);
    // Named in both places it is the same listener: as the file says.
    const at = listeners.findIndex((other) => formatAddress(other) === text);
    if (at >= 0) listeners.splice(at, 1);
  }
  // Where every client has a listener of its own nobody uses the common one.
  const common = policy === null || own.length === 0 ||
    policy.file.clients.some(({ identity }) => identity.listen.length === 0);
  if (listeners.length === 0 && common) {
    listeners.push({ kind: "tcp", host: "127.0.0.1", port: DEFAULT_PORT });
  }
  // A client's own listener keeps the address that the file names it by.
  if (!ipv6Disabled(reading)) return [...listeners, ...own];
  return [
    ...listeners.map((address) =>
      address.kind !== "unix" && address.host === "::"
        ? { ...address, host: "0.0.0.0" }
        : address
    ),
    ...own,
  ];
}

/** Reports a listener that this build cannot open. */
function checkBuild(
  reading: SettingsReading,
  setting: string,
  address: ListenAddress,
): void {
  if (address.kind !== "tls" || reading.tls) return;
  reading.problems.push(
    `${setting} '${
      formatAddress(address)
    }': TLS is not in this build: use the v8 build, or a unix socket for each client`,
  );
}

/** The files of the TLS listeners; null where there are none. */
export function readTls(
  reading: SettingsReading,
  listeners: readonly ListenAddress[],
  policy: PolicyFileResult | null,
): TlsFiles | null {
  const given: { -readonly [file in keyof TlsFiles]?: TlsFiles[file] } = {};
  for (const file of Object.keys(TLS_FLAGS) as (keyof TlsFiles)[]) {
    const found = readOne(reading, TLS_FLAGS[file]);
    if (!isGiven(found)) continue;
    given[file] = { path: found.value, setting: found.setting };
  }
  if (policy !== null) {
    reading.problems.push(...uselessCertificates(listeners, policy.file));
  }
  // Of what this build cannot open enough is said.
  if (!reading.tls && listeners.some(({ kind }) => kind === "tls")) return null;
  const files = tlsFiles(listeners, given);
  if (files === null || !("problem" in files)) return files;
  reading.problems.push(files.problem);
  return null;
}

function ipv6Disabled(reading: SettingsReading): boolean {
  const found = readOne(reading, "disable-ipv6");
  if (found === null) return false;
  const value = found.value.toLowerCase();
  if (["1", "true", "yes"].includes(value)) return true;
  if (!["", "0", "false", "no"].includes(value)) {
    reading.problems.push(
      `${found.setting}=${found.value}: expected 1, true or yes, or 0`,
    );
  }
  return false;
}

/** The engine's address, which must not be one of the listeners. */
export function readEngine(
  reading: SettingsReading,
  listeners: readonly ListenAddress[],
): EngineAddress {
  const names = ["engine", "socket-path", "docker-host"];
  const found = names.map((name) => flagValue(reading, name)).find(isGiven) ??
    names.map((name) => variableValue(reading, name)).find(isGiven) ??
    { value: DEFAULT_ENGINE, setting: "the default engine" };
  const parsed = parseEngineAddress(found.value);
  if ("problem" in parsed) {
    reading.problems.push(`${found.setting}=${found.value}: ${parsed.problem}`);
    return { kind: "unix", path: "/" };
  }
  if (
    (reading.environment.DOCKER_TLS_VERIFY ?? "") !== "" &&
    parsed.kind === "tcp"
  ) {
    reading.problems.push(
      `DOCKER_TLS_VERIFY=${reading.environment.DOCKER_TLS_VERIFY} asks for TLS, and ${found.setting}=${found.value} is spoken to without: use a unix socket, or unset DOCKER_TLS_VERIFY`,
    );
  }
  const own = listeners.find((listener) => sameEndpoint(listener, parsed));
  if (own !== undefined) {
    reading.problems.push(
      `${found.setting}=${found.value} is sockwarden's own listener ${
        formatAddress(own)
      }: name the engine's address`,
    );
  }
  return parsed;
}

/** Whether a connection to the engine's address would reach our own listener. */
function sameEndpoint(listener: ListenAddress, engine: EngineAddress): boolean {
  if (listener.kind === "unix" || engine.kind === "unix") {
    return listener.kind === "unix" && engine.kind === "unix" &&
      listener.path === engine.path;
  }
  const here = (host: string) => isLoopback(host) || isUnspecified(host);
  return listener.port === engine.port &&
    (listener.host === engine.host ||
      here(listener.host) && here(engine.host));
}
