/** Calls that make, name and move images. */

import { assertEquals } from "@std/assert";
import { judgeOther } from "../../../lib/guard/judge/other.ts";
import { collectorOf, factsOf } from "./judging.ts";

function pull(image: string): string[] {
  const collector = collectorOf();
  judgeOther(collector, {
    operation: "image.pull",
    parameters: [],
    query: `fromImage=${encodeURIComponent(image)}`,
    version: null,
    body: null,
  }, factsOf());
  return collector.refused.map(({ knob, path }) => `${knob} ${path}`);
}

Deno.test("an image is pulled from a registry, not from a file of the host", () => {
  for (const image of ["app", "docker:dind", "host:5000/dir/oci:1", "oci"]) {
    assertEquals(pull(image), [], image);
  }
  for (
    const image of [
      "docker-archive:/srv/a.tar",
      "dir:/etc",
      "oci:srv/a",
      "oci-archive:/a",
      "containers-storage:app",
      "docker-daemon:app:1",
      "docker://host/app",
    ]
  ) assertEquals(pull(image), ["guard fromImage"], image);
});
