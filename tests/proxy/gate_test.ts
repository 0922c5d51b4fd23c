/** The gate: one order, one reading of the body, and what a dry run lets through. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Claims } from "../../lib/guard/claims.ts";
import type { Container } from "../../lib/policy/inventory.ts";
import type { Selector } from "../../lib/policy/clients.ts";
import {
  compile,
  type Policy,
  withOwnContainer,
} from "../../lib/policy/compile.ts";
import type { Condition } from "../../lib/policy/conditions.ts";
import {
  decide,
  type Decision,
  plainRequest,
} from "../../lib/policy/decide.ts";
import {
  admit,
  claimsOf,
  judge,
  type Judgement,
} from "../../lib/proxy/gate.ts";
import type { FactSources } from "../../lib/proxy/gate_facts.ts";
import { grants } from "../support/grants.ts";

const OWN = {
  id: "c".repeat(64),
  name: "sockwarden",
  aliases: [],
  service: null,
};

const encode = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value));

function policyOf(clients: Record<string, Selector>): Policy {
  return compile(grants({ CONTAINERS: 1, NETWORKS: 1, POST: 1 }), {
    path: "policy.yaml",
    clients: Object.entries(clients).map(([name, selector]) => ({
      identity: { name, from: [[selector]], listen: [] },
      source: "policy.yaml:1:1",
      grants: grants({}),
    })),
    rest: grants({}),
  });
}

const ALICE = policyOf({ alice: { kind: "label", key: "role", value: "a" } });

function decisionOf(
  policy: Policy,
  method: string,
  target: string,
  more: Partial<Parameters<typeof decide>[2]> = {},
): Decision {
  return decide(policy, { name: null }, {
    ...plainRequest(method, target),
    ...more,
  });
}

function conditionsIn(decision: Decision): readonly Condition[] {
  return decision.outcome === "refused" ? [] : decision.conditions;
}

/** Sources that count what they are asked for. */
function sourcesOf(
  policy: Policy,
  images: Record<string, Record<string, string> | null> = {},
  containers: Record<string, Container> = {},
): FactSources & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    policy,
    hosts: { addresses: new Map() },
    index: {
      imageLabels: (reference) => {
        asked.push(`image ${reference}`);
        const labels = images[reference];
        return Promise.resolve(
          labels === undefined
            ? { reason: "the engine is down" }
            : labels === null
            ? null
            : new Map(Object.entries(labels)),
        );
      },
      container: (reference) => {
        asked.push(`container ${reference}`);
        return Promise.resolve(containers[reference] ?? null);
      },
      hostNetwork: () => {
        asked.push("host network");
        return Promise.resolve([]);
      },
    },
  };
}

/** Judges a creation by the given body. */
async function create(
  sources: FactSources,
  body: unknown,
  dryRun = false,
): Promise<Judgement> {
  const decision = decisionOf(sources.policy, "POST", "/containers/create");
  assert(decision.outcome !== "refused");
  return await judge(sources, {
    method: "POST",
    decision,
    conditions: conditionsIn(decision),
    client: null,
    claims: claimsOf(decision, encode(body)),
  }, dryRun);
}

Deno.test("admit() passes on what is allowed, with its conditions", () => {
  const plain = decisionOf(ALICE, "GET", "/containers/json");
  assertEquals(admit(plain, false), {
    refusal: null,
    wouldRefuse: null,
    conditions: [],
  });
  const create = decisionOf(ALICE, "POST", "/containers/create");
  assertEquals(create.outcome, "conditional");
  assertEquals(admit(create, false).conditions, [
    { kind: "identity", reads: "body" },
  ]);
});

Deno.test("admit() refuses what the policy refuses, and in a dry run lets it through and says so", () => {
  const refused = decisionOf(ALICE, "GET", "/images/json");
  const enforced = admit(refused, false);
  assertEquals(enforced.refusal?.status, 403);
  assertEquals(enforced.refusal?.code, "policy.not_granted");
  assertEquals(enforced.wouldRefuse, null);
  const dry = admit(refused, true);
  assertEquals(dry, {
    refusal: null,
    wouldRefuse: enforced.refusal,
    conditions: [],
  });
});

Deno.test("admit() refuses in a dry run too what no policy could allow", () => {
  for (
    const decision of [
      decisionOf(ALICE, "GET", "//containers/json"),
      decisionOf(ALICE, "GET", "/containers/json", {
        contentType: "application/grpc",
      }),
      decisionOf(ALICE, "GET", "/containers/json", { browser: true }),
    ]
  ) {
    for (const dryRun of [false, true]) {
      const { refusal, wouldRefuse } = admit(decision, dryRun);
      assert(refusal !== null);
      assertEquals(wouldRefuse, null);
    }
  }
});

Deno.test("judge() asks nothing where there is no condition", async () => {
  const sources = sourcesOf(ALICE);
  const decision = decisionOf(ALICE, "GET", "/containers/json");
  const judgement = await judge(sources, {
    method: "GET",
    decision,
    conditions: [],
    client: null,
    claims: () => {
      throw new Error("the body is read");
    },
  }, false);
  assertEquals(judgement, { refusal: null, wouldRefuse: null });
  assertEquals(sources.asked, []);
});

Deno.test("judge() refuses what would take another client's identity, and passes what does not", async () => {
  const sources = sourcesOf(ALICE, { x: {} });
  const refused = await create(sources, { Image: "x", Labels: { role: "a" } });
  assertEquals(refused.refusal?.status, 403);
  assertEquals(refused.refusal?.code, "policy.identity");
  assertEquals(
    refused.refusal?.message,
    "sockwarden: container.create (POST /containers/create) is not allowed to this client, which matches no client of policy.yaml: the label role=a belongs to client 'alice'",
  );
  const passed = await create(sources, { Image: "x", Labels: { role: "b" } });
  assertEquals(passed, { refusal: null, wouldRefuse: null });
});

Deno.test("judge() lets a dry run pass what the policy refuses, and says why it would", async () => {
  const sources = sourcesOf(ALICE, { x: {}, gone: null });
  const body = { Image: "x", Labels: { role: "a" } };
  const { refusal, wouldRefuse } = await create(sources, body, true);
  assertEquals(refusal, null);
  assertEquals(wouldRefuse?.code, "policy.identity");
  // An image that is not there is the engine's to tell.
  assertEquals(await create(sources, { Image: "gone" }, true), {
    refusal: null,
    wouldRefuse: null,
  });
});

Deno.test("judge() reports a missing image in the engine's words", async () => {
  const sources = sourcesOf(ALICE, { gone: null });
  const { refusal } = await create(sources, { Image: "gone" });
  assertEquals(refusal, {
    status: 404,
    code: "engine.no_such_image",
    message: "No such image: gone",
    byPolicy: false,
  });
});

Deno.test("judge() refuses where the labels of the image are not known", async () => {
  const { refusal } = await create(sourcesOf(ALICE), { Image: "unknown" });
  assertEquals(refusal?.status, 403);
  assertEquals(refusal?.code, "policy.identity");
  assertStringIncludes(refusal!.message, "the engine is down");
});

Deno.test("judge() refuses a body that can be read in two ways", async () => {
  const decision = decisionOf(ALICE, "POST", "/containers/create");
  assert(decision.outcome !== "refused");
  const sources = sourcesOf(ALICE);
  const { refusal } = await judge(sources, {
    method: "POST",
    decision,
    conditions: conditionsIn(decision),
    client: null,
    claims: claimsOf(
      decision,
      new TextEncoder().encode('{"Image":"x","Image":"y"}'),
    ),
  }, false);
  assertEquals(refusal?.status, 403);
  assertEquals(refusal?.code, "policy.unreadable_body");
  assertEquals(sources.asked, []);
});

Deno.test("judge() judges our own container first, and asks no image for it alone", async () => {
  const policy = withOwnContainer(
    compile(grants({ NETWORKS: 1, POST: 1 })),
    OWN,
  );
  const sources = sourcesOf(policy);
  const decision = decisionOf(policy, "POST", "/networks/n/connect");
  assert(decision.outcome === "conditional");
  const judgeBody = async (body: unknown) =>
    await judge(sources, {
      method: "POST",
      decision,
      conditions: conditionsIn(decision),
      client: null,
      claims: claimsOf(decision, encode(body)),
    }, false);
  const { refusal } = await judgeBody({ Container: "sockwarden" });
  assertEquals(refusal?.code, "policy.own_container");
  assertStringIncludes(refusal!.message, "sockwarden's own container");
  assertEquals((await judgeBody({ Container: "web" })).refusal, null);
  assertEquals(sources.asked, []);
});

Deno.test("judge() names our own container before another client's identity", async () => {
  const policy = withOwnContainer(ALICE, OWN);
  const sources = sourcesOf(policy, { x: {} });
  const { refusal } = await create(sources, {
    Image: "x",
    Labels: { role: "a" },
    HostConfig: { Links: ["sockwarden:s"] },
  });
  assertEquals(refusal?.code, "policy.own_container");
});

Deno.test("judge() does not check for our own container where we do not run in one", async () => {
  const sources = sourcesOf(ALICE, { x: {} });
  const decision = decisionOf(ALICE, "POST", "/containers/create");
  const { refusal } = await judge(sources, {
    method: "POST",
    decision,
    conditions: [{ kind: "own-container", reads: "body" }],
    client: null,
    claims: claimsOf(
      decision,
      encode({ Image: "x", HostConfig: { Links: ["sockwarden:s"] } }),
    ),
  }, false);
  assertEquals(refusal, null);
});

Deno.test("claimsOf() reads a request once, and none that is not an operation", () => {
  const decision = decisionOf(ALICE, "POST", "/containers/create");
  const claims = claimsOf(decision, encode({ Image: "x" }));
  const first = claims();
  assert(!("problem" in first));
  assertEquals((first as Claims).image, "x");
  assertEquals(claims() === first, true);
  const unknown = claimsOf(
    decisionOf(ALICE, "GET", "/nothing/known"),
    encode({}),
  );
  assertEquals(unknown(), { problem: "it is not a known operation" });
});
