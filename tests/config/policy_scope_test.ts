/** The keys of a scope: what they mean, and what is refused with line and column. */

import { assertEquals } from "@std/assert";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { describeScope } from "../../lib/policy/scope.ts";

function client(keys: string, allow = "[container.list]") {
  return readPolicyFile(
    "p.yaml",
    `clients:\n  a:\n    listen: unix:///a.sock\n    allow: ${allow}\n    ${keys}\n`,
  );
}

function scopeOf(keys: string): string[] {
  const read = client(keys);
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return describeScope(read.file.clients[0]!.grants.scope!);
}

Deno.test("a scope is read: keys and, lists or, mappings or, not", () => {
  assertEquals(
    scopeOf('containers: { project: shop, name: ["web-*", api] }'),
    ["containers: project shop and name web-* or api"],
  );
  assertEquals(
    scopeOf('containers: [{ name: a }, { label: [x, "y=1"] }]'),
    ["containers: name a; or label x or y=1"],
  );
  assertEquals(
    scopeOf('containers: { label: logs.public, not: { name: "db-*" } }'),
    ["containers: label logs.public and not name db-*"],
  );
  assertEquals(
    scopeOf(
      'images: { use: ["registry.example/ci/*", "postgres:*"], change: x }',
    ),
    ["images: use registry.example/ci/*, postgres:*; change x"],
  );
  assertEquals(
    scopeOf("containers: { name: a }\n    networks: any"),
    ["containers: name a", "networks: any"],
  );
});

Deno.test("a client without these keys has no scope", () => {
  const read = client("deny: []");
  assertEquals(
    "file" in read && read.file.clients[0]!.grants.scope,
    null,
  );
});

const NAME =
  "expected a name without a slash, * for any characters, such as web-* or api";
const LABEL =
  "expected a label: KEY for any value, or KEY=VALUE; an empty value matches nothing";

for (
  const [keys, problem] of [
    [
      "containers: { name: a/b }",
      `5:25: clients.a.containers.name: 'a/b': ${NAME}`,
    ],
    [
      "containers: { name: '' }",
      `5:25: clients.a.containers.name: '': ${NAME}`,
    ],
    [
      'containers: { label: "=x" }',
      `5:26: clients.a.containers.label: '=x': ${LABEL}`,
    ],
    [
      'containers: { label: "x=" }',
      `5:26: clients.a.containers.label: 'x=': ${LABEL}`,
    ],
    [
      "containers: { nam: a }",
      "5:19: clients.a.containers: unknown key 'nam': expected name, project, label, not; did you mean name?",
    ],
    [
      "containers: {}",
      "5:5: clients.a.containers: found no condition: expected one or more of name, project, label, not",
    ],
    [
      "containers: []",
      "5:5: clients.a.containers: found an empty list, which matches nothing: expected a mapping such as { label: team=shop }; to allow nothing, grant no operation",
    ],
    [
      "containers: all",
      "5:17: clients.a.containers: found 'all': expected a mapping such as { label: team=shop }, or any",
    ],
    [
      "containers: { name: a, not: { name: '*' } }",
      "5:19: clients.a.containers: 'name a and not name *' matches nothing: make what stands under 'not' narrower",
    ],
    [
      "containers: { name: a-1, not: { name: 'a-*' } }",
      "5:19: clients.a.containers: 'name a-1 and not name a-*' matches nothing: make what stands under 'not' narrower",
    ],
    [
      "containers: { name: a, not: { not: { name: b } } }",
      "5:35: clients.a.containers.not: unknown key 'not': expected name, project, label",
    ],
    [
      "images: { run: x }",
      "5:15: clients.a.images: unknown key 'run': expected use, change",
    ],
  ] as const
) {
  Deno.test(`a scope is refused: ${keys}`, () => {
    const read = client(keys);
    assertEquals("problems" in read && read.problems, [`p.yaml:${problem}`]);
  });
}

Deno.test("an operation that cannot be held is an error where it is named, and left out of a wildcard", () => {
  const scope = "containers: { name: a }";
  const named = client(scope, "[container.list, system.df]");
  assertEquals("problems" in named && named.problems, [
    "p.yaml:4:29: clients.a.allow: 'system.df': system.df cannot be held to a scope on containers: grant container.list, image.list and volume.list, or grant it to another client, without a scope",
  ]);
  const path = client(scope, '["GET /new/route"]');
  assertEquals("problems" in path && path.problems, [
    "p.yaml:4:13: clients.a.allow: 'GET /new/route': a path rule cannot be held to a scope: grant it to another client, without a scope",
  ]);
  assertEquals("file" in client(scope, '["system.*", "*:read"]'), true);
  assertEquals("file" in client("networks: any", "[system.df]"), true);
});
