/**
 * What is offered to copy allows the request once it is applied.
 */

import { assert, assertEquals } from "@std/assert";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import {
  compile,
  type Grants,
  NO_GRANTS,
  type Policy,
} from "../../lib/policy/compile.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import { remediesFor } from "../../lib/policy/remedies.ts";
import { parseRule } from "../../lib/policy/rules.ts";
import { policyFile } from "../support/policy.ts";
import { grants } from "../support/grants.ts";

const ASKED = {
  client: null,
  method: "GET",
  path: "/",
  code: "policy.not_granted",
} as const;

function allow(text: string): Grants["allow"] {
  const rule = parseRule(text, "--allow");
  if ("problem" in rule) throw new Error(rule.problem);
  return [rule];
}

function texts(
  policy: Policy,
  operation: string,
  client: string | null = null,
) {
  return Object.fromEntries(
    remediesFor(policy, { ...ASKED, operation, client }).map((
      { kind, text },
    ) => [kind, text]),
  );
}

Deno.test("each remedy of each operation allows it", () => {
  const none = compile(NO_GRANTS);
  for (const { name } of OPERATIONS) {
    const found = texts(none, name);
    const isAllowed = (policy: Policy) =>
      policy.rest.verdicts.get(name)!.allowed;
    assertEquals(found.flag, `--allow ${name}`);
    assert(isAllowed(compile({ ...NO_GRANTS, allow: allow(name) })), name);
    assertEquals(found.policy, `- ${name}`);
    if (found.switch === undefined) continue;
    const on = Object.fromEntries(
      found.switch.split(" ").map((one) => one.split("=")),
    );
    for (const value of Object.values(on)) assertEquals(value, "1");
    assert(
      isAllowed(compile(
        grants(Object.fromEntries(
          Object.keys(on).map((key) => [key, 1 as const]),
        )),
      )),
      `${name}: ${found.switch}`,
    );
  }
});

Deno.test("a client of the file has a line of the file alone, and its place", () => {
  const { file } = policyFile(`
clients:
  web: { from: { cidr: 10.0.0.0/8 }, allow: [container.list] }
`);
  const policy = compile(NO_GRANTS, file);
  const [one, ...more] = remediesFor(policy, {
    ...ASKED,
    client: "web",
    operation: "container.stop",
  });
  assertEquals(more, []);
  assertEquals([one!.kind, one!.text], ["policy", "- container.stop"]);
  assertEquals(one!.where, "allow of client 'web' (policy.yaml:3:3)");
});

Deno.test("a rule that denies is named beside what allows", () => {
  const { file } = policyFile(`
default: { deny: [container.stop] }
`);
  const [flag] = remediesFor(compile(NO_GRANTS, file), {
    ...ASKED,
    code: "policy.denied",
    operation: "container.stop",
  });
  assertEquals(flag!.text, "--allow container.stop");
  assert(flag!.where.startsWith("and remove policy.yaml:"), flag!.where);
});

Deno.test("nothing is offered for what is granted by now, or what no line allows", () => {
  const policy = compile({ ...NO_GRANTS, allow: allow("container.*") });
  assertEquals(texts(policy, "container.stop"), {});
  assertEquals(texts(compile(NO_GRANTS), "-"), {});
  assertEquals(
    remediesFor(compile(NO_GRANTS), {
      ...ASKED,
      operation: "container.list",
      code: "http.bad_field",
    }),
    [],
  );
});

Deno.test("an unknown path has a rule that allows it", () => {
  const asked = {
    ...ASKED,
    operation: "-",
    code: "policy.unknown_operation",
    path: "/v1.49/new/thing",
  } as const;
  const [flag, item] = remediesFor(compile(NO_GRANTS), asked);
  assertEquals(flag!.text, "--allow 'GET /new/thing'");
  assertEquals(item!.text, "- 'GET /new/thing'");
  const allowed = compile({ ...NO_GRANTS, allow: allow("GET /new/thing") });
  assertEquals(
    decide(allowed, { name: null }, plainRequest("GET", asked.path)).outcome,
    "allowed",
  );
  for (const path of ["/a'b", "/a b", "/…", "/a/../b", "/%27"]) {
    assertEquals(remediesFor(compile(NO_GRANTS), { ...asked, path }), [], path);
  }
});

Deno.test("no method that a client chose ends the quotes of a rule to paste", () => {
  const policy = compile(NO_GRANTS);
  for (const method of ["X'|$SHELL|'", "X`ID`", "X&Y", "X$Y", "X#", "!", "'"]) {
    const path = "/new/thing";
    const code = "policy.unknown_operation";
    assertEquals(
      remediesFor(policy, { ...ASKED, operation: "-", code, path, method }),
      [],
      method,
    );
    assert(
      !JSON.stringify(
        decide(policy, { name: null }, plainRequest(method, path)),
      ).includes("--allow"),
      method,
    );
  }
});

Deno.test("our own container is opened by a list of its own", () => {
  const policy = compile({ ...NO_GRANTS, allow: allow("container.*") });
  assertEquals(
    remediesFor(policy, {
      ...ASKED,
      operation: "container.stop",
      code: "policy.own_container",
    }).map(({ text }) => text),
    ["--allow-self container.stop", "- container.stop"],
  );
});
