import { assertEquals } from "@std/assert";
import { columns } from "../../lib/commands/columns.ts";

Deno.test("columns() pads all but the last cell", () => {
  assertEquals(
    columns([["a", "bb", "c"], ["aaa", "b"], []]),
    [
      "a    bb  c\n",
      "aaa  b\n",
      "\n",
    ].join(""),
  );
});
