/**
 * From the command line and the environment to one validated configuration.
 * Every problem names the setting, its value, what is expected and how to mend
 * it; all problems are told at once.
 *
 * @module
 */

import { engineName } from "../host.ts";
import { type Level, LEVELS } from "../observe/level.ts";
import type { Grants } from "../policy/compile.ts";
import { type OperationRule, parseRule, type Rule } from "../policy/rules.ts";
import { SWITCH_BY_NAME, SWITCHES } from "../policy/switches.ts";
import {
  DEFAULT_PORT,
  type EngineAddress,
  formatAddress,
  type ListenAddress,
  parseBindConfig,
  parseEngineAddress,
  parseListenAddress,
} from "./address.ts";
import type { Config, Limits } from "./config.ts";
import { type Flags, readFlags, switchFlag } from "./flags.ts";
import { nearest, slips } from "./nearest.ts";
import { nearestOperation } from "./nearest_operation.ts";
import type { PolicyFileResult } from "./policy_file.ts";
import { ORIGIN } from "./policy_format.ts";
import { readPreset } from "./preset_rule.ts";
import {
  FOREIGN_VARIABLES,
  OTHER_VARIABLES,
  type Setting,
  SETTINGS,
} from "./settings.ts";
import {
  TLS_FLAGS,
  type TlsFiles,
  tlsFiles,
  uselessCertificates,
} from "./tls.ts";

/** The outcome: a configuration, or all that is wrong with the settings. */
export type ReadResult =
  | { readonly config: Config; readonly problems: null }
  | { readonly config: null; readonly problems: readonly string[] };

/** What a policy file was read to, or what is wrong with it. */
export type PolicySource =
  | PolicyFileResult
  | { readonly problems: readonly string[] };

/** A value with the setting that it came from, such as `--engine` or `SOCKET_PATH`. */
interface Sourced {
  readonly value: string;
  readonly setting: string;
}

/** The environment and the flags while they are read. */
interface Reading {
  readonly flags: Flags;
  readonly environment: Readonly<Record<string, string>>;
  readonly problems: string[];
  readonly warnings: string[];
  /** Whether this build speaks TLS. */
  readonly tls: boolean;
}

/** The address that the image's own environment names; a BIND_CONFIG replaces it. */
const IMAGE_LISTEN = "tcp://[::]:2375";
const DEFAULT_ENGINE = "unix:///var/run/docker.sock";

/**
 * Switches whose names other software uses for values of its own; such a value
 * (`VERSION=3.2`, `COMMIT=ab12`) is told and not taken for a switch.
 */
const COMMON_NAMES: ReadonlySet<string> = new Set([
  "VERSION",
  "COMMIT",
  "BUILD",
]);

const INTEGER = /^[+-]?[0-9]+$/;
const OFF_WORDS: ReadonlySet<string> = new Set(["", "false", "no", "off"]);
const ON_WORDS: ReadonlySet<string> = new Set(["true", "yes", "on"]);
/** Values that show that a variable is meant as a switch. */
const SWITCH_VALUE = /^(?:[0-9]{1,2}|true|false|yes|no|on|off)$/i;
/** What Kubernetes sets for a service that is called sockwarden. */
const KUBERNETES_LINK = /^SOCKWARDEN_(?:PORT|SERVICE)(?:_|$)/;
/** Names one slip away from ours that mean something else everywhere. */
const COMMON_ELSEWHERE: ReadonlySet<string> = new Set(["PORT", "HOST"]);

/** The path of the policy file that the settings name; null where they name none. */
export function policyPath(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): string | null {
  const given = readFlags(argv).values.get("config")?.[0] ??
    environment.SOCKWARDEN_CONFIG ?? "";
  return given === "" ? null : given;
}

/**
 * Reads and checks every setting.
 *
 * @param argv The arguments after the command's name.
 * @param environment The whole environment.
 * @param policy What the file at {@link policyPath} was read to; null where
 * there is none.
 * @param engine The engine that runs the program: not each can do everything.
 */
export function readConfig(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  policy: PolicySource | null = null,
  engine: typeof engineName = engineName,
): ReadResult {
  const flags = readFlags(argv);
  const reading: Reading = {
    flags,
    environment,
    problems: [...flags.problems],
    warnings: [],
    tls: engine === "v8",
  };
  checkVariableNames(reading);
  checkWatch(reading, policy);
  if (policy !== null) {
    if ("problems" in policy) reading.problems.push(...policy.problems);
    else reading.warnings.push(...policy.warnings);
  }
  const file = policy === null || "problems" in policy ? null : policy;
  const listeners = readListeners(reading, file);
  const tls = readTls(reading, listeners, file);
  const engineAddress = readEngine(reading, listeners);
  const config: Config = {
    // With a policy file nothing is granted that nobody wrote down.
    grants: readGrants(reading, policy === null),
    policyFile: file?.file ?? null,
    watch: readOnOff(reading, "watch"),
    dryRun: readOnOff(reading, "dry-run"),
    listeners,
    tls,
    engine: engineAddress,
    logLevel: readWord(reading, "log-level", LEVELS, "info") as Level,
    logFormat: readWord(reading, "log-format", ["text", "json"], "text") as
      | "text"
      | "json",
    limits: readLimits(reading),
    sandbox: flagValue(reading, "no-sandbox") === null,
    warnings: reading.warnings,
  };
  return reading.problems.length > 0
    ? { config: null, problems: [...new Set(reading.problems)] }
    : { config, problems: null };
}

/** What is named twice, or watched and not named. */
function checkWatch(reading: Reading, policy: PolicySource | null): void {
  const named = readOne(reading, "config");
  const watch = readOne(reading, "watch");
  if (
    policy === null && (named === null || named.value === "") &&
    watch !== null && switchValue(watch.value) !== false
  ) {
    reading.problems.push(
      `${watch.setting}=${watch.value}: there is no policy file to watch: name one with --config`,
    );
  }
}

// ------------------------------------------------------------------ names

function checkVariableNames(reading: Reading): void {
  const { environment, problems, warnings } = reading;
  const ignored = new Set(
    (environment.SOCKWARDEN_IGNORE ?? "").split(",").map((name) => name.trim()),
  );
  const known = new Set([
    ...SWITCHES.map(({ name }) => name),
    ...SETTINGS.map(({ variable }) => variable).filter((name) => name !== ""),
    ...OTHER_VARIABLES,
  ]);
  for (const [name, value] of Object.entries(environment)) {
    if (known.has(name) || ignored.has(name)) continue;
    if (KUBERNETES_LINK.test(name)) continue;
    const looksLikeSwitch = SWITCH_VALUE.test(value.trim());
    if (Object.hasOwn(FOREIGN_VARIABLES, name)) {
      if (looksLikeSwitch) {
        warnings.push(
          `${name}=${value} is a variable of another proxy and does nothing here: ${
            FOREIGN_VARIABLES[name]
          }`,
        );
      }
      continue;
    }
    const upper = name.toUpperCase();
    // Whatever its value, a slip of a name with our prefix is meant for us.
    const ours = nearest(upper.split("_", 1)[0]!, ["SOCKWARDEN"], 2) !== null &&
      name.includes("_");
    if (!ours && (!looksLikeSwitch || COMMON_ELSEWHERE.has(name))) continue;
    const near = nearest(upper, known, ours ? 4 : slips(name));
    if (!ours && near === null) continue;
    problems.push(
      `${name}=${value} is no setting: ${
        near === null ? "see sockwarden --help" : `did you mean ${near}?`
      }${
        ours
          ? ""
          : ` If it is not meant for sockwarden, set SOCKWARDEN_IGNORE=${name}`
      }`,
    );
  }
}

// ----------------------------------------------------------------- grants

function readGrants(reading: Reading, presetSwitches: boolean): Grants {
  const switches = new Map<string, { on: boolean; source: string }>();
  for (const { name } of SWITCHES) {
    const found = readSwitch(reading, name);
    if (found !== null) switches.set(name, found);
  }
  return {
    switches,
    presetSwitches,
    allow: [...readPresets(reading), ...readRules(reading, "allow")],
    deny: readRules(reading, "deny"),
    allowSelf: readSelfRules(reading),
    origins: readOrigins(reading),
  };
}

/** true, false, or null for what is no value of a switch. */
function switchValue(value: string): boolean | null {
  if (INTEGER.test(value)) return Number(value) !== 0;
  return OFF_WORDS.has(value.toLowerCase()) ? false : null;
}

function readSwitch(
  reading: Reading,
  name: string,
): { on: boolean; source: string } | null {
  const flag = switchFlag(name);
  const given = reading.flags.values.get(flag);
  const variable = reading.environment[name];
  if (given === undefined && variable === undefined) return null;
  if (given !== undefined && given.length > 1) {
    reading.problems.push(`--${flag} is given ${given.length} times: once`);
  }
  const value = given?.[0] ?? variable!;
  const on = switchValue(value);
  const source = given === undefined
    ? `${name}=${value}`
    : value === "1"
    ? `--${flag}`
    : `--${flag}=${value}`;
  if (on !== null) return { on, source };
  if (given === undefined && COMMON_NAMES.has(name)) {
    if (!ON_WORDS.has(value.toLowerCase())) {
      const preset = SWITCH_BY_NAME.get(name)!.preset ? "on" : "off";
      reading.warnings.push(
        `${source} is no switch value and is taken for another program's: ${name} stays ${preset}; write ${name}=1 or ${name}=0 to set it`,
      );
      return null;
    }
  }
  reading.problems.push(
    ON_WORDS.has(value.toLowerCase())
      ? `${source}: the original reads ${name}=${value} as off: write 1 or 0`
      : `${source}: expected 1 or 0`,
  );
  return null;
}

function readPresets(reading: Reading): OperationRule[] {
  return readList(reading, "preset").flatMap(({ value, setting }) => {
    const read = readPreset(value, setting);
    if ("problem" in read) {
      reading.problems.push(`${setting} '${value}': ${read.problem}`);
      return [];
    }
    if (read.warning !== null) reading.warnings.push(read.warning);
    return [read.rule];
  });
}

function readSelfRules(reading: Reading): OperationRule[] {
  return readRules(reading, "allow-self").flatMap((rule) => {
    if (rule.kind === "operations") return [rule];
    reading.problems.push(
      `${rule.setting} '${rule.text}': expected an operation such as container.restart, no path`,
    );
    return [];
  });
}

function readRules(
  reading: Reading,
  flag: "allow" | "deny" | "allow-self",
): Rule[] {
  const rules: Rule[] = [];
  for (const { value, setting } of readList(reading, flag)) {
    const rule = parseRule(value, setting);
    if ("problem" in rule) {
      reading.problems.push(
        `${setting} '${value}': ${rule.problem}${nearestOperation(value)}`,
      );
    } else rules.push(rule);
  }
  return rules;
}

function readOrigins(reading: Reading): string[] {
  return readList(reading, "allow-origin").map(({ value, setting }) => {
    if (!ORIGIN.test(value)) {
      reading.problems.push(
        `${setting} '${value}': expected an origin such as https://portainer.example, without a path`,
      );
    }
    return value;
  });
}

// -------------------------------------------------------------- addresses

function readListeners(
  reading: Reading,
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
    sourced: Sourced,
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
  reading: Reading,
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

function readTls(
  reading: Reading,
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

/** A setting that is 1 or 0; a bare flag means 1. */
function readOnOff(reading: Reading, flag: string): boolean {
  const found = readOne(reading, flag);
  if (found === null) return false;
  const on = switchValue(found.value);
  if (on !== null) return on;
  if (ON_WORDS.has(found.value.toLowerCase())) return true;
  reading.problems.push(`${found.setting}=${found.value}: expected 1 or 0`);
  return false;
}

function ipv6Disabled(reading: Reading): boolean {
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

function readEngine(
  reading: Reading,
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
  const local = (host: string) =>
    /^(?:localhost|127\..*|::1|::|0\.0\.0\.0|)$/.test(host);
  return listener.port === engine.port &&
    (listener.host === engine.host ||
      local(listener.host) && local(engine.host));
}

// ------------------------------------------------------------------ others

function readWord(
  reading: Reading,
  flag: string,
  words: readonly string[],
  preset: string,
): string {
  const found = readOne(reading, flag);
  if (found === null || found.value === "") return preset;
  if (words.includes(found.value)) return found.value;
  reading.problems.push(
    `${found.setting}=${found.value}: expected ${words.join(", ")}`,
  );
  return preset;
}

function readLimits(reading: Reading): Limits {
  return {
    maxConnections: readNumber(reading, "max-connections", 1, 100_000, null),
    headBytes: readNumber(reading, "max-head-bytes", 1024, 1 << 20, 131072)!,
    headerCount: readNumber(reading, "max-headers", 8, 1000, 100)!,
    requestLineBytes: readNumber(
      reading,
      "max-request-line",
      256,
      1 << 20,
      32768,
    )!,
    headTimeout: readTime(reading, "head-timeout", 10_000),
    idleTimeout: readTime(reading, "idle-timeout", 600_000),
    stopGrace: readTime(reading, "stop-grace", 5_000),
  };
}

function readNumber(
  reading: Reading,
  flag: string,
  least: number,
  most: number,
  preset: number | null,
): number | null {
  const found = readOne(reading, flag);
  if (found === null || found.value === "") return preset;
  const value = /^[0-9]{1,9}$/.test(found.value) ? Number(found.value) : NaN;
  if (value >= least && value <= most) return value;
  reading.problems.push(
    `${found.setting}=${found.value}: expected a whole number from ${least} to ${most}`,
  );
  return preset;
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

function readTime(reading: Reading, flag: string, preset: number): number {
  const found = readOne(reading, flag);
  if (found === null || found.value === "") return preset;
  const parts = /^([0-9]{1,6})(ms|s|m|h)?$/.exec(found.value);
  const value = parts === null ? 0 : Number(parts[1]) * UNITS[parts[2] ?? "s"]!;
  // A timer holds 2^31 - 1 milliseconds.
  if (value > 0 && value < 2 ** 31) return value;
  reading.problems.push(
    `${found.setting}=${found.value}: expected a time such as 500ms, 10s, 5m or 1h`,
  );
  return preset;
}

// ------------------------------------------------------------------ values

function settingOf(flag: string): Setting {
  return SETTINGS.find((setting) => setting.flag === flag)!;
}

function isGiven(found: Sourced | null): found is Sourced {
  return found !== null && found.value !== "";
}

function flagValue(reading: Reading, flag: string): Sourced | null {
  const given = reading.flags.values.get(flag);
  if (given === undefined) return null;
  if (given.length > 1) {
    reading.problems.push(`--${flag} is given ${given.length} times: once`);
  }
  return { value: given[0]!, setting: `--${flag}` };
}

function variableValue(reading: Reading, flag: string): Sourced | null {
  const { variable } = settingOf(flag);
  const value = variable === "" ? undefined : reading.environment[variable];
  return value === undefined ? null : { value, setting: variable };
}

/** One value: the flag's if given, else the variable's. */
function readOne(reading: Reading, flag: string): Sourced | null {
  return flagValue(reading, flag) ?? variableValue(reading, flag);
}

/** The values of a repeatable setting: the flags' if any is given, else the variable's. */
function readList(reading: Reading, flag: string): Sourced[] {
  const given = reading.flags.values.get(flag);
  const found = given === undefined
    ? variableValue(reading, flag)
    : { value: given.join(","), setting: `--${flag}` };
  if (found === null) return [];
  return found.value.split(",").map((part) => part.trim())
    .filter((part) => part !== "")
    .map((value) => ({ value, setting: found.setting }));
}
