/** The scope that covers what was seen. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { By, ProposedScope } from "../../lib/learn/proposal.ts";
import { proposeScopes } from "../../lib/learn/propose_scope.ts";
import { readRecording } from "../../lib/learn/read_recording.ts";
import type { Entry, RecordedObject } from "../../lib/learn/recording.ts";
import { createTally } from "../../lib/learn/tally.ts";
import {
  creation,
  networks,
  onContainer,
  plain,
  recordingText,
  runStart,
  tallyOf,
  volumes,
} from "./recordings.ts";

const NAME: By = { key: "name" };

function scopes(
  calls: readonly Partial<Entry>[],
  by: By = NAME,
  paths: readonly string[] = [],
): Map<string, ProposedScope> {
  const found = proposeScopes(by, tallyOf(calls).kinds, paths);
  return new Map(found.map((one) => [one.kind, one]));
}

function texts(one: ProposedScope | undefined): unknown {
  const value = one?.value;
  if (value === null || value === undefined || value === "any") return value;
  return value.key === "images"
    ? [value.use.map(({ text }) => text), value.change.map(({ text }) => text)]
    : value.terms.map(({ text }) => text);
}

const web = (over: Partial<Entry> = {}) =>
  onContainer("container.logs", "web", {
    object: {
      kind: "container",
      name: "web",
      project: "shop",
      labels: ["env=prod", "team=shop"],
    },
    ...over,
  });
const db = onContainer("container.stop", "db", {
  object: {
    kind: "container",
    name: "db",
    project: "shop",
    labels: ["env=prod", "team=data"],
  },
});

Deno.test("by name the scope has each name that was reached, and no pattern", () => {
  const found = scopes([web(), db, web({ n: 4 })]);
  assertEquals([...found.keys()], ["containers"]);
  assertEquals(texts(found.get("containers")), ["db", "web"]);
  const { value } = found.get("containers")!;
  if (value === null || value === "any" || value.key === "images") throw value;
  assertEquals(value.terms.map(({ why }) => why.n), [1, 5]);
});

Deno.test("by project and by label it has their values", () => {
  const found = (by: By) => texts(scopes([web(), db], by).get("containers"));
  assertEquals(found({ key: "project" }), ["shop"]);
  assertEquals(found({ key: "label", label: "team" }), [
    "team=data",
    "team=shop",
  ]);
  // Of the labels that all have, the one with the fewest values.
  assertEquals(found({ key: "label", label: null }), ["env=prod"]);
});

Deno.test("where objects differ in having the key, there is no scope and a sentence", () => {
  const bare = onContainer("container.stop", "bare");
  for (
    const [by, words] of [
      [{ key: "project" }, "'bare' has no project"],
      [{ key: "label", label: "env" }, "'bare' has no label env"],
      [{ key: "label", label: null }, "no label that all of them have"],
    ] as const
  ) {
    const one = scopes([web(), bare], by).get("containers")!;
    assertEquals(one.value, null);
    assertStringIncludes(one.says.join(), words);
  }
});

Deno.test("where a name is not known, or is none that a scope can hold, there is no scope", () => {
  for (const name of ["", "a*", "-a", "a b", "a\nb", "\ue000"]) {
    const one = scopes([web(), onContainer("container.stop", name)])
      .get("containers")!;
    assertEquals(one.value, null, name);
    assertEquals(one.says.length, 1);
  }
  const missing = onContainer("container.stop", "web", { object: undefined });
  assertEquals(scopes([web(), missing]).get("containers")!.value, null);
});

Deno.test("an operation that cannot be held leaves the kind without a scope", () => {
  const df = plain("system.df", "GET", "/system/df");
  const one = scopes([web(), df]).get("containers")!;
  assertEquals(one.value, null);
  assertStringIncludes(one.says.join(), "system.df cannot be held to a scope");
  // Nothing is said of kinds of which nothing was reached.
  assertEquals([...scopes([web(), df]).keys()], ["containers"]);
  assertEquals(scopes([df]).size, 0);
  assertEquals(
    scopes([web()], NAME, ["GET /new"]).get("containers")!.value,
    null,
  );
});

Deno.test("names that a rename gives are not recorded: by name there is no scope", () => {
  const rename = onContainer("container.rename", "web", {
    object: { kind: "container", name: "web", project: "shop" },
  });
  assertEquals(scopes([web(), rename]).get("containers")!.value, null);
  assertEquals(
    texts(scopes([web(), rename], { key: "project" }).get("containers")),
    ["shop"],
  );
});

Deno.test("a creation names its network, volume and image", () => {
  const found = scopes([
    creation("db", [], {
      joins: [...networks("shop_default"), ...volumes("data")],
    }),
    creation("tmp", [], { joins: [] }),
  ]);
  assertEquals(texts(found.get("containers")), ["db", "tmp"]);
  assertEquals(texts(found.get("networks")), ["shop_default"]);
  assertEquals(texts(found.get("volumes")), ["data"]);
  assertEquals(texts(found.get("images")), [["postgres:17"], []]);
});

Deno.test("what a creation joins is in the scope by the key that was chosen", () => {
  const joins = [{ ...networks("shop_default")[0]!, project: "shop" }];
  const object = { kind: "container", name: "db", project: "shop" };
  const create = creation("db", [], { object, joins });
  const found = scopes([create], { key: "project" });
  assertEquals(texts(found.get("networks")), ["shop"]);
  // A volume that is made with the container has no project.
  const more = { ...create, joins: [...joins, ...volumes("data")] };
  const other = scopes([more], { key: "project" }).get("volumes")!;
  assertEquals(other.value, "any");
  assertStringIncludes(other.says.join(), "'data' has no project");
});

Deno.test("a kind that a creation joins, and of which nothing is known, is open beside the scope", () => {
  const { value, says } = scopes([creation("db", [])]).get("networks")!;
  assertEquals(value, "any");
  assertStringIncludes(says.join(), "container.create would be refused");
  assertEquals(scopes([creation("db", [])]).get("volumes")!.value, "any");
  const unnamed = creation("db", [], { joins: volumes("") });
  assertEquals(scopes([unnamed]).get("volumes")!.value, "any");
  // What the engine has called by an id is another one after the next start.
  const made = creation("db", [], { joins: volumes("a".repeat(64)) });
  assertEquals(scopes([made]).get("volumes")!.value, "any");
});

Deno.test("what a call connects to a network is in the scope of containers", () => {
  const connect = plain("network.connect", "POST", "/networks/shop/connect", {
    object: networks("shop")[0]!,
  });
  const joins = [{ kind: "container", name: "web" }];
  const found = scopes([{ ...connect, joins }]);
  assertEquals(texts(found.get("containers")), ["web"]);
  assertEquals(texts(found.get("networks")), ["shop"]);
});

Deno.test("what a started container joins is known where it was recorded, or created in the recording", () => {
  const calls = [
    creation("db", [], { joins: networks("shop_default") }),
    onContainer("container.start", "db"),
  ];
  assertEquals(texts(scopes(calls).get("networks")), ["shop_default"]);
  const old = onContainer("container.start", "old");
  assertEquals(scopes([...calls, old]).get("networks")!.value, "any");
  const known = { ...old, joins: networks("back") };
  assertEquals(texts(scopes([...calls, known]).get("networks")), [
    "back",
    "shop_default",
  ]);
});

Deno.test("a prune is held to one label or project, never to names", () => {
  const prune = plain("container.prune", "POST", "/containers/prune");
  const found = (by: By, ...calls: Partial<Entry>[]) =>
    scopes([...calls, prune], by).get("containers")!.value;
  assertEquals(found(NAME, web()), null);
  assertEquals(found({ key: "label", label: "team" }, web(), db), null);
  assertEquals(
    texts(scopes([web(), db, prune], { key: "project" }).get("containers")),
    ["shop"],
  );
});

Deno.test("images are held by name with what is done with them; an id or all tags are not guessed", () => {
  const image = (
    operation: string,
    name: string,
    query = ["fromImage"],
  ): Partial<Entry> =>
    plain(operation, "POST", "/images/x", {
      query,
      object: { kind: "image", name },
    });
  const found = scopes([
    image("image.pull", "redis:7"),
    image("image.inspect", "redis"),
    image("image.delete", "old:1"),
  ], { key: "project" }).get("images");
  assertEquals(texts(found), [["redis", "redis:7"], ["old:1"]]);
  for (
    const call of [
      image("image.pull", "redis"),
      image("image.inspect", "deadbeef"),
      image("image.inspect", ""),
      image("image.inspect", "redis@sha256:00"),
      image("image.inspect", "red*"),
      image("image.tag", "redis:7"),
    ]
  ) {
    const one = scopes([image("image.inspect", "a:1"), call]).get("images")!;
    assertEquals(one.value, null, JSON.stringify(call));
  }
});

Deno.test("too many names are no scope", () => {
  const many = Array.from(
    { length: 201 },
    (_, i) => onContainer("container.stop", `c${i}`),
  );
  const one = scopes(many).get("containers")!;
  assertEquals(one.value, null);
  assertStringIncludes(one.says.join(), "201 of them");
});

Deno.test("a container that was created in one of several runs is told, since its name may change", () => {
  const joins: RecordedObject[] = [];
  const start = runStart();
  const other = { ...start, run: "f".repeat(32) };
  const tally = createTally();
  for (
    const [run, job] of [[start, "job-1a"], [other, "job-2b"]] as const
  ) {
    const text = recordingText(run, [
      creation("db", [], { joins }),
      creation(job, [], { joins }),
      onContainer("container.restart", "seen-once-but-not-created"),
    ]);
    readRecording("r", text, tally.take);
  }
  const saidBy = (by: By) =>
    proposeScopes(by, tally.result().kinds)
      .find(({ kind }) => kind === "containers")!.says.join();
  const said = saidBy(NAME);
  assertStringIncludes(said, "'job-1a', 'job-2b': created in one of 2 runs");
  assert(!said.includes("'db'") && !said.includes("seen-once"), said);
  assert(!saidBy({ key: "project" }).includes("created in one"));
});
