/** The containers that requests act on. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { judgeOther, otherNeeds } from "../../../lib/guard/judge/other.ts";
import { collectorOf, factsOf, host, judged } from "./judging.ts";

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

/** What a creation and an attach say of `web`, which joins `db`, which joins `root`. */
function saidOf(db: Readonly<Record<string, string>>): string[][] {
  const containers = {
    web: { ...plain, HostConfig: { PidMode: "container:db" } },
    db: { ...plain, HostConfig: db },
  };
  const facts = factsOf({ containers });
  return [
    judged(host({ PidMode: "container:web" }), { containers }),
    judgedTarget(facts),
  ].map(({ refused }) => refused.map(({ what }) => what));
}

function judgedTarget(facts: ReturnType<typeof factsOf>) {
  const collector = collectorOf();
  judgeOther(collector, REQUEST, facts);
  return collector;
}

Deno.test("what a target joins is followed, and what a joined container joins is refused", () => {
  const [created, acted] = saidOf({});
  assertEquals(created?.length, 1);
  assertStringIncludes(created![0]!, "joins the container 'db' in turn");
  assertEquals(acted, []);
});

Deno.test("a target that joins one which joins in turn is outside of the guard", () => {
  const [, acted] = saidOf({ IpcMode: "container:root" });
  assertEquals(acted?.length, 1);
  assertStringIncludes(acted![0]!, "joins the container 'root' in turn");
});

Deno.test("a description that cannot be read says the same of a target and of a joined container", () => {
  const odd = { Config: { Image: 1 }, HostConfig: {}, Mounts: [] };
  const facts = factsOf({ containers: { web: odd } });
  const joining = judged(host({ PidMode: "container:web" }), {
    containers: { web: odd },
  });
  for (const { refused } of [judgedTarget(facts), joining]) {
    assertStringIncludes(refused[0]!.what, "cannot be judged: its description");
  }
});
