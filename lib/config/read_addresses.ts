/**
 * Reads the addresses of the listeners and of the engine from flags,
 * environment and policy file.
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

/** SOCKWARDEN_LISTEN of the image; BIND_CONFIG replaces it. */
const IMAGE_LISTEN = "tcp://[::]:2375";
/** Where the engine's socket is, and is mounted in a container. */
export const DEFAULT_SOCKET = "/var/run/docker.sock";

/** All listeners: those of the settings, then those of the policy file's clients. */
export function readListenSettings(
  reading: SettingsReading,
  policy: PolicyFileResult | null,
): ListenAddress[] {
  const settings = readCommonListeners(reading);
  const own = policy?.listeners ?? [];
  for (const address of own) {
    checkBuild(reading, `${policy!.file.path}: listen`, address);
  }
  // An address in both places is one listener, with the mode and group of the file.
  const ownAddresses = new Set(own.map(formatAddress));
  const common = settings.filter((address) =>
    !ownAddresses.has(formatAddress(address))
  );
  // If every client has its own listener, none uses a common one.
  const needsCommon = policy === null || own.length === 0 ||
    policy.file.clients.some(({ identity }) => identity.listen.length === 0);
  if (common.length === 0 && needsCommon) {
    common.push({ kind: "tcp", host: "127.0.0.1", port: DEFAULT_PORT });
  }
  // A client's own listener keeps the address that identifies the client.
  return [
    ...ipv6Disabled(reading) ? common.map(withoutIpv6) : common,
    ...own,
  ];
}

/** The listeners of flags and environment. */
function readCommonListeners(reading: SettingsReading): ListenAddress[] {
  const listeners: ListenAddress[] = [];
  for (const { source, parsed } of listenSettings(reading)) {
    const reject = (problem: string) =>
      reading.problems.push(`${source.setting} '${source.value}': ${problem}`);
    if ("problem" in parsed) reject(parsed.problem);
    else if (listeners.some((other) => isSameListener(other, parsed))) {
      reject("this address is given twice; give it once");
    } else {
      checkBuild(reading, source.setting, parsed);
      listeners.push(parsed);
    }
  }
  return listeners;
}

/** The addresses of `--listen`, else of BIND_CONFIG, else of SOCKWARDEN_LISTEN. */
function listenSettings(reading: SettingsReading): {
  readonly source: SettingValue;
  readonly parsed: ListenAddress | { problem: string };
}[] {
  const flagged = reading.flags.values.has("listen");
  const bind = readOne(reading, "bind-config");
  if (isGiven(bind)) {
    const variable = reading.environment.SOCKWARDEN_LISTEN ?? "";
    if (flagged || variable !== "" && variable !== IMAGE_LISTEN) {
      reading.problems.push(
        `${bind.setting}=${bind.value} and ${
          flagged ? "--listen" : "SOCKWARDEN_LISTEN"
        } are both set: remove one of them`,
      );
    }
    if (!flagged) {
      return [{ source: bind, parsed: parseBindConfig(bind.value) }];
    }
  }
  return readList(reading, "listen").map((source) => ({
    source,
    parsed: parseListenAddress(source.value),
  }));
}

/** Whether two addresses are the same; with port 0 each gets another port. */
function isSameListener(one: ListenAddress, other: ListenAddress): boolean {
  return formatAddress(one) === formatAddress(other) &&
    !(other.kind !== "unix" && other.port === 0);
}

function withoutIpv6(address: ListenAddress): ListenAddress {
  return address.kind !== "unix" && address.host === "::"
    ? { ...address, host: "0.0.0.0" }
    : address;
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
    }': this build does not support TLS: use the v8 build, or a unix socket for each client`,
  );
}

/** The files of the TLS listeners; null if there are none. */
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
  // That is reported already for each listener.
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
      `${found.setting}=${found.value}: expected 1 or 0`,
    );
  }
  return false;
}

const DEFAULT_ENGINE: SettingValue = {
  value: `unix://${DEFAULT_SOCKET}`,
  setting: "the default --engine",
};

/**
 * The engine's address, which must not be one of the listeners. A mounted socket
 * wins over DOCKER_HOST: one that is shared by a whole compose project names
 * this very proxy.
 */
export function readEngine(
  reading: SettingsReading,
  listeners: readonly ListenAddress[],
): EngineAddress {
  const names = ["engine", "socket-path", "docker-host"];
  const found = names.map((name) => flagValue(reading, name)).find(isGiven) ??
    names.map((name) => variableValue(reading, name)).find(isGiven) ??
    DEFAULT_ENGINE;
  const parsed = parseEngineAddress(found.value);
  if (found.setting === "DOCKER_HOST" && reading.mounted) {
    if (found.value !== DEFAULT_ENGINE.value) {
      reading.warnings.push(
        `DOCKER_HOST=${found.value} is ignored: the engine's socket is mounted at ${DEFAULT_SOCKET}, and such a variable is most often meant for the clients; remove it, or set SOCKWARDEN_ENGINE if the engine is there`,
      );
    }
    return { kind: "unix", path: DEFAULT_SOCKET };
  }
  if ("problem" in parsed) {
    reading.problems.push(`${found.setting}=${found.value}: ${parsed.problem}`);
    return { kind: "unix", path: "/" };
  }
  if (
    (reading.environment.DOCKER_TLS_VERIFY ?? "") !== "" &&
    parsed.kind === "tcp"
  ) {
    reading.problems.push(
      `DOCKER_TLS_VERIFY=${reading.environment.DOCKER_TLS_VERIFY} requires TLS, but sockwarden connects to ${found.setting}=${found.value} without TLS: use a unix socket, or unset DOCKER_TLS_VERIFY`,
    );
  }
  const own = listeners.find((listener) => sameEndpoint(listener, parsed));
  if (own !== undefined) {
    reading.problems.push(
      `${found.setting}=${found.value} is sockwarden's own listener ${
        formatAddress(own)
      }: set the address of the Docker engine`,
    );
  }
  return parsed;
}

/** Whether a connection to an address would reach our own listener. */
export function sameEndpoint(
  listener: ListenAddress,
  engine: EngineAddress,
): boolean {
  if (listener.kind === "unix" || engine.kind === "unix") {
    return listener.kind === "unix" && engine.kind === "unix" &&
      listener.path === engine.path;
  }
  const here = (host: string) => isLoopback(host) || isUnspecified(host);
  return listener.port === engine.port &&
    (listener.host === engine.host ||
      here(listener.host) && here(engine.host));
}
