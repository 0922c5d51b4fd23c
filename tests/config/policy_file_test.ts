import { assertEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/address.ts";
import {
  type PolicyFileResult,
  readPolicyFile,
} from "../../lib/config/policy_file.ts";
import { findPreset } from "../../lib/docker/presets.ts";
import { formatSelector } from "../../lib/policy/clients.ts";
import { compile, rightsOf } from "../../lib/policy/compile.ts";

function read(text: string): PolicyFileResult {
  const result = readPolicyFile("policy.yaml", text);
  if ("problems" in result) throw new Error(result.problems.join("\n"));
  return result;
}

function problems(text: string): string[] {
  const result = readPolicyFile("policy.yaml", text);
  return "problems" in result ? result.problems : [];
}

/** The conditions of each client in words, by its name. */
function conditions(text: string): Record<string, string[]> {
  return Object.fromEntries(
    read(text).file.clients.map(({ identity: { name, from } }) => [
      name,
      from.map((each) => each.map(formatSelector).join(" + ")),
    ]),
  );
}

const POLICY = `clients:
  traefik:
    from: { container: traefik }
    preset: traefik
  restarter:
    from: { service: deployer }
    allow: [ container.list, container.inspect, container.restart ]
    allow-self: [ container.restart ]
    allow-origin: [ https://portainer.example ]
  ci:
    listen: unix:///run/sockwarden/ci.sock?mode=0640&group=ci
    allow: [ "image.*", "container.*", GET /new/* ]
    deny: [ container.attach.ws ]
default: { allow: [ system.ping, system.version ] }
`;

// ------------------------------------------------------------ what is read

Deno.test("readPolicyFile() reads who each client is, in the order of the file", () => {
  const { file, listeners } = read(POLICY);
  assertEquals(file.path, "policy.yaml");
  assertEquals(
    file.clients.map(({ source, identity }) => [source, identity]),
    [
      ["policy.yaml:2:3", {
        name: "traefik",
        from: [[{ kind: "container", name: "traefik" }]],
        listen: [],
      }],
      ["policy.yaml:5:3", {
        name: "restarter",
        from: [[{ kind: "service", name: "deployer" }]],
        listen: [],
      }],
      ["policy.yaml:10:3", {
        name: "ci",
        from: [],
        listen: ["unix:///run/sockwarden/ci.sock"],
      }],
    ],
  );
  assertEquals(listeners, [
    {
      kind: "unix",
      path: "/run/sockwarden/ci.sock",
      mode: 0o640,
      group: "ci",
    },
  ]);
});

Deno.test("readPolicyFile() grants what stands there, each rule named by its place", () => {
  const { file } = read(POLICY);
  const policy = compile({
    switches: new Map(),
    defaultSwitches: false,
    allow: [],
    deny: [],
    allowSelf: [],
    origins: [],
    scope: null,
    guard: null,
    hide: null,
    limits: null,
  }, file);
  const by = (client: string | null, operation: string) => {
    const verdict = rightsOf(policy, client).verdicts.get(operation)!;
    return `${verdict.allowed} ${verdict.by}`;
  };
  assertEquals(
    by("traefik", "container.list"),
    "true policy.yaml:4:13 preset traefik",
  );
  assertEquals(by("traefik", "container.restart"), "false ");
  assertEquals(
    by("restarter", "container.restart"),
    "true policy.yaml:7:49 container.restart",
  );
  assertEquals(by("ci", "image.pull"), "true policy.yaml:12:14 image.*");
  assertEquals(
    by("ci", "container.attach.ws"),
    "false policy.yaml:13:13 container.attach.ws",
  );
  assertEquals(by(null, "system.ping"), "true policy.yaml:14:21 system.ping");
  assertEquals(by(null, "container.list"), "false ");
  assertEquals(by("ci", "system.ping"), "false ");
  const [, restarter, ci] = file.clients;
  assertEquals(restarter!.grants.origins, ["https://portainer.example"]);
  assertEquals(
    restarter!.grants.allowSelf.map(({ text, setting }) => [text, setting]),
    [["container.restart", "policy.yaml:8:19"]],
  );
  assertEquals(ci!.grants.allow.at(-1)!.kind, "path");
  for (const { grants } of file.clients) {
    assertEquals(grants.switches.size, 0);
    assertEquals(grants.defaultSwitches, false);
  }
});

Deno.test("readPolicyFile() reads the same from JSON with comments", () => {
  const json = `{ // clients
    "clients": { "a": { "from": { "host": "ci.example" }, "allow": "*:read", } },
  }`;
  assertEquals(conditions(json), { a: ["host ci.example"] });
  assertEquals(
    read(json).file.clients[0]!.grants.allow[0]!.setting,
    "policy.yaml:2:68",
  );
});

for (
  const [what, from, expected] of [
    ["several keys together", "{ container: a, project: b }", [
      "container a + project b",
    ]],
    ["any text of a list", "{ container: [ a, b ] }", [
      "container a",
      "container b",
    ]],
    [
      "all combinations of lists",
      "{ service: [ a, b ], label: [ c, d=e f ] }",
      [
        "service a + label c",
        "service a + label d=e f",
        "service b + label c",
        "service b + label d=e f",
      ],
    ],
    [
      "any mapping of a list",
      "[ { host: a }, { cidr: [ 10.0.0.0/8, '::1' ] } ]",
      [
        "host a",
        "cidr 10.0.0.0/8",
        "cidr ::1",
      ],
    ],
    ["a certificate", "{ certificate: CN of ours }", [
      "certificate CN of ours",
    ]],
  ] as const
) {
  Deno.test(`readPolicyFile() takes for 'from' ${what}`, () => {
    assertEquals(conditions(`clients: { x: { from: ${from} } }`), {
      x: [...expected],
    });
  });
}

Deno.test("readPolicyFile() takes 'listen' in 'from' for one beside it", () => {
  const { file, listeners } = read(`clients:
  a: { from: { listen: tcp://127.0.0.1:1, host: [ b ] }, listen: tcp://127.0.0.1:2 }
  c: { from: { listen: [ tcp://127.0.0.1:1, "tcp://[::1]:1" ] } }
`);
  assertEquals(file.clients.map(({ identity }) => identity), [
    {
      name: "a",
      from: [[{ kind: "host", name: "b" }]],
      listen: ["tcp://127.0.0.1:1", "tcp://127.0.0.1:2"],
    },
    {
      name: "c",
      from: [],
      listen: ["tcp://127.0.0.1:1", "tcp://[::1]:1"],
    },
  ]);
  assertEquals(listeners.map(formatAddress), [
    "tcp://127.0.0.1:1",
    "tcp://127.0.0.1:2",
    "tcp://[::1]:1",
  ]);
});

Deno.test("readPolicyFile() takes presets as a text with commas and as a list", () => {
  const { file } = read(
    "default: { preset: [ 'traefik, dozzle', traefik@1 ] }",
  );
  assertEquals(
    file.rest.allow.map(({ text, setting }) => [text, setting]),
    [
      ["traefik", "policy.yaml:1:22 preset"],
      ["dozzle", "policy.yaml:1:22 preset"],
      ["traefik@1", "policy.yaml:1:41 preset"],
    ],
  );
  const [rule] = file.rest.allow;
  const preset = findPreset("traefik");
  assertEquals(
    rule?.kind === "operations" ? [...rule.names] : [],
    "problem" in preset ? [preset.problem] : [...preset.operations],
  );
});

for (const text of ["clients:\n", "clients: {}", "default:\n", "default: {}"]) {
  Deno.test(`readPolicyFile() grants nothing by ${JSON.stringify(text)}`, () => {
    const { file, listeners, warnings } = read(text);
    assertEquals(file.clients, []);
    assertEquals(file.rest, {
      allow: [],
      deny: [],
      allowSelf: [],
      origins: [],
      scope: null,
      guard: null,
      hide: null,
      limits: null,
    });
    assertEquals([...listeners, ...warnings], []);
  });
}

Deno.test("readPolicyFile() grants nothing by an empty file, and says so", () => {
  for (const text of ["", "# nothing\n", "---\n"]) {
    const { file, warnings } = read(text);
    assertEquals([...file.clients, ...file.rest.allow], []);
    assertEquals(warnings, [
      "policy.yaml is empty: it grants nothing",
    ]);
  }
});

// ---------------------------------------------------------------- problems

/** A file whose only client is this one; its text begins in column 20. */
function client(text: string): string {
  return `clients: { one: { ${text} } }`;
}

for (
  const [text, expected] of [
    ["[ a ]", "1:3: found a list: expected a mapping with clients, default"],
    ["text", "1:1: found 'text': expected a mapping with clients, default"],
    [
      "client: {}",
      "1:1: unknown key 'client': expected clients, default; did you mean clients?",
    ],
    [
      "clients: [ a ]",
      "1:12: clients: found a list: expected a mapping of names to clients",
    ],
    [
      "clients: { a: }",
      "1:12: clients.a: found nothing: expected a mapping with from, listen, preset, allow, deny, allow-self, allow-origin, containers, networks, volumes, images, guard, hide, limits",
    ],
    [
      "clients: { default: { from: { host: a } } }",
      "1:12: clients.default: 'default' is not allowed as a client name: choose another name, or move its grants to the key 'default' beside 'clients'",
    ],
    [
      "clients: { 'a b': { from: { host: a } } }",
      "1:12: clients.a b: 'a b' is not a valid client name: expected 1 to 64 letters, digits and _ . -",
    ],
    [
      'clients: { "a\\nb": { from: { host: a } } }',
      "1:12: clients.a\\x0ab: 'a\\x0ab' is not a valid client name: expected 1 to 64 letters, digits and _ . -",
    ],
    [
      "default: { from: { host: a } }",
      "1:12: default: unknown key 'from': expected preset, allow, deny, allow-self, allow-origin, containers, networks, volumes, images, guard, hide, limits",
    ],
    [
      client("allow: '*'"),
      "1:12: clients.one: nothing identifies this client: add 'from', or 'listen' with an address for this client alone",
    ],
    [
      client("from: {}"),
      "1:19: clients.one.from: found no condition: expected one or more of container, service, project, label, cidr, host, certificate, listen",
    ],
    [
      client("from: []"),
      "1:19: clients.one.from: found an empty list: expected a mapping with container, service, project, label, cidr, host, certificate, listen",
    ],
    [
      client("from: { sevice: a }"),
      "1:27: clients.one.from: unknown key 'sevice': expected container, service, project, label, cidr, host, certificate, listen; did you mean service?",
    ],
    [
      client("from: { container: }"),
      "1:27: clients.one.from.container: found nothing: expected a container's name: letters, digits and _ . -, the first a letter or a digit",
    ],
    [
      client("from: { service: 5 }"),
      "1:36: clients.one.from.service: found the number 5: expected a service's name: letters, digits and _ . -, the first a letter or a digit; if it is a name, write it in quotes",
    ],
    [
      client("from: { project: [ a, [ b ] ] }"),
      "1:43: clients.one.from.project: found a list: expected a project's name: letters, digits and _ . -, the first a letter or a digit",
    ],
    [
      client("from: { container: [] }"),
      "1:27: clients.one.from.container: found an empty list: expected a container's name: letters, digits and _ . -, the first a letter or a digit",
    ],
    [
      client("from: { container: /a }"),
      "1:38: clients.one.from.container: '/a': expected a container's name: letters, digits and _ . -, the first a letter or a digit",
    ],
    [
      client("from: { label: 'a=' }"),
      "1:34: clients.one.from.label: 'a=': expected a label: KEY for any value, or KEY=VALUE; an empty value matches no client",
    ],
    [
      client("from: { label: =a }"),
      "1:34: clients.one.from.label: '=a': expected a label: KEY for any value, or KEY=VALUE; an empty value matches no client",
    ],
    [
      client("from: { cidr: 10.0.0.1/8 }"),
      "1:33: clients.one.from.cidr: '10.0.0.1/8': has bits set after /8; write 10.0.0.0/8",
    ],
    [
      client("from: { host: 10.0.0.1 }"),
      "1:33: clients.one.from.host: '10.0.0.1': expected a host name such as ci.example; for an address use cidr",
    ],
    [
      client("from: [ { host: a, listen: tcp://a:1 } ]"),
      "1:46: clients.one.from: 'listen' applies to the whole client: move it beside 'from'",
    ],
    [
      client(`from: { host: [ ${many(16)} ], service: [ ${many(17)} ] }`),
      "1:92: clients.one.from: found 272 combinations of conditions: expected at most 256; use several clients with the same rights instead",
    ],
    [
      client(
        `from: [ { host: [ ${many(200)} ] }, { service: [ ${many(57)} ] } ]`,
      ),
      "1:29: clients.one.from: found 257 combinations of conditions: expected at most 256; use several clients with the same rights instead",
    ],
    [
      client("listen: tcp://a"),
      "1:27: clients.one.listen: 'tcp://a': expected tcp://host:port with a port up to 65535, and IPv6 in brackets",
    ],
    [
      client("listen: /run/a.sock"),
      "1:27: clients.one.listen: '/run/a.sock': expected tcp://host:port, tls://host:port or unix:///path?mode=0660&group=docker; did you mean unix:///run/a.sock?",
    ],
    [
      client("listen: 'a:1'"),
      "1:27: clients.one.listen: 'a:1': expected tcp://host:port, tls://host:port or unix:///path?mode=0660&group=docker; did you mean tcp://a:1?",
    ],
    [
      client("from: traefik"),
      "1:25: clients.one.from: found 'traefik': expected a mapping with container, service, project, label, cidr, host, certificate, listen, such as { container: traefik }",
    ],
    [
      "one: { from: { host: a } }",
      "1:1: unknown key 'one': expected clients, default; clients belong under the key clients",
    ],
    [
      client("listen: tcp://a:0"),
      "1:27: clients.one.listen: 'tcp://a:0': port 0 is a different port at each start: write a port from 1 to 65535",
    ],
    [
      client("listen: [ tcp://a:1, tcp://a:1 ]"),
      "1:40: clients.one.listen: 'tcp://a:1': this address is given twice; give it once",
    ],
    [
      client("listen: unix:///a, from: { cidr: 10.0.0.0/8 }"),
      "1:27: clients.one.listen: connections to unix:///a have no IP address and no certificate, so 'from' never matches there: remove 'from' (all connections to the socket are then this client), or listen on tcp:// or tls://",
    ],
    [
      "clients: { a: { listen: 'unix:///x?mode=0600' }, b: { listen: 'unix:///x' } }",
      "1:63: clients.b.listen: 'unix:///x': policy.yaml:1:25 gives this socket another mode or group: use the same in both places",
    ],
    [
      client("from: { host: a }, alow: '*'"),
      "1:38: clients.one: unknown key 'alow': expected from, listen, preset, allow, deny, allow-self, allow-origin, containers, networks, volumes, images, guard, hide, limits; did you mean allow?",
    ],
    [
      "default: { deny: }",
      "1:12: default.deny: found nothing: expected an operation such as container.restart, a pattern such as container.*:read, or a list of them",
    ],
    [
      "default: { allow: { container.list: true } }",
      "1:21: default.allow: found a mapping: expected an operation such as container.restart, a pattern such as container.*:read, or a list of them",
    ],
    [
      "default: { allow: [ system.ping, container.restrat ] }",
      "1:34: default.allow: 'container.restrat' matches no operation; did you mean container.restart?",
    ],
    [
      "default: { deny: container.*:reads }",
      "1:18: default.deny: 'container.*:reads': unknown access class 'reads'; write read, sensitive-read, write, exec",
    ],
    [
      "default: { allow: GET /containers/json }",
      "1:19: default.allow: 'GET /containers/json': this path is the operation container.list; write that name",
    ],
    [
      "default: { allow-self: GET /new }",
      "1:24: default.allow-self: 'GET /new' is a path rule: write the name of an operation, such as container.restart",
    ],
    [
      "default: { allow-self: [ container.*, container.list ] }",
      "1:39: default.allow-self: 'container.list' is not restricted on sockwarden's own container: leave it out here",
    ],
    [
      "default: { allow-origin: https://a/b }",
      "1:26: default.allow-origin: 'https://a/b': expected an origin such as https://portainer.example, without a path",
    ],
    [
      "default: { preset: 'dozzle, trafik' }",
      "1:20: default.preset: 'trafik': unknown preset; run sockwarden presets for a list; did you mean traefik?",
    ],
    [
      "default: { preset: traefik@99 }",
      "1:20: default.preset: 'traefik@99': preset traefik does not have this version; write traefik@1 or traefik@2",
    ],
    [
      "default: { preset: 5 }",
      "1:20: default.preset: found the number 5: expected the name of a preset, or a list of them; if it is a name, write it in quotes",
    ],
    [
      "a: [",
      "1:5: unexpected end of the stream within a flow collection; close the bracket",
    ],
    [
      "clients:\n  a: { from: { host: x } }\n  a: { from: { host: y } }\n",
      "3:3: the key 'a' is given twice: keep one of them",
    ],
  ] as const
) {
  Deno.test(`readPolicyFile() refuses ${short(text)}`, () => {
    assertEquals(problems(text), [`policy.yaml:${expected}`]);
  });
}

Deno.test("readPolicyFile() takes 256 combinations of conditions, in one mapping and in a list", () => {
  for (
    const from of [
      `{ host: [ ${many(16)} ], service: [ ${many(16)} ] }`,
      `[ { host: [ ${many(200)} ] }, { service: [ ${many(56)} ] } ]`,
    ]
  ) {
    const { file } = read(`clients: { one: { from: ${from} } }`);
    assertEquals(file.clients[0]!.identity.from.length, 256);
  }
});

function many(count: number): string {
  return Array.from({ length: count }, (_, i) => `a${i}`).join(",");
}

function short(text: string): string {
  return JSON.stringify(text.length > 70 ? `${text.slice(0, 70)}…` : text);
}

Deno.test("readPolicyFile() reports all problems at once, in the order of the file", () => {
  assertEquals(
    problems(`default: { deny: [ x ] }
clients:
  a:
    allow: [ y ]
    from: { hst: b }
  b:
    listen: tcp://c
`).map((line) => line.split(" ", 2).join(" ")),
    [
      "policy.yaml:1:20: default.deny:",
      "policy.yaml:4:14: clients.a.allow:",
      "policy.yaml:5:13: clients.a.from:",
      "policy.yaml:7:13: clients.b.listen:",
    ],
  );
});
