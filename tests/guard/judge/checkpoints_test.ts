/** The folders and names of checkpoints. */

import { assertEquals } from "@std/assert";
import { judgeOther } from "../../../lib/guard/judge/other.ts";
import { type Case, collectorOf, factsOf } from "./judging.ts";

function start(query: string, knobs: Case["knobs"] = {}): string[] {
  const of: Case = {
    knobs,
    containers: {
      web: { Config: { Image: "app" }, HostConfig: {}, Mounts: [] },
    },
  };
  const collector = collectorOf(of);
  judgeOther(collector, {
    operation: "container.start",
    parameters: ["web"],
    query,
    version: null,
    body: null,
  }, factsOf(of));
  return collector.refused.map(({ knob, path }) => `${knob} ${path}`);
}

Deno.test("a checkpoint is named, and its name is no path", () => {
  assertEquals(start(""), []);
  assertEquals(start("checkpoint=one.2"), []);
  for (const name of ["..%2F..%2Fx", "..", "%2Fetc", "a%2Fb", "a%00"]) {
    assertEquals(start(`checkpoint=${name}`), ["guard checkpoint"], name);
  }
});

Deno.test("a checkpoint of the host's folder chooses the rights of its processes", () => {
  const query = "checkpoint=a&checkpoint-dir=/srv/data";
  const binds = ["/srv/data"];
  assertEquals(start(query, { binds }), ["privileged checkpoint-dir"]);
  assertEquals(start(query, { binds, privileged: "allow" }), []);
});
