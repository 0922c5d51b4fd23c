/**
 * Holds every decision against what the original would decide, worked out here
 * from its rules (docs/engine-api/routing.md, "docker-socket-proxy").
 */

import { assert, assertEquals } from "@std/assert";
import { type Operation, OPERATIONS } from "../../lib/docker/operations.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import { DIFFERENCES, SWITCHES } from "../../lib/policy/switches.ts";
import { grants } from "../support/grants.ts";

type Environment = Record<string, 0 | 1>;

/** What the original's image sets. */
const DEFAULTS: Environment = { EVENTS: 1, PING: 1, VERSION: 1 };

/** The original's sections: a path prefix after an optional version, in any case. */
const SECTIONS = [
  "AUTH",
  "BUILD",
  "COMMIT",
  "CONFIGS",
  "CONTAINERS",
  "DISTRIBUTION",
  "EVENTS",
  "EXEC",
  "GRPC",
  "IMAGES",
  "INFO",
  "NETWORKS",
  "NODES",
  "PING",
  "PLUGINS",
  "SECRETS",
  "SERVICES",
  "SESSION",
  "SWARM",
  "SYSTEM",
  "TASKS",
  "VERSION",
  "VOLUMES",
];

/** The original's decision. */
function original(
  method: string,
  path: string,
  environment: Environment,
): boolean {
  const on = (name: string) => (environment[name] ?? DEFAULTS[name] ?? 0) === 1;
  const under = (rest: string) =>
    new RegExp(`^(/v[\\d.]+)?/${rest}`, "i").test(path);
  if (method !== "GET" && method !== "HEAD" && !on("POST")) return false;
  const name = "containers/[a-zA-Z0-9_.-]+/";
  if (under(`${name}((stop)|(restart)|(kill))`) && on("ALLOW_RESTARTS")) {
    return true;
  }
  if (under(`${name}start`) && on("ALLOW_START")) return true;
  if (under(`${name}stop`) && on("ALLOW_STOP")) return true;
  return SECTIONS.some((section) =>
    under(section === "PING" ? "_ping" : section.toLowerCase()) && on(section)
  );
}

function ours(
  method: string,
  path: string,
  policy: Policy,
): boolean {
  return decide(policy, { name: null }, plainRequest(method, path)).outcome !==
    "refused";
}

function sample(path: string): string {
  return path.replaceAll("{name}", "web").replaceAll("{image}", "a/b")
    .replaceAll("{any}", "anything");
}

/** The deliberate difference that explains a decision, or what the switches' meaning says. */
function explain(
  operation: Operation,
  environment: Environment,
  allowed: boolean,
): number | "class" | null {
  const { name, access } = operation;
  if (name.startsWith("libpod.")) return allowed ? 5 : null;
  if (allowed) {
    if (
      environment.POST !== 1 &&
      /^container\.(?:start|stop|restart|kill)$/.test(name)
    ) return 3;
    if (/^container\.(?:un)?pause$/.test(name)) return 3;
    return /^container\.(?:logs|archive\.get|archive\.stat|export|changes|top)$/
        .test(name)
      ? 4
      : null;
  }
  if (name === "container.exec.create" && environment.EXEC !== 1) return 2;
  if (
    environment.ALLOW_LOGS === 0 || environment.ALLOW_ARCHIVE === 0 ||
    environment.ALLOW_EXPORT === 0 || environment.ALLOW_CHANGES === 0 ||
    environment.ALLOW_TOP === 0
  ) return 4;
  // "Meaning of the original's switches": what runs or writes needs POST=1
  // whatever its method; attach/ws is a GET.
  return access === "exec" && environment.POST !== 1 ? "class" : null;
}

function* environments(): Generator<Environment> {
  for (const POST of [0, 1] as const) {
    yield { POST };
    for (const { name } of SWITCHES) {
      if (name === "POST") continue;
      for (const value of [0, 1] as const) {
        yield { [name]: value, POST };
        if (name !== "CONTAINERS") yield { CONTAINERS: 1, [name]: value, POST };
        if (name !== "EXEC" && name !== "CONTAINERS") {
          yield { CONTAINERS: 1, EXEC: 1, [name]: value, POST };
        }
      }
    }
  }
}

Deno.test("every operation × every switch × POST: decided as the original does, or by a numbered difference", () => {
  const used = new Set<number | "class">();
  let compared = 0;
  for (const environment of environments()) {
    const settings = JSON.stringify(environment);
    const policy = compile(grants(environment));
    for (const operation of OPERATIONS) {
      for (const { method, path, podman } of operation.routes) {
        const prefix = podman === "<4" ? "/v1.41" : podman ? "/v5.0.0" : "";
        const target = prefix + sample(path);
        const before = original(method, target, environment);
        const now = ours(method, target, policy);
        compared++;
        if (before === now) continue;
        const why = explain(operation, environment, now);
        assert(
          why !== null,
          `${operation.name} (${method} ${target}) with ${settings}: the original ${
            before ? "allows" : "refuses"
          } it`,
        );
        if (typeof why === "number" && now) {
          assertEquals(DIFFERENCES.find((d) => d.number === why)?.looser, true);
        }
        used.add(why!);
      }
    }
  }
  assert(compared > 50_000, String(compared));
  assertEquals([...used].map(String).sort(), ["2", "3", "4", "5", "class"]);
});

Deno.test("difference 1: prefixes and odd spellings that the original lets through are refused", () => {
  const environment: Environment = { CONTAINERS: 1, POST: 1, ALLOW_STOP: 1 };
  for (
    const [method, path] of [
      ["GET", "/containersX"],
      ["GET", "/eventsX"],
      ["GET", "/CONTAINERS/json"],
      ["POST", "/containers/web/stopANYTHING"],
      ["GET", "/v1.23/containers/json"],
      ["GET", "/v1.41./containers/json"],
      ["GET", "/containers/a/b/json"],
    ] as const
  ) {
    assertEquals(original(method, path, environment), true, path);
    assertEquals(ours(method, path, compile(grants(environment))), false, path);
  }
});
