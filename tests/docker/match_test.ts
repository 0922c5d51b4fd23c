import {
  assert,
  assertEquals,
  assertObjectMatch,
  assertStringIncludes,
} from "@std/assert";
import fc from "fast-check";
import { matchOperation, parseTarget } from "../../lib/docker/match.ts";
import { BY_QUERY } from "../../lib/docker/by_query.ts";
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
        const by = BY_QUERY.find(({ first }) => first === operation.name);
        const query = by === undefined ? "a" : `${by.parameter}=x`;
        if (by === undefined) {
          assertEquals(nameOf(method, target), operation.name, target);
        }
        assertEquals(
          nameOf(method, `${target}?${query}&b=%2F&c`),
          operation.name,
          target,
        );
      }
    }
  }
});

Deno.test("matchOperation() tells a pull from an import by the query, in one reading only", () => {
  const create = (query: string) => nameOf("POST", `/images/create${query}`);
  assertEquals(create("?fromImage=a&tag=1"), "image.pull");
  assertEquals(create("?fromImage=a&fromSrc="), "image.pull");
  assertEquals(create("?fromImage==a"), "image.pull");
  for (const query of ["", "?", "?fromImage=", "?fromSrc=-&repo=a"]) {
    assertEquals(create(query), "image.import", query);
  }
  for (
    const query of [
      "?fromImage=a&fromSrc=-",
      "?fromImage=a&fromImage=b",
      "?fromimage=a",
      "?FROMSRC=-",
      "?from%53rc=-&fromImage=a",
      "?from%C5%BFrc=-",
      "?fromSrc=-&fromsrc=",
      "?%ff=1",
    ]
  ) assertEquals(create(query), "malformed", query);
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
  "/v1.41.0.0/version",
  "/v1.41-/version",
  "/v1.41-a..b/version",
  "/v1.41-a%2E/version",
  "/v99999.1/version",
  "/v1.23.9/version",
  "/v1.24/../version",
  "/v01.41/version",
  "/v1.041/version",
  "/v1/version",
  "/v0/version",
  "/v./version",
  "/v.1.41/version",
  "/v1..41/version",
  "/v1.11/version",
  "/v1.23/containers/json",
  "/V1.41/version",
  "http://any-host/version",
  "HTTP://x/version",
  "unix:///version",
  "docker://x/info",
  "a:/version",
  "/version?;",
  "/version?a=\x80",
  "/containers/a#/json",
  "/containers/a%00/json",
  "/containers/a%FF/json",
  // Names of networks and volumes that could be read in two ways.
  "/networks/a%FF",
  "/networks/a%C0%AEb",
  "/networks/a%C0%AF",
  "/networks/%E0%80%AE",
  "/networks/a%ED%A0%80",
  "/networks/a%00",
  "/networks/a%0Ab",
  "/networks/a%C2%85b",
  "/networks/a%5Cb",
  "/networks/a%2541",
  "/networks/a%252Fb",
  "/networks/a%25%32f",
  "/networks/%2e%2e",
  "/networks/a%2E",
  "/networks/%2Fa",
  "/networks/a%2F",
  "/networks/a%2F%2Fb",
  "/networks/a%2F..%2Fb",
  "/networks/a%2f%2e%2e",
  "/networks/a%E2%80%AEb",
  "/networks%2Fa",
  "/n%65tworks/a",
  "/networks/a%2Fconnect",
  "/networks/a%2fjson",
  "/networks/a/expor%74",
  "/volumes/a%2Fexists",
  "/libpod/networks/a%2Fjson",
  "/v1.24%2F..%2Fv1.24/networks/a",
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
      ["GET", "/containers/a/logs/json"],
      ["DELETE", "/containers/"],
      ["GET", "/networks/bridge/"],
      ["GET", "/volumes/"],
      ["GET", "/volumes/a/b/"],
      ["GET", "/volumes/a/export"],
      ["GET", "/networks/a/exists"],
      ["GET", "/networks/json/b"],
      ["GET", "/v5.0.0/libpod/networks/a/b"],
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
      ["POST", "/libpod/images/scp/x/push"],
      ["POST", "/grpc.health.v1.Health/Check"],
    ] as const
  ) assertEquals(nameOf(method, target), "unknown", `${method} ${target}`);
});

Deno.test("matchOperation() takes the versions that the router of each engine takes", () => {
  for (
    const version of [
      "1.55.0",
      "1.100",
      "2",
      "4.0.0",
      "6.0.0-dev",
      "5.0.0-rc.1",
    ]
  ) {
    for (
      const [path, name] of [
        ["/containers/json", "container.list"],
        ["/libpod/info", "libpod.system.info"],
      ] as const
    ) {
      const match = matchOperation("GET", `/v${version}${path}`);
      assertObjectMatch(match, {
        operation: { name },
        sent: `/v${version}${path}`,
      });
    }
  }
  assertEquals(nameOf("GET", "/libpod/_ping"), "libpod.system.ping");
  assertEquals(nameOf("GET", "/v0.9/libpod/info"), "libpod.system.info");
});

for (
  const [target, name, sent] of [
    ["/networks/my%20net", "my net", "/networks/my%20net"],
    ["/networks/gr%c3%bc%C3%9Fe?a=b", "grüße", "/networks/gr%C3%BC%C3%9Fe?a=b"],
    ["/v1.41/networks/a+b", "a+b", "/v1.41/networks/a%2Bb"],
    ["/networks/a%25b", "a%b", "/networks/a%25b"],
    ["/networks/a/b", "a/b", "/networks/a%2Fb"],
    ["/networks/a%2fb", "a/b", "/networks/a%2Fb"],
    ["/networks/a%3Fx=1%23", "a?x=1#", "/networks/a%3Fx%3D1%23"],
    ["/networks/n%65t", "net", "/networks/net"],
    ["/volumes/my%20vol?x", "my vol", "/volumes/my%20vol?x"],
    [
      "/v5.0.0/libpod/volumes/a%2Fb/json",
      "a/b",
      "/v5.0.0/libpod/volumes/a%2Fb/json",
    ],
    ["/images/a%2Fb%3A1%40x/json", "a/b:1@x", "/images/a/b:1@x/json"],
    ["/containers/w%65b/json", "web", "/containers/web/json"],
  ] as const
) {
  Deno.test(`matchOperation() reads ${target} as '${name}' and sends one spelling`, () => {
    const match = matchOperation("GET", target);
    assertObjectMatch(match, { parameters: [name], sent, absent: null });
  });
}

for (
  const [target, absent] of [
    ["/containers/gr%C3%BC%C3%9Fe/json", "No such container: grüße"],
    ["/v1.41/containers/a%3Fx=1/json", "No such container: a?x=1"],
    ["/containers/a%23/json", "No such container: a#"],
    ["/containers/-a/json", "No such container: -a"],
    ["/containers/a~/json", "No such container: a~"],
    [
      "/containers/library/busybox:1/json",
      "No such container: library/busybox:1",
    ],
    ["/containers/a%2Fb/json", "No such container: a/b"],
    ["/images/my%20net/json", "No such image: my net"],
    ["/images/a%2Fb%20c/json", "No such image: a/b c"],
    ["/plugins/my%20net/json", "No such plugin: my net"],
    ["/services/my%20net", "No such service: my net"],
    ["/v5.0.0/libpod/containers/a%20b/json", "No such container: a b"],
  ] as const
) {
  Deno.test(`matchOperation() knows that ${target} names nothing`, () => {
    assertObjectMatch(matchOperation("GET", target), { absent });
  });
}

Deno.test("matchOperation() takes a word of a route for a name where it stands alone", () => {
  for (const name of ["create", "json", "connect"]) {
    assertObjectMatch(matchOperation("DELETE", `/networks/${name}`), {
      operation: { name: "network.delete" },
      parameters: [name],
    });
  }
});

Deno.test("matchOperation() answers for no name of what is not looked for by name", () => {
  assertEquals(nameOf("GET", "/distribution/a%20b/json"), "malformed");
  assertEquals(nameOf("GET", "/debug/pprof/a~"), "unknown");
  assertEquals(nameOf("POST", "/libpod/manifests/a~"), "unknown");
});

Deno.test("matchOperation() sends no spelling that leads to another route", () => {
  const push = "/libpod/images/scp%2Fx/push";
  assertEquals(nameOf("POST", push), "malformed");
  // The same operation on another list of images.
  const list = "/libpod/manifests/a/registry/b%2Fregistry%2Fc";
  assertEquals(nameOf("POST", list), "malformed");
});

/** The operations that a router finds, with the names: those with most fixed words. */
function routed(
  method: string,
  path: string,
  name: string,
  prefix: string,
): string[] {
  const found: [number, string][] = [];
  // Podman's routers for the lists of images: by the first digit.
  const generation = /^\/v[0-3]/.test(path) ? "<4" : ">=4";
  for (const operation of OPERATIONS) {
    // No query here has a value for it.
    if (BY_QUERY.some((row) => row.first === operation.name)) continue;
    for (const route of operation.routes) {
      if (route.method !== method || route.path === "/{any}") continue;
      if (route.podman !== null && route.podman !== generation) continue;
      const pattern = route.path.replaceAll(".", "\\.")
        .replaceAll("{name}", name).replaceAll("{image}", "(.+)");
      const match = new RegExp(`^(?:${prefix})?${pattern}$`).exec(path);
      if (match === null) continue;
      const words = route.path.split("/").filter((word) => !word.includes("{"));
      const names = match.slice(1).map((one) =>
        name === "(.+)" ? one : decodeURIComponent(one)
      );
      found.push([words.length, `${operation.name} ${names.join(" | ")}`]);
    }
  }
  const most = Math.max(...found.map(([words]) => words));
  return found.filter(([words]) => words === most).map(([, text]) => text);
}

Deno.test("matchOperation() finds what dockerd and podman find for the spelling that is sent", () => {
  const piece = fc.constantFrom(
    "containers",
    "networks",
    "volumes",
    "images",
    "exec",
    "libpod",
    "plugins",
    "services",
    "json",
    "connect",
    "create",
    "start",
    "exists",
    "v1.44",
    "v1.23",
    "v4.0.0-dev",
    "v10.0",
    "a",
    "a b",
    "scp",
    "push",
    "grüße",
    "a+b",
    "a%b",
    "a%41",
    "a/b",
    "a/json",
    "../a",
    "a/..",
    ".",
    "..",
    "",
    "#",
    "?",
    "\\",
    "\0",
    ":",
  );
  const escaped = (text: string) =>
    [...new TextEncoder().encode(text)].map((byte) =>
      "%" + byte.toString(16).padStart(2, "0")
    ).join("");
  const spelled = fc.tuple(piece, fc.nat(5)).map(([text, how]) =>
    how === 0
      ? escaped(text)
      : how === 1
      ? encodeURIComponent(encodeURIComponent(text))
      : how === 2
      ? text
      : how === 3
      ? encodeURIComponent(text).toLowerCase()
      : encodeURIComponent(text)
  );
  const anyPath = fc.record({
    method: fc.constantFrom("GET", "POST", "DELETE", "PUT"),
    raw: fc.tuple(
      fc.array(spelled, { maxLength: 5 }),
      fc.constantFrom("/", "/", "/", "%2F", ""),
    ).map(([pieces, glue]) => "/" + pieces.join(glue)),
  });
  const routes = OPERATIONS.flatMap((operation) => operation.routes)
    .filter(({ path }) => path !== "/{any}");
  const nearRoute = fc.tuple(
    fc.constantFrom(...routes),
    fc.constantFrom("", "", "/v1.44", "/v4.0.0-dev", "/v3", "/v10.1"),
    fc.array(spelled, { minLength: 2, maxLength: 2 }),
    fc.option(fc.tuple(fc.nat(6), spelled), { freq: 5 }),
  ).map(([{ method, path }, version, names, other]) => {
    let next = 0;
    const parts = path.split("/").map((part, i) =>
      other?.[0] === i && i > 0
        ? other[1]
        : part.startsWith("{")
        ? names[next++]!
        : part
    );
    return { method, raw: version + parts.join("/") };
  });
  let found = 0;
  fc.assert(
    fc.property(
      fc.oneof(anyPath, nearRoute),
      ({ method, raw }) => {
        const match = matchOperation(method, raw);
        if (match.kind !== "operation" || match.absent !== null) return;
        found++;
        const { operation, parameters, sent } = match;
        const expected = `${operation.name} ${parameters.join(" | ")}`;
        const path = sent.split("?")[0]!;
        const decoded = decodeURIComponent(path);
        // What Go's cleanPath leaves as it is.
        // deno-lint-ignore no-control-regex -- control bytes are what it is about
        assert(!/\/\/|\/\.{1,2}(\/|$)|[\\\x00-\x1f]/.test(decoded), raw);
        assert(!/%[0-9a-f]{2}/i.test(decoded), raw);
        const again = matchOperation(method, sent);
        assertObjectMatch(again, {
          operation,
          parameters: [...parameters],
          sent,
        });
        if (operation.name.startsWith("libpod.")) {
          const version = "/v[0-9][0-9A-Za-z.-]*";
          assert(
            routed(method, path, "([^/]+)", version).includes(expected),
            raw,
          );
          return;
        }
        // An engine may know no such route, but never another one.
        const both = [
          ...routed(method, decoded, "(.+)", "/v[0-9.]+"),
          ...routed(method, path, "([^/]+)", "/v[0-9][0-9A-Za-z.-]*"),
        ];
        assertEquals([...new Set(both)], [expected], raw);
      },
    ),
    { numRuns: 20_000 },
  );
  assert(found > 1000, `${found} of the paths led to an operation`);
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
        assert(!/\/\/|\/\.{1,2}(\/|$)|[\\\x00-\x1f]/.test(path), target);
        assert(!/%[0-9A-Fa-f]{2}/.test(path), target);
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
    ["/v1/version", "API version 1 is not served: with a version before"],
    ["/v0.9/version", "API version 0.9 is not served: with a version before"],
    ["/v1.9/version", "API version 1.9 is not served: with a version before"],
    ["/v1./version", "the version prefix 'v1.' is malformed"],
    ["/v1.041/version", "the version prefix 'v1.041' is malformed"],
    ["/v1.2.3.4/version", "the version prefix 'v1.2.3.4' is malformed"],
    ["/V1.41/version", "the version prefix 'V1.41' is malformed"],
    ["/v5.0.0_1/info", "the version prefix 'v5.0.0_1' is malformed"],
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
    for (const version of ["/v1.41", "/v2.0.0", "/v3.4.4", "/v3", "/v10.0.0"]) {
      assertEquals(nameOf(method, version + path), before4, version + path);
    }
    // Without a version podman takes its newest routes.
    // From 4 on the name of a list takes all segments, as of an image.
    for (const version of ["", "/v4", "/v4.0.0", "/v5.6", "/v6.0.0-dev"]) {
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
