import { assert, assertEquals } from "@std/assert";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import { parseRule } from "../../lib/policy/rules.ts";

function covered(text: string): Set<string> {
  const rule = parseRule(text, "--allow");
  return "names" in rule ? new Set(rule.names) : new Set();
}

Deno.test("parseRule() takes names, patterns and classes", () => {
  assertEquals(covered("container.restart"), new Set(["container.restart"]));
  assert(covered("container.*").has("container.archive.get"));
  assert(!covered("container.*").has("libpod.container.list"));
  assert(covered("*").has("libpod.container.list"));
  for (const name of covered("container.*:read")) {
    assertEquals(OPERATION_BY_NAME.get(name)!.access, "read");
  }
  assert(!covered("*:read").has("container.inspect"));
  assert(covered("*:sensitive-read").has("container.inspect"));
});

for (
  const text of [
    "container.restrat",
    "container",
    "container.*:reads",
    "exec.start:read",
    ".*",
    "get /x",
    "GET x",
    "GET /v1.41/x",
    "GET /a//b",
    "GET /a/../b",
    "GET /a/*b",
    "GET /a b",
    "GET /a?b",
    "GET /a%2Fb",
    "GET /containers/json",
    "POST /containers/*/restart",
    "GET /*/json",
    "GET /containers/*/*",
    "DELETE /images/a/b/c",
    "GET /images/*/*/json",
    "GET /containers/*/*/json",
    "DELETE /containers/a/b",
    "GET /networks/a/b/c",
  ]
) {
  Deno.test(`parseRule() refuses '${text}'`, () => {
    assert("problem" in parseRule(text, "--allow"));
  });
}

Deno.test("parseRule() names the operation that a path would be", () => {
  const rule = parseRule("POST /containers/*/restart", "--allow");
  assertEquals(
    "problem" in rule ? rule.problem : "",
    "this path is the operation container.restart; write that name",
  );
});
