/**
 * Variables that other proxies read, and what to write here instead.
 *
 * @module
 */

import { OPERATION_BY_NAME } from "../docker/operations.ts";

const LISTEN = "set SOCKWARDEN_LISTEN (docs/migration-others.md)";
const POLICY = "use a policy file (docs/policy.md)";
const BODIES = "sockwarden does not check mounts and privileges in bodies";
const POST = "POST=1 covers every method that changes something";
const READS = "reads need no separate switch; refuse one with --deny";
const ALLOW =
  "grant each call with --allow OPERATION; sockwarden explain METHOD PATH names it";
const COMMON =
  `listeners are set by SOCKWARDEN_LISTEN, clients by a policy file, and ${BODIES}`;
const NOTHING = "sockwarden needs no such setting";
const HEALTH = "use the container's health check";

/**
 * Names, and what to write instead. A `*` at the end stands for any rest. `!`
 * marks a variable that narrows there: what it forbids, nothing would forbid
 * here. `=` marks one that is taken for the proxy's only if its value is that
 * of a switch, `?` a name that any program may use.
 *
 * Sources: the READMEs and the code of wollomatic/socket-proxy,
 * hectorm/cetusguard, 11notes/docker-socket-proxy, CodesWhat/sockguard and of
 * forks of Tecnativa/docker-socket-proxy.
 */
export const FOREIGN_VARIABLES: readonly (readonly [string, string])[] = [
  ["ALLOW_EXEC=", "set EXEC=1 (with CONTAINERS=1 POST=1), or --allow 'exec.*'"],
  ["ALLOW_KILL=", "use --allow container.kill, or ALLOW_RESTARTS=1"],
  ["ALLOW_POWER=", "use ALLOW_START=1 ALLOW_STOP=1 ALLOW_RESTARTS=1"],
  ["ALLOW_ATTACH=", "use --allow container.attach"],
  ["ALLOW_DELETE=", "use --allow container.delete"],
  ["ALLOW_CREATE=", "use --allow container.create"],
  ["ALLOW_PRUNE=", "use --allow container.prune"],
  ["GET=", READS],
  ["HEAD=", READS],
  ["PUT=", POST],
  ["DELETE=", POST],
  ["PATCH=", POST],
  ["NOPOST=", "use POST=0, which is the default"],
  ["CONTAINERS_EXEC=", "use --allow container.exec.create and exec.start"],
  // wollomatic/socket-proxy
  ["SP_ALLOW_*", ALLOW],
  ["SP_ALLOWFROM!", POLICY],
  ["SP_ALLOWBINDMOUNTFROM!", BODIES],
  ["SP_LISTENIP!", LISTEN],
  ["SP_PROXYPORT", LISTEN],
  ["SP_PROXYSOCKETENDPOINT!", LISTEN],
  ["SP_PROXYSOCKETENDPOINTFILEMODE", LISTEN],
  ["SP_SOCKETPATH", "set SOCKET_PATH"],
  ["SP_LOGLEVEL", "set LOG_LEVEL"],
  ["SP_LOGJSON", "set SOCKWARDEN_LOG_FORMAT=json"],
  ["SP_SHUTDOWNGRACETIME", "set SOCKWARDEN_STOP_GRACE"],
  ["SP_ALLOWHEALTHCHECK", HEALTH],
  ["SP_WATCHDOGINTERVAL", HEALTH],
  ["SP_STOPONWATCHDOG", HEALTH],
  ["SP_DOCKERLABELPREFIX", POLICY],
  ["SP_PROXYCONTAINERNAME", POLICY],
  // hectorm/cetusguard
  ["CETUSGUARD_RULES*", ALLOW],
  ["CETUSGUARD_NO_BUILTIN_RULES!", "set PING=0 VERSION=0 EVENTS=0"],
  ["CETUSGUARD_FRONTEND_ADDR!", LISTEN],
  ["CETUSGUARD_FRONTEND_TLS_*!", "set SOCKWARDEN_TLS_CERT, _KEY and _CA"],
  ["CETUSGUARD_BACKEND_ADDR", "set SOCKWARDEN_ENGINE"],
  ["CETUSGUARD_BACKEND_TLS_*", "sockwarden connects to the engine without TLS"],
  ["CETUSGUARD_LOG_LEVEL", "set LOG_LEVEL"],
  // 11notes/docker-socket-proxy
  ["SOCKET_PROXY_VOLUME", LISTEN],
  ["SOCKET_PROXY_DOCKER_SOCKET", "set SOCKET_PATH"],
  ["SOCKET_PROXY_UID", "set user: of the container"],
  ["SOCKET_PROXY_GID", "set user: of the container"],
  ["SOCKET_PROXY_KEEPALIVE", NOTHING],
  ["SOCKET_PROXY_TIMEOUT", NOTHING],
  // CodesWhat/sockguard
  ["SOCKGUARD_LISTEN_INSECURE_*", NOTHING],
  ["SOCKGUARD_LISTEN_TLS_*!", "set SOCKWARDEN_TLS_CERT, _KEY and _CA"],
  ["SOCKGUARD_LISTEN_ADDRESS!", LISTEN],
  ["SOCKGUARD_LISTEN_SOCKET!", LISTEN],
  ["SOCKGUARD_INSECURE_*", NOTHING],
  ["SOCKGUARD_UPSTREAM_SOCKET", "set SOCKET_PATH"],
  ["SOCKGUARD_LOG_*", "set LOG_LEVEL or SOCKWARDEN_LOG_FORMAT"],
  ["SOCKGUARD_CLIENTS_*!", POLICY],
  ["SOCKGUARD_OWNERSHIP_OWNER!", "sockwarden has no owners of containers"],
  ["SOCKGUARD_REQUEST_BODY_*", BODIES],
  ["SOCKGUARD_*", "it has no twin here (docs/comparison.md)"],
  // Of proxies whose other names are ordinary words.
  ["ALLOWED_METHODS", ALLOW],
  ["ALLOWED_PATHS", ALLOW],
  ["ALLOWED_HOSTS?", COMMON],
  ["BIND?", COMMON],
  ["HOST?", COMMON],
  ["PRIVILEGED?", COMMON],
];

/** Values by which a variable is taken for a switch. */
export const SWITCH_VALUE = /^(?:[0-9]{1,2}|true|false|yes|no|on|off)$/i;
/** Values that narrow nothing: off, all addresses, or no host at all. */
const OPEN = /^(?:0|false|no|off)?$|(?:^|[/[])(?:0\.0\.0\.0|::)|^:|\/\/:/i;
/** `CONTAINERS_RENAME` and the like of forks: a section and an action in it. */
const ACTION = /^(CONTAINER|IMAGE|NETWORK|VOLUME)S_([A-Z]+)$/;

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
  const [, section = "", action = ""] = ACTION.exec(name) ?? [];
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
