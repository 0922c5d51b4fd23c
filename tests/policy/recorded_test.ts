/** What of a request is read to record it. */

import { assertEquals } from "@std/assert";
import { recordedOf } from "../../lib/policy/recorded.ts";

Deno.test("what is judged, or joins objects by its body, is read; what names an object by its path is looked at", () => {
  for (
    const [name, reads] of [
      ["container.create", "body"],
      ["network.disconnect", "body"],
      ["container.start", "query"],
      ["container.inspect", "path"],
      ["container.list", null],
      ["system.ping", null],
    ] as const
  ) assertEquals(recordedOf({ name }), reads, name);
});
