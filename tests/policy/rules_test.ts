import { assert, assertEquals } from "@std/assert";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import {
  coversPath,
  parseRule,
  pathOfRule,
  type PathRule,
} from "../../lib/policy/rules.ts";

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
    "GET",
    "GET ",
    "GET /",
    "GET //",
    "GET /a/",
    "GET /.",
    "GET /..",
    "GET /v2/x",
    " /x",
    "(GET) /x",
    "G,T /x",
    "GET:read",
    "",
    ":read",
    "*:",
    "container.*:read:read",
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

for (
  const [text, problem] of [
    ["container.restrat", "'container.restrat' matches no operation"],
    ["container", "'container' matches no operation"],
    [".*", "'.*' matches no operation"],
    ["exec.start:read", "'exec.start' matches no operation of class read"],
    [
      "container.*:reads",
      "unknown access class 'reads'; write read, sensitive-read, write, exec",
    ],
    [
      "container.*:",
      "unknown access class ''; write read, sensitive-read, write, exec",
    ],
    ["get /x", "invalid method 'get'; write it in capitals, such as GET"],
    ["(X) /x", "invalid method '(X)'; write it in capitals, such as GET"],
    [
      "GET x",
      "invalid path 'x'; write /segments of letters, digits and _ ~ . -, or * for one name",
    ],
    [
      "GET /v1.41/x",
      "leave out the version prefix '/v1.41'; a rule covers every version",
    ],
    [
      "GET /images/a/b/json",
      "this path is the operation image.inspect; write that name",
    ],
  ] as const
) {
  Deno.test(`parseRule() says what is wrong with '${text}'`, () => {
    assertEquals(parseRule(text, "--allow"), { problem });
  });
}

Deno.test("parseRule() keeps a rule as written, and the setting", () => {
  assertEquals(parseRule("exec.*:exec", "--deny"), {
    kind: "operations",
    text: "exec.*:exec",
    setting: "--deny",
    names: new Set(["exec.start"]),
  });
  assertEquals(parseRule("POST /new/*/route", "policy.yaml:1:1"), {
    kind: "path",
    text: "POST /new/*/route",
    setting: "policy.yaml:1:1",
    method: "POST",
    segments: ["new", "*", "route"],
  });
});

Deno.test("parseRule() takes a class of one operation, where it is its own", () => {
  assertEquals(covered("exec.start:exec"), new Set(["exec.start"]));
  assertEquals(covered("exec.start:write"), new Set());
});

for (
  const text of [
    "GET /new",
    "PATCH /*",
    "PATCH /*/new",
    "POST /containers/*/brand-new",
    "POST /containers/new",
    "GET /a_b/~c/.d/e.f",
    "GET /a/...",
    "M-SEARCH /new",
    // Other methods of known paths, and paths with more or fewer segments.
    "PUT /containers/json",
    "GET /containers",
    "GET /json/containers",
    "POST /build/new",
    "GET /version/new",
    "GET /vx",
    "OPTIONS /*",
  ]
) {
  Deno.test(`parseRule() takes the path rule '${text}'`, () => {
    const rule = parseRule(text, "--allow");
    assertEquals("problem" in rule ? rule.problem : rule.kind, "path");
  });
}

/** Whether a path rule covers a request. */
function covers(text: string, method: string, path: string): boolean {
  return coversPath(parseRule(text, "--allow") as PathRule, method, path);
}

Deno.test("coversPath() takes the method and the segments of the rule alone", () => {
  assert(covers("GET /new/route", "GET", "/new/route"));
  for (
    const [method, path] of [
      ["POST", "/new/route"],
      ["get", "/new/route"],
      ["GET", "/new"],
      ["GET", "/new/"],
      ["GET", "/new/route/"],
      ["GET", "/new/route/more"],
      ["GET", "/new/Route"],
      ["GET", "/other/route"],
      ["GET", "/new/other"],
      ["GET", "/"],
      ["GET", ""],
    ] as const
  ) assert(!covers("GET /new/route", method, path), `${method} ${path}`);
});

Deno.test("coversPath() takes one name for '*'", () => {
  for (const name of ["web", "a", "A.b_c-1", "w%65b"]) {
    assert(covers("GET /new/*/x", "GET", `/new/${name}/x`), name);
  }
  for (const name of ["", "-a", ".", "a%2Fb", "a:b", "a/b", "a%2e"]) {
    assert(!covers("GET /new/*/x", "GET", `/new/${name}/x`), name);
  }
  assert(covers("PATCH /*", "PATCH", "/new"));
  assert(!covers("PATCH /*/*", "PATCH", "/new"));
});

for (
  const [path, rule] of [
    ["/containers/web/new", "/containers/*/new"],
    ["/libpod/containers/0a1b2c3d4e5f/new", "/libpod/containers/*/new"],
    [
      "/containers/web/checkpoints/first/new",
      "/containers/*/checkpoints/*/new",
    ],
    ["/services/web/json", "/services/*/json"],
    ["/new/0a1b2c3d4e5f", "/new/*"],
    ["/new/0123456789abcdefghijklmno/x", "/new/*/x"],
    // The last segment may be a word: `*` would cover every object.
    ["/containers/summary", "/containers/summary"],
    ["/new/route", "/new/route"],
    ["/", "/"],
  ] as const
) {
  Deno.test(`pathOfRule() suggests ${rule} for ${path}`, () => {
    assertEquals(pathOfRule(path), rule);
  });
}
