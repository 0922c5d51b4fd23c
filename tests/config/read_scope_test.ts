/** The scope of flags and variables: it grants nothing, and is no switch. */

import { assertEquals } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { readConfig } from "../../lib/config/read.ts";
import { compile } from "../../lib/policy/compile.ts";
import { describeScope } from "../../lib/policy/scope.ts";
import { config, problem } from "../support/config.ts";

Deno.test("flags and variables give one scope on containers: keys and, lists or", () => {
  const { grants } = config(
    ["--containers-name=web-*", "--containers-name=api"],
    { SOCKWARDEN_CONTAINERS_PROJECT: "shop", CONTAINERS: "1" },
  );
  assertEquals(describeScope(grants.scope!), [
    "containers: project shop and name web-* or api",
  ]);
  assertEquals(grants.switches.get("CONTAINERS")?.on, true);
});

Deno.test("a scope grants nothing, and without its settings there is none", () => {
  const allowed = (argv: string[]) =>
    [...compile(config(argv).grants).rest.verdicts.values()]
      .filter(({ allowed }) => allowed).map(({ operation }) => operation.name);
  assertEquals(allowed(["--containers-label=a"]), allowed([]));
  assertEquals(config([]).grants.scope, null);
});

Deno.test("a pattern with a slash, a label without a name and an operation that cannot be held stop the start", () => {
  assertEquals(
    problem([], { SOCKWARDEN_CONTAINERS_NAME: "a/b" }),
    "SOCKWARDEN_CONTAINERS_NAME 'a/b': expected a name without a slash, * for any characters, such as web-* or api",
  );
  assertEquals(
    problem(["--containers-label==x"]),
    "--containers-label '=x': expected a label: KEY for any value, or KEY=VALUE; an empty value matches nothing",
  );
  assertEquals(
    problem(["--containers-label=a", "--allow=image.build"]),
    "--allow 'image.build': image.build cannot be held to a scope on containers: grant it to another client, without a scope",
  );
  assertEquals(problem(["--containers-label=a", "--preset=watchtower"]), "");
});

Deno.test("default of a policy file and the settings may not both have a scope on containers", () => {
  const policy = readPolicyFile(
    "p.yaml",
    "default: { allow: [container.list], containers: { name: a } }\n",
  );
  const { problems } = readConfig(
    readFlags(["--config=p.yaml", "--containers-name=b"]),
    {},
    policy,
  );
  assertEquals(problems, [
    "--containers-name: default of the policy file has a scope on containers too: write both there, as one",
  ]);
});
