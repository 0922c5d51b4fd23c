import { assertEquals } from "@std/assert";
import { queryWords } from "../../lib/learn/query_words.ts";

const CASES: readonly (readonly [
  what: string,
  query: string,
  words: readonly string[],
])[] = [
  ["no query", "", []],
  ["names without their values", "t=10&signal=SIGKILL", ["signal", "t"]],
  ["a flag that is set, with its value", "force=true&v=1", ["force=1", "v=1"]],
  ["no flag that is not set", "all=0&force=false&follow=", []],
  ["the presence of what changes a call", "fromSrc=http://x&ps_args=eww", [
    "fromSrc",
    "ps_args",
  ]],
  [
    "the keys of filters",
    `filters=${
      encodeURIComponent('{"label":["secret=planted"],"name":{"x":true}}')
    }`,
    ["filters.label", "filters.name"],
  ],
  ["filters that are no JSON", "filters=planted", ["filters.?"]],
  ["filters that are no object", "filters=%5B%22planted%22%5D", ["filters.?"]],
  ["each name once", "t=1&t=2", ["t"]],
  ["a malformed escape as it is", "%zz=1", ["%zz"]],
];

for (const [what, query, words] of CASES) {
  Deno.test(`queryWords: ${what}`, () => {
    assertEquals(queryWords(query), words);
  });
}

Deno.test("queryWords: the words of one query are bounded", () => {
  const query = Array.from({ length: 5000 }, (_, i) => `k${i}=1`).join("&");
  assertEquals(queryWords(query).length, 100);
  const long = queryWords("k".repeat(500));
  assertEquals(long[0]!.length, 60);
});
