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

Deno.test("parseTarget() says why an old version is refused", () => {
  const target = parseTarget("/v1.23/version");
  assertStringIncludes("reason" in target ? target.reason : "", "1.24");
});
