/** Filters that tell what is hidden. */

import { assertEquals } from "@std/assert";
import {
  findFilterProblem,
  tellingWords,
} from "../../../lib/guard/hide/filters.ts";
import { HIDE_NOTHING } from "../../../lib/guard/hide/words.ts";
import { only } from "./synthetic.ts";

function problem(word: string, operation: string, filters: unknown) {
  const text = encodeURIComponent(JSON.stringify(filters));
  return findFilterProblem(only(word), operation, `all=1&filters=${text}`);
}

Deno.test("a filter that compares what is hidden is refused", () => {
  for (
    const [word, operation, filters] of [
      ["args", "system.events", {
        event: ["health_status", "exec_create: mysql -p"],
      }],
      ["args", "system.events", { event: { "exec_create: a": true } }],
      ["args", "system.events", { event: { "exec_start: a": false } }],
      ["args", "system.events", { EVENT: ["exec_start: a"] }],
      ["args", "container.list", { command: ["^my"] }],
      ["mounts", "container.list", { volume: ["/srv/data"] }],
      ["mounts", "volume.list", { opt: ["device=/srv"] }],
    ] as const
  ) {
    assertEquals(typeof problem(word, operation, filters), "string", operation);
    assertEquals(tellingWords(operation).includes(word), true);
  }
});

Deno.test("what cannot be read is refused, since the engine may read it", () => {
  for (
    const query of [
      "filters={}&filters={}",
      "Filters={}",
      "filters=%zz",
      "filters={%22event%22:{%22a%22:true},%22event%22:{}}",
    ]
  ) {
    const found = findFilterProblem(only("args"), "system.events", query);
    assertEquals(typeof found, "string", query);
  }
});

Deno.test("filters of what is shown are sent", () => {
  for (
    const [word, operation, filters] of [
      ["args", "system.events", {
        event: ["exec_create", "start", "health_status: healthy"],
        container: ["a:b"],
      }],
      ["args", "container.list", { volume: ["/srv"], label: ["a=b"] }],
      ["mounts", "container.list", { volume: ["data"], command: ["a"] }],
      ["env", "system.events", { event: ["exec_create: a"] }],
      ["args", "image.list", { event: ["exec_create: a"] }],
    ] as const
  ) assertEquals(problem(word, operation, filters), null, operation);
  const all = { event: ["exec_create: a"] };
  const query = `filters=${JSON.stringify(all)}`;
  assertEquals(findFilterProblem(HIDE_NOTHING, "system.events", query), null);
  assertEquals(findFilterProblem(only("args"), "system.events", ""), null);
});

Deno.test("details of a log are refused where the environment is hidden", () => {
  const logs = (query: string, word = "env") =>
    findFilterProblem(only(word), "container.logs", `stdout=1&${query}`);
  for (
    const query of [
      ...[
        "details=1",
        "details=true",
        "details=+x",
        "%64etails=1",
        "Details=0",
      ],
      "details=0&details=1",
    ]
  ) assertEquals(typeof logs(query), "string", query);
  for (
    const query of ["details=0", "details=False", "details=+none+", "tail=1"]
  ) {
    assertEquals(logs(query), null, query);
  }
  assertEquals(logs("details=1", "args"), null);
  for (const operation of ["container.logs", "service.logs", "task.logs"]) {
    assertEquals(
      typeof findFilterProblem(only("env"), operation, "details=1"),
      "string",
    );
    assertEquals(tellingWords(operation), ["env"]);
  }
});
