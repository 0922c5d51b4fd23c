/** The guard of flags and variables. */

import { assertEquals } from "@std/assert";
import { readFlags } from "../../lib/config/flags.ts";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { readConfig } from "../../lib/config/read.ts";
import { config, problem } from "../support/config.ts";

Deno.test("flags and variables give one guard with the paths that may be mounted", () => {
  const { guard } = config(["--guard=standard"], {
    SOCKWARDEN_GUARD_BINDS: "/srv,/data:ro",
  }).grants;
  if (guard === null || guard === "none") throw new Error("no guard");
  assertEquals(guard.level, "standard");
  assertEquals(guard.setting, "--guard");
  assertEquals(guard.knobs.get("binds")?.list, ["/srv", "/data:ro"]);
  assertEquals(config([]).grants.guard, null);
  assertEquals(config(["--guard=none"]).grants.guard, "none");
});

Deno.test("a level that is none, a path that is none, and paths without a guard stop the start", () => {
  assertEquals(
    problem(["--guard=high"]),
    "--guard 'high': expected none, standard, strict",
  );
  assertEquals(
    problem(["--guard=strict", "--guard-binds=srv"]),
    "--guard-binds 'srv': expected an absolute path of the host without . and .., with /** for what is below it, and :ro for read-only",
  );
  assertEquals(
    problem(["--guard-binds=/srv"]),
    "--guard-binds needs a guard: add --guard standard or --guard strict",
  );
});

Deno.test("default of a policy file and the settings may not both have a guard", () => {
  const policy = readPolicyFile("p.yaml", "default: { guard: strict }\n");
  const { problems } = readConfig(
    readFlags(["--config=p.yaml", "--guard=standard"]),
    {},
    policy,
  );
  assertEquals(problems, [
    "--guard: default of the policy file has a guard too: write both there, as one",
  ]);
});
