/**
 * Variables that other proxies read, and what to write here instead.
 *
 * @module
 */

import { OPERATION_BY_NAME } from "../docker/operations.ts";

/** What is inside of requests is judged by a guard; without one it is not. */
const BODIES = "bodies are judged by --guard standard (docs/guards.md)";

/**
 * What to write instead, and the names for which that holds. A `*` at the end
 * stands for any rest. `!` marks a variable that narrows there: what it forbids,
 * nothing would forbid here. `=` marks one that is taken for the proxy's only if
 * its value is that of a switch, `?` a name that any program may use.
 *
 * Sources: the READMEs and the code of wollomatic/socket-proxy (SP_),
 * hectorm/cetusguard, 11notes/docker-socket-proxy (SOCKET_PROXY_),
 * CodesWhat/sockguard and of forks of Tecnativa/docker-socket-proxy.
 */
const TWINS: readonly (readonly [twin: string, names: string])[] = [
  ["set EXEC=1 (with CONTAINERS=1 POST=1), or --allow 'exec.*'", "ALLOW_EXEC="],
  ["use --allow container.kill, or ALLOW_RESTARTS=1", "ALLOW_KILL="],
  ["use ALLOW_START=1 ALLOW_STOP=1 ALLOW_RESTARTS=1", "ALLOW_POWER="],
  [
    "reads need no separate switch; refuse one with --deny",
    "GET= HEAD=",
  ],
  [
    "POST=1 covers every method that changes something",
    "PUT= DELETE= PATCH=",
  ],
  ["use POST=0, which is the default", "NOPOST="],
  [
    "use --allow container.exec.create and exec.start",
    "CONTAINERS_EXEC=",
  ],
  ["use --allow image.pull", "IMAGES_CREATE="],
  [
    "grant each call with --allow OPERATION; sockwarden explain METHOD PATH names it",
    "SP_ALLOW_* CETUSGUARD_RULES* ALLOWED_METHODS ALLOWED_PATHS",
  ],
  [
    "set SOCKWARDEN_LISTEN (docs/migration-others.md)",
    "SP_LISTENIP! SP_PROXYPORT SP_PROXYSOCKETENDPOINT! SP_PROXYSOCKETENDPOINTFILEMODE CETUSGUARD_FRONTEND_ADDR! SOCKET_PROXY_VOLUME SOCKGUARD_LISTEN_ADDRESS! SOCKGUARD_LISTEN_SOCKET!",
  ],
  [
    "use a policy file (docs/policy.md)",
    "SP_ALLOWFROM! SP_DOCKERLABELPREFIX SP_PROXYCONTAINERNAME SOCKGUARD_CLIENTS_*!",
  ],
  [
    "use --guard standard with --guard-binds '/DIR,/DIR/**' (docs/guards.md)",
    "SP_ALLOWBINDMOUNTFROM!",
  ],
  [
    "use --guard standard, with knobs for what it allows (docs/knobs.md)",
    "SOCKGUARD_REQUEST_BODY_*",
  ],
  ["use --hide env,mounts (docs/guards.md)", "SOCKGUARD_RESPONSE_REDACT_*"],
  [
    "set SOCKWARDEN_ENGINE or SOCKET_PATH",
    "SP_SOCKETPATH CETUSGUARD_BACKEND_ADDR SOCKET_PROXY_DOCKER_SOCKET SOCKGUARD_UPSTREAM_SOCKET",
  ],
  [
    "set LOG_LEVEL or SOCKWARDEN_LOG_FORMAT",
    "SP_LOGLEVEL SP_LOGJSON CETUSGUARD_LOG_LEVEL SOCKGUARD_LOG_*",
  ],
  ["set SOCKWARDEN_STOP_GRACE", "SP_SHUTDOWNGRACETIME"],
  ["use the container's health check", "SP_ALLOWHEALTHCHECK"],
  ["set SOCKWARDEN_WATCHDOG=5s", "SP_WATCHDOGINTERVAL"],
  [
    "set SOCKWARDEN_EXIT_ON_ENGINE_LOSS=60s beside SOCKWARDEN_WATCHDOG",
    "SP_STOPONWATCHDOG",
  ],
  ["set PING=0 VERSION=0 EVENTS=0", "CETUSGUARD_NO_BUILTIN_RULES!"],
  [
    "set SOCKWARDEN_TLS_CERT, _KEY and _CA",
    "CETUSGUARD_FRONTEND_TLS_*! SOCKGUARD_LISTEN_TLS_*!",
  ],
  [
    "sockwarden connects to the engine without TLS",
    "CETUSGUARD_BACKEND_TLS_*",
  ],
  ["set user: of the container", "SOCKET_PROXY_UID SOCKET_PROXY_GID"],
  [
    "sockwarden needs no such setting",
    "SOCKET_PROXY_KEEPALIVE SOCKET_PROXY_TIMEOUT SOCKGUARD_LISTEN_INSECURE_* SOCKGUARD_INSECURE_*",
  ],
  ["sockwarden has no owners of containers", "SOCKGUARD_OWNERSHIP_OWNER!"],
  ["it has no twin here (docs/comparison.md)", "SOCKGUARD_*"],
  [
    `listeners are set by SOCKWARDEN_LISTEN, clients by a policy file, and ${BODIES}`,
    "ALLOWED_HOSTS? BIND? HOST? PRIVILEGED?",
  ],
];

/** Each name with its marks, and what to write instead; a name before a wider one. */
export const FOREIGN_VARIABLES: readonly (readonly [string, string])[] = TWINS
  .flatMap(([twin, names]) =>
    names.split(" ").map((name) => [name, twin] as const)
  );

/** Values by which a variable is taken for a switch. */
export const SWITCH_VALUE = /^(?:[0-9]{1,2}|true|false|yes|no|on|off)$/i;
/** Values that narrow nothing: off, all addresses, or no host at all. */
const OPEN =
  /^(?:0|false|no|off)?$|(?:^|[/[])(?:0\.0\.0\.0|::)(?=$|[\],:]|\/0(?![0-9]))|(?:^|\/\/):[0-9]/i;
/** `CONTAINERS_RENAME`, `ALLOW_DELETE` and the like of forks: an action. */
const ACTION =
  /^(?:(CONTAINER|IMAGE|NETWORK|VOLUME)S_|ALLOW_(?=ATTACH|CREATE|DELETE|PRUNE))([A-Z]+)$/;

/**
 * What to write instead of a variable of another proxy.
 *
 * @returns With its mark (see {@link FOREIGN_VARIABLES}); null if it is none.
 */
export function foreignVariable(
  name: string,
): { mark: string; twin: string } | null {
  for (const [pattern, twin] of FOREIGN_VARIABLES) {
    const [, head, any, mark] = /^(\w+?)(\*?)([!=?]?)$/.exec(pattern)!;
    if (any === "" ? name === head : name.startsWith(head!)) {
      return { mark: mark!, twin };
    }
  }
  const [, section = "container", action = ""] = ACTION.exec(name) ?? [];
  const operation = `${section}.${action}`.toLowerCase();
  return OPERATION_BY_NAME.has(operation)
    ? { mark: "=", twin: `use --allow ${operation}` }
    : null;
}

/**
 * What to write instead of a flag of another proxy, which is a variable of it
 * under another spelling.
 *
 * @param name The flag without dashes, such as `allowGET` or `backend-addr`.
 * @returns null if it is none.
 */
export function foreignFlag(name: string): string | null {
  const word = name.replace(/^allow([A-Z]+)$/, "allow_$1").toUpperCase();
  const twin = [`SP_${word}`, `CETUSGUARD_${word.replaceAll("-", "_")}`]
    .map(foreignVariable).find((found) => found !== null)?.twin;
  return twin ?? null;
}

/**
 * Tells of the variables of other proxies: a warning for all that have the same
 * twin here; a problem for each that would have narrowed something.
 *
 * @param reading The environment, and what gets the sentences.
 * @param ignored Names that SOCKWARDEN_IGNORE holds.
 */
export function tellForeign(
  { environment, problems, warnings }: {
    readonly environment: Readonly<Record<string, string>>;
    readonly problems: string[];
    readonly warnings: string[];
  },
  ignored: ReadonlySet<string>,
): void {
  const byTwin = new Map<string, string[]>();
  const names = Object.keys(environment).filter((name) => !ignored.has(name));
  const common = ["ALLOWED_METHODS", "ALLOWED_PATHS"].some((name) =>
    names.includes(name)
  );
  for (const name of names) {
    const { mark, twin } = foreignVariable(name) ?? {};
    if (twin === undefined) continue;
    const value = environment[name]!.trim();
    const isSwitch = SWITCH_VALUE.test(value);
    if (mark === "=" && !isSwitch) continue;
    if (!OPEN.test(value) && (mark === "!" || mark === "?" && common)) {
      problems.push(
        `${name} restricts another proxy and has no effect here: ${twin}; then unset it, or set SOCKWARDEN_IGNORE=${name}`,
      );
      continue;
    }
    const shown = mark === "=" ? `${name}=${value}` : name;
    byTwin.set(twin, [...byTwin.get(twin) ?? [], shown]);
  }
  for (const [twin, found] of byTwin) {
    warnings.push(
      `${found.join(", ")}: ${
        found.length === 1 ? "a variable" : "variables"
      } of another proxy without effect here: ${twin}`,
    );
  }
}
