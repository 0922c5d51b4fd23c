import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { claims, NONE, problem } from "../support/claims.ts";

Deno.test("readClaims() says that Docker's classic builder gives containers labels that are not read", () => {
  for (const query of ["", "version=1", "t=a&t=b", "version="]) {
    const { unknown } = claims("image.build", { query });
    assertStringIncludes(unknown.labels ?? "", "BuildKit");
    assertEquals([unknown.aliases, unknown.addresses], [null, null]);
  }
  assertEquals(
    claims("image.build", { query: "version=2&t=a&t=b&labels=%7B%7D" }),
    NONE,
  );
  problem("image.build", { query: "version=2&version=1" });
  problem("image.build", { query: "Version=2" });
});

Deno.test("readClaims() reads whose network the steps of a build have", () => {
  const build = (query: string) =>
    claims("image.build", { query: `version=2&${query}` });
  assertEquals(build("networkmode=container%3Aweb").joins, ["web"]);
  assertEquals(build("networkmode=default"), NONE);
  assert(build("networkmode=host").unknown.addresses !== null);
  problem("image.build", { query: "networkmode=container:a&networkmode=none" });
  problem("image.build", { query: "networkMode=container:a" });
  problem("image.build", { query: "networkmode=ns:/proc/1/ns/net" });
});

Deno.test("readClaims() reads podman's namespaces of a build", () => {
  for (
    const operation of [
      "image.build",
      "libpod.image.build",
      "libpod.image.build.local",
    ]
  ) {
    const options = (value: unknown) => ({
      query: `nsoptions=${encodeURIComponent(JSON.stringify(value))}`,
    });
    claims(
      operation,
      options([
        { Name: "user", Host: true, Path: "" },
        { Name: "network", Host: false, Path: "back" },
      ]),
    );
    for (
      const value of [
        [{ Name: "network", Path: "/proc/1/ns/net" }],
        [{ Name: "network", Path: "container:web" }],
        [{ Name: "network", path: "/proc/1/ns/net" }],
        { Name: "network", Path: "/proc/1/ns/net" },
        [[]],
      ]
    ) problem(operation, options(value));
    problem(operation, { query: "nsoptions=%5B" });
  }
  const { unknown } = claims("libpod.image.build", {});
  assert(unknown.addresses !== null);
  assertEquals(unknown.labels, null);
});

Deno.test("readClaims() reads the network of a build in podman's API too", () => {
  for (const operation of ["libpod.image.build", "libpod.image.build.local"]) {
    const { joins, unknown } = claims(operation, {
      query: "networkmode=container:web",
    });
    assertEquals(joins, ["web"]);
    assertStringIncludes(unknown.addresses ?? "", "host's network");
  }
});

Deno.test("readClaims() says what is wrong with nsoptions", () => {
  for (
    const [value, reason] of [
      ["%5B", "nsoptions in the query is not valid JSON"],
      ["%5B%7B%7D%2C%7B%22a%22%3A1%2C%22a%22%3A2%7D%5D", "'a' twice"],
      ["%7B%7D", "nsoptions is not a list"],
      ["%5B1%5D", "nsoptions is not an object"],
      ["%5B%7B%22Path%22%3A1%7D%5D", "nsoptions.Path is not a string"],
    ] as const
  ) {
    assertStringIncludes(
      problem("image.build", { query: `version=2&nsoptions=${value}` }),
      reason,
    );
  }
  assertEquals(
    claims("image.build", { query: "version=2&nsoptions=%5B%5D" }),
    NONE,
  );
});
