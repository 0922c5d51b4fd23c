/** Requests under the ids of what was judged. */

import { assertEquals } from "@std/assert";
import { underIds } from "../../../lib/guard/judge/identified.ts";
import type { Described } from "../../../lib/guard/judge/request.ts";
import { factsOf } from "./judging.ts";

const A = "a".repeat(64);
const SWARM = "abcdefghij0123456789klmno";
const FACTS = {
  ...factsOf({
    containers: { web: { Id: A }, odd: { Id: "web" }, gone: null },
    networks: { back: { Id: A }, over: { Id: SWARM }, odd: { Id: "back" } },
  }),
  execs: new Map<string, Described>([["e", { ID: A }], ["odd", {}]]),
};

function named(operation: string, name: string, query = "") {
  const parameters = operation === "container.commit" ? [] : [name];
  return underIds(
    { operation, parameters, query, version: null, body: null },
    FACTS,
  );
}

Deno.test("underIds() puts the full id of a target, an exec or a network into the path", () => {
  for (
    const [operation, name, id] of [
      ["container.start", "web", A],
      ["container.exec.create", "web", A],
      ["container.archive.put", "web", A],
      ["libpod.container.attach", "web", A],
      ["exec.start", "e", A],
      ["network.connect", "back", A],
      ["network.connect", "over", SWARM],
    ] as const
  ) {
    const sent = { parameters: [id], query: "x=1" };
    assertEquals(named(operation, name, "x=1"), sent, operation);
  }
});

Deno.test("underIds() puts the container of a commit into its query", () => {
  assertEquals(named("container.commit", "", "repo=r&container=web&tag=t"), {
    parameters: [],
    query: `repo=r&tag=t&container=${A}`,
  });
  assertEquals(
    "problem" in named("container.commit", "", "container=web&container=web"),
    true,
  );
});

Deno.test("underIds() keeps the name of what is not there, or is no target", () => {
  assertEquals(named("container.start", "gone"), {
    parameters: ["gone"],
    query: "",
  });
  assertEquals(named("network.connect", "bridge"), {
    parameters: ["bridge"],
    query: "",
  });
  assertEquals(named("container.update", "web"), {
    parameters: ["web"],
    query: "",
  });
});

Deno.test("underIds() refuses what is described without a full id", () => {
  for (
    const [operation, name] of [
      ["container.start", "odd"],
      ["exec.start", "odd"],
      ["network.connect", "odd"],
    ] as const
  ) assertEquals("problem" in named(operation, name), true, operation);
});
