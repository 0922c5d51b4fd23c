import { assertEquals } from "@std/assert";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { shadowsOf } from "../../lib/config/shadow.ts";
import type { ClientIdentity } from "../../lib/policy/clients.ts";

function problems(text: string): string[] {
  const result = readPolicyFile("policy.yaml", text);
  return "problems" in result ? result.problems : [];
}

/** A client with these host names and listeners. */
function client(
  name: string,
  hosts: readonly string[],
  listen: readonly string[] = [],
): ClientIdentity {
  return {
    name,
    from: hosts.map((host) => [{ kind: "host", name: host }]),
    listen,
  };
}

Deno.test("shadowsOf() returns only the clients that shadow, each once, in order", () => {
  const a = client("a", ["x"]);
  const b = client("b", ["y"]);
  const c = client("c", ["z"]);
  assertEquals(shadowsOf(client("d", ["z", "x", "x"]), [a, b, c]), [c, a]);
  assertEquals(shadowsOf(client("d", ["x"]), [a, client("e", ["x"])]), [a]);
});

Deno.test("shadowsOf() returns null if one listener or one condition is not covered", () => {
  const earlier = [client("a", ["x"], ["tcp://l:1"])];
  assertEquals(
    shadowsOf(client("b", ["x"], ["tcp://l:1", "tcp://l:2"]), earlier),
    null,
  );
  assertEquals(
    shadowsOf(client("b", ["x", "y"], ["tcp://l:1"]), earlier),
    null,
  );
  assertEquals(shadowsOf(client("b", ["x"]), []), null);
});

for (
  const [what, first, second] of [
    ["the same condition", "from: { host: a }", "from: { host: a }"],
    ["the same listener", "listen: tcp://a:1", "listen: tcp://a:1"],
    ["one more condition", "from: { host: a }", "from: { host: a, label: b }"],
    [
      "a block within another",
      "from: { cidr: 10.0.0.0/8 }",
      "from: { cidr: [ 10.1.0.0/16, 10.0.0.1 ] }",
    ],
    ["a label's value", "from: { label: a }", "from: { label: a=b }"],
    [
      "some of a list",
      "from: { host: [ a, b, c ] }",
      "from: { host: [ c, a ] }",
    ],
    [
      "a condition on the same listener",
      "listen: tcp://a:1",
      "listen: tcp://a:1, from: { host: b }",
    ],
    [
      "one listener of two",
      "listen: [ tcp://a:1, tcp://a:2 ]",
      "listen: tcp://a:2",
    ],
  ] as const
) {
  const text = `clients:\n  one: { ${first} }\n  two: { ${second} }\n`;
  Deno.test(`readPolicyFile() refuses a client that is shadowed by ${what}`, () => {
    assertEquals(problems(text), [
      "policy.yaml:3:3: clients.two: never matches, because clients.one at policy.yaml:2:3 comes first and matches the same connections: remove one, or put the narrower one first",
    ]);
  });
}

Deno.test("readPolicyFile() refuses a client that two others shadow together", () => {
  assertEquals(
    problems(`clients:
  one: { from: { host: a } }
  two: { from: { host: b } }
  three: { from: { host: [ a, b ] } }
`),
    [
      "policy.yaml:4:3: clients.three: never matches, because clients.one at policy.yaml:2:3 and clients.two at policy.yaml:3:3 come first and match the same connections: remove one, or put the narrower one first",
    ],
  );
});

for (
  const [what, first, second] of [
    [
      "the wider after the narrower",
      "from: { host: a, label: b }",
      "from: { host: a }",
    ],
    [
      "a wider block",
      "from: { cidr: 10.1.0.0/16 }",
      "from: { cidr: 10.0.0.0/8 }",
    ],
    [
      "another block",
      "from: { cidr: 10.0.0.0/8 }",
      "from: { cidr: 11.1.0.0/16 }",
    ],
    [
      "a block of the other family",
      "from: { cidr: 0.0.0.0/0 }",
      "from: { cidr: '::/0' }",
    ],
    ["more of a list", "from: { host: a }", "from: { host: [ a, b ] }"],
    [
      "another kind of the same name",
      "from: { container: a }",
      "from: { service: a }",
    ],
    [
      "another value of a label",
      "from: { label: a=b }",
      "from: { label: a=c }",
    ],
    [
      "the same condition on its own listener",
      "from: { host: a }",
      "from: { host: a }, listen: tcp://a:1",
    ],
    [
      "the same condition elsewhere",
      "from: { host: a }, listen: tcp://a:1",
      "from: { host: a }",
    ],
    [
      "the rest of a listener",
      "from: { host: a }, listen: tcp://a:1",
      "listen: tcp://a:1",
    ],
    [
      "one listener more",
      "listen: tcp://a:1",
      "listen: [ tcp://a:1, tcp://a:2 ]",
    ],
  ] as const
) {
  Deno.test(`readPolicyFile() takes a second client with ${what}`, () => {
    assertEquals(
      problems(`clients:\n  one: { ${first} }\n  two: { ${second} }\n`),
      [],
    );
  });
}
