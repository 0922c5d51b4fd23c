/** Recordings under another policy. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import { propose } from "../../lib/learn/propose.ts";
import { grantsOf } from "../../lib/learn/proposed_rights.ts";
import type { By } from "../../lib/learn/proposal.ts";
import { readRecording } from "../../lib/learn/read_recording.ts";
import { replay } from "../../lib/learn/replay.ts";
import type { Entry } from "../../lib/learn/recording.ts";
import { createTally } from "../../lib/learn/tally.ts";
import { compile, type Policy } from "../../lib/policy/compile.ts";
import { grants } from "../support/grants.ts";
import { policyFile } from "../support/policy.ts";
import {
  creation,
  networks,
  onContainer,
  plain,
  recordingText,
  tallyOf,
  volumes,
} from "./recordings.ts";

Deno.test("each operation is refused where it is not granted, and allowed where it is", () => {
  const all = compile(grants({}, { allow: ["*"] }));
  const none = compile({ ...grants({}), defaultSwitches: false });
  for (const { name, routes: [route] } of OPERATIONS) {
    const call = plain(name, route!.method, "/cut/path", { client: "" });
    const under = (policy: Policy) =>
      replay(policy, tallyOf([call]))[0]!.verdict;
    assertEquals(under(all), { kind: "allowed" }, name);
    assertEquals(under(none).kind, "refused", name);
  }
});

Deno.test("the rule that refuses is named, for the client that called", () => {
  const { file } = policyFile(
    "clients: { ci: { from: { host: ci }, allow: [container.list], deny: [system.ping] } }",
  );
  const policy = compile(grants({}), file);
  const verdicts = replay(
    policy,
    tallyOf([
      plain("container.list", "GET", "/containers/json"),
      plain("system.ping", "GET", "/_ping"),
      plain("container.list", "GET", "/containers/json", { client: "gone" }),
      plain("-", "GET", "/new/route"),
      plain("later.call", "GET", "/x"),
      plain("system.ping", "GET", "/_ping/%2e", {
        status: 400,
        code: "http.bad_target",
      }),
    ]),
  ).map(({ call, verdict }) => [call.client, call.operation, verdict]);
  assertEquals(verdicts, [
    ["ci", "-", { kind: "refused", by: "", why: "policy.unknown_operation" }],
    ["ci", "container.list", { kind: "allowed" }],
    ["ci", "later.call", {
      kind: "undecided",
      why: "this version does not know later.call",
    }],
    ["ci", "system.ping", {
      kind: "refused",
      by: "policy.yaml:1:70 system.ping",
      why: "policy.denied",
    }],
    ["gone", "container.list", {
      kind: "refused",
      by: "",
      why: "policy.not_granted",
    }],
  ]);
});

Deno.test("a container keeps to the guard where all its creations are allowed, and only for who created it", () => {
  const under = (...calls: Partial<Entry>[]) =>
    replay(
      compile(
        { ...grants({}, { allow: ["container.*"] }) },
        policyFile(
          "default: { allow: [container.*], guard: { binds: /srv/data } }",
        ).file,
      ),
      tallyOf(calls),
    ).find(({ call }) => call.operation === "container.restart")!.verdict.kind;
  const restart = onContainer("container.restart", "db", { client: "" });
  const create = (...needs: string[]) => creation("db", needs, { client: "" });
  assertEquals(under(restart), "undecided");
  assertEquals(under(restart, create("binds: [/srv/data]")), "allowed");
  assertEquals(under(restart, create("binds: [/etc]")), "undecided");
  assertEquals(
    under(restart, create("binds: [/srv/data]"), create("binds: [/etc]")),
    "undecided",
  );
  assertEquals(
    under(restart, { ...create("binds: [/srv/data]"), client: "ci" }),
    "undecided",
  );
});

/** What a program could do: names and needs that each run draws from. */
const PROGRAM: readonly Partial<Entry>[] = [
  plain("system.ping", "GET", "/_ping"),
  plain("system.version", "GET", "/version"),
  plain("container.list", "GET", "/containers/json", { query: ["all=1"] }),
  plain("system.events", "GET", "/events", { query: ["filters.type"] }),
  plain("image.pull", "POST", "/images/create", {
    query: ["fromImage", "tag"],
    object: { kind: "image", name: "postgres:17" },
    body: { needs: ["registries: [docker.io]"] },
  }),
  creation("db", [
    "images: [postgres:17]",
    "require: [memory, pids, user]",
  ], { joins: [...networks("shop"), ...volumes("data")] }),
  creation("tmp", ["default-network: allow", "images: [postgres:17]"], {
    joins: [],
  }),
  onContainer("container.restart", "web"),
  onContainer("container.logs", "web", { query: ["follow=1"] }),
  onContainer("container.inspect", "db"),
  onContainer("container.stop", "db"),
  plain("network.inspect", "GET", "/networks/shop", {
    object: { kind: "network", name: "shop" },
  }),
  plain("volume.inspect", "GET", "/volumes/data", {
    object: { kind: "volume", name: "data" },
  }),
];

Deno.test("learned from all runs but one, the remaining run replays without a refusal, and no operation more is granted", () => {
  const run = fc.array(fc.constantFrom(...PROGRAM), {
    minLength: 1,
    maxLength: 12,
  });
  const by = fc.constantFrom<By>({ key: "name" }, { key: "project" });
  fc.assert(
    fc.property(
      fc.array(run, { minLength: 2, maxLength: 4 }),
      by,
      (runs, by) => {
        const texts = runs.map((calls, at) =>
          recordingText(
            {
              run: `${at}`.padStart(32, "0"),
              // A program does the same in each run; what it does last differs.
            },
            [...PROGRAM.slice(0, 3), ...calls].map((call) => ({
              client: "",
              ...call,
            })),
          )
        );
        for (const left of runs.keys()) {
          const learned = createTally();
          for (const [at, text] of texts.entries()) {
            if (at !== left) readRecording("r", text, learned.take);
          }
          const others = new Set(
            runs.filter((_, at) => at !== left).flat().concat(
              PROGRAM.slice(0, 3),
            ),
          );
          // What only this run does cannot be learned from the others.
          const same = runs[left]!.filter((call) => others.has(call));
          const { rest } = propose(learned.result(), {
            by,
            accepted: new Set(),
          });
          const policy = compile(
            grantsOf(
              rest.allow.map(({ rule }) => rule),
              rest.scopes,
              rest.guard,
            ),
          );
          const again = replay(
            policy,
            tallyOf(same.map((call) => ({ client: "", ...call }))),
          );
          assertEquals(
            again.filter(({ verdict }) => verdict.kind === "refused"),
            [],
          );
          const used = new Set([...others].map(({ operation }) => operation));
          const granted = [...policy.rest.verdicts.values()]
            .filter(({ allowed }) => allowed).map(({ operation }) =>
              operation.name
            );
          assertEquals(new Set(granted), used);
        }
      },
    ),
    { numRuns: 60 },
  );
});
