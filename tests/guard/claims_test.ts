import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  onlyShows,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../../lib/docker/operations.ts";
import { CLAIMING, UNREADABLE } from "../../lib/guard/claims.ts";
import { claims, problem } from "../support/claims.ts";

Deno.test("CLAIMING and UNREADABLE name existing operations, none twice", () => {
  for (const name of [...CLAIMING.keys(), ...UNREADABLE]) {
    assert(OPERATION_BY_NAME.has(name), name);
    assert(!(CLAIMING.has(name) && UNREADABLE.has(name)), name);
  }
});

/** Operations that have to do with containers, networks or builds, and claim nothing: why. */
const HARMLESS: ReadonlyMap<string, RegExp> = new Map([
  [
    "they change what runs in a container, or whether",
    /^(?:libpod\.)?(?:container|pod)\.(?:start|stop|restart|kill|pause|unpause|resize|update|init|wait|delete|prune|mount|unmount|checkpoint|archive\.put|attach|attach\.ws|exec\.create|healthcheck)$/,
  ],
  ["they make or remove networks", /network\.(?:create|delete|prune)$/],
  ["they remove services", /^service\.delete$/],
  [
    "they end what others made",
    /^libpod\.(?:kube\.(?:down|apply)|quadlet\.delete(?:\.multi)?)$/,
  ],
  [
    "their steps are not containers of the engine",
    /^build\.(?:prune|cancel|session|grpc)$/,
  ],
]);

Deno.test("every operation that changes containers, networks, services or builds is read, refused, or known to claim nothing", () => {
  const open = OPERATIONS.filter(({ name, access }) =>
    !onlyShows(access) &&
    /^(?:libpod\.)?(?:container|pod|kube|quadlet|network|service|image\.build|build)\b/
      .test(name) &&
    !CLAIMING.has(name) && !UNREADABLE.has(name) &&
    ![...HARMLESS.values()].some((pattern) => pattern.test(name))
  );
  assertEquals(open.map(({ name }) => name), []);
});

Deno.test("readClaims() refuses operations that it does not read", () => {
  assertStringIncludes(problem("container.start", {}), "container.start");
  for (const name of UNREADABLE) problem(name, { body: {} });
});

const MAX_CLAIMS = 256;

for (
  const [kind, operation, body] of [
    [
      "joins",
      "container.create",
      (n: number) => ({ VolumesFrom: list(n, "c") }),
    ],
    ["touches", "container.create", (n: number) => ({ Links: list(n, "c") })],
    [
      "labels",
      "container.create",
      (n: number) => ({
        Labels: Object.fromEntries(list(n, "k").map((key) => [key, ""])),
      }),
    ],
    [
      "aliases",
      "libpod.network.connect",
      (n: number) => ({ aliases: list(n, "a") }),
    ],
    [
      "addresses",
      "libpod.network.connect",
      (n: number) => ({ static_ips: list(n, "10.0.0.") }),
    ],
    [
      "networks",
      "service.create",
      (n: number) => ({
        Networks: list(n, "235e").map((Target) => ({ Target })),
      }),
    ],
    [
      "blocks",
      "libpod.network.create",
      (n: number) => ({
        subnets: list(n, "10.0.0.").map((subnet) => ({ subnet })),
      }),
    ],
  ] as const
) {
  Deno.test(`readClaims() takes as many ${kind} as it may, and no more`, () => {
    assertEquals(
      claims(operation, { body: body(MAX_CLAIMS) })[kind].length,
      MAX_CLAIMS,
    );
    assertStringIncludes(
      problem(operation, { body: body(MAX_CLAIMS + 1) }),
      `more than ${MAX_CLAIMS}`,
    );
  });
}

function list(length: number, prefix: string): string[] {
  return Array.from({ length }, (_, i) => `${prefix}${i}`);
}

Deno.test("readClaims() refuses a query and a body that cannot be read in one way", () => {
  assertEquals(
    problem("container.create", { body: {}, query: "name=a&name=b" }),
    "the query has 'name' twice; give it once",
  );
  assertEquals(
    problem("container.rename", { query: "name=%" }),
    "the query has a percent-escape that is malformed or not valid UTF-8; encode it again",
  );
  assertEquals(
    problem("container.create", { body: '{"a":1,"a":2}' }),
    "the body has 'a' twice in one object; give it once",
  );
  assertEquals(
    problem("container.create", { body: { Name: 1 } }),
    "Name is not a string",
  );
});

Deno.test("readClaims() names the first of several problems", () => {
  assertEquals(
    problem("container.create", { body: { Name: 1, Hostname: 2, Image: 3 } }),
    "Name is not a string",
  );
});

Deno.test("readClaims() does not read the body of an operation whose query is enough", () => {
  assertEquals(
    claims("container.rename", {
      path: ["web"],
      query: "name=x",
      body: "no JSON",
    }).names,
    ["x"],
  );
});
