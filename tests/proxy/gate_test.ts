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
  type Conditional,
  judge,
  type Judgement,
} from "../../lib/proxy/gate.ts";
import type { FactSources } from "../../lib/proxy/gate_facts.ts";
import { rulesOf } from "../guard/judge/judging.ts";
import { grants } from "../support/grants.ts";
import { NO_OBJECTS } from "../support/objects.ts";

const OWN = {
  id: "c".repeat(64),
  name: "sockwarden",
  aliases: [],
  service: null,
};

const PASSED = {
  refusal: null,
  wouldRefuse: null,
  body: null,
  match: null,
  held: null,
  answers: null,
  passing: null,
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
  containers: Record<string, Container> = {},
): FactSources & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    policy,
    hosts: { addresses: new Map() },
    objects: NO_OBJECTS,
    sockets: [],
    index: {
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

/** A request with that body, whose conditions are judged. */
function conditional(
  decision: Decision,
  body: Uint8Array,
  more: Partial<Conditional> = {},
): Conditional {
  return {
    method: "POST",
    decision,
    conditions: conditionsIn(decision),
    client: null,
    body,
    claims: claimsOf(decision, body),
    isSent: false,
    ...more,
  };
}

/** Judges a creation by the given body; a text is sent as it is. */
async function create(
  sources: FactSources,
  body: unknown,
  dryRun = false,
  more: Partial<Conditional> = {},
): Promise<Judgement> {
  const decision = decisionOf(sources.policy, "POST", "/containers/create");
  assert(decision.outcome !== "refused");
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : encode(body);
  return await judge(sources, conditional(decision, bytes, more), dryRun);
}

/** The body that is sent in place of the one that came. */
function textOf({ body }: Judgement): string | null {
  return body === null ? null : new TextDecoder().decode(body);
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
  const claims = () => {
    throw new Error("the body is read");
  };
  assertEquals(
    await judge(sources, conditional(decision, encode({}), { claims }), false),
    PASSED,
  );
  const unknown = decisionOf(ALICE, "POST", "/new/route");
  assertEquals(
    await judge(
      sources,
      conditional(unknown, encode({}), { conditions: [], claims }),
      false,
    ),
    PASSED,
  );
  assertEquals(sources.asked, []);
});

Deno.test("judge() asks once for all conditions", async () => {
  const sources = sourcesOf(withOwnContainer(ALICE, OWN));
  const { refusal } = await create(sources, { VolumesFrom: ["web"] });
  assertEquals(refusal?.code, "policy.identity");
  assertEquals(sources.asked, ["container web"]);
});

Deno.test("judge() refuses what is no operation where it has a condition", async () => {
  const unknown = decisionOf(ALICE, "POST", "/new/route");
  const conditions = [{ kind: "identity", reads: "body" }] as const;
  const { refusal } = await judge(
    sourcesOf(ALICE),
    conditional(unknown, encode({}), { conditions }),
    false,
  );
  assertEquals(refusal?.code, "policy.unreadable_body");
});

Deno.test("judge() refuses what would take another client's identity, and passes what does not", async () => {
  const sources = sourcesOf(ALICE);
  const refused = await create(sources, { Image: "x", Labels: { role: "a" } });
  assertEquals(refused.refusal?.status, 403);
  assertEquals(refused.refusal?.code, "policy.identity");
  assertEquals(
    refused.refusal?.message,
    "sockwarden: container.create (POST /containers/create) is not allowed to this client, which matches no client of policy.yaml: the label role=a belongs to client 'alice'",
  );
  const passed = await create(sources, { Image: "x", Labels: { role: "b" } });
  assertEquals(passed, PASSED);
});

Deno.test("judge() lets a dry run pass what the policy refuses, and says why it would", async () => {
  const body = { Labels: { role: "a" } };
  const { refusal, wouldRefuse } = await create(sourcesOf(ALICE), body, true);
  assertEquals(refusal, null);
  assertEquals(wouldRefuse?.code, "policy.identity");
});

Deno.test("judge() empties the labels of others that the body lacks, and nothing else of it", async () => {
  const policy = policyOf({
    alice: { kind: "label", key: "role", value: "a" },
    bob: { kind: "project", name: "bob" },
  });
  const body = '{ "Memory": 9007199254740993, "Labels": { "x": "1" } }';
  const judgement = await create(sourcesOf(policy), body);
  assertEquals(judgement.refusal, null);
  assertEquals(
    textOf(judgement),
    '{ "Memory": 9007199254740993, "Labels": {"role":"","com.docker.compose.project":"","com.docker.stack.namespace":"", "x": "1" } }',
  );
});

Deno.test("judge() leaves a body as it is where nothing is lacking, and in a dry run", async () => {
  const sources = sourcesOf(ALICE);
  const given = { Labels: { role: "b" } };
  assertEquals(await create(sources, given), PASSED);
  assertEquals(await create(sources, {}, true), PASSED);
  assertEquals(await create(sources, {}, false, { client: "alice" }), PASSED);
  assertEquals(textOf(await create(sources, {})), '{"Labels":{"role":""}}');
});

Deno.test("judge() refuses a body that can no longer be rewritten", async () => {
  const { refusal } = await create(sourcesOf(ALICE), {}, false, {
    isSent: true,
  });
  assertEquals(refusal?.code, "policy.identity");
  assertStringIncludes(refusal!.message, "its image may have the label role");
});

Deno.test("judge() reads and judges what it has rewritten, as it will be sent", async () => {
  const labels = Object.fromEntries(
    Array.from({ length: 256 }, (_, i) => [`k${i}`, ""]),
  );
  const sources = sourcesOf(ALICE);
  const { refusal } = await create(sources, { Labels: labels });
  assertEquals(refusal?.code, "policy.unreadable_body");
  assertStringIncludes(refusal!.message, "more than 256 labels");
  assertEquals(
    await create(sources, { Labels: labels }, false, { client: "alice" }),
    PASSED,
  );
});

Deno.test("judge() refuses a body that can be read in two ways", async () => {
  for (
    const body of [
      '{"Image":"x","Image":"y"}',
      '{"Labels":{"role":""},"Label\\u0073":{}}',
      '{"Labels":{"role":""},"labels":{"role":"a"}}',
      '{"Label\u017f":{"role":"a"}}',
      '{"Labels":{"role":"","r\\u006fle":"a"}}',
      '{"Labels":[]}',
      '{"Labels":"role"}',
      '{"Labels":{}}{"Labels":{"role":"a"}}',
      "",
    ]
  ) {
    const sources = sourcesOf(ALICE);
    const { refusal } = await create(sources, body);
    assertEquals(refusal?.status, 403, body);
    assertEquals(refusal?.code, "policy.unreadable_body", body);
    assertEquals(sources.asked, []);
  }
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
    await judge(sources, conditional(decision, encode(body)), false);
  const { refusal } = await judgeBody({ Container: "sockwarden" });
  assertEquals(refusal?.code, "policy.own_container");
  assertStringIncludes(refusal!.message, "sockwarden's own container");
  assertEquals((await judgeBody({ Container: "web" })).refusal, null);
  assertEquals(sources.asked, []);
});

Deno.test("judge() offers the grant that is missing: of what names our own container, or of giving away its name", async () => {
  const policy = withOwnContainer(ALICE, OWN);
  for (
    const [body, operation] of [
      [{ HostConfig: { Links: ["sockwarden:s"] } }, "container.create"],
      [{
        NetworkingConfig: {
          EndpointsConfig: { n: { Aliases: ["sockwarden"] } },
        },
      }, "container.rename"],
    ] as const
  ) {
    const { refusal } = await create(sourcesOf(policy), {
      Image: "x",
      ...body,
    });
    assertEquals(refusal?.code, "policy.own_container");
    assertStringIncludes(refusal!.message, operation);
    assertEquals(refusal!.remedies?.at(-1)?.text, `- ${operation}`);
  }
});

Deno.test("judge() names our own container before another client's identity", async () => {
  const policy = withOwnContainer(ALICE, OWN);
  const sources = sourcesOf(policy);
  const { refusal } = await create(sources, {
    Image: "x",
    Labels: { role: "a" },
    HostConfig: { Links: ["sockwarden:s"] },
  });
  assertEquals(refusal?.code, "policy.own_container");
});

Deno.test("judge() does not check for our own container where we do not run in one", async () => {
  const sources = sourcesOf(ALICE);
  const decision = decisionOf(ALICE, "POST", "/containers/create");
  const body = encode({ HostConfig: { Links: ["sockwarden:s"] } });
  const conditions = [{ kind: "own-container", reads: "body" }] as const;
  const { refusal } = await judge(
    sources,
    conditional(decision, body, { conditions }),
    false,
  );
  assertEquals(refusal, null);
});

Deno.test("claimsOf() reads a request once, and none that is not an operation", () => {
  const decision = decisionOf(ALICE, "POST", "/containers/create");
  const claims = claimsOf(decision, encode({ Labels: { a: "b" } }));
  const first = claims();
  assert(!("problem" in first));
  assertEquals((first as Claims).labels, [["a", "b"]]);
  assertEquals(claims() === first, true);
  const unknown = claimsOf(
    decisionOf(ALICE, "GET", "/nothing/known"),
    encode({}),
  );
  assertEquals(unknown(), { problem: "it is not a known operation" });
});

Deno.test("what the engine has already gets no labels: it is judged as it was sent", async () => {
  const sources = sourcesOf(ALICE);
  const rules = rulesOf({ knobs: { "labels-added": ["owner=ci"] } });
  const conditions: Condition[] = [{ kind: "guard", reads: "body", rules }];
  const of = (body: unknown, isSent: boolean) =>
    create(sources, body, false, { conditions, isSent });
  const plain = { Image: "a" };
  const labelled = { Labels: { owner: "ci" }, Image: "a" };
  assertEquals(await of(plain, false), { ...PASSED, body: encode(labelled) });
  assertEquals((await of(plain, true)).refusal?.code, "policy.guard");
  assertEquals(await of(labelled, true), PASSED);
  assertEquals(await of(labelled, false), PASSED);
});
