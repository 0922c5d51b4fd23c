import { assertEquals, assertStringIncludes } from "@std/assert";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { type Hide, HIDE_NOTHING } from "../../lib/guard/hide/words.ts";
import { policyFile } from "../support/policy.ts";
import { config, problem } from "../support/config.ts";

function hideOf(text: string) {
  return policyFile(`default: { hide: ${text} }`).file.rest.hide;
}

function problemsOf(defaults: string): string[] {
  const read = readPolicyFile("policy.yaml", `default: { ${defaults} }`);
  return "problems" in read ? read.problems : [];
}

Deno.test("hide takes a word, a list of words, and a mapping", () => {
  const env = { ...HIDE_NOTHING, env: "all" as const };
  assertEquals(hideOf("env"), env);
  assertEquals(hideOf("[env, args]"), { ...env, args: true });
  assertEquals(hideOf("{ env: true }"), env);
  assertEquals(
    hideOf(
      "{ env: [DB_PASSWORD, '*_TOKEN'], env-except: '*_FILE', swarm: true, args: false }",
    ),
    {
      ...HIDE_NOTHING,
      env: ["DB_PASSWORD", "*_TOKEN"],
      envExcept: ["*_FILE"],
      swarm: true,
    },
  );
  assertEquals(hideOf("{ fields: { container.list: [Id, Names] } }"), {
    ...HIDE_NOTHING,
    fields: new Map([["container.list", ["Id", "Names"]]]),
  });
  assertEquals(
    [...(hideOf("{ fields: traefik }") as Hide).fields!.keys()],
    ["container.list", "container.inspect", "system.events"],
  );
});

Deno.test("nothing is hidden without hide", () => {
  assertEquals(policyFile("default: { allow: [] }").file.rest.hide, null);
  assertEquals(config([]).grants.hide, null);
});

Deno.test("hide: none says so, and stands alone", () => {
  assertEquals(hideOf("none"), "none");
  assertEquals(config(["--hide=none"]).grants.hide, "none");
  for (const text of ["[none]", "[none, env]", "{ env: none, none: true }"]) {
    const problems = problemsOf(`hide: ${text}`);
    assertEquals(problems.length > 0, true, text);
  }
  assertStringIncludes(problem(["--hide=none,env"]), "unknown word 'none'");
  assertStringIncludes(problem(["--hide=env,none"]), "unknown word 'none'");
});

/** What is wrong, with what the message must contain. */
const WRONG: readonly (readonly [string, ...string[]])[] = [
  [
    "hide: envs",
    "1:18: default.hide",
    "unknown word 'envs'",
    "did you mean env?",
  ],
  ["hide: [env, mount]", "1:24: default.hide", "did you mean mounts?"],
  ["hide: []", "found nothing"],
  ["hide: true", "expected env, args"],
  ["hide: {}", "hides nothing"],
  ["hide: { args: false }", "hides nothing"],
  ["hide: { arg: true }", "unknown key 'arg'", "did you mean args?"],
  ["hide: { args: 1 }", "default.hide.args", "expected true or false"],
  ["hide: { env: 5 }", "default.hide.env", "expected true, or names"],
  ["hide: { env: ['A=B'] }", "default.hide.env", "'A=B'"],
  ["hide: { env-except: [A] }", "default.hide.env-except", "add env: true"],
  ["hide: { fields: trafik }", "did you mean traefik?"],
  ["hide: { fields: {} }", "found no operation"],
  [
    "hide: { fields: { container.lits: [Id] } }",
    "no operation",
    "did you mean container.list?",
  ],
  ["hide: { fields: { container.list: ['a b'] } }", "'a b' is no path"],
  ["hide: { fields: { container.top: [Titles] } }", "has no fields"],
  [
    "hide: { fields: { container.list: [] } }",
    "default.hide.fields.container.list",
  ],
  ["allow: ['GET /new'], hide: env", "default.allow", "path rule"],
  [
    "allow: [container.create, container.inspect], hide: env",
    "default.allow: 'container.create'",
    "would write '<hidden>'",
  ],
  [
    "allow: [service.update, 'service.*'], hide: env",
    "default.allow: 'service.update'",
    "would write '<hidden>'",
  ],
  [
    "allow: [container.create, container.inspect], hide: { fields: { container.inspect: [Id] } }",
    "would write '<hidden>'",
  ],
];

for (const [text, ...parts] of WRONG) {
  Deno.test(`hide is refused in { ${text} }`, () => {
    const problems = problemsOf(text);
    assertEquals(problems.length, 1, problems.join("\n"));
    for (const part of parts) assertStringIncludes(problems[0]!, part);
  });
}

Deno.test("what was not read back may be created beside hide", () => {
  assertEquals(problemsOf("allow: [container.create], hide: env"), []);
  assertEquals(
    problemsOf(
      "allow: [container.create, 'container.*'], deny: [container.inspect], hide: env",
    ),
    [],
  );
  assertEquals(
    problemsOf(
      "allow: [service.update, service.inspect], hide: { fields: { task.list: [ID] } }",
    ),
    [],
  );
});

Deno.test("--hide and SOCKWARDEN_HIDE hide words", () => {
  assertEquals(config(["--containers", "--hide", "env,args"]).grants.hide, {
    ...HIDE_NOTHING,
    env: "all",
    args: true,
  });
  assertEquals(
    config([], { CONTAINERS: "1", SOCKWARDEN_HIDE: "swarm" }).grants.hide,
    { ...HIDE_NOTHING, swarm: true },
  );
  assertEquals(config(["--containers"]).grants.hide, null);
  assertStringIncludes(
    problem(["--containers", "--hide", "evn"]),
    "--hide 'evn': unknown word",
  );
  assertStringIncludes(
    problem([
      "--hide",
      "env",
      "--allow",
      "container.create,container.inspect",
    ]),
    "would write '<hidden>'",
  );
});
