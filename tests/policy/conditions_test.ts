import { assertEquals } from "@std/assert";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import {
  canBeClaimed,
  compareConditions,
  conditionsOf,
  describeCondition,
  readsOf,
} from "../../lib/policy/conditions.ts";
import type { Selector } from "../../lib/policy/clients.ts";
import {
  compile,
  type Policy,
  rightsOf,
  withOwnContainer,
} from "../../lib/policy/compile.ts";
import { parseRule } from "../../lib/policy/rules.ts";
import { namePattern, type Scope } from "../../lib/policy/scope.ts";
import { grants } from "../support/grants.ts";

const OWN = {
  id: "c".repeat(64),
  name: "sockwarden",
  aliases: [],
  service: null,
};

function policyOf(
  clients: Record<string, Selector[]>,
  allowSelf: string[] = [],
): Policy {
  const self = allowSelf.map((name) => {
    const rule = parseRule(name, "allow-self");
    if ("problem" in rule || rule.kind !== "operations") throw new Error(name);
    return rule;
  });
  return compile(grants({}), {
    path: "policy.yaml",
    clients: Object.entries(clients).map(([name, selectors]) => ({
      identity: { name, from: selectors.map((one) => [one]), listen: [] },
      source: "policy.yaml:1:1",
      grants: { ...grants({}), allowSelf: self },
    })),
    rest: grants({}),
  });
}

const container = (name: string): Selector => ({ kind: "container", name });
const certificate: Selector = { kind: "certificate", name: "x" };

function conditions(policy: Policy, operation: string, client = "a") {
  const found = conditionsOf(
    policy,
    rightsOf(policy, client),
    OPERATION_BY_NAME.get(operation)!,
  );
  return found === "unreadable"
    ? found
    : found.map(({ kind, reads }) => `${kind} ${reads}`);
}

Deno.test("conditionsOf() protects identities where a container could take one", () => {
  const policy = policyOf({ a: [container("a")] });
  assertEquals(conditions(policy, "container.create"), ["identity body"]);
  assertEquals(conditions(policy, "container.rename"), ["identity query"]);
  assertEquals(conditions(policy, "network.disconnect"), ["identity body"]);
  assertEquals(conditions(policy, "container.list"), []);
  assertEquals(conditions(policy, "libpod.pod.create"), "unreadable");
});

Deno.test("conditionsOf() has no condition where no client can be passed for", () => {
  for (
    const policy of [
      compile(grants({})),
      policyOf({ a: [] }),
      policyOf({ a: [certificate] }),
    ]
  ) {
    assertEquals(canBeClaimed(policy), false);
    for (
      const name of [
        "container.create",
        "container.rename",
        "network.disconnect",
        "libpod.pod.create",
      ]
    ) assertEquals(conditions(policy, name), []);
  }
});

Deno.test("conditionsOf() protects our own container first, where an operation names one or gives one a name", () => {
  const plain = withOwnContainer(compile(grants({})), OWN);
  assertEquals(conditions(plain, "container.create"), []);
  assertEquals(conditions(plain, "container.rename"), ["own-container query"]);
  assertEquals(conditions(plain, "network.connect"), ["own-container body"]);
  assertEquals(conditions(plain, "libpod.pod.create"), []);
  const clients = withOwnContainer(policyOf({ a: [container("a")] }), OWN);
  assertEquals(conditions(clients, "container.create"), [
    "own-container body",
    "identity body",
  ]);
});

Deno.test("conditionsOf() leaves our own container to a client that may both call the operation on it and rename it", () => {
  const withSelf = (...allowSelf: string[]) =>
    withOwnContainer(policyOf({ a: [certificate] }, allowSelf), OWN);
  assertEquals(
    conditions(withSelf("container.rename"), "container.rename"),
    [],
  );
  assertEquals(conditions(withSelf("container.rename"), "network.connect"), [
    "own-container body",
  ]);
  assertEquals(conditions(withSelf("network.connect"), "network.connect"), [
    "own-container body",
  ]);
  assertEquals(
    conditions(
      withSelf("network.connect", "container.rename"),
      "network.connect",
    ),
    [],
  );
});

Deno.test("readsOf() asks for as much as the condition that reads most", () => {
  assertEquals(readsOf([]), null);
  assertEquals(readsOf([{ kind: "identity", reads: "path" }]), "path");
  assertEquals(
    readsOf([
      { kind: "own-container", reads: "query" },
      { kind: "identity", reads: "path" },
    ]),
    "query",
  );
  assertEquals(readsOf([{ kind: "identity", reads: "query" }]), "query");
  assertEquals(
    readsOf([
      { kind: "own-container", reads: "query" },
      { kind: "identity", reads: "body" },
    ]),
    "body",
  );
});

Deno.test("describeCondition() says what must hold of which part", () => {
  assertEquals(
    describeCondition({ kind: "identity", reads: "body" }),
    "its query and body must not take another client's name, label, alias or address",
  );
  assertEquals(
    describeCondition({ kind: "own-container", reads: "query" }),
    "its query must not name sockwarden's own container, or take one of its names",
  );
});

Deno.test("compareConditions() proves narrower and wider, and says changed where it cannot", () => {
  const compare = (before: Policy, after: Policy, operation: string) =>
    compareConditions(
      [before, rightsOf(before, null)],
      [after, rightsOf(after, null)],
      OPERATION_BY_NAME.get(operation)!,
    );
  const none = policyOf({ a: [] });
  const one = policyOf({ a: [container("a")] });
  const both = policyOf({ a: [container("a")], b: [container("b")] });
  const other = policyOf({ a: [container("x")] });
  assertEquals(compare(one, one, "container.create"), "same");
  assertEquals(compare(none, one, "container.create"), "narrower");
  assertEquals(compare(one, both, "container.create"), "narrower");
  assertEquals(compare(both, one, "container.create"), "wider");
  assertEquals(compare(one, none, "container.create"), "wider");
  assertEquals(compare(one, other, "container.create"), "changed");
  assertEquals(compare(one, other, "container.list"), "same");
  assertEquals(compare(none, one, "libpod.pod.create"), "narrower");
  assertEquals(compare(one, none, "libpod.pod.create"), "wider");
});

Deno.test("compareConditions() does not count a client's own identity", () => {
  const rename = OPERATION_BY_NAME.get("container.rename")!;
  const before = policyOf({ a: [container("a")], b: [container("b")] });
  const after = policyOf({ a: [container("z")], b: [container("b")] });
  assertEquals(
    compareConditions(
      [before, rightsOf(before, "a")],
      [after, rightsOf(after, "a")],
      rename,
    ),
    "same",
  );
  assertEquals(
    compareConditions(
      [before, rightsOf(before, "b")],
      [after, rightsOf(after, "b")],
      rename,
    ),
    "changed",
  );
});

Deno.test("a scope is a condition before all others, and another one is a change", () => {
  const scope = (name: string): Scope => ({
    containers: {
      setting: name,
      anyOf: [{ name: [namePattern(name)], label: [], project: [], not: [] }],
    },
    networks: null,
    volumes: null,
    images: null,
  });
  const policy = (scoped: Scope | null) =>
    compile({ ...grants({}, { allow: ["container.*"] }), scope: scoped });
  const stop = { name: "container.stop" };
  const [all, web, api] = [
    policy(null),
    policy(scope("web")),
    policy(scope("api")),
  ];
  assertEquals(conditionsOf(all, all.rest, stop), []);
  assertEquals(conditionsOf(web, web.rest, stop), [{
    kind: "scope",
    reads: "path",
    holds: [{ way: "path", kind: "containers", joins: false }],
    kinds: ["containers"],
  }]);
  const change = (one: typeof all, other: typeof all) =>
    compareConditions([one, one.rest], [other, other.rest], stop);
  assertEquals(change(all, web), "narrower");
  assertEquals(change(web, all), "wider");
  assertEquals(change(web, api), "changed");
  assertEquals(change(web, policy(scope("web"))), "same");
  // What is proven to be covered is narrower, and the other way wider.
  assertEquals(change(policy(scope("w*")), web), "narrower");
  assertEquals(change(web, policy(scope("w*"))), "wider");
  assertEquals(change(policy(scope("a*")), web), "changed");
});
