/**
 * The schema for editors and the program's own reading of policy files agree.
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { Ajv } from "ajv";
import { replaceComments } from "../../lib/config/jsonc.ts";
import { readPolicyFile } from "../../lib/config/policy_file.ts";
import { SCHEMA_PATH, schemaOutdated } from "../../tools/schema.ts";

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

Deno.test("the schema is what the program's tables say", async () => {
  assert(
    !await schemaOutdated(),
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
    client("from: { container: [ a, b ], label: [ a.b/c, a=, 'a=b c' ] }"),
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
    client("from: { host: a }, allow-self: [ container.*, container.restart ]"),
    client("from: { host: a }, allow-self: container.*:exec"),
    client("from: { host: a }, allow-origin: https://portainer.example"),
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
    client("from: { host: a }, preset: 'traefik,'"),
    client("from: { host: a }, denies: []"),
  ]
) {
  Deno.test(`the schema and the program refuse ${JSON.stringify(text)}`, () => {
    assert(problems(text).length > 0, "the program takes it");
    assert(!schemaTakes(text), "the schema takes it");
  });
}

// What a schema cannot say, or no pattern that can be read: the program alone
// refuses it.
for (
  const [rule, text] of [
    [
      "addresses and their lengths are numbers",
      client("from: { cidr: 300.0.0.1 }"),
    ],
    [
      "no bit is set after a block's length",
      client("from: { cidr: 10.0.0.1/8 }"),
    ],
    ["a port is a number up to 65535", client("listen: tcp://a:99999")],
    [
      "a socket's path has 106 bytes at most",
      client(`listen: unix:///${"a".repeat(106)}`),
    ],
    [
      "an address is given once",
      client("listen: [ tcp://a:1, tcp://a:1 ]"),
    ],
    [
      "clients open the same socket in the same way",
      "clients: { a: { listen: 'unix:///x?mode=0600' }, b: { listen: 'unix:///x' } }",
    ],
    [
      "nobody on a unix socket has an address",
      client("listen: unix:///x, from: { container: a }"),
    ],
    [
      "a client is not shadowed by those before it",
      "clients: { a: { from: { host: x } }, b: { from: { host: x } } }",
    ],
    [
      "there are 256 combinations of conditions at most",
      client(
        `from: { container: [ ${numbered("a", 17)} ], service: [ ${
          numbered("b", 17)
        } ] }`,
      ),
    ],
    [
      "a path rule is for no known operation",
      client("from: { host: a }, allow: GET /containers/json"),
    ],
  ] as const
) {
  Deno.test(`the program alone refuses: ${rule}`, () => {
    assertEquals(problems(text).length, 1, problems(text).join("\n"));
    assert(schemaTakes(text), "the schema says it too: move it up");
  });
}

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
