import { assertEquals } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import { checkVariableNames } from "../../lib/config/variable_names.ts";

function found(
  environment: Record<string, string>,
): { problems: string[]; warnings: string[] } {
  const problems: string[] = [];
  const warnings: string[] = [];
  checkVariableNames({
    flags: readFlags([]),
    environment,
    problems,
    warnings,
    tls: true,
    mounted: false,
    readPreset: null,
  });
  return { problems, warnings };
}

Deno.test("checkVariableNames() reports a misspelt switch only if its value is one of a switch", () => {
  assertEquals(found({ CONTAINER: "1" }).problems, [
    "unknown setting CONTAINER=1: did you mean CONTAINERS? If it is not for sockwarden, set SOCKWARDEN_IGNORE=CONTAINER",
  ]);
  assertEquals(found({ CONTAINER: "web" }).problems, []);
  assertEquals(found({ CONTAINER: "123" }).problems, []);
});

Deno.test("checkVariableNames() reports every unknown variable with our prefix, whatever its value", () => {
  assertEquals(found({ SOCKWARDEN_LISTN: "x" }).problems, [
    "unknown setting SOCKWARDEN_LISTN=x: did you mean SOCKWARDEN_LISTEN?",
  ]);
  assertEquals(found({ SOCKWARDN_ALLOW: "x" }).problems, [
    "unknown setting SOCKWARDN_ALLOW=x: did you mean SOCKWARDEN_ALLOW?",
  ]);
  assertEquals(found({ SOCKWARDEN_FOO: "x" }).problems, [
    "unknown setting SOCKWARDEN_FOO=x: see sockwarden --help",
  ]);
  assertEquals(found({ SOCKWARDEN_CONTAINERS: "1" }).problems, [
    "unknown setting SOCKWARDEN_CONTAINERS=1: did you mean CONTAINERS?",
  ]);
  assertEquals(found({ SOCKWARDEN_SOMETHING_ELSE: "x" }).problems, [
    "unknown setting SOCKWARDEN_SOMETHING_ELSE=x: see sockwarden --help",
  ]);
});

Deno.test("checkVariableNames() warns of the variables of other proxies that are used as switches", () => {
  assertEquals(found({ ALLOW_KILL: "1", GET: "no", PATCH: "a file" }), {
    problems: [],
    warnings: [
      "ALLOW_KILL=1: a variable of another proxy without effect here: use --allow container.kill, or ALLOW_RESTARTS=1",
      "GET=no: a variable of another proxy without effect here: reads need no separate switch; refuse one with --deny",
    ],
  });
});

Deno.test("checkVariableNames() takes a typing error for one, also if another program could mean it", () => {
  assertEquals(found({ ALLOW_RESTART: "1" }).problems, [
    "unknown setting ALLOW_RESTART=1: did you mean ALLOW_RESTARTS? If it is not for sockwarden, set SOCKWARDEN_IGNORE=ALLOW_RESTART",
  ]);
});

Deno.test("checkVariableNames() leaves known names, usual names, links of Kubernetes and ignored names alone", () => {
  assertEquals(
    found({
      CONTAINERS: "1",
      LOG_LEVEL: "debug",
      DOCKER_TLS_VERIFY: "1",
      PORT: "1",
      SOCKWARDEN_PORT: "tcp://10.0.0.1:2375",
      SOCKWARDEN_SERVICE_PORT: "2375",
      TASK: "1",
      NODE: "1",
      SOCKWARDEN_IGNORE: "TASK, NODE",
      toString: "1",
    }),
    { problems: [], warnings: [] },
  );
});
