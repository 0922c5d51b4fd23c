/**
 * The schema for editors and the program's own reading of policy files agree.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import { Ajv } from "ajv";
import fc from "fast-check";
import { replaceComments } from "../../lib/config/jsonc.ts";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { SCHEMA_PATH, schemasOutdated } from "../../tools/schema.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const EXAMPLES = `${ROOT}deploy/policy/`;

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(Deno.readTextFileSync(ROOT + SCHEMA_PATH)),
);

function schemaTakes(text: string): boolean {
  const uncommented = replaceComments(text);
  if ("problem" in uncommented) throw new Error(uncommented.problem);
  return validate(parse(uncommented.text, { schema: "core" }));
}

function problems(text: string): string[] {
  const read = readPolicyFile("policy.yaml", text);
  return "problems" in read ? read.problems : [];
}

/** A file whose only client is this one. */
function client(text: string): string {
  return `clients: { one: { ${text} } }`;
}

Deno.test("the schemas are what the program's tables say", async () => {
  assertEquals(
    await schemasOutdated(),
    [],
    "out of date: run deno task schema",
  );
});

for (
  const text of [
    "",
    "clients: {}",
    "clients:\ndefault:\n",
    "$schema: ../policy.schema.json",
    "default: { allow: system.ping }",
    "default: { preset: [ 'traefik, dozzle', traefik@1 ], allow: [], deny: '*' }",
    client("from: { container: traefik }"),
    client("from: { container: [ a, b ], label: [ a.b/c, 'a=b c' ] }"),
    client("from: [ { service: a }, { project: b, host: ci.example } ]"),
    client("from: { cidr: [ 10.0.0.0/8, 127.0.0.1, 'fd00::/8', '::1' ] }"),
    client("from: { listen: tcp://127.0.0.1:2376 }"),
    client("from: { certificate: 'CN of a client' }"),
    client("listen: unix:///run/x.sock?mode=0660&group=ci"),
    client("listen: tls://ci.example:2376"),
    client("listen: [ 'tcp://[::1]:2376', unix:///x ], allow: '*:read'"),
    client(
      "from: { host: a }, allow: [ container.*, '*', container.list:read ]",
    ),
    client("from: { host: a }, allow: [ GET /new/*/route, OPTIONS /x ]"),
    client(
      "from: { host: a }, allow: [ '*', { rule: exec.*, until: 2027-03-01 } ]",
    ),
    client(
      "from: { host: a }, allow: { rule: [ GET /x ], until: '2027-03-01T18:00:00+01:00' }",
    ),
    client("from: { host: a }, allow-self: [ container.*, container.restart ]"),
    client("from: { host: a }, allow-self: container.*:exec"),
    client("from: { host: a }, allow-origin: https://portainer.example"),
    client("from: { host: a }, preset: sablier@2, guard: none, hide: none"),
    client("from: { host: a }, preset: sablier, guard: strict, hide: [ env ]"),
    client(
      "from: { host: a }, limits: { requests: 1, rate: 5, burst: 100000 }",
    ),
    client("from: { host: a }, limits: { streams: 4, upload-rate: 10m }"),
    "default: { limits: { upload-rate: 4096 } }",
  ]
) {
  Deno.test(`the schema and the program take ${JSON.stringify(text)}`, () => {
    assertEquals(problems(text), []);
    assert(schemaTakes(text), JSON.stringify(validate.errors));
  });
}

for (
  const text of [
    "[]",
    "text",
    "client: {}",
    "clients: []",
    "clients: { a: }",
    "clients: { default: { from: { host: a } } }",
    "clients: { 'a b': { from: { host: a } } }",
    `clients: { ${"a".repeat(65)}: { from: { host: a } } }`,
    "default: { from: { host: a } }",
    "default: []",
    client("allow: '*'"),
    "default: { limits: {} }",
    "default: { limits: 5 }",
    "default: { limits: [ { rate: 5 } ] }",
    "default: { limits: { rate: 0 } }",
    "default: { limits: { rate: 1.5 } }",
    "default: { limits: { rate: 100001 } }",
    "default: { limits: { burst: 5 } }",
    "default: { limits: { requests: } }",
    "default: { limits: { upload-rate: 10 MB } }",
    "default: { limits: { upload-rate: 100 } }",
    client("from: { host: a }, allow: [ { rule: exec.* } ]"),
    client("from: { host: a }, allow: [ { until: 2027-03-01 } ]"),
    client("from: { host: a }, allow: { rule: exec.*, until: 2027 }"),
    client("from: { host: a }, allow: { rule: exec.*, until: '2027-03' }"),
    client("from: { host: a }, deny: { rule: exec.*, until: 2027-03-01 }"),
    client("from: "),
    client("from: {}"),
    client("from: []"),
    client("from: [ {} ]"),
    client("from: traefik"),
    client("from: { name: traefik }"),
    client("from: { container: }"),
    client("from: { container: [] }"),
    client("from: { container: [ [ a ] ] }"),
    client("from: { container: 5 }"),
    client("from: { container: /a }"),
    client("from: { container: -a }"),
    client("from: { service: 'a b' }"),
    client("from: { project: '' }"),
    client("from: { label: '=a' }"),
    client('from: { label: "a=\\n" }'),
    client('from: { label: "a=" }'),
    client("from: { cidr: 10.0.0.0/100 }"),
    client("from: { cidr: 10.0.0 }"),
    client("from: { cidr: fd00 }"),
    client("from: { host: 10.0.0.1 }"),
    client("from: { host: a_b }"),
    client("from: { host: a..b }"),
    client("from: { host: -a }"),
    client(`from: { host: ${"a".repeat(64)} }`),
    client("from: { certificate: '' }"),
    client("from: [ { listen: tcp://a:1 } ]"),
    client("listen: []"),
    client("listen: 2376"),
    client("listen: tcp://a:0"),
    client("listen: tcp://a"),
    client("listen: tls://a:0"),
    client("listen: http://a:1"),
    client("listen: unix://run/x"),
    client("listen: unix:///run/"),
    client("listen: unix:///run/x?mode=999"),
    client("listen: unix:///run/x?owner=ci"),
    client("from: { host: a }, allow: "),
    client("from: { host: a }, allow: { container.list: true }"),
    client("from: { host: a }, allow: container.restrat"),
    client("from: { host: a }, allow: container"),
    client("from: { host: a }, allow: container.*:reads"),
    client("from: { host: a }, allow: container.list:write"),
    client("from: { host: a }, allow: 'container.list '"),
    client("from: { host: a }, allow: get /new"),
    client("from: { host: a }, deny: GET /v1.41/new"),
    client("from: { host: a }, deny: GET /a/../b"),
    client("from: { host: a }, deny: GET /a//b"),
    client("from: { host: a }, allow-self: GET /new"),
    client("from: { host: a }, allow-self: container.list"),
    client("from: { host: a }, allow-self: '*:read'"),
    client("from: { host: a }, allow-origin: portainer.example"),
    client("from: { host: a }, allow-origin: https://a/b"),
    client("from: { host: a }, preset: trafik"),
    client("from: { host: a }, preset: traefik@99"),
    client("from: { host: a }, hide: [ none, env ]"),
    client("from: { host: a }, hide: nothing"),
    client("from: { host: a }, preset: 'traefik,'"),
    client("from: { host: a }, denies: []"),
  ]
) {
  Deno.test(`the schema and the program refuse ${JSON.stringify(text)}`, () => {
    assert(problems(text).length > 0, "the program takes it");
    assert(!schemaTakes(text), "the schema takes it");
  });
}

/**
 * What a schema cannot say, or only with an unreadable pattern: the
 * program alone refuses it. Each with an example and the program's message.
 */
const BEYOND_THE_SCHEMA: readonly (readonly [
  rule: string,
  text: string,
  message: RegExp,
])[] = [
  [
    "the parts of an address are numbers within bounds",
    client("from: { cidr: 300.0.0.1 }"),
    /\.cidr: '[^']*': expected an IP address/,
  ],
  [
    "a block's length is within the bounds of its family",
    client("from: { cidr: 10.0.0.0/33 }"),
    /\.cidr: '[^']*': expected a prefix length/,
  ],
  [
    "no bit is set after a block's length",
    client("from: { cidr: 10.0.0.1/8 }"),
    /\.cidr: '[^']*': has bits set after/,
  ],
  [
    "a port is at most 65535",
    client("listen: tcp://a:99999"),
    /\.listen: '[^']*': expected t(?:cp|ls):\/\/host:port/,
  ],
  [
    "a socket's path has at most 106 bytes",
    client(`listen: unix:///${"a".repeat(106)}`),
    /the path has 107 bytes: expected at most 106$/,
  ],
  [
    "an address is given once",
    client("listen: [ tcp://a:1, tcp://a:1 ]"),
    /this address is given twice; give it once$/,
  ],
  [
    "clients open the same socket with the same mode and group",
    "clients: { a: { listen: 'unix:///x?mode=0600' }, b: { listen: 'unix:///x' } }",
    /gives this socket another mode or group/,
  ],
  [
    "connections to a unix socket have no address",
    client("listen: unix:///x, from: { container: a }"),
    /have no IP address and no certificate/,
  ],
  [
    "a client is not shadowed by earlier ones",
    "clients: { a: { from: { host: x } }, b: { from: { host: x } } }",
    /: never matches, because /,
  ],
  [
    "a client has at most 256 combinations of conditions",
    client(
      `from: { container: [ ${numbered("a", 17)} ], service: [ ${
        numbered("b", 17)
      } ] }`,
    ),
    /combinations of conditions: expected at most 256/,
  ],
  [
    "a path rule is for an unknown operation",
    client("from: { host: a }, allow: GET /containers/json"),
    /this path is the operation container\.list/,
  ],
];

for (const [rule, text, message] of BEYOND_THE_SCHEMA) {
  Deno.test(`the program alone refuses: ${rule}`, () => {
    const [problem, ...more] = problems(text);
    assertEquals(more, []);
    assertMatch(problem ?? "", message);
    assert(schemaTakes(text), "the schema says it too: move it up");
  });
}

/** Values of every key, right and wrong ones. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  container: ["a", "a.b-c_1", "-a", "a b", "'5'", "5", "''", "[ a, b ]", "{}"],
  service: ["a", "é", "[ a ]", "[]"],
  project: ["a", "a/b", "null"],
  label: ["a", "a.b/c=d", "a=", "=a", "'a b'", '"a=\\t"', "'a=b=c d'"],
  cidr: [
    "10.0.0.0/8",
    "10.0.0.1/8",
    "10.0.0.0/33",
    "010.0.0.1",
    "1.2.3",
    "256.1.1.1",
    "'::1'",
    "'fd00::/8'",
    "'fd00::/129'",
    "'::g'",
    "'1:2'",
    "'fd00::1/8'",
    "''",
  ],
  host: ["a", "a.b", "a-.b", "1.2.3.4", "a.1", "a..b", "a_b", "A.example"],
  certificate: ["a", "'a b'", "''", `"a\\n"`, `'${"a".repeat(254)}'`],
  listen: [
    "tcp://a:1",
    "tcp://a:0",
    "tcp://a:00",
    "tcp://a:65536",
    "tcp://:1",
    "'tcp://[::1]:1'",
    "tls://a:1",
    "unix:///x",
    "unix:///x/",
    "unix://",
    "unix:///x?mode=0600",
    "unix:///x?mode=0900",
    "unix:///x?mode=0600&group=a",
    "unix:///x?",
    "unix:///x?group=",
    "x",
  ],
  preset: ["traefik", "'traefik, dozzle'", "traefik@1", "traefik@9", "x", "[]"],
  rule: [
    "container.list",
    "container.*",
    "'*'",
    "'*:exec'",
    "container.*:read",
    "container.list:write",
    "containers.*",
    "container.",
    "swarm.leave",
    "network.create",
    "service.update:write",
    "GET /new",
    "GET /containers/json",
    "GET /new/*/route",
    "get /new",
    "GET new",
    "GET /a/./b",
    "GET /v1.41/new",
    "[ container.list, GET /new ]",
    "[ [ container.list ] ]",
    "5",
  ],
  origin: [
    "https://a",
    "https://a:1",
    "a",
    "https://a/",
    "HTTPS://a",
    "x://a?b",
  ],
};

const SELECTOR_KEYS = [
  "container",
  "service",
  "project",
  "label",
  "cidr",
  "host",
  "certificate",
  "listen",
];

/** A part of a flow mapping: a key with one of its values, or a wrong key. */
function part(keys: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...keys, "wrong").chain((key) =>
    fc.constantFrom(...VALUES[key] ?? VALUES.rule!).map((value) =>
      `${key}: ${value}`
    )
  );
}

function mapping(
  part: fc.Arbitrary<string>,
  maxLength: number,
): fc.Arbitrary<string> {
  return fc.uniqueArray(part, {
    maxLength,
    selector: (text) => text.split(":", 1)[0],
  }).map((parts) => `{ ${parts.join(", ")} }`);
}

const FROM = fc.oneof(
  mapping(part(SELECTOR_KEYS), 3),
  fc.array(mapping(part(SELECTOR_KEYS), 2), { maxLength: 2 })
    .map((items) => `[ ${items.join(", ")} ]`),
);
const GRANT = fc.oneof(
  part(["preset"]),
  fc.tuple(
    fc.constantFrom("allow", "deny", "allow-self"),
    fc.constantFrom(...VALUES.rule!),
  ).map(([key, value]) => `${key}: ${value}`),
  fc.constantFrom(...VALUES.origin!).map((value) => `allow-origin: ${value}`),
);
const CLIENT = fc.tuple(
  fc.option(FROM, { freq: 4 }),
  fc.option(fc.constantFrom(...VALUES.listen!), { freq: 2 }),
  fc.option(GRANT, { freq: 2 }),
).map(([from, listen, grant]) =>
  `{ ${
    [
      ...(from === null ? [] : [`from: ${from}`]),
      ...(listen === null ? [] : [`listen: ${listen}`]),
      ...(grant === null ? [] : [grant]),
    ].join(", ")
  } }`
);
const FILES = fc.tuple(
  fc.array(CLIENT, { minLength: 1, maxLength: 2 }),
  fc.option(GRANT, { freq: 1 }),
).map(([clients, grant]) =>
  `clients: { ${
    clients.map((text, i) => `${"ab"[i]}: ${text}`).join(", ")
  } }\n` + (grant === null ? "" : `default: { ${grant} }\n`)
);

Deno.test("where the schema and the program differ, the program refuses by one of these rules", () => {
  let taken = 0;
  let refusedByBoth = 0;
  let refusedByProgram = 0;
  fc.assert(
    fc.property(FILES, (text) => {
      const found = problems(text);
      if (!schemaTakes(text)) {
        assert(found.length > 0, `the schema alone refuses:\n${text}`);
        refusedByBoth++;
        return;
      }
      for (const problem of found) {
        assert(
          BEYOND_THE_SCHEMA.some(([, , message]) => message.test(problem)),
          `the schema takes it, and the program says: ${problem}\n${text}`,
        );
      }
      if (found.length === 0) taken++;
      else refusedByProgram++;
    }),
    { numRuns: 4000 },
  );
  const counts = { taken, refusedByBoth, refusedByProgram };
  assert(
    Math.min(taken, refusedByBoth, refusedByProgram) > 20,
    JSON.stringify(counts),
  );
});

function numbered(name: string, count: number): string {
  return Array.from({ length: count }, (_, i) => name + i).join(", ");
}

for (const { name } of Deno.readDirSync(EXAMPLES)) {
  Deno.test(`deploy/policy/${name} is valid for the schema and the program`, () => {
    const text = Deno.readTextFileSync(EXAMPLES + name);
    const read = readPolicyFile(name, text);
    assertEquals("problems" in read ? read.problems : read.warnings, []);
    assert(schemaTakes(text), JSON.stringify(validate.errors));
    const [, schema] = /\$schema(?:=|": ")([^\s"]+)/.exec(text)!;
    assertEquals(
      new URL(schema!, `file://${EXAMPLES}`).pathname,
      ROOT + SCHEMA_PATH,
    );
  });
}
