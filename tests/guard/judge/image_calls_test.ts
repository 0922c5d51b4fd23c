import { assertEquals } from "@std/assert";
import {
  judgeGivenName,
  registryOf,
} from "../../../lib/guard/judge/image_calls.ts";
import { judgeOther } from "../../../lib/guard/judge/other.ts";
import { collectorOf, factsOf } from "./judging.ts";

Deno.test("registryOf() finds the registry as the engine does", () => {
  const found = [
    "app",
    "app:1",
    "user/app",
    "docker.io/app",
    "index.docker.io/user/app",
    "localhost/app",
    "host:5000/app",
    "ghcr.io/a/b@sha256:00",
    "Upper/app",
    "local/app.v1",
  ].map(registryOf);
  assertEquals(found, [
    "docker.io",
    "docker.io",
    "docker.io",
    "docker.io",
    "docker.io",
    "localhost",
    "host:5000",
    "ghcr.io",
    "Upper",
    "docker.io",
  ]);
});

Deno.test("judgeGivenName() refuses a name that the list of images trusts, in each spelling", () => {
  const refused = (name: string, tag = "") => {
    const collector = collectorOf({
      knobs: { images: ["app:1", "ghcr.io/a/*:*"] },
    });
    judgeGivenName(collector, "repo", name, tag);
    return collector.refused.length;
  };
  assertEquals(
    [
      refused("app:1"),
      refused("app", "1"),
      refused("docker.io/library/app", "1"),
      refused("app:2", "1"),
      refused("ghcr.io/a/b"),
    ],
    [1, 1, 1, 1, 1],
  );
  assertEquals(
    [refused(""), refused("app"), refused("app", "2"), refused("ghcr.io/b/a")],
    [0, 0, 0, 0],
  );
});

Deno.test("judgeGivenName() finds nothing where all images are allowed", () => {
  const collector = collectorOf();
  judgeGivenName(collector, "repo", "app", "1");
  assertEquals([collector.refused, collector.warned], [[], []]);
});

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
