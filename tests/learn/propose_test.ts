/** What is proposed, and what is set aside. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { propose } from "../../lib/learn/propose.ts";
import type { Entry } from "../../lib/learn/recording.ts";
import { escalationsOf } from "../../lib/policy/escalations.ts";
import { rightsOfProposal } from "../../lib/learn/proposed_rights.ts";
import { ESCALATION_RULES } from "../../lib/policy/escalations.ts";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import { creation, onContainer, plain, tallyOf } from "./recordings.ts";

function proposed(calls: readonly Partial<Entry>[], ...accepted: string[]) {
  return propose(
    tallyOf(calls.map((call) => ({ client: "", ...call }))),
    { by: { key: "name" }, accepted: new Set(accepted) },
  ).rest;
}

function rules(calls: readonly Partial<Entry>[], ...accepted: string[]) {
  return proposed(calls, ...accepted).allow.map(({ rule }) => rule);
}

const ping = plain("system.ping", "GET", "/_ping");
const list = plain("container.list", "GET", "/containers/json");
const restart = onContainer("container.restart", "web", {
  body: { needs: ["targets: allow"] },
});
const exec = [
  onContainer("container.exec.create", "web", {
    body: { needs: ["targets: allow"] },
  }),
  plain("exec.start", "POST", "/exec/x/start", {
    status: 101,
    object: { kind: "container", name: "web" },
    body: { needs: ["targets: allow"] },
  }),
];

Deno.test("exactly the operations that were served are proposed, a restart with its note", () => {
  const { allow, guard, aside } = proposed([restart, list, ping, restart]);
  assertEquals(allow.map(({ rule }) => rule), [
    "system.ping",
    "container.list",
    "container.restart",
  ]);
  assertEquals(allow.map(({ why }) => why.n), [1, 1, 2]);
  assertStringIncludes(allow[2]!.note, "can stop the work of others");
  assertEquals([guard, aside], [null, []]);
});

Deno.test("calls that failed and calls that were refused are set aside, unless they also succeeded", () => {
  const inspect = onContainer("container.inspect", "x", { status: 404 });
  const refused = onContainer("container.delete", "x", {
    status: 403,
    code: "policy.not_granted",
  });
  const { allow, aside } = proposed([
    ping,
    inspect,
    refused,
    { ...restart, status: 409 },
    restart,
  ]);
  assertEquals(allow.map(({ rule }) => rule), [
    "system.ping",
    "container.restart",
  ]);
  assertEquals(aside.map(({ rule, reason, note }) => [rule, reason, note]), [
    ["container.inspect", "failed", "it failed: status 404"],
    [
      "container.delete",
      "refused",
      "refused: no rule granted it (policy.not_granted)",
    ],
  ]);
});

Deno.test("a call that was refused is not told once the same call was served", () => {
  const refused = { status: 403, code: "policy.not_granted" };
  const { allow, aside } = proposed([
    { ...restart, ...refused },
    restart,
    onContainer("container.restart", "other", refused),
    onContainer("container.delete", "old", refused),
  ]);
  assertEquals(allow.map(({ rule }) => rule), ["container.restart"]);
  // On another object it stays refused under the scope that is proposed.
  assertEquals(aside.map(({ rule, why }) => [rule, why.example]), [
    ["container.delete", "POST /containers/old/x"],
    ["container.restart", "POST /containers/other/x"],
  ]);
});

Deno.test("what gives root, code or another client's rights is set aside with the sentence of check", () => {
  const { allow, aside } = proposed([
    ping,
    ...exec,
    onContainer("container.rename", "web"),
  ]);
  assertEquals(allow.map(({ rule }) => rule), ["system.ping"]);
  assertEquals(aside.map(({ rule, reason }) => [rule, reason]), [
    ["container.exec.create", "risk"],
    ["container.rename", "risk"],
    ["exec.start", "risk"],
  ]);
  const bare = rightsOfProposal(["container.rename"], [], null);
  assert(
    escalationsOf(bare).some(({ sentence }) =>
      sentence === aside.find(({ rule }) => rule === "container.rename")!.note
    ),
  );
});

Deno.test("no grave operation is proposed without a guard that keeps it off the host, whatever it is", () => {
  const grave = new Set(
    ESCALATION_RULES.filter(({ severity, own, needs }) =>
      !own && needs.length === 1 &&
      ["root", "code", "clients"].includes(severity)
    ).flatMap(({ needs }) => needs.flat()),
  );
  for (const { name } of OPERATIONS) {
    const { allow, guard } = proposed([plain(name, "POST", "/x")]);
    if (!grave.has(name)) continue;
    if (allow.length > 0) assert(guard !== null, name);
    else assertEquals(rules([plain(name, "POST", "/x")], name), [name]);
  }
});

Deno.test("a creation is proposed with the guard that keeps it off the host", () => {
  const { allow, guard, scopes } = proposed([
    creation("db", ["networks: [shop]"]),
    onContainer("container.start", "db", {
      body: { needs: ["targets: allow"] },
    }),
  ]);
  assertEquals(allow.map(({ rule }) => rule), [
    "container.create",
    "container.start",
  ]);
  assertEquals(guard!.level, "strict");
  assertStringIncludes(allow[0]!.note, "only what keeps to the guard below");
  assert(scopes.length > 0);
});

Deno.test("a creation that needs the host is set aside, and opens the guard for no other", () => {
  const calls = [
    creation("db", ["binds: [/srv/data]"]),
    plain("volume.create", "POST", "/volumes/create", {
      object: { kind: "volume", name: "data" },
      body: { needs: [] },
    }),
  ];
  assertEquals(rules(calls), ["volume.create"]);
  const accepted = proposed(calls, "container.create");
  assertEquals(accepted.allow.map(({ rule }) => rule), ["container.create"]);
  assertEquals(accepted.guard!.knobs.map(({ name, items }) => [name, items]), [
    ["binds", ["/srv/data"]],
  ]);
  assertStringIncludes(accepted.allow[0]!.note, "accepted: can become root");
});

Deno.test("an unknown route is proposed only where it is accepted", () => {
  const call = plain("-", "GET", "/v1.50/new/0123456789ab/route");
  const { allow, aside } = proposed([call]);
  assertEquals([allow, aside[0]!.rule], [[], "GET /new/*/route"]);
  assertEquals(rules([call], "GET /new/*/route"), ["GET /new/*/route"]);
  const impossible = proposed([plain("-", "GET", "/a b")]).aside[0]!;
  assertEquals(impossible.reason, "unknown");
  const later = proposed([plain("later.call", "GET", "/later")]);
  assertEquals([later.allow, later.aside[0]!.reason], [[], "unknown"]);
});

Deno.test("each client has its own proposal; names that no file can have are told", () => {
  const { clients, rest, says } = propose(
    tallyOf([
      { ...ping, client: "ci" },
      { ...list, client: "" },
      { ...ping, client: "default" },
      { ...ping, client: "a b" },
    ]),
    { by: { key: "name" }, accepted: new Set() },
  );
  assertEquals(clients.map(({ name }) => name), ["ci"]);
  assertEquals(rest.allow.map(({ rule }) => rule), [
    "system.ping",
    "container.list",
  ]);
  assertStringIncludes(says.join(), "'a b'");
});

Deno.test("with the grants enforced it says how many rounds it took, and whether another is needed", () => {
  const says = (...calls: Partial<Entry>[]) =>
    propose(tallyOf(calls), { by: { key: "name" }, accepted: new Set() }).says
      .join();
  assertStringIncludes(says(ping), "1 round with the grants enforced: nothing");
  assertStringIncludes(
    says({ ...restart, status: 403, code: "policy.not_granted" }),
    "record another round",
  );
});
