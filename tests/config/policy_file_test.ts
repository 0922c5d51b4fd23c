import { assert, assertEquals } from "@std/assert";
import { formatAddress } from "../../lib/net/address.ts";
import { nearestOperation } from "../../lib/config/nearest_operation.ts";
import {
  type PolicyFileResult,
  readPolicyFile,
} from "../../lib/config/policy_file.ts";
import { findPreset } from "../../lib/docker/presets.ts";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
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
    ["a label with an empty value", "{ label: 'a=' }", ["label a="]],
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
    });
    assertEquals([...listeners, ...warnings], []);
  });
}

Deno.test("readPolicyFile() grants nothing by an empty file, and says so", () => {
  for (const text of ["", "# nothing\n", "---\n"]) {
    const { file, warnings } = read(text);
    assertEquals([...file.clients, ...file.rest.allow], []);
    assertEquals(warnings, [
      "policy.yaml is empty: it grants nothing to anybody",
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
      "1:1: 'client' is no key of this: expected clients, default; did you mean clients?",
    ],
    [
      "clients: [ a ]",
      "1:12: clients: found a list: expected a mapping of names to clients",
    ],
    [
      "clients: { a: }",
      "1:12: clients.a: found nothing: expected a mapping with from, listen, preset, allow, deny, allow-self, allow-origin",
    ],
    [
      "clients: { default: { from: { host: a } } }",
      "1:12: clients.default: 'default' stands beside 'clients' and is no client: choose another name, or move it there",
    ],
    [
      "clients: { 'a b': { from: { host: a } } }",
      "1:12: clients.a b: 'a b' is no client's name: expected 1 to 64 letters, digits and _ . -",
    ],
    [
      'clients: { "a\\nb": { from: { host: a } } }',
      "1:12: clients.a\\x0ab: 'a\\x0ab' is no client's name: expected 1 to 64 letters, digits and _ . -",
    ],
    [
      "default: { from: { host: a } }",
      "1:12: default: 'from' is no key of this: expected preset, allow, deny, allow-self, allow-origin",
    ],
    [
      client("allow: '*'"),
      "1:12: clients.one: nothing says who this client is: write 'from', or 'listen' with an address of its own",
    ],
    [
      client("from: {}"),
      "1:19: clients.one.from: no condition: expected one or more of container, service, project, label, cidr, host, certificate, listen",
    ],
    [
      client("from: []"),
      "1:19: clients.one.from: found an empty list: expected a mapping with container, service, project, label, cidr, host, certificate, listen",
    ],
    [
      client("from: { sevice: a }"),
      "1:27: clients.one.from: 'sevice' is no key of this: expected container, service, project, label, cidr, host, certificate, listen; did you mean service?",
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
      client("from: { label: =a }"),
      "1:34: clients.one.from.label: '=a': expected a label: KEY or KEY=VALUE",
    ],
    [
      client("from: { cidr: 10.0.0.1/8 }"),
      "1:33: clients.one.from.cidr: '10.0.0.1/8': has bits set after /8; write 10.0.0.0/8",
    ],
    [
      client("from: { host: 10.0.0.1 }"),
      "1:33: clients.one.from.host: '10.0.0.1': expected a host name such as ci.example; an address is written as cidr",
    ],
    [
      client("from: [ { host: a, listen: tcp://a:1 } ]"),
      "1:46: clients.one.from: 'listen' holds for the whole client: write it beside 'from'",
    ],
    [
      client(`from: { host: [ ${many(16)} ], service: [ ${many(17)} ] }`),
      "1:92: clients.one.from: 272 combinations of conditions: expected 256 at most; give several clients the same rights instead",
    ],
    [
      client(
        `from: [ { host: [ ${many(200)} ] }, { service: [ ${many(57)} ] } ]`,
      ),
      "1:29: clients.one.from: 257 combinations of conditions: expected 256 at most; give several clients the same rights instead",
    ],
    [
      client("listen: tcp://a"),
      "1:27: clients.one.listen: 'tcp://a': expected tcp://host:port, IPv6 in brackets",
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
      "1:1: 'one' is no key of this: expected clients, default; each client stands under clients",
    ],
    [
      client("listen: tcp://a:0"),
      "1:27: clients.one.listen: 'tcp://a:0': port 0 is another at each start: write the port's number",
    ],
    [
      client("listen: [ tcp://a:1, tcp://a:1 ]"),
      "1:40: clients.one.listen: 'tcp://a:1': this address is given twice",
    ],
    [
      client("listen: unix:///a, from: { cidr: 10.0.0.0/8 }"),
      "1:27: clients.one.listen: nobody has an address or a certificate on unix:///a, so 'from' never holds there: leave out 'from' (whoever may open the socket is this client), or listen on tcp:// or tls://",
    ],
    [
      "clients: { a: { listen: 'unix:///x?mode=0600' }, b: { listen: 'unix:///x' } }",
      "1:63: clients.b.listen: 'unix:///x': this socket has another mode or group at policy.yaml:1:25: write the same",
    ],
    [
      client("from: { host: a }, alow: '*'"),
      "1:38: clients.one: 'alow' is no key of this: expected from, listen, preset, allow, deny, allow-self, allow-origin; did you mean allow?",
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
      "1:24: default.allow-self: 'GET /new' is the rule of a path: name operations here",
    ],
    [
      "default: { allow-self: [ container.*, container.list ] }",
      "1:39: default.allow-self: 'container.list' is not withheld from sockwarden's own container: leave it out here",
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
      "1:20: default.preset: 'traefik@99': preset traefik does not have this version; write traefik@1",
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

function many(count: number): string {
  return Array.from({ length: count }, (_, i) => `a${i}`).join(",");
}

function short(text: string): string {
  return JSON.stringify(text.length > 70 ? `${text.slice(0, 70)}…` : text);
}

Deno.test("readPolicyFile() tells all problems at once, in the order of the file", () => {
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

// ---------------------------------------------------------------- shadows

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
      "policy.yaml:3:3: clients.two: never matches: clients.one at policy.yaml:2:3 comes first and takes whoever it is for; remove one, or put the narrower first",
    ]);
  });
}

Deno.test("readPolicyFile() refuses a client that two others shadow together", () => {
  const [problem, ...more] = problems(`clients:
  one: { from: { host: a } }
  two: { from: { host: b } }
  three: { from: { host: [ a, b ] } }
`);
  assertEquals(more, []);
  assert(
    problem!.includes(
      "clients.one at policy.yaml:2:3 or clients.two at policy.yaml:3:3 comes first",
    ),
    problem,
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
      "the same condition on a listener of its own",
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

// ------------------------------------------------------------ nearest rules

for (
  const [text, expected] of [
    ["container.restrat", "; did you mean container.restart?"],
    ["contaner.*:read", "; did you mean container.*?"],
    ["container", "; did you mean container.*?"],
    ["restart", "; did you mean container.restart?"],
    [
      "container.run",
      "; docker run is container.create, container.start, container.attach, container.wait",
    ],
    ["ps", "; docker ps is container.list"],
    ["container.prunes", "; did you mean container.prune?"],
    ["container.pruneall", ""],
    [
      "container.list, container.restart",
      "; for several rules write a list: [container.list, container.restart]",
    ],
    [
      "CONTAINERS",
      "; CONTAINERS is a switch: set it as a variable, or name operations, as in container.*:read",
    ],
    ["/containers/json", "; write container.list"],
    ["/new/route", "; write a method before it, as in GET /new/route"],
    ["container.archive", "; did you mean container.archive.*?"],
    ["libpod", "; did you mean libpod.*?"],
    ["container.list:write", ""],
    ["container.*:reads", ""],
    ["*:all", ""],
    ["x", ""],
    ["", ""],
    ["GET /containers/jsn", ""],
  ] as const
) {
  Deno.test(`nearestOperation() makes of '${text}': '${expected}'`, () => {
    assertEquals(nearestOperation(text), expected);
  });
}

Deno.test("nearestOperation() never names an operation that does not exist", () => {
  for (const [name] of OPERATION_BY_NAME) {
    const [, near] = /mean (.*)\?$/.exec(nearestOperation(`${name}x`)) ?? [];
    assert(
      near !== undefined &&
        (OPERATION_BY_NAME.has(near) || near.endsWith(".*")),
      `${name}x: ${near}`,
    );
  }
});
