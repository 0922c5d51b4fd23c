import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import { compile, type Rights } from "../../lib/policy/compile.ts";
import {
  compareConditions,
  conditionsOf,
  describeCondition,
  readsOf,
} from "../../lib/policy/conditions.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import { escalationsOf } from "../../lib/policy/escalations.ts";
import { describeHide, hiddenParts } from "../../lib/policy/hiding.ts";
import { policyFile } from "../support/policy.ts";
import { grants } from "../support/grants.ts";

/** A policy whose default has these keys, with its rights. */
function withDefault(text: string, switches: Record<string, 0 | 1> = {}) {
  const policy = compile(
    { ...grants(switches), defaultSwitches: false },
    policyFile(`default: { ${text} }`).file,
  );
  return [policy, policy.rest] as const;
}

const isAllowed = (rights: Rights, name: string) =>
  rights.verdicts.get(name)!.allowed;

Deno.test("what shows what is hidden is left out under wildcards, presets and switches", () => {
  for (
    const [text, switches, by] of [
      ["allow: ['container.*'], hide: env", {}, " container.*"],
      ["preset: dozzle, hide: env", {}, "preset dozzle"],
      ["hide: env", { CONTAINERS: 1 }, "CONTAINERS=1"],
    ] as const
  ) {
    const [, rights] = withDefault(text, switches);
    assert(!isAllowed(rights, "container.logs"), text);
    const left = rights.hiding.leftOut.get("container.logs")!;
    assertStringIncludes(left.by, by);
    assert(isAllowed(rights, "container.inspect"), text);
    assertEquals(rights.hiding.named.size, 0);
  }
});

Deno.test("what is named is granted, and told", () => {
  const [policy, rights] = withDefault(
    "allow: ['container.*', container.logs], hide: [env, args]",
  );
  assert(isAllowed(rights, "container.logs"));
  assertEquals([...rights.hiding.named], [["container.logs", ["env", "args"]]]);
  // Nothing of its answer is read; its query is.
  const logs = OPERATION_BY_NAME.get("container.logs")!;
  assertEquals(conditionsOf(policy, rights, logs), [{
    kind: "hide",
    reads: "query",
    answers: null,
    parts: ['env ["all",[]]'],
  }]);
  const [other, without] = withDefault(
    "allow: [container.logs], hide: [args, mounts]",
  );
  assertEquals(conditionsOf(other, without, logs), []);
});

Deno.test("a refusal of what is left out says why, and what to write", () => {
  const [policy] = withDefault("allow: ['container.*'], hide: env");
  const decision = decide(
    policy,
    { name: null },
    plainRequest("GET", "/containers/x/export"),
  );
  if (decision.outcome !== "refused") throw new Error(decision.outcome);
  assertEquals([decision.status, decision.code], [403, "policy.hidden"]);
  assertStringIncludes(decision.message, "shows what is hidden (env)");
  assertStringIncludes(decision.message, "name container.export in allow");
});

Deno.test("a switch that grants what would write over hidden values leaves it out", () => {
  const [, rights] = withDefault("hide: env", { SERVICES: 1, POST: 1 });
  assert(isAllowed(rights, "service.inspect"));
  assert(!isAllowed(rights, "service.update"));
  assertStringIncludes(
    rights.hiding.leftOut.get("service.update")!.why,
    "would write '<hidden>'",
  );
  const [, other] = withDefault("hide: swarm", { SERVICES: 1, POST: 1 });
  assert(!isAllowed(other, "service.update"));
});

Deno.test("only operations whose answers carry what is hidden have a condition", () => {
  const [policy, rights] = withDefault("allow: ['*'], hide: env");
  const kindsOf = (name: string) => {
    const conditions = conditionsOf(
      policy,
      rights,
      OPERATION_BY_NAME.get(name)!,
    );
    if (conditions === "unreadable") throw new Error(conditions);
    return conditions.map(({ kind }) => kind);
  };
  assertEquals(kindsOf("container.inspect"), ["hide"]);
  assertEquals(kindsOf("container.list"), ["hide"]);
  assertEquals(kindsOf("volume.delete"), []);
  assertEquals(kindsOf("system.ping"), []);
  const [without, none] = withDefault("allow: ['*']");
  for (const operation of OPERATION_BY_NAME.values()) {
    assertEquals(conditionsOf(without, none, operation), []);
  }
});

Deno.test("of top the query is read, of others the path alone", () => {
  const [policy, rights] = withDefault("allow: ['container.*'], hide: args");
  const reads = (name: string) => {
    const conditions = conditionsOf(
      policy,
      rights,
      OPERATION_BY_NAME.get(name)!,
    );
    if (conditions === "unreadable") throw new Error(conditions);
    assertStringIncludes(describeCondition(conditions[0]!), "hidden");
    return readsOf(conditions);
  };
  assertEquals(reads("container.top"), "query");
  assertEquals(reads("container.inspect"), "path");
});

Deno.test("a change of hide narrows, widens or changes the operations whose answers it is in", () => {
  const side = (hide: string) =>
    withDefault(`allow: ['container.*', system.events]${hide}`);
  const compare = (before: string, after: string, name: string) =>
    compareConditions(side(before), side(after), { name });
  const inspect = "container.inspect";
  assertEquals(compare("", ", hide: env", inspect), "narrower");
  assertEquals(compare(", hide: env", "", inspect), "wider");
  assertEquals(
    compare(", hide: env", ", hide: [args, env]", inspect),
    "narrower",
  );
  assertEquals(compare(", hide: env", ", hide: args", inspect), "changed");
  assertEquals(
    compare(", hide: env", ", hide: { env: true, env-except: [A] }", inspect),
    "changed",
  );
  assertEquals(
    compare(", hide: env", ", hide: { env: true }", inspect),
    "same",
  );
  assertEquals(compare("", ", hide: args", "system.events"), "narrower");
  assertEquals(compare("", ", hide: swarm", "system.events"), "same");
  assertEquals(
    compare(
      "",
      ", hide: { fields: { system.events: [Type] } }",
      "system.events",
    ),
    "narrower",
  );
});

Deno.test("a client of the file has its own hide, not that of default", () => {
  const policy = compile(
    grants({}),
    policyFile(`
clients:
  one: { from: { host: a }, allow: [container.inspect], hide: args }
default: { allow: [container.inspect], hide: env }
`).file,
  );
  assertEquals(
    hiddenParts(policy.clients.get("one")!.hide!, "container.inspect"),
    ["args"],
  );
  assertEquals(describeHide(policy.rest.hide!), "env");
});

Deno.test("what is hidden is said in words", () => {
  const [, { hide }] = withDefault(
    "hide: { env: [A, B], env-except: [C], mounts: true, fields: { container.list: Id } }",
  );
  assertEquals(
    describeHide(hide!),
    "env (A, B) except C, mounts, all but the listed fields of container.list",
  );
});

Deno.test("what a grant gives away is told without what is hidden", () => {
  const sentences = (text: string) =>
    escalationsOf(withDefault(text)[1]).map(({ sentence }) => sentence);
  const allow = "allow: [container.inspect, container.logs]";
  assert(!sentences(allow).some((one) => one.includes("hidden")));
  const [inspect, logs] = sentences(`${allow}, hide: env`);
  assertStringIncludes(inspect!, "; without what is hidden)");
  assert(!logs!.includes("hidden"));
});
