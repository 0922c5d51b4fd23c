/** A proposal as a policy file that the project's own reader takes. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { identityLines } from "../../lib/learn/identity_text.ts";
import { policyText } from "../../lib/learn/policy_text.ts";
import type { By, Proposal, ProposedClient } from "../../lib/learn/proposal.ts";
import { propose } from "../../lib/learn/propose.ts";
import { grantsOf } from "../../lib/learn/proposed_rights.ts";
import type { Entry } from "../../lib/learn/recording.ts";
import type { Grants } from "../../lib/policy/compile.ts";
import { policyFile } from "../support/policy.ts";
import { NASTY } from "./nasty.ts";
import { creation, onContainer, plain, tallyOf } from "./recordings.ts";

function textOf(proposal: Proposal): string {
  return policyText(proposal, identityLines(null, []));
}

/** What a file grants to a client, without the places of its parts. */
function plainGrants({ allow, scope, guard }: Pick<
  Grants,
  "allow" | "scope" | "guard"
>): unknown {
  return JSON.parse(JSON.stringify(
    {
      allow: allow.map(({ text }) => text),
      scope,
      guard: guard === null || guard === "none"
        ? guard
        : [guard.level, [...guard.knobs], [...guard.fields]],
    },
    (key, value) => key === "setting" ? "" : value,
  ));
}

function granted({ allow, scopes, guard }: ProposedClient): unknown {
  return plainGrants(grantsOf(allow.map(({ rule }) => rule), scopes, guard));
}

/** Asserts that the text says what the proposal says, and nothing else. */
function assertSame(proposal: Proposal): void {
  const text = textOf(proposal);
  const read = readPolicyFile("p.yaml", text);
  if ("problems" in read) throw new Error(read.problems.join("\n") + text);
  const { clients, rest } = read.file;
  assertEquals(
    clients.map(({ identity, grants }) => [identity.name, plainGrants(grants)]),
    proposal.clients.map((client) => [client.name, granted(client)]),
  );
  assertEquals(plainGrants(rest), granted(proposal.rest));
  assertEquals([rest.deny, rest.allowSelf, rest.origins], [[], [], []]);
}

const CALLS: readonly Partial<Entry>[] = [
  plain("system.ping", "GET", "/_ping"),
  onContainer("container.restart", "shop-web-1", { n: 214, query: ["t"] }),
  onContainer("container.logs", "shop-db-1"),
  onContainer("container.rename", "shop-db-1"),
  onContainer("container.inspect", "gone", { status: 404 }),
  onContainer("container.delete", "web", {
    status: 403,
    code: "policy.not_granted",
  }),
  {
    ...creation("db", ["capabilities: [NET_ADMIN]", "oom: allow"]),
    client: "",
  },
];

Deno.test("the text is a policy file that grants what is proposed", () => {
  assertSame(
    propose(tallyOf(CALLS), { by: { key: "name" }, accepted: new Set() }),
  );
});

Deno.test("each line says why; what is set aside is a comment with its reason", () => {
  const text = textOf(
    propose(tallyOf(CALLS), { by: { key: "name" }, accepted: new Set() }),
  );
  for (
    const line of [
      "      - container.restart # 214 times, 1 of 1 run, last 2026-11-20, e.g. POST /containers/shop-web-1/x?t\n",
      "        - shop-db-1 # once, 1 of 1 run, last 2026-11-20, e.g. POST /containers/shop-db-1/x\n",
      "      #   - container.inspect # once",
      "      #       it failed: status 404\n",
      "      #   - container.delete # once",
      "      #       refused: no rule granted it (policy.not_granted)\n",
      "      #   - container.rename # once",
      "      #       can act as other clients and services: container.rename (takes a name",
    ]
  ) assertStringIncludes(text, line);
});

Deno.test("nothing that a client sent makes a rule, or keeps the file from being read", () => {
  const operations = [
    ["container.list", "GET"],
    ["container.restart", "POST"],
    ["container.create", "POST"],
    ["container.rename", "POST"],
    ["image.pull", "POST"],
    ["network.inspect", "GET"],
    ["later.call", "GET"],
    ["-", "GET"],
  ] as const;
  const text = fc.oneof(NASTY, fc.constantFrom("web", "a.b/c", "a:1"));
  const call = fc.record({
    operation: fc.constantFrom(...operations),
    client: fc.oneof(text, fc.constantFrom("", "ci", "default")),
    path: text,
    name: text,
    project: text,
    labels: fc.array(text, { maxLength: 3 }),
    query: fc.array(text, { maxLength: 3 }),
    needs: fc.array(
      fc.oneof(
        text,
        text.map((one) => `binds: [${JSON.stringify(`/${one}`)}]`),
        text.map((one) => `images: [${JSON.stringify(one)}]`),
        text.map((one) => `commands: ${one}`),
        fc.constantFrom("require: []", "privileged: allow"),
      ),
      { maxLength: 3 },
    ),
    image: text,
    agent: text,
    status: fc.constantFrom(200, 404),
    code: fc.oneof(text, fc.constantFrom("request.completed", "policy.scope")),
  }).map((one): Partial<Entry> => ({
    client: one.client,
    operation: one.operation[0],
    method: one.operation[1],
    path: one.path,
    query: one.query,
    object: {
      kind: /^[a-z]*/.exec(one.operation[0])![0],
      name: one.name,
      project: one.project,
      labels: one.labels,
    },
    body: { needs: one.needs, image: one.image },
    agent: one.agent,
    status: one.status,
    code: one.code,
  }));
  const by: fc.Arbitrary<By> = fc.constantFrom<By>(
    { key: "name" },
    { key: "project" },
    { key: "label", label: null },
  );
  fc.assert(
    fc.property(
      fc.array(call, { minLength: 1, maxLength: 6 }),
      by,
      fc.boolean(),
      (calls, by, accept) => {
        const accepted = new Set(
          accept ? operations.map(([name]) => name) : [],
        );
        assertSame(propose(tallyOf(calls), { by, accepted }));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("a client is identified as in the running policy, or by a placeholder", () => {
  const running = policyFile(`clients:
  a: { from: [{ service: web, cidr: 10.0.0.0/8 }, { label: "role=a # b" }] }
  b: { listen: "unix:///run/b.sock?mode=0600&group=7" }
  c: { from: { container: c }, listen: "tcp://127.0.0.1:1" }
`);
  const lines = identityLines(running.file, running.listeners);
  const text = ["a", "b", "c", "d"].map((name) =>
    `  ${name}:\n${lines(name).map((line) => `    ${line}\n`).join("")}`
  ).join("");
  const again = policyFile(`clients:\n${text}`);
  const known = again.file.clients.slice(0, 3);
  assertEquals(
    known.map(({ identity }) => identity),
    running.file.clients.map(({ identity }) => identity),
  );
  assertEquals(again.listeners.slice(0, 2), running.listeners);
  assertEquals(
    again.file.clients[3]!.identity.listen,
    ["unix:///run/sockwarden/d.sock"],
  );
  assert(text.includes("# A placeholder"));
});
