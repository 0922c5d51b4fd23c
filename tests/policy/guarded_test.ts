/** What a guard leaves of a client's rights. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { compile, type Rights } from "../../lib/policy/compile.ts";
import { escalationsOf } from "../../lib/policy/escalations.ts";
import {
  guardLines,
  keepsOffHost,
  openToHost,
} from "../../lib/policy/guarded.ts";
import { grants } from "../support/grants.ts";

function rights(guard: string, allow = '["container.*"]'): Rights {
  const read = readPolicyFile(
    "p.yaml",
    `clients: { a: { from: { host: a }, allow: ${allow}, guard: ${guard} } }`,
  );
  if ("problems" in read) throw new Error(read.problems.join("\n"));
  return compile(grants({}), read.file).clients.get("a")!;
}

Deno.test("under a guard no judged operation makes a client root, and the words say so", () => {
  const roots = (one: Rights) =>
    escalationsOf(one).filter(({ severity }) => severity === "root");
  assert(roots(rights("none")).length > 0);
  for (const level of ["standard", "strict"]) {
    const guarded = rights(level);
    assertEquals(roots(guarded), []);
    assert(keepsOffHost(guarded, "container.create"));
    assert(!keepsOffHost(guarded, "container.list"));
    assertStringIncludes(guardLines(guarded)[1]!, "cannot make it root");
    assert(
      escalationsOf(guarded).some(({ sentence }) =>
        sentence.includes(`only what keeps to the guard '${level}'`)
      ),
    );
  }
});

Deno.test("a knob that opens the host is named, and gives the escalation back", () => {
  for (
    const [own, opened] of [
      ["privileged: allow", "privileged"],
      ["privileged: warn", "privileged"],
      ["binds: [/etc]", "binds"],
      ["capabilities: [SYS_ADMIN]", "capabilities"],
      ["namespaces: [pid]", "namespaces"],
      ["targets: allow", "targets"],
    ]
  ) {
    const guarded = rights(`{ ${own} }`);
    assertEquals(openToHost(guarded.guard!), [opened]);
    assert(
      escalationsOf(guarded).some(({ severity }) => severity === "root"),
      own,
    );
    assertStringIncludes(guardLines(guarded).join("\n"), `host: ${opened}`);
  }
  for (
    const own of [
      "binds: ['/srv:ro']",
      "capabilities: [CHOWN]",
      "memory-max: 1g",
    ]
  ) assertEquals(openToHost(rights(`{ ${own} }`).guard!), [], own);
});
