/** The guard under which what was seen passes. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { knobsOf } from "../../lib/guard/rules.ts";
import { proposeGuard } from "../../lib/learn/propose_guard.ts";
import type { Entry } from "../../lib/learn/recording.ts";
import { createdIn } from "../../lib/learn/why.ts";
import { creation, onContainer, plain, tallyOf } from "./recordings.ts";

function guard(calls: readonly Partial<Entry>[], open: string[] = []) {
  const { kinds } = tallyOf(calls);
  return proposeGuard(kinds, createdIn(kinds), new Set(open));
}

function knobs(calls: readonly Partial<Entry>[]): unknown {
  const { guard: found } = guard(calls);
  return found === null ? null : [
    found.level,
    Object.fromEntries(found.knobs.map(({ name, items }) => [name, items])),
  ];
}

Deno.test("strict is enough where each call sets what it requires, with the images and lists that were seen", () => {
  assertEquals(knobs([creation("a", [])]), ["strict", {}]);
  assertEquals(
    knobs([
      creation("a", [
        "images: [postgres:17]",
        "ports: [127.0.0.1:8080]",
        "capabilities: [NET_BIND_SERVICE]",
        "networks: [shop_default]",
      ]),
      creation("b", ["images: [redis:7]"]),
    ]),
    ["strict", { images: ["postgres:17", "redis:7"] }],
  );
  // What strict does not ask for may be missing.
  assertEquals(
    knobs([
      creation("a", [
        "require: [memory, pids, user, read-only, no-new-privileges, drop-all]",
        "require: [memory, cpus, pids, user, no-new-privileges, drop-all]",
      ]),
    ]),
    ["strict", {}],
  );
});

Deno.test("standard with knobs where strict is too much: a list has what the level allows too", () => {
  assertEquals(
    knobs([
      creation("a", ["require: [pids, user, no-new-privileges, drop-all]"]),
    ]),
    ["standard", {}],
  );
  assertEquals(
    knobs([
      creation("a", [
        "default-network: allow",
        "images: [postgres:17]",
        "capabilities: [NET_ADMIN]",
        "capabilities: [CHOWN]",
        'binds: ["/srv/data:ro"]',
        "fields: [HostConfig.New]",
      ]),
    ]),
    ["standard", {
      binds: ["/srv/data:ro"],
      capabilities: [
        ...knobsOf("standard").get("capabilities")!.list,
        "NET_ADMIN",
      ].sort(),
      fields: ["HostConfig.New"],
    }],
  );
  assertEquals(knobs([creation("a", ["privileged: allow"])]), [
    "standard",
    { privileged: null },
  ]);
});

Deno.test("no guard is proposed for what none judges, or none lets pass", () => {
  assertEquals(
    knobs([plain("container.list", "GET", "/containers/json")]),
    null,
  );
  assertEquals(knobs([creation("a", ["guard: none"])]), null);
});

Deno.test("what was not recorded or cannot be written is told", () => {
  const says = (call: Partial<Entry>) => guard([call]).guard!.says.join();
  assertStringIncludes(
    says(creation("a", [], { body: undefined })),
    "was not recorded",
  );
  assertStringIncludes(
    says(creation("a", [], { body: { unread: "it is no JSON" } })),
    "could not be read (it is no JSON)",
  );
  assertStringIncludes(
    says(creation("a", ["later: allow"])),
    "'later: allow', which cannot be written",
  );
});

Deno.test("a container that the client did not create may be outside of the guard", () => {
  const start = (name: string) =>
    onContainer("container.start", name, {
      body: { needs: ["targets: allow"] },
    });
  const own = guard([creation("a", []), start("a")]);
  assertEquals([own.foreign.length, own.guard!.says], [0, []]);
  const foreign = guard([creation("a", []), start("b")]);
  assertEquals(foreign.foreign.length, 1);
  assertStringIncludes(
    foreign.guard!.says.join(),
    "container.start of b is refused where that container does not keep",
  );
  assertEquals(foreign.guard!.knobs, []);
  // Accepted by the user.
  const open = guard([creation("a", []), start("b")], ["container.start"]);
  assertEquals(open.guard!.knobs.map(({ name }) => name), ["targets"]);
  // What is judged by its target alone has no body.
  const restart = guard([
    creation("a", []),
    onContainer("container.restart", "b"),
  ]);
  assertEquals(restart.foreign.length, 1);
  assertEquals(restart.guard!.says.length, 1);
  // A log says nothing of it.
  assertEquals(guard([onContainer("container.start", "b")]).foreign.length, 1);
});

Deno.test("a container that keeps to standard is acted on under standard", () => {
  const start = onContainer("container.start", "web", {
    body: { needs: ["targets: allow"], standard: [] },
  });
  const found = guard([start]);
  assertEquals([found.foreign, found.guard!.level], [[], "standard"]);
  // What one call tells of a container holds for the others on it.
  const restart = onContainer("container.restart", "web");
  assertEquals(guard([start, restart]).foreign, []);
  assertEquals(
    guard([start, onContainer("container.restart", "db")]).foreign.length,
    1,
  );
});

Deno.test("at standard what was recorded for standard counts", () => {
  const create = creation("a", [], {
    body: {
      needs: ["require: []", "later: allow", "binds: [/srv]"],
      standard: ["binds: [/srv]"],
      image: "a:1",
    },
  });
  const { guard: found } = guard([create]);
  assertEquals([found!.level, found!.knobs.length, found!.says], [
    "standard",
    1,
    [],
  ]);
});
