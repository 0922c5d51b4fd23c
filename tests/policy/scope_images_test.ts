/** Names of images under a scope. */

import { assertEquals } from "@std/assert";
import { namePattern } from "../../lib/policy/scope.ts";
import {
  coversAllTags,
  coversImage,
  imageName,
  mayBeImageId,
} from "../../lib/policy/scope_images.ts";

const scope = (...use: string[]) => ({
  setting: "",
  use: use.map(namePattern),
  change: [],
});
const DIGEST = `@sha256:${"0".repeat(64)}`;

Deno.test("imageName() is the name as the engine shows it", () => {
  for (
    const [name, shown] of [
      ["x", "x:latest"],
      ["docker.io/library/x:1", "x:1"],
      ["index.docker.io/x", "x:latest"],
      ["library/x", "x:latest"],
      ["library/x/y", "library/x/y:latest"],
      ["host:5000/x", "host:5000/x:latest"],
    ] as const
  ) assertEquals(imageName(name), shown);
});

Deno.test("coversImage() takes every spelling of a name, and no tag for a digest", () => {
  for (
    const [pattern, name, covered] of [
      ["postgres:*", "docker.io/library/postgres:16", true],
      ["docker.io/library/postgres:*", "postgres:16", true],
      ["docker.io/shop/*", "shop/web", true],
      ["docker.io/*", "host.example/web:1", false],
      ["x", "x:latest", true],
      ["x:latest", "x", true],
      ["x:1", "x:2", false],
      ["postgres:*", `postgres${DIGEST}`, true],
      ["postgres:1*", `postgres:16${DIGEST}`, false],
      ["shop/*", `shop/web:1${DIGEST}`, true],
    ] as const
  ) assertEquals(coversImage(scope(pattern), "use", name), covered, name);
  assertEquals(coversImage(scope("x:1"), "change", "x:1"), false);
});

Deno.test("coversImage() takes no other registry for a repository or its tag", () => {
  for (
    const [pattern, name] of [
      // `postgres:5000` is a registry.
      ["postgres:*", "postgres:5000/evil"],
      ["postgres:*", "postgres:5000/evil:1"],
      ["postgres:*", `postgres:5000/evil${DIGEST}`],
      ["registry.example/ci/*", "docker.io/registry.example/ci/x"],
      ["localhost/*", "docker.io/localhost/x"],
      ["docker.io/*", "HOST/x"],
    ] as const
  ) {
    assertEquals(coversImage(scope(pattern), "use", name), false, name);
    assertEquals(coversAllTags(scope(pattern), "use", name), false, name);
    assertEquals(coversImage(scope(pattern), "use", name), false, name);
  }
  // A digest is no tag, though it may begin like one.
  assertEquals(coversImage(scope("*:0*"), "use", `x${DIGEST}`), false);
  assertEquals(coversImage(scope("*:*"), "use", "host:5000/x"), true);
  assertEquals(coversImage(scope(`x${DIGEST}`), "use", `x${DIGEST}`), true);
});

Deno.test("coversAllTags() wants a star for the whole tag", () => {
  assertEquals(coversAllTags(scope("x:*"), "use", "x"), true);
  assertEquals(coversAllTags(scope("x:1*"), "use", "x"), false);
  assertEquals(coversAllTags(scope("x"), "use", "x"), false);
});

Deno.test("mayBeImageId() counts names of hexadecimal digits", () => {
  assertEquals(
    ["cafe", `sha256:${"0".repeat(64)}`, "sha256:abc", "cafe:1", "web"]
      .map(mayBeImageId),
    [true, true, true, false, false],
  );
});
