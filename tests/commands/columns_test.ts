import { assertEquals } from "@std/assert";
import { columns, narrowTables } from "../../lib/commands/columns.ts";

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

Deno.test("narrowTables() makes one table where it fits, and several of at most 100 characters where not", () => {
  const narrow = [["CLIENT", "a", "WHO"], ["x", "-", "-"]];
  assertEquals(narrowTables(narrow), columns(narrow));
  const groups = Array.from({ length: 40 }, (_, i) => `group${i}`);
  const text = narrowTables([
    ["CLIENT", ...groups, "WHO"],
    ["one", ...groups.map((_, i) => i < 5 ? "R" : "-"), "container one"],
    ["two", ...groups.map(() => "w"), "container two"],
  ]);
  const tables = text.split("\n\n");
  assertEquals(tables.length, 5);
  for (const line of text.split("\n")) assertEquals(line.length <= 100, true);
  for (const group of groups) {
    assertEquals(text.split(new RegExp(`\\b${group}\\b`)).length, 2, group);
  }
  // The first client has nothing in the tables between.
  assertEquals(
    tables.map((table) => table.includes("\none ")),
    [true, false, false, false, true],
  );
});
