/** Builds by the classic builder. */

import { assertEquals } from "@std/assert";
import { judgeOther } from "../../../lib/guard/judge/other.ts";
import { collectorOf, factsOf } from "./judging.ts";

function build(query: string): string[] {
  const collector = collectorOf();
  judgeOther(collector, {
    operation: "image.build",
    parameters: [],
    query,
    version: null,
    body: null,
  }, factsOf());
  return collector.refused.map(({ knob, path }) => `${knob} ${path}`);
}

Deno.test("a Dockerfile is one file of the context", () => {
  for (const file of ["", "Dockerfile", "a/b..c", "nulls", "./x"]) {
    assertEquals(build(`dockerfile=${encodeURIComponent(file)}`), [], file);
  }
  for (
    const file of [
      "../../etc/shadow",
      "a/../../b",
      "..",
      '["a"]',
      " []",
      "/Dockerfile",
      "//x",
      "null",
      " null ",
    ]
  ) {
    assertEquals(
      build(`dockerfile=${encodeURIComponent(file)}`),
      ["guard dockerfile"],
      file,
    );
  }
  assertEquals(
    build("dockerfile=http%3A%2F%2Fx%2FDockerfile"),
    ["remote-context dockerfile"],
  );
});
