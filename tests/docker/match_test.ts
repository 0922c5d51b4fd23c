import {
  assert,
  assertEquals,
  assertObjectMatch,
  assertStringIncludes,
} from "@std/assert";
import fc from "fast-check";
import { matchOperation, parseTarget } from "../../lib/docker/match.ts";
import { OPERATIONS } from "../../lib/docker/operations.ts";

function nameOf(method: string, target: string): string {
  const match = matchOperation(method, target);
  return match.kind === "operation" ? match.operation.name : match.kind;
}

/** A path of a route with sample names. */
function sample(path: string): string {
  return path.replaceAll("{name}", "web-1").replaceAll(
    "{image}",
    "reg.example:5000/a/b:1.2",
  ).replaceAll("{any}", "anything");
}

Deno.test("matchOperation() finds every route of the table, with and without a version", () => {
  for (const operation of OPERATIONS) {
    for (const { method, path, podman } of operation.routes) {
      const libpod = path.startsWith("/libpod/");
      const versions = libpod
        ? podman === "<4" ? ["/v1.41", "/v3.0.0"] : ["/v4.0.0", "/v5.2"]
        : ["", "/v1.24", "/v1.41", "/v1.99"];
      for (const version of versions) {
        const target = version + sample(path);
        assertEquals(nameOf(method, target), operation.name, target);
        assertEquals(nameOf(method, `${target}?a=%2F&b`), operation.name);
      }
    }
  }
});

Deno.test("matchOperation() takes no method but the route's own", () => {
  for (
    const [method, target] of [
      ["get", "/version"],
      ["POST", "/containers/json"],
      ["HEAD", "/containers/json"],
      ["TRACE", "/version"],
      ["PATCH", "/containers/a/json"],
    ] as const
  ) assertEquals(nameOf(method, target), "unknown", `${method} ${target}`);
});

Deno.test("matchOperation() gives the decoded names", () => {
  const match = matchOperation("GET", "/v1.41/images/a%2Fb%3A1%40x/json");
  assertObjectMatch(match, {
    kind: "operation",
    operation: { name: "image.inspect" },
    parameters: ["a/b:1@x"],
  });
});

const MALFORMED = [
  // docs/engine-api/routing.md, "Spellings that reach an operation".
  "/containers%2Fjson",
  "/containers%2fjson",
  "/%63ontainers/json",
  "/containers/%6Ason",
  "/ver%73ion",
  "/v1.41%2Fversion",
  "/v1%2e41/version",
  "/%761.41/version",
  "/v1.41./version",
  "/v01.41/version",
  "/v1.041/version",
  "/v1.41.0/version",
  "/v1/version",
  "/v0/version",
  "/v./version",
  "/v.1.41/version",
  "/v1..41/version",
  "/v1.11/version",
  "/v1.23/containers/json",
  "/v2/version",
  "/v1.100/version",
  "/v9999.1/version",
  "/V1.41/version",
  "http://any-host/version",
  "HTTP://x/version",
  "unix:///version",
  "docker://x/info",
  "a:/version",
  "/version?;",
  "/version?a=\x80",
  "/containers/a%2Fb/json",
  "/containers/a%3Fx=1/json",
  "/containers/a%23/json",
  "/containers/a#/json",
  "/containers/a%00/json",
  "/containers/a%FF/json",
  "/containers/a\\b/json",
  // Cleaned or refused by dockerd.
  "//containers/json",
  "///version",
  "/containers//json",
  "/./version",
  "/foo/../containers/json",
  "/%2Fcontainers/json",
  "/containers/%2e%2e/version",
  "/containers/a%2F..%2Fb/json",
  "/containers/%2Fa/json",
  "/containers/..",
  "/containers/.",
  "/images/x%2F..%2Fy/json",
  "/images/x%2F%2E%2E%2Fy/json",
  "/images/../json",
  "/containers/%2E/json",
  "/version%2F",
  "/info%2e",
  "/info%20",
  "/info%00",
  "/info%0A",
  "/%2573",
  "/%zz",
  "/%2",
  "/%",
  "version",
  "",
  "?x",
  "*",
  "\\version",
  "/a b",
  "/a\tb",
  "/a\x01b",
  "/a\x7fb",
  "x:80",
];

Deno.test("matchOperation() calls targets malformed that real clients never send", () => {
  for (const target of MALFORMED) {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      assertEquals(nameOf(method, target), "malformed", `${method} ${target}`);
    }
  }
});

Deno.test("matchOperation() knows no greedy names, prefixes or other cases", () => {
  for (
    const [method, target] of [
      ["GET", "/containers/a/b/c/json"],
      ["GET", "/containers/a/logs/json"],
      ["DELETE", "/containers/a/b"],
      ["DELETE", "/containers/"],
      ["DELETE", "/volumes/a/b"],
      ["GET", "/networks/a/b"],
      ["GET", "/networks/bridge/"],
      ["GET", "/volumes/"],
      ["GET", "/containers/json/"],
      ["GET", "/Containers/json"],
      ["GET", "/containersX"],
      ["GET", "/eventsX"],
      ["POST", "/containers/a/stopANYTHING"],
      ["GET", "/_ping/"],
      ["GET", "/v1.41/v1.41/version"],
      ["GET", "/v1.41"],
      ["GET", "/v1.41/"],
      ["GET", "/"],
      ["GET", "/containers/-a/json"],
      ["GET", "/containers/a~/json"],
      ["POST", "/libpod/images/scp/x/push"],
      ["POST", "/grpc.health.v1.Health/Check"],
    ] as const
  ) assertEquals(nameOf(method, target), "unknown", `${method} ${target}`);
});

Deno.test("matchOperation() takes podman versions for libpod alone", () => {
  assertEquals(nameOf("GET", "/v5.0.0/libpod/info"), "libpod.system.info");
  assertEquals(nameOf("GET", "/libpod/_ping"), "libpod.system.ping");
  assertEquals(nameOf("GET", "/v5.0.0/info"), "malformed");
  assertEquals(nameOf("GET", "/v5.0.0-rc1/libpod/info"), "malformed");
});

Deno.test("matchOperation() never finds an operation where dockerd's own cleaning would change the path", () => {
  const piece = fc.constantFrom(
    "containers",
    "json",
    "v1.41",
    "images",
    "a",
    ".",
    "..",
    "%2e",
    "%2F",
    "%252e",
    "",
    "create",
    "exec",
    "start",
    "#",
    "?",
    "\\",
    "%00",
    "é",
    ":",
    "@",
  );
  fc.assert(
    fc.property(
      fc.constantFrom("GET", "POST", "DELETE"),
      fc.array(piece, { maxLength: 7 }),
      fc.constantFrom("/", ""),
      (method, pieces, glue) => {
        const target = "/" + pieces.join(glue);
        const match = matchOperation(method, target);
        if (match.kind !== "operation") return;
        const path = decodeURIComponent(target.split("?")[0]!);
        // What Go's cleanPath leaves as it is.
        // deno-lint-ignore no-control-regex -- control bytes are what it is about
        assert(!/\/\/|\/\.{1,2}(\/|$)|[\\#\x00-\x1f]/.test(path), target);
        assert(!path.includes("%"), target);
      },
    ),
    { numRuns: 3000 },
  );
});

for (
  const [target, parts] of [
    ["/", { version: "", path: "/", query: "" }],
    ["/version", { version: "", path: "/version", query: "" }],
    ["/version?", { version: "", path: "/version", query: "" }],
    ["/version?a?b", { version: "", path: "/version", query: "a?b" }],
    ["/a%2Fb/c?d=%2F", { version: "", path: "/a%2Fb/c", query: "d=%2F" }],
    ["/v1.24/info", { version: "v1.24", path: "/info", query: "" }],
    ["/v1.99/a/b?c", { version: "v1.99", path: "/a/b", query: "c" }],
    ["/v1.41", { version: "v1.41", path: "", query: "" }],
    ["/v1.41/", { version: "v1.41", path: "/", query: "" }],
    ["/v3.4.4/libpod/info", {
      version: "v3.4.4",
      path: "/libpod/info",
      query: "",
    }],
    ["/volumes", { version: "", path: "/volumes", query: "" }],
    ["/vx/y", { version: "", path: "/vx/y", query: "" }],
  ] as const
) {
  Deno.test(`parseTarget() splits ${target}`, () => {
    assertEquals(parseTarget(target), { ...parts });
  });
}

for (
  const [target, reason] of [
    ["version", "origin form"],
    ["", "origin form"],
    ["*", "origin form"],
    ["/a b", "'#'"],
    ["/a\x80", "'#'"],
    ["/%zz", "malformed percent-escape"],
    ["/version?a=%2", "malformed percent-escape"],
    ["/version?a=%", "malformed percent-escape"],
    ["/version?a;b", "';'"],
    ["//version", "'//'"],
    ["/a/../b", "dot segment"],
    ["/a/%2e", "dot segment"],
    ["/v1.23/version", "API version 1.23 is not served: with a version before"],
    ["/v1.10/version", "API version 1.10 is not served: with a version before"],
    ["/v1/version", "API version 1 is not served; use 1.24 or later"],
    ["/v0.9/version", "API version 0.9 is not served; use 1.24 or later"],
    ["/v1.9/version", "API version 1.9 is not served; use 1.24 or later"],
    ["/v2/version", "the version prefix 'v2' is malformed"],
    ["/v1.100/version", "the version prefix 'v1.100' is malformed"],
    ["/V1.41/version", "the version prefix 'V1.41' is malformed"],
    ["/v5.0.0/info", "the version prefix 'v5.0.0' is malformed"],
    ["/v5.0.0", "the version prefix 'v5.0.0' is malformed"],
  ] as const
) {
  Deno.test(`parseTarget() says what is wrong with ${JSON.stringify(target)}`, () => {
    const parsed = parseTarget(target);
    assertStringIncludes("reason" in parsed ? parsed.reason : "", reason);
  });
}

Deno.test("matchOperation() distinguishes podman's generations by the version prefix", () => {
  for (
    const [method, path, before4, since4] of [
      [
        "POST",
        "/libpod/manifests/a/add",
        "libpod.manifest.add",
        "libpod.manifest.create",
      ],
      [
        "POST",
        "/libpod/manifests/a/push",
        "libpod.manifest.push",
        "libpod.manifest.create",
      ],
      ["PUT", "/libpod/manifests/a", "unknown", "libpod.manifest.modify"],
      ["POST", "/libpod/manifests/a", "unknown", "libpod.manifest.create"],
      [
        "POST",
        "/libpod/manifests/a/registry/b",
        "unknown",
        "libpod.manifest.push",
      ],
    ] as const
  ) {
    for (const version of ["/v1.41", "/v2.0.0", "/v3.4.4", "/v3"]) {
      assertEquals(nameOf(method, version + path), before4, version + path);
    }
    // Without a version podman takes its newest routes.
    // From 4 on the name of a list takes all segments, as of an image.
    for (const version of ["", "/v4", "/v4.0.0", "/v5.6", "/v10.0.0"]) {
      assertEquals(nameOf(method, version + path), since4, version + path);
    }
  }
});

Deno.test("matchOperation() gives the parameters of the reading that matches, and no other", () => {
  const parameters = (target: string) => {
    const match = matchOperation("POST", target);
    return match.kind === "operation" ? match.parameters : match.kind;
  };
  assertEquals(parameters("/libpod/manifests/a/registry/b"), ["a", "b"]);
  assertEquals(parameters("/libpod/manifests/a/registry/b/c"), ["a", "b/c"]);
  assertEquals(parameters("/libpod/manifests/a/b/registry/c"), ["a/b", "c"]);
  assertEquals(parameters("/libpod/manifests/registry/b"), ["registry/b"]);
  assertEquals(parameters("/containers/a/exec"), ["a"]);
  assertEquals(parameters("/containers//exec"), "malformed");
  assertEquals(parameters("/images//tag"), "malformed");
});

Deno.test("matchOperation() takes OPTIONS on every path that it can read in one way", () => {
  const options = (target: string) => nameOf("OPTIONS", target);
  for (const target of ["/", "/version", "/anything/at/all", "/{any}"]) {
    assertEquals(options(target.replace(/[{}]/g, "")), "system.options");
  }
  assertEquals(options("/containers/a%62/json"), "malformed");
  assertEquals(nameOf("GET", "/anything/at/all"), "unknown");
});

Deno.test("matchOperation() matches a path of 2048 bytes and 32 slashes, and refuses a longer one", () => {
  const long = (bytes: number) => `/images/${"a".repeat(bytes - 13)}/json`;
  assertEquals(nameOf("GET", `${long(2048)}?x=1`), "image.inspect");
  assertEquals(nameOf("GET", long(2049)), "malformed");
  const deep = (slashes: number) => `/images${"/a".repeat(slashes - 2)}/json`;
  assertEquals(nameOf("GET", `${deep(32)}?x=/`), "image.inspect");
  assertEquals(nameOf("GET", deep(33)), "malformed");
  assertEquals(nameOf("GET", `/_ping?${"/x".repeat(100_000)}`), "system.ping");
});
