/** The containers that requests act on. */

import { assertEquals } from "@std/assert";
import { judgeOther, otherNeeds } from "../../../lib/guard/judge/other.ts";
import { collectorOf, factsOf } from "./judging.ts";

const REQUEST = {
  operation: "container.attach",
  parameters: ["web"],
  query: "",
  version: null,
  body: null,
};
const plain = { Config: { Image: "app" }, HostConfig: {}, Mounts: [] };
const mounts = [{ Type: "volume", Name: "trap", Source: "/x", RW: true }];
const trap = { Driver: "local", Options: { device: "/etc" } };

Deno.test("a volume that a target mounts from a container that is gone is looked up and judged", () => {
  const web = { ...plain, Mounts: mounts };
  assertEquals(otherNeeds(REQUEST, factsOf({ containers: { web } })).volumes, [
    "trap",
  ]);
  const of = (volume: typeof trap | null) => {
    const collector = collectorOf();
    const volumes = { trap: volume };
    judgeOther(
      collector,
      REQUEST,
      factsOf({ containers: { web }, volumes }),
    );
    return collector.refused.map(({ knob }) => knob);
  };
  assertEquals(of(trap), ["targets"]);
  assertEquals(of(null), []);
});

Deno.test("a volume without a name of its own is judged by its options, not by a list of names", () => {
  const name = "a".repeat(64);
  const web = { ...plain, Mounts: [{ ...mounts[0]!, Name: name }] };
  const of = (volume: typeof trap | null) => {
    const knobs = { volumes: ["data"] };
    const collector = collectorOf({ knobs });
    const volumes = { [name]: volume };
    judgeOther(collector, REQUEST, factsOf({ containers: { web }, volumes }));
    return collector.refused.map(({ knob }) => knob);
  };
  assertEquals(of(null), []);
  assertEquals(of(trap), ["targets"]);
});

Deno.test("the volumes of a container that a target joins are looked up", () => {
  const web = { ...plain, HostConfig: { NetworkMode: "container:db" } };
  const db = { ...plain, HostConfig: { Binds: ["trap:/data"] } };
  const needs = otherNeeds(REQUEST, factsOf({ containers: { web, db } }));
  assertEquals([...new Set(needs.containers)], ["web", "db"]);
  assertEquals(needs.volumes, ["trap"]);
});
