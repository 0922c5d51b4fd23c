import { assert, assertEquals } from "@std/assert";
import {
  type Filters,
  formatFilterLists,
  formatFilters,
  readFilters,
} from "../../lib/guard/filters.ts";

Deno.test("both forms of filters are read, and what is false counts as set", () => {
  for (
    const text of [
      '{"label":["a","b"]}',
      '{"label":{"a":true,"b":false}}',
    ]
  ) {
    const filters = readFilters(text);
    assert(!("problem" in filters));
    assertEquals(
      formatFilters(filters as Filters),
      '{"label":{"a":true,"b":true}}',
    );
  }
  assertEquals(readFilters(""), new Map());
});

Deno.test("filters that can be read in two ways are refused", () => {
  for (
    const text of [
      "{",
      "[]",
      '{"label":["a"],"label":["b"]}',
      '{"label":"a"}',
      '{"label":[1]}',
      '{"label":{"a":"true"}}',
    ]
  ) {
    assert("problem" in readFilters(text), text);
  }
});

Deno.test("filters are written in both forms", () => {
  const filters: Filters = new Map([["label", ['a="b"', "c"]], ["until", []]]);
  const lists = '{"label":["a=\\"b\\"","c"],"until":[]}';
  assertEquals(formatFilterLists(filters), lists);
  assertEquals(readFilters(lists), filters);
  assertEquals(
    formatFilters(filters),
    '{"label":{"a=\\"b\\"":true,"c":true},"until":{}}',
  );
  assertEquals(readFilters(formatFilters(filters)), filters);
});
