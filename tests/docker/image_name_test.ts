import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  hasTagOrDigest,
  tagOf,
  withoutHub,
  withoutTag,
} from "../../lib/docker/image_name.ts";

/** What a name's parts are, as patterns say it; they take the square of its length. */
const TAG = /:[^/]*$/;
const HUB = /^(?:index\.)?docker\.io\/(?![^/]*[.:][^/]*\/|localhost\/)/;
const LIBRARY = /^library\/(?=[^/]+$)/;

function agrees(name: string): void {
  assertEquals(tagOf(name), TAG.exec(name)?.[0] ?? "", name);
  assertEquals(withoutTag(name), name.replace(TAG, ""), name);
  assertEquals(hasTagOrDigest(name), /:[^/]*$|@/.test(name), name);
  assertEquals(
    withoutHub(name),
    name.replace(HUB, "").replace(LIBRARY, ""),
    name,
  );
}

Deno.test("the parts of an image's name are those that the patterns say", () => {
  const part = fc.constantFrom(
    ...["a", "docker.io", "index.docker.io", "library", "localhost", "/", ":"],
    ...["@", ".", "5000", "", "b.c", "\n"],
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      agrees(parts.join(""));
      agrees(parts.join("/"));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a name of a million characters is read once, not for each pair of them", () => {
  const many = 1_000_000;
  assertEquals(tagOf(`${":".repeat(many)}/`), "");
  assertEquals(withoutTag(":".repeat(many)), "");
  assertEquals(hasTagOrDigest(`${":".repeat(many)}/`), false);
  assertEquals(withoutHub(`docker.io/${":".repeat(many)}`).length, many);
});
