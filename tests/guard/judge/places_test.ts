import { assertEquals } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import {
  judgePlaces,
  letBe,
  type Places,
  queryOf,
  valuesOf,
} from "../../../lib/guard/judge/places.ts";
import { collectorOf, factsOf, requestOf } from "./judging.ts";

function refused(body: JsonValue, places: Places): string[] {
  const collector = collectorOf();
  const request = requestOf(body, { operation: "volume.create" });
  judgePlaces({
    collector,
    request,
    facts: factsOf(),
    inspected: false,
    join: () => {},
  }, places);
  return collector.refused.map(({ knob, path, remedy }) =>
    `${knob} ${path}; ${remedy}`
  );
}

Deno.test("judgePlaces() refuses a field that has no judge", () => {
  assertEquals(refused({ Name: "a", Driver: "local" }, {}), [
    "guard Driver; guard: none",
  ]);
  assertEquals(refused({ Driver: "local" }, { Driver: letBe }), []);
});

Deno.test("judgePlaces() takes a place with a star for all below it, not for itself", () => {
  const body = { ClusterVolumeSpec: { AccessMode: { Scope: "single" } } };
  assertEquals(refused(body, { "ClusterVolumeSpec.*": letBe }), [
    "guard ClusterVolumeSpec; guard: none",
  ]);
});

Deno.test("queryOf() refuses a query that engines could read in other ways", () => {
  for (const query of ["Dir=a", "dir=%zz"]) {
    const collector = collectorOf();
    const request = { ...requestOf({}, { operation: "volume.create" }), query };
    const of = {
      collector,
      request,
      facts: factsOf(),
      inspected: false,
      join: () => {},
    };
    assertEquals(queryOf(of, ["dir"]), null);
    assertEquals(collector.refused.length, 1);
    assertEquals(valuesOf(query, "dir"), []);
  }
});
