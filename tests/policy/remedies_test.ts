/**
 * What is offered to copy allows the request once it is applied.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { BY_CODE } from "../../lib/admin/outcome.ts";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import {
  compile,
  type Grants,
  NO_GRANTS,
  type Policy,
} from "../../lib/policy/compile.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import { whyNoRemedy } from "../../lib/policy/no_remedy.ts";
import { remediesFor } from "../../lib/policy/remedies.ts";
import { parseRule } from "../../lib/policy/rules.ts";
import { policyFile } from "../support/policy.ts";
import { grants } from "../support/grants.ts";
import { type ReasonCode, REASONS } from "../../lib/observe/reasons.ts";

const ASKED = {
  client: null,
  method: "GET",
  path: "/",
  container: "",
  remote: "",
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

Deno.test("who is no client of a file gets one by its container, or its address, where nothing is lost by it", () => {
  const asked = {
    ...ASKED,
    operation: "container.list",
    container: "shop.ci-1",
    remote: "172.18.0.3",
  } as const;
  const text =
    "clients: { web: { from: { container: web }, allow: [system.ping] } }\n";
  const policyOf = (more: string) => compile(NO_GRANTS, policyFile(more).file);
  const ofClient = (policy: Policy, differs: Partial<typeof asked> | object) =>
    remediesFor(policy, { ...asked, ...differs })
      .find(({ where }) => where === "clients of policy.yaml")?.text;
  assertEquals(
    ofClient(policyOf(text), {}),
    '"shop-ci-1": { from: { container: "shop.ci-1" }, allow: [container.list] }',
  );
  for (const differs of [{}, { container: "" }]) {
    const line = ofClient(policyOf(text), differs)!;
    const applied = policyOf(`clients:\n  ${line}\n`);
    const [, rights] = [...applied.clients][0]!;
    const granted = [...rights.verdicts.values()].filter(({ allowed }) =>
      allowed
    );
    assertEquals(granted.map(({ operation }) => operation.name), [
      "container.list",
    ]);
    const [identity] = applied.identities;
    const [[selector]] = identity!.from as unknown as [[{ kind: string }]];
    assertEquals(selector.kind, "container" in differs ? "cidr" : "container");
  }
  // It would lose what all others may.
  assertEquals(
    ofClient(policyOf(`${text}default: { allow: [system.info] }\n`), {}),
    undefined,
  );
  for (
    const differs of [
      { container: "web" },
      { container: "default" },
      { container: 'a", x: "' },
      { container: "", remote: "unix:/run/a.sock" },
    ]
  ) assertEquals(ofClient(policyOf(text), differs), undefined);
});

Deno.test("what is left out for what is hidden is named, unless it would write over it", () => {
  const { file } = policyFile("default: { allow: ['container.*'], hide: env }");
  const policy = compile(NO_GRANTS, file);
  const asked = (operation: string) =>
    remediesFor(policy, { ...ASKED, code: "policy.hidden", operation })
      .find(({ kind }) => kind === "policy")?.text;
  for (const [name, { byName }] of policy.rest.hiding.leftOut) {
    const text = asked(name);
    assertEquals(text !== undefined, byName, name);
    if (text === undefined) continue;
    const rules = ["'container.*'", text.slice(2)].join(", ");
    const named = policyFile(`default: { allow: [${rules}], hide: env }`);
    const applied = compile(NO_GRANTS, named.file).rest;
    assertEquals(
      [...policy.rest.hiding.leftOut.keys()].filter((one) =>
        !applied.hiding.leftOut.has(one)
      ),
      [name],
    );
  }
  assert(policy.rest.hiding.leftOut.size > 1);
});

/** What a page of an origin is told that asks for a path. */
function ofPage(origin: string | null, path: string, origins: string[] = []) {
  const decision = decide(
    compile({ ...NO_GRANTS, origins }),
    { name: null },
    { ...plainRequest("GET", path), origin, browser: origin === null },
  );
  if (decision.outcome !== "refused") throw new Error("it was allowed");
  return decision;
}

Deno.test("a page may attach by its origin, where that is one word of a shell", () => {
  const attach = "/containers/a/attach/ws";
  const origin = "https://portainer.example:9443";
  const refused = ofPage(origin, attach);
  assertEquals(refused.code, "api.browser");
  assertEquals(refused.remedies, [
    { kind: "flag", text: `--allow-origin ${origin}`, where: "" },
    {
      kind: "policy",
      text: `- ${origin}`,
      where: "allow-origin of default in a policy file",
    },
  ]);
  assertEquals(ofPage(origin, attach, [origin]).code, "policy.not_granted");
  for (
    const other of [null, "null", "http://a';reboot;'", "http://a$(b)", "a://b"]
  ) assertEquals(ofPage(other, attach).remedies, []);
  assertEquals(ofPage(origin, "/containers/json").remedies, []);
});

Deno.test("where nothing can be copied, one clause says why, whatever the code", () => {
  const { file } = policyFile("default: { allow: [container.list] }");
  const policies = [compile(NO_GRANTS), compile(NO_GRANTS, file)];
  const codes = (Object.keys(REASONS) as ReasonCode[])
    .filter((code) => BY_CODE[code] === "refused");
  assert(codes.length > 30);
  for (const code of codes) {
    for (const policy of policies) {
      const why = whyNoRemedy(policy, {
        ...ASKED,
        operation: "container.list",
        code,
      });
      assertMatch(why, /^[a-z-].{10,200}[^.]$/, code);
    }
  }
});
