/** The guard of a client in the policy file. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import type { GuardRules } from "../../lib/guard/rules.ts";

function read(guard: string): GuardRules | "none" | null | string[] {
  const read = readPolicyFile(
    "p.yaml",
    `clients: { a: { from: { host: a }, guard: ${guard} } }`,
  );
  return "problems" in read
    ? read.problems
    : read.file.clients[0]!.grants.guard;
}

function guard(text: string): GuardRules {
  const rules = read(text);
  assert(
    rules !== null && rules !== "none" && !Array.isArray(rules),
    String(rules),
  );
  return rules as GuardRules;
}

Deno.test("a guard is a level alone, or a mapping that is standard unless it says otherwise", () => {
  assertEquals(read("none"), "none");
  assertEquals(guard("strict").level, "strict");
  const rules = guard("{ binds: [/srv/data, '/srv/**:ro'], privileged: warn }");
  assertEquals(rules.level, "standard");
  assertEquals([...rules.own], ["privileged", "binds"]);
  assertEquals(rules.knobs.get("binds"), {
    verdict: "deny",
    list: ["/srv/data", "/srv/**:ro"],
  });
  assertEquals(rules.knobs.get("privileged"), { verdict: "warn", list: [] });
  // Of the level.
  assertEquals(rules.knobs.get("devices"), { verdict: "deny", list: [] });
  assertEquals(rules.knobs.get("networks"), { verdict: "allow", list: [] });
});

Deno.test("knobs take verdicts, lists, ceilings and words", () => {
  const rules = guard(
    "{ level: strict, memory-max: 2g, pids-max: 100, cpus-max: allow, require: [memory], images: allow, binds: /srv/a, fields: HostConfig.New }",
  );
  assertEquals(rules.knobs.get("memory-max"), {
    verdict: "deny",
    list: ["2g"],
  });
  assertEquals(rules.knobs.get("pids-max")?.list, ["100"]);
  assertEquals(rules.knobs.get("cpus-max"), { verdict: "allow", list: [] });
  assertEquals(rules.knobs.get("require"), {
    verdict: "allow",
    list: ["memory"],
  });
  assertEquals(rules.knobs.get("binds")?.list, ["/srv/a"]);
  assertEquals([...rules.fields], ["HostConfig.New"]);
});

Deno.test("labels-added takes labels with their values, each key once", () => {
  assertEquals(
    guard('{ labels-added: ["owner=ci", "a.b=c=d e", x=] }').knobs.get(
      "labels-added",
    ),
    { verdict: "allow", list: ["owner=ci", "a.b=c=d e", "x="] },
  );
  assertEquals(guard("{ labels-added: owner=ci }").own.size, 1);
  assertEquals(
    guard("{ labels-added: [] }").knobs.get("labels-added")?.list,
    [],
  );
  const form = "expected KEY=VALUE without control characters";
  for (
    const [label, problem] of [
      ["owner", form],
      ["=ci", form],
      ["my key=x", form],
      ["a=x\\ny", form],
      ["a=\\u0085", form],
      ["a\\0=x", form],
      ['a=x", "a=y', "'a=y': the label 'a' is there before; give it once"],
      ['a=x", "a=x', "the label 'a' is there before"],
    ]
  ) {
    const problems = read(`{ labels-added: ["${label}"] }`);
    const said = Array.isArray(problems) ? problems.join("\n") : "";
    assertStringIncludes(said, problem!, label);
    assertStringIncludes(said, "labels-added", label);
  }
  for (const verdict of ["allow", "deny", "warn"]) {
    assert(Array.isArray(read(`{ labels-added: ${verdict} }`)), verdict);
  }
});

Deno.test("what is no guard is a problem with its place, and says what is expected", () => {
  const cases: [string, string][] = [
    [
      "standart",
      "unknown level 'standart': expected none, standard, strict; did you mean standard?",
    ],
    ["{ privilegd: allow }", "did you mean privileged?"],
    ["{ privileged: [a] }", "expected deny, allow or warn"],
    ["{ privileged: maybe }", "found 'maybe': expected deny, allow or warn"],
    ["{ memory-max: much }", "a number such as 512m or 2"],
    ["{ binds: [srv] }", "'srv': expected an absolute path"],
    ["{ binds: [/srv/../etc] }", "expected an absolute path"],
    ["{ binds: ['/srv/*'] }", "expected an absolute path"],
    [
      "{ namespaces: [host] }",
      "'host': expected pid, ipc, uts, user, cgroup, net",
    ],
    ["{ require: [everything] }", "expected memory, cpus"],
    ["{ level: none, binds: [/a] }", "the level none guards nothing"],
    ["{ devices: }", "found nothing"],
    ["[standard]", "expected a mapping"],
  ];
  for (const [text, words] of cases) {
    const found = read(text);
    assert(Array.isArray(found), text);
    const problems = found as string[];
    assertStringIncludes(problems.join("\n"), words);
    assertStringIncludes(problems[0]!, "p.yaml:1:");
  }
});
