/** The one Dockerfile in the context of a build. */

import { assertEquals } from "@std/assert";
import {
  endContext,
  feedContext,
  openContext,
} from "../../lib/guard/build_context.ts";
import { type Entry, tarOf } from "../support/tar.ts";

/** What is found: the file's text, or `!` and what is wrong. */
function find(dockerfile: string, ...entries: Entry[]): string {
  const context = openContext(dockerfile);
  if ("problem" in context) return `!${context.problem}`;
  let search = feedContext(context, tarOf(...entries));
  if (search.kind === "going on") search = endContext(context);
  return search.kind === "found"
    ? new TextDecoder().decode(search.dockerfile)
    : search.kind === "refused"
    ? `!${search.problem}`
    : "?";
}

const file = (name: string, content = name): Entry => ({ name, content });

Deno.test("the Dockerfile is found under its path, however that is written", () => {
  const others = [file("a"), file("b/Dockerfile")];
  assertEquals(find("", ...others, file("./Dockerfile", "x")), "x");
  assertEquals(find("Dockerfile", file("/Dockerfile", "x"), ...others), "x");
  assertEquals(find("./b//Dockerfile", ...others), "b/Dockerfile");
  assertEquals(find("/b/Dockerfile", ...others), "b/Dockerfile");
  assertEquals(find("", ...others), "!has no file 'Dockerfile'");
});

Deno.test("the usual name is looked for in lower case too, and no other", () => {
  assertEquals(find("", file("dockerfile", "x")), "x");
  assertEquals(find("", file("DOCKERFILE", "x")), "!has no file 'Dockerfile'");
  assertEquals(find("My", file("my", "x")), "!has no file 'My'");
});

Deno.test("two files that may be it are refused", () => {
  for (
    const [name, ...entries] of [
      ["", file("Dockerfile", "a"), file("Dockerfile", "b")],
      ["", file("Dockerfile", "a"), file("./Dockerfile", "b")],
      ["", file("Dockerfile", "a"), file("dockerfile", "b")],
      ["a/b", file("a/b", "a"), file("a//./B", "b")],
    ] as const
  ) {
    const path = name || "Dockerfile";
    assertEquals(find(name, ...entries), `!has '${path}' twice`);
  }
});

Deno.test("links that lead to it, or to its place, are refused", () => {
  const link = (name: string, target: string, type = "2") => ({
    name,
    target,
    type,
  });
  const it = file("a/Dockerfile", "x");
  for (
    const entries of [
      [link("a/Dockerfile", "b")],
      [link("a/Dockerfile", "b", "1"), file("b")],
      [it, link("a", "b")],
      [link("a", "b", "1"), it],
      [it, link("b", "a"), file("b/Dockerfile")],
      [it, link("b", "a"), file("b/c/d")],
      [it, link("b", "a", "1"), file("b/c")],
      [it, link("c", "./a/Dockerfile", "1")],
      [{ name: "a/Dockerfile/", type: "5" }],
      [{ name: "a/Dockerfile", type: "6" }],
    ]
  ) {
    assertEquals(
      find("a/Dockerfile", ...entries)[0],
      "!",
      JSON.stringify(entries),
    );
  }
  assertEquals(find("a/Dockerfile", it, link("b", "a"), file("c/b")), "x");
  assertEquals(
    find("", file("Dockerfile", "x"), { name: "dockerfile/", type: "5" }),
    "x",
  );
});

Deno.test("what is kept is bounded", () => {
  const links = Array.from({ length: 2001 }, (_, i) => ({
    name: `l${i}`,
    type: "2",
  }));
  assertEquals(find("", ...links)[0], "!");
  assertEquals(find("", ...links.slice(1), file("Dockerfile", "x")), "x");
  assertEquals(
    find("", file("Dockerfile", "x".repeat(131_073))).slice(0, 8),
    "!has a '",
  );
});

Deno.test("paths that engines read as other files are refused", () => {
  for (const path of ["../x", "a/../b", "a.in", "é", "a\n", "/", "."]) {
    assertEquals(find(path)[0], "!", path);
  }
});
