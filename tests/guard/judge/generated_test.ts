import { assert } from "@std/assert";
import {
  containerNeeds,
  judgeContainer,
  judgeUnknown,
} from "../../../lib/guard/judge/container.ts";
import { KNOB_ROWS } from "../../../lib/guard/knobs.ts";
import { readBody } from "../../../lib/guard/schema/read.ts";
import { bodies } from "../schema/bodies.ts";
import { collectorOf, factsOf } from "./judging.ts";

const COUNT = 2000;

Deno.test("generated bodies of containers are judged, by knobs that exist", () => {
  const seen = new Set<string>();
  let judged = 0;
  for (const { operation, bytes } of bodies(1)) {
    if (operation !== "container.create" && operation !== "container.update") {
      continue;
    }
    const body = readBody(operation, bytes);
    if ("problem" in body) continue;
    const request = {
      operation,
      parameters: [],
      query: "",
      version: 139,
      body,
    };
    containerNeeds(request);
    for (const inspected of [false, true]) {
      const collector = collectorOf({
        level: "strict",
        knobs: { healthcheck: "deny", "shm-max": "1m", "pids-max": "5" },
      });
      judgeUnknown(collector, body);
      judgeContainer(collector, request, factsOf(), inspected);
      for (const { knob } of collector.refused) seen.add(knob);
    }
    if (++judged === COUNT) break;
  }
  for (const knob of seen) assert(KNOB_ROWS.has(knob) || knob === "fields");
  // Most knobs of strict find something in them.
  assert(seen.size > 25, [...seen].join(" "));
});
