/** The closed table: every operation is held, and what cannot be held is granted to no client with a scope. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { onlyShows, OPERATIONS } from "../../lib/docker/operations.ts";
import { compile } from "../../lib/policy/compile.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import {
  namePattern,
  type Scope,
  SCOPE_KINDS,
} from "../../lib/policy/scope.ts";
import { DOCKER_ROWS, LIBPOD_ROWS } from "../../lib/policy/scope_rows.ts";
import {
  cannotHold,
  HOLDS,
  holdsOf,
  insteadOf,
} from "../../lib/policy/scope_table.ts";
import { grants } from "../support/grants.ts";

const only = {
  setting: "t",
  anyOf: [{ name: [namePattern("web")], label: [], project: [], not: [] }],
};
const CONTAINERS: Scope = {
  containers: only,
  networks: null,
  volumes: null,
  images: null,
};
const ALL: Scope = {
  containers: only,
  networks: only,
  volumes: only,
  images: { setting: "t", use: [namePattern("x")], change: [] },
};

Deno.test("every operation has one row, and every row an operation", () => {
  const rows = [...DOCKER_ROWS, ...LIBPOD_ROWS].map(([name]) => name);
  assertEquals(
    rows.toSorted(),
    OPERATIONS.map(({ name }) => name).toSorted(),
  );
});

Deno.test("an operation without a row is held by nothing, so that it cannot stand beside a scope", () => {
  assertEquals(cannotHold(CONTAINERS, "container.new")?.way, "never");
  assertEquals(holdsOf(CONTAINERS, "container.new"), []);
});

Deno.test("an operation whose path names an object of a kind is held by that path, or cannot be held", () => {
  const kinds: [RegExp, string][] = [
    [/^\/(?:libpod\/)?containers\/\{name\}/, "containers"],
    [/^\/(?:libpod\/)?networks\/\{name\}/, "networks"],
    [/^\/(?:libpod\/)?volumes\/\{name\}/, "volumes"],
    [/^\/(?:libpod\/)?images\/\{image\}/, "images"],
    [/^\/(?:libpod\/)?exec\/\{name\}/, "containers"],
  ];
  for (const { name, routes } of OPERATIONS) {
    for (const { path } of routes) {
      const kind = kinds.find(([pattern]) => pattern.test(path))?.[1];
      if (kind === undefined) continue;
      const way = path.includes("exec/{name}/") ? "exec" : "path";
      assert(
        HOLDS.get(name)!.some((hold) =>
          (hold.way === way || hold.way === "never") && hold.kind === kind
        ),
        `${name}: ${path}`,
      );
    }
  }
});

Deno.test("an operation that is held to nothing changes nothing of the four kinds", () => {
  for (const { name, access } of OPERATIONS) {
    if (HOLDS.get(name)!.length > 0 || onlyShows(access)) continue;
    assert(
      /^(?:system\.auth|libpod\.system\.check|(?:libpod\.)?(?:secret|config)\.(?:create|update|delete))$/
        .test(name),
      name,
    );
  }
});

Deno.test("holdsOf() counts the kinds that have a scope, and closed ones where they are joined", () => {
  const ways = (scope: Scope, name: string) =>
    holdsOf(scope, name).map(({ way, kind }) => `${way} ${kind}`);
  assertEquals(ways(CONTAINERS, "container.restart"), [
    "path containers",
    "rejoin containers",
  ]);
  assertEquals(ways(CONTAINERS, "image.list"), ["answer containers"]);
  assertEquals(ways(CONTAINERS, "volume.delete"), []);
  assertEquals(ways(CONTAINERS, "network.connect"), [
    "path networks",
    "body networks",
    "body containers",
  ]);
  assertEquals(
    ways({ ...CONTAINERS, networks: "any" }, "network.connect"),
    ["body containers"],
  );
  assertEquals(
    ways(CONTAINERS, "system.events"),
    SCOPE_KINDS.map((kind) => `events ${kind}`),
  );
});

Deno.test("insteadOf() names something for every operation that cannot be held", () => {
  for (const { name } of OPERATIONS) {
    if (cannotHold(ALL, name) === null) continue;
    assertStringIncludes(insteadOf(name), "grant");
  }
});

Deno.test("what a wildcard grants and cannot be held is left out, and refused with what to grant instead", () => {
  const policy = compile({
    ...grants({}, { allow: ["system.*"] }),
    defaultSwitches: false,
    scope: CONTAINERS,
  });
  assertEquals([...policy.rest.leftOut], [["system.df", "--allow system.*"]]);
  const refused = decide(
    policy,
    { name: null },
    plainRequest("GET", "/system/df"),
  );
  if (refused.outcome !== "refused") throw new Error(refused.outcome);
  assertEquals([refused.code, refused.status], ["policy.not_scopable", 403]);
  assertStringIncludes(refused.message, "grant container.list");
  assertEquals(
    decide(policy, { name: null }, plainRequest("GET", "/version")).outcome,
    "allowed",
  );
});

Deno.test("a client without a scope has no condition for one", () => {
  const policy = compile(grants({ CONTAINERS: 1 }));
  assertEquals(policy.rest.held.size, 0);
  assertEquals(
    decide(policy, { name: null }, plainRequest("GET", "/containers/x/json"))
      .outcome,
    "allowed",
  );
});
