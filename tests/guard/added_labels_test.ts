/** The labels that a guard adds, and how a commit gets them. */

import { assertEquals } from "@std/assert";
import {
  addedLabels,
  beginWith,
  isAdded,
  labelChanges,
  labelKey,
} from "../../lib/guard/added_labels.ts";
import { readDockerfile, readPairs } from "../../lib/guard/dockerfile.ts";
import { rulesOf } from "./judge/judging.ts";

const added = (...words: string[]) =>
  addedLabels(rulesOf({ knobs: { "labels-added": words } }));

Deno.test("addedLabels() splits at the first =, and is empty unless the guard says so", () => {
  assertEquals(added("owner=ci", "a.b=c=d", "e="), [
    ["owner", "ci"],
    ["a.b", "c=d"],
    ["e", ""],
  ]);
  assertEquals(addedLabels(rulesOf({})), []);
  assertEquals(addedLabels(rulesOf({ level: "strict" })), []);
});

Deno.test("isAdded() takes the exact label alone, and no other type", () => {
  const labels = added("owner=ci", "e=");
  assertEquals(isAdded(labels, "owner", "ci"), true);
  assertEquals(isAdded(labels, "owner", "CI"), false);
  assertEquals(isAdded(labels, "Owner", "ci"), false);
  assertEquals(isAdded(labels, "e", ""), true);
  assertEquals(isAdded(labels, "e", null), false);
});

Deno.test("labelKey() ends before the first =", () => {
  assertEquals(["a", "a=b", "=a", ""].map(labelKey), ["a", "a", "", ""]);
});

Deno.test("labelChanges() quotes what a Dockerfile would read otherwise", () => {
  assertEquals(
    labelChanges(added("owner=ci", "x=", "rule=Host(`a`) it's", 'q="$A\\')),
    [
      "LABEL owner=ci",
      "LABEL x=",
      'LABEL rule="Host(`a`) it\'s"',
      'LABEL q="\\"\\$A\\\\"',
    ],
  );
});

Deno.test("labelChanges() are each one line that the reader of Dockerfiles takes for one pair", () => {
  for (const word of ["owner=ci", "a=b c", "a=it's", "a=#x", "a=<<EOF"]) {
    const [label] = added(word);
    const [text = ""] = labelChanges([label!]);
    const read = readDockerfile(new TextEncoder().encode(text));
    if ("problem" in read) throw new Error(read.problem);
    const [one, ...more] = read[0]!.instructions;
    assertEquals(more, []);
    assertEquals(readPairs(one!.args, "\\"), [[label![0], label![1]]], text);
  }
});

Deno.test("beginWith() wants all of them first, in their order", () => {
  const own = ["LABEL a=1", "LABEL b=2"];
  assertEquals(beginWith([...own, "CMD x"], own), true);
  assertEquals(beginWith(["LABEL b=2", "LABEL a=1"], own), false);
  assertEquals(beginWith(["ENV x \\", ...own], own), false);
  assertEquals(beginWith(["LABEL a=1"], own), false);
  assertEquals(beginWith([], []), true);
});
