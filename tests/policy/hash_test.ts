import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { compile, withOwnContainer } from "../../lib/policy/compile.ts";
import { canonicalText, policyHash } from "../../lib/policy/hash.ts";
import { config } from "../support/config.ts";
import { policyFile } from "../support/policy.ts";

const FILE = `clients:
  ci:
    from: [{cidr: 10.0.0.0/8}, {label: team=shop}]
    allow: [container.list, container.create, image.pull]
    containers: {label: team=shop}
    images: {use: [shop/*]}
    guard: {level: strict, binds: [/srv/data]}
    hide: {env: all}
default:
  allow: [system.ping]
`;

function hashOf(argv: string[], file: string | null = null): string {
  const of = file === null ? null : policyFile(file).file;
  return policyHash(compile(config(argv).grants, of, 0));
}

Deno.test("the hash of a policy is 16 hexadecimal digits", () => {
  assertMatch(hashOf(["--allow=container.list"]), /^[0-9a-f]{16}$/);
  assertMatch(hashOf([], FILE), /^[0-9a-f]{16}$/);
});

Deno.test("the same rules have the same hash, wherever they stand and however they are written", () => {
  const moved = "# a comment\n\n" + FILE.replace(
    "[container.list, container.create, image.pull]",
    "\n      - image.pull\n      - container.create\n      - container.list",
  );
  assertEquals(hashOf([], moved), hashOf([], FILE));
  assertEquals(
    hashOf(["--allow=container.list", "--allow=container.inspect"]),
    hashOf(["--allow=container.inspect", "--allow=container.list"]),
  );
});

Deno.test("whatever changes a decision changes the hash", () => {
  const changes: [string, string][] = [
    ["10.0.0.0/8", "10.0.0.0/9"],
    ["team=shop}]", "team=shop2}]"],
    ["container.list, ", ""],
    ["shop/*", "shop2/*"],
    ["containers: {label: team=shop}", "containers: {label: team=other}"],
    ["/srv/data", "/srv"],
    ["strict", "standard"],
    ["env: all", "env: [A]"],
    ["system.ping", "system.info"],
    ["  ci:", "  cd:"],
  ];
  const hashes = [
    FILE,
    ...changes.map(([from, to]) => {
      const changed = FILE.replace(from, to);
      assertNotEquals(changed, FILE);
      return changed;
    }),
  ].map((file) => hashOf([], file));
  assertEquals(new Set(hashes).size, hashes.length);
  assertNotEquals(
    hashOf(["--allow=GET /new/route"]),
    hashOf(["--allow=GET /new/*"]),
  );
  assertNotEquals(
    hashOf(["--allow=container.stop"]),
    hashOf(["--allow=container.stop", "--allow-self=container.stop"]),
  );
});

Deno.test("what is found out of our own container is not part of the hash", () => {
  const policy = compile(config(["--allow=container.list"]).grants);
  assertEquals(
    policyHash(withOwnContainer(policy, null, true)),
    policyHash(policy),
  );
});

Deno.test("no two kinds of data have the same canonical text", () => {
  const texts = [
    null,
    true,
    "true",
    1,
    "1",
    [],
    [[]],
    ["a", "b"],
    ["b", "a"],
    ["a,b"],
    {},
    { a: 1 },
    { a: "1" },
    { "a:1": 1 },
  ].map(canonicalText);
  assertEquals(new Set(texts).size, texts.length);
  assertEquals(canonicalText(new Set(["b", "a"])), '{"a","b"}');
  assertEquals(
    canonicalText(new Map([["b", 1], ["a", 2]])),
    canonicalText({ a: 2, b: 1, c: undefined }),
  );
});
