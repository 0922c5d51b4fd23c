/** What one line of a recording says. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { readLine } from "../../lib/learn/read_line.ts";
import { lineText, MAX_TEXT } from "../../lib/learn/recording.ts";
import { entry, runStart } from "./recordings.ts";

const read = (line: unknown) => readLine(JSON.parse(JSON.stringify(line)));

Deno.test("each kind of line is read as it was written", () => {
  const run = "b".repeat(32);
  for (
    const line of [
      runStart(),
      entry(),
      entry({ query: undefined, object: undefined, would: "policy.scope" }),
      entry({
        body: {
          fields: ["Image"],
          needs: ["binds: [/srv]"],
          standard: [],
          image: "a:1",
        },
      }),
      entry({ body: { unread: "the body is not valid JSON" } }),
      { run, seq: 2, dropped: 12, why: "No space left on device" },
      { run, seq: 3, ended: "2026-11-20T10:00:00Z", calls: 4, dropped: 12 },
    ]
  ) assertEquals(read(line), { line: JSON.parse(lineText(line)) });
});

Deno.test("fields of later versions are ignored, times are cut to the second", () => {
  assertEquals(
    readLine({ ...entry(), later: { a: 1 }, last: "2026-11-20T10:00:01.250Z" }),
    { line: entry() },
  );
});

Deno.test("a text that is too long is cut, and a name is not known then", () => {
  const long = "x".repeat(MAX_TEXT + 50);
  const cut = "x".repeat(MAX_TEXT);
  assertEquals(
    read(entry({ path: long, object: { kind: "volume", name: long } })),
    { line: entry({ path: cut, object: { kind: "volume", name: "" } }) },
  );
});

Deno.test("a field that is not valid is named", () => {
  for (
    const [field, value] of [
      ["seq", 0],
      ["operation", ""],
      ["path", 1],
      ["status", -1],
      ["n", 0],
      ["n", 1.5],
      ["last", "yesterday"],
      ["last", "2026-11-19T10:00:00Z"],
      ["query", "t"],
      ["query", Array(101).fill("t")],
      ["object", { kind: "container" }],
      ["body", []],
    ] as const
  ) {
    assertEquals(
      read({ ...entry(), [field]: value }),
      { problem: `has no valid '${field}'` },
      field,
    );
  }
  assertEquals(read({ ...runStart(), mode: "shut" }), {
    problem: "has no valid 'mode'",
  });
  assertEquals(read({ a: 1 }), { problem: "is no line of a recording" });
});

Deno.test("a run of another version is left out, and says so", () => {
  const found = read({ ...runStart(), recording: 2 });
  if ("line" in found) throw new Error("it was read");
  assertEquals(found.lost, runStart().run);
  assertStringIncludes(found.problem, "another version");
});

Deno.test("what a call joins is read, and a list of another form is a problem", () => {
  const read = (joins: unknown) =>
    readLine({
      run: "a",
      seq: 1,
      operation: "container.start",
      method: "POST",
      path: "/containers/a/start",
      status: 204,
      code: "ok",
      n: 1,
      first: "2026-11-20T10:00:00Z",
      last: "2026-11-20T10:00:00Z",
      joins,
    });
  const joins = [{ kind: "network", name: "shop" }];
  const found = read([{ ...joins[0], later: 1 }]);
  if (!("line" in found) || !("operation" in found.line)) throw new Error();
  assertEquals(found.line.joins, joins);
  for (const wrong of ["shop", ["shop"], [{ kind: "network" }], [null]]) {
    assertEquals(read(wrong), { problem: "has no valid 'joins'" });
  }
  assertEquals(read(Array(101).fill(joins[0])), {
    problem: "has no valid 'joins'",
  });
});

Deno.test("half a project or image is not read as another one", () => {
  const read = readLine({
    run: "a",
    seq: 1,
    operation: "container.create",
    method: "POST",
    path: "/containers/create",
    status: 201,
    code: "ok",
    n: 1,
    first: "2026-11-20T10:00:00Z",
    last: "2026-11-20T10:00:00Z",
    object: { kind: "container", name: "a", project: "p".repeat(300) },
    body: { fields: [], image: "i".repeat(300) },
  });
  if (!("line" in read) || !("operation" in read.line)) throw new Error();
  assertEquals(read.line.object, { kind: "container", name: "a" });
  assertEquals(read.line.body, { fields: [] });
});
