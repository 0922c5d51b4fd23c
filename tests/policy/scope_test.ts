/** The matcher of scopes: which object is in, and by which key. */

import { assertEquals } from "@std/assert";
import {
  type Alternative,
  fits,
  isClosed,
  isScoped,
  judgeObject,
  mergeScopes,
  namePattern,
  type ObjectFacts,
  type Scope,
} from "../../lib/policy/scope.ts";

function alternative(given: {
  name?: string[];
  label?: [string, string | null][];
  project?: string[];
  not?: Alternative[];
}): Alternative {
  return {
    name: (given.name ?? []).map(namePattern),
    label: (given.label ?? []).map(([key, value]) => ({ key, value })),
    project: given.project ?? [],
    not: given.not ?? [],
  };
}

function object(
  name: string,
  labels: Record<string, string> = {},
): ObjectFacts {
  return { id: "a".repeat(64), name, labels: new Map(Object.entries(labels)) };
}

const scoped = (...anyOf: Alternative[]) => ({ setting: "", anyOf });
const judge = (facts: ObjectFacts, ...anyOf: Alternative[]) =>
  judgeObject("containers", scoped(...anyOf), facts);

Deno.test("fits() takes a star for any characters, and nothing else", () => {
  for (
    const [pattern, name, expected] of [
      ["web", "web", true],
      ["web", "web-1", false],
      ["web-*", "web-1", true],
      ["web-*", "web-", true],
      ["web-*", "my-web-1", false],
      ["*-db", "shop-db", true],
      ["a*a", "a", false],
      ["a*a", "aa", true],
      ["a*b*c", "a-b-c", true],
      ["a*b*c", "a-c", false],
      ["a*bc*c", "abc", false],
      ["*", "x", true],
      ["a.b", "axb", false],
    ] as const
  ) {
    assertEquals(
      fits(namePattern(pattern), name),
      expected,
      `${pattern} ${name}`,
    );
  }
});

Deno.test("fits() takes no time that grows with the number of stars", () => {
  // A backtracking matcher would not end here.
  assertEquals(
    fits(namePattern("*a".repeat(60) + "b"), "a".repeat(5000)),
    false,
  );
});

Deno.test("judgeObject() wants every key, one entry of each list, one mapping of several", () => {
  const shop = { "com.docker.compose.project": "shop" };
  const one = alternative({ project: ["shop"], name: ["web-*", "api"] });
  assertEquals(judge(object("api", shop), one), {
    inside: true,
    by: "name api and project shop",
  });
  assertEquals(judge(object("api"), one), {
    inside: false,
    by: "project is none of shop",
  });
  assertEquals(judge(object("db", shop), one), {
    inside: false,
    by: "name is none of web-*, api",
  });
  const two = alternative({ label: [["team", "x"]] });
  assertEquals(judge(object("db", { team: "x" }), one, two), {
    inside: true,
    by: "label team=x",
  });
  assertEquals(judge(object("db", { team: "y" }), one, two).inside, false);
});

Deno.test("judgeObject() takes a stack of Swarm for a project", () => {
  const facts = object("x", { "com.docker.stack.namespace": "shop" });
  assertEquals(judge(facts, alternative({ project: ["shop"] })).inside, true);
});

Deno.test("judgeObject() counts no label with an empty value", () => {
  const any = alternative({ label: [["logs.public", null]] });
  assertEquals(judge(object("x", { "logs.public": "" }), any).inside, false);
  assertEquals(judge(object("x", { "logs.public": "0" }), any).inside, true);
});

Deno.test("judgeObject() lets 'not' win, and says by what", () => {
  const not = alternative({ name: ["db-*"] });
  const one = alternative({ label: [["public", null]], not: [not] });
  assertEquals(judge(object("db-1", { public: "1" }), one), {
    inside: false,
    by: "not name db-*",
  });
  assertEquals(judge(object("web", { public: "1" }), one).inside, true);
  const others = alternative({ not: [not] });
  assertEquals(judge(object("web"), others), {
    inside: true,
    by: "not name db-*",
  });
});

Deno.test("judgeObject() takes ID12_NAME of a container for NAME, of nothing else", () => {
  const one = alternative({ name: ["web"] });
  const name = "0123456789ab_web";
  assertEquals(judge(object(name), one).inside, true);
  assertEquals(judge(object("0123456789a_web"), one).inside, false);
  assertEquals(
    judgeObject("volumes", scoped(one), object(name)).inside,
    false,
  );
});

const scope = (given: Partial<Scope>): Scope => ({
  containers: null,
  networks: null,
  volumes: null,
  images: null,
  ...given,
});

Deno.test("a kind without a scope is closed beside one on another kind only", () => {
  const given = scope({ containers: scoped(), networks: "any" });
  assertEquals(isScoped(given, "containers"), true);
  assertEquals(isClosed(given, "containers"), false);
  assertEquals(isScoped(given, "networks"), false);
  assertEquals(isClosed(given, "networks"), false);
  assertEquals(isClosed(given, "volumes"), true);
  assertEquals(isClosed(scope({ networks: "any" }), "volumes"), false);
});

Deno.test("mergeScopes() keeps what each of two says", () => {
  const containers = scope({ containers: scoped() });
  const volumes = scope({ volumes: "any" });
  assertEquals(mergeScopes(containers, null), containers);
  assertEquals(mergeScopes(null, volumes), volumes);
  assertEquals(
    mergeScopes(containers, volumes),
    scope({ containers: scoped(), volumes: "any" }),
  );
});
