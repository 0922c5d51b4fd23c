/**
 * What a refusal advises for `allow-self`, what the policy reader takes there,
 * and what the schema for editors takes are the same.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Ajv } from "ajv";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import { CLAIMING } from "../../lib/guard/claims.ts";
import { judgeOwnContainer } from "../../lib/policy/own_claims.ts";
import { compile, withOwnContainer } from "../../lib/policy/compile.ts";
import { selfRemedy } from "../../lib/policy/remedy.ts";
import {
  canNeedAllowSelf,
  type OwnContainer,
  touchesOwn,
} from "../../lib/policy/self_protection.ts";
import { policySchema } from "../../tools/schema.ts";
import { NONE } from "../support/claims.ts";
import { grants } from "../support/grants.ts";

/** A task of a swarm service, so that every protection applies. */
const OWN: OwnContainer = {
  id: "0123456789abcdef".repeat(4),
  name: "warden",
  aliases: ["warden-alias"],
  service: { id: "k6bqxm7dvm2jrh4vsv7c2ejyr", name: "infra_warden" },
};
const POLICY = withOwnContainer(compile(grants({})), OWN);

const schemaTakes = new Ajv({ allowUnionTypes: true })
  .compile(policySchema());

function readerTakes(rule: string): boolean {
  const text = JSON.stringify({ default: { "allow-self": rule } });
  return !("problems" in readPolicyFile("policy.yaml", text));
}

/** The operation that a refusal says to add to allow-self. */
function advisedBy(message: string): string {
  const [, name = ""] = /--allow-self ([a-z.]+)$/.exec(message) ?? [];
  return name;
}

Deno.test("every operation that a refusal advises for allow-self can need it", () => {
  const advised = new Set<string>();
  for (const operation of OPERATIONS) {
    for (const reference of [OWN.id, OWN.service!.id]) {
      const touched = touchesOwn(OWN, {
        kind: "operation",
        operation,
        parameters: [reference],
        sent: "/",
        absent: null,
        target: { version: "", path: "/", query: "" },
      });
      if (touched) advised.add(advisedBy(selfRemedy(POLICY.rest, operation)));
    }
    if (!CLAIMING.has(operation.name)) continue;
    for (
      const claims of [
        { ...NONE, joins: [OWN.id] },
        { ...NONE, touches: [OWN.name] },
        { ...NONE, aliases: ["warden-alias"] },
      ]
    ) {
      const refusal = judgeOwnContainer(OWN, POLICY.rest, operation, claims);
      assertMatch(refusal ?? "", /--allow-self /);
      advised.add(advisedBy(refusal!));
    }
  }
  assert(advised.has("swarm.leave"));
  assert(advised.has("container.create"));
  for (const name of advised) assert(canNeedAllowSelf(name), name);
});

for (const { name } of OPERATIONS) {
  const takes = canNeedAllowSelf(name);
  Deno.test(`the reader and the schema ${takes ? "take" : "refuse"} allow-self: ${name}`, () => {
    assertEquals(readerTakes(name), takes);
    assertEquals(schemaTakes({ default: { "allow-self": name } }), takes);
  });
}
