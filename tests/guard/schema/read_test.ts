import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import {
  BODIES,
  type JudgedOperation,
} from "../../../lib/guard/schema/operations.ts";
import { type BodyFields, readBody } from "../../../lib/guard/schema/read.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function read(
  text: string,
  operation: JudgedOperation = "container.create",
): BodyFields {
  const body = readBody(operation, encode(text));
  if ("problem" in body) throw new Error(`${text}: ${body.problem}`);
  return body;
}

function problem(
  text: string,
  operation: JudgedOperation = "container.create",
): string {
  const body = readBody(operation, encode(text));
  if (!("problem" in body)) throw new Error(`accepted: ${text}`);
  return body.problem;
}

/** The path, the value and the knob of each field. */
function rows(
  text: string,
  operation?: JudgedOperation,
): [string, JsonValue, string][] {
  return read(text, operation).fields.map((
    { path, value, knob },
  ) => [path, value, knob]);
}

const paths = (text: string, operation?: JudgedOperation) =>
  read(text, operation).fields.map(({ path }) => path);

Deno.test("readBody() gives each field in the body's order, a structure before its fields", () => {
  assertEquals(
    paths(
      '{"HostConfig":{"Privileged":true,"Mounts":[{"Target":"/a","Source":"/"},{"ReadOnly":true}]},"Image":"a"}',
    ),
    [
      "HostConfig",
      "HostConfig.Privileged",
      "HostConfig.Mounts",
      "HostConfig.Mounts[0].Target",
      "HostConfig.Mounts[0].Source",
      "HostConfig.Mounts[1].ReadOnly",
      "Image",
    ],
  );
});

Deno.test("readBody() gives the value as it stands in the body, and the knob of the row", () => {
  assertEquals(
    rows('{"Privileged":true,"Binds":["/:/h",null],"Sysctls":{"a":"1"}}')
      .map(([path, value, knob]) => [path, JSON.stringify(value), knob]),
    [
      ["Privileged", "true", "privileged"],
      ["Binds", '["/:/h",null]', "binds"],
      ["Sysctls", '{"a":"1"}', "sysctls"],
    ],
  );
});

Deno.test("readBody() reads HostConfig's fields at the root of a creation, as older engines do", () => {
  const [root] = read('{"Mounts":[{"Source":"/"}]}').fields;
  const inner = read('{"HostConfig":{"Mounts":[{"Source":"/"}]}}').fields[1];
  assertEquals(root?.path, "Mounts");
  assertEquals(root?.field, inner?.field);
});

Deno.test("readBody() puts the keys of maps in brackets, as JSON", () => {
  assertEquals(
    paths(
      '{"NetworkingConfig":{"EndpointsConfig":{"a.b\\"]":{"Aliases":["c"]}}},"PortBindings":{"80/tcp":[{"HostIp":"::1"}]}}',
    ),
    [
      "NetworkingConfig",
      "NetworkingConfig.EndpointsConfig",
      'NetworkingConfig.EndpointsConfig["a.b\\"]"].Aliases',
      "PortBindings",
      'PortBindings["80/tcp"][0].HostIp',
    ],
  );
});

Deno.test("readBody() leaves out what is null or Go's zero value", () => {
  assertEquals(
    paths(
      '{"Image":"","Tty":false,"Env":null,"ShmSize":0,"OomScoreAdj":-0,"ConsoleSize":[0,null],"ConsoleSize2":null,"LogConfig":{"Type":"","Config":null},"Init":null,"HostConfig":null,"NetworkingConfig":null}',
    ),
    [],
  );
});

Deno.test("readBody() keeps what is empty, but not null, and zeros behind a pointer", () => {
  assertEquals(
    paths(
      '{"MaskedPaths":[],"Labels":{},"Init":false,"Umask":0,"PidsLimit":0,"HostConfig":{},"ConsoleSize":[0,1]}',
    ),
    [
      "MaskedPaths",
      "Labels",
      "Init",
      "Umask",
      "PidsLimit",
      "HostConfig",
      "ConsoleSize",
    ],
  );
});

Deno.test("readBody() keeps a structure with its first field, however deep", () => {
  assertEquals(
    paths(
      '{"Spec":{"CAConfig":{"ForceRotate":0},"Raft":{"ElectionTick":1}}}',
      "swarm.init",
    ),
    ["Spec", "Spec.Raft", "Spec.Raft.ElectionTick"],
  );
});

Deno.test("readBody() takes a null in a list for an empty structure", () => {
  assertEquals(rows('{"Mounts":[null]}'), [["Mounts", [null], "mounts"]]);
});

Deno.test("readBody() names the fields that have no row, at their place", () => {
  assertEquals(
    read(
      '{"Newer":1,"HostConfig":{"Mounts":[{"Newest":{"Image":1}}]},"Volumes":{"/a":{"b":1}},"with space":"","Absent":null,"__proto__":{},"toString":0}',
    ).unknown,
    [
      "Newer",
      "HostConfig.Mounts[0].Newest",
      'Volumes["/a"].b',
      '["with space"]',
      "__proto__",
      "toString",
    ],
  );
});

Deno.test("readBody() knows HostConfig in no commit, which takes the Config alone", () => {
  assertEquals(
    read('{"Image":"a","HostConfig":{},"Privileged":true}', "container.commit"),
    {
      fields: read('{"Image":"a"}', "container.commit").fields,
      unknown: ["HostConfig", "Privileged"],
    },
  );
});

Deno.test("readBody() refuses another spelling of a field that the engine reads, and names the right one", () => {
  for (const key of ["image", "IMAGE", "iMage", "\\u0069mage"]) {
    assertEquals(
      problem(`{"${key}":"a"}`),
      `Image is spelled '${
        JSON.parse(`"${key}"`)
      }', which the engine reads too; write 'Image'`,
    );
  }
  for (
    const [key, name] of [
      ["HoſtConfig", "HostConfig"],
      ["Networ\u212aMode", "NetworkMode"],
      ["\\u017fhmSize", "ShmSize"],
    ]
  ) {
    assertStringIncludes(problem(`{"${key}":null}`), `write '${name}'`);
  }
  assertStringIncludes(
    problem('{"HostConfig":{"Mounts":[{"source":"/"}]}}'),
    "HostConfig.Mounts[0].Source is spelled 'source'",
  );
});

Deno.test("readBody() lets pass other spellings that known clients send, but not two of one field", () => {
  assertEquals(
    rows('{"Mode":{"replicated":{"Replicas":0}}}', "service.create").at(-1),
    ["Mode.Replicated.Replicas", 0, "swarm"],
  );
  for (
    const [text, operation] of [
      ['{"name":"web"}', "container.create"],
      ['{"detachKeys":"ctrl-p"}', "container.exec.create"],
    ] as const
  ) {
    assertEquals(rows(text, operation).length, 1, text);
    assertEquals(rows(text, operation)[0]![2], "free", text);
  }
  assertEquals(
    problem('{"name":"web","Name":"db"}', "container.create"),
    "Name is given twice",
  );
  assertEquals(
    problem('{"Mode":{"replicated":{},"Replicated":{}}}', "service.create"),
    "Mode.Replicated is given twice",
  );
});

Deno.test("readBody() takes an escaped name for the name", () => {
  assertEquals(rows('{"\\u0049mage":"a"}'), [["Image", "a", "images"]]);
});

Deno.test("readBody() refuses values of another type, with their place", () => {
  for (
    const [text, clause] of [
      ["[]", "the body is not an object"],
      ["1", "the body is not an object"],
      ['{"HostConfig":[]}', "HostConfig is not an object"],
      ['{"HostConfig":"a"}', "HostConfig is not an object"],
      ['{"Cmd":"a"}', "Cmd is not a list"],
      ['{"Cmd":{}}', "Cmd is not a list"],
      ['{"Cmd":["a",1]}', "Cmd[1] is not a string"],
      ['{"Labels":{"a":1}}', 'Labels["a"] is not a string'],
      ['{"Labels":[]}', "Labels is not an object"],
      ['{"Dns":["a"]}', "Dns[0] is not an IP address"],
      ['{"Mounts":["a"]}', "Mounts[0] is not an object"],
      ['{"BlkioWeightDevice":["a"]}', "BlkioWeightDevice[0] is not an object"],
      ['{"Volumes":{"/a":"b"}}', 'Volumes["/a"] is not an object'],
      [
        '{"DeviceRequests":[{"Capabilities":["a"]}]}',
        "DeviceRequests[0].Capabilities[0] is not a list",
      ],
      ['{"Privileged":"true"}', "Privileged is not true or false"],
      ['{"Privileged":1}', "Privileged is not true or false"],
      ['{"Memory":"1"}', "Memory is not a number"],
      ['{"Mounts":[[]]}', "Mounts[0] is not an object"],
      ['{"ConsoleSize":5}', "ConsoleSize is not a list"],
      ['{"ConsoleSize":[1,2,3]}', "ConsoleSize has more than 2 values"],
    ] as const
  ) {
    assertEquals(problem(text), clause, text);
  }
});

Deno.test("readBody() looks into maps of addresses", () => {
  assertEquals(
    problem(
      '{"IPAM":{"Config":[{"AuxiliaryAddresses":{"a":"::1","b":"c"}}]}}',
      "network.create",
    ),
    'IPAM.Config[0].AuxiliaryAddresses["b"] is not an IP address',
  );
});

Deno.test("readBody() reports the first of two problems", () => {
  assertEquals(
    problem('{"Mounts":[{"Source":1},{"Source":2}],"Image":3}'),
    "Mounts[0].Source is not a string",
  );
});

Deno.test("readBody() refuses a whole number that Go does not take for one, whatever it is worth", () => {
  for (
    const number of [
      "1e3",
      "1E3",
      "1.0",
      "0.0",
      "0e0",
      "1.5",
      "-2.0e1",
      "1e400",
    ]
  ) {
    assertStringIncludes(
      problem(`{"Env":["1.5 \\" 1e3"],"HostConfig":{"Memory":${number}}}`),
      `HostConfig.Memory is ${number}; write a whole number`,
    );
  }
  // An image's tag that looks so hides none.
  for (const memory of ['"Memory":1e3', '"Memory" \t: 1e3']) {
    assertStringIncludes(
      problem(`{"Image":"a:1.29","HostConfig":{${memory}}}`),
      "HostConfig.Memory is 1e3; write a whole number",
    );
  }
  assertEquals(rows('{"Memory":1000}'), [["Memory", 1000, "limits"]]);
});

Deno.test("readBody() reads numbers with a fraction where Go wants them, and in unknown fields", () => {
  const body = read(
    '{"UpdateConfig":{"MaxFailureRatio":2.5e-1,"Newer":1.5},"Labels":{"1.5":"1e3"},"Newer":1e3}',
    "service.update",
  );
  assertEquals(
    body.fields.map(({ path, value }) => [path, JSON.stringify(value)]),
    [
      ["UpdateConfig", '{"MaxFailureRatio":0.25,"Newer":1.5}'],
      ["UpdateConfig.MaxFailureRatio", "0.25"],
      ["Labels", '{"1.5":"1e3"}'],
    ],
  );
  assertEquals(body.unknown, ["UpdateConfig.Newer", "Newer"]);
});

Deno.test("readBody() knows a whole number beside one with a fraction", () => {
  assertEquals(
    rows(
      '{"UpdateConfig":{"MaxFailureRatio":0.5,"Parallelism":2,"Order":"1.5"}}',
      "service.create",
    ).slice(1),
    [
      ["UpdateConfig.MaxFailureRatio", 0.5, "free"],
      ["UpdateConfig.Parallelism", 2, "free"],
      ["UpdateConfig.Order", "1.5", "free"],
    ],
  );
});

Deno.test("readBody() refuses keys that are no port, or one port twice", () => {
  for (
    const key of [
      "",
      "x",
      "80-90/tcp",
      "65536/tcp",
      "80/tcp/udp",
      "-1",
      "080000",
    ]
  ) {
    assertEquals(
      problem(`{"ExposedPorts":{"${key}":{}}}`),
      `ExposedPorts["${key}"] is not a port, such as 80/tcp`,
    );
  }
  for (
    const [one, other] of [["80", "80/tcp"], ["80/", "80/TCP"], [
      "080/udp",
      "80/udp",
    ]]
  ) {
    assertStringIncludes(
      problem(`{"PortBindings":{"${one}":[],"${other}":[]}}`),
      "is given twice",
    );
  }
  assertEquals(
    paths('{"ExposedPorts":{"80/tcp":{},"80/udp":{},"65535":null}}'),
    ["ExposedPorts"],
  );
});

Deno.test("readBody() counts an empty body as one without fields, but for a creation, which no engine takes", () => {
  for (const operation of Object.keys(BODIES) as JudgedOperation[]) {
    assertEquals(
      readBody(operation, new Uint8Array()),
      operation === "container.create"
        ? { problem: "the body is empty" }
        : { fields: [], unknown: [] },
    );
  }
  assertEquals(read("null", "volume.create"), { fields: [], unknown: [] });
});

Deno.test("readBody() reads the privileges of a plugin, which are a list", () => {
  assertEquals(
    rows('[{"Name":"network","Value":["host"]},null]', "plugin.pull"),
    [
      ["[0].Name", "network", "privileged"],
      ["[0].Value", ["host"], "privileged"],
    ],
  );
  assertEquals(problem("{}", "plugin.pull"), "the body is not a list");
});

Deno.test("readBody() refuses what two parsers could read differently", () => {
  for (
    const text of [
      '{"Image":"a","Image":"b"}',
      '{"Image":"a"}{}',
      '\ufeff{"Image":"a"}',
      '{"Image":"\\ud800"}',
      "",
      " ",
    ]
  ) {
    problem(text);
  }
  const invalid = encode('{"Image":"a"}');
  invalid[10] = 0xff;
  assertEquals(readBody("container.create", invalid), {
    problem: "the body is not valid UTF-8",
  });
});

Deno.test("readBody() shows a long key only as far as it fits", () => {
  const key = "x".repeat(100);
  assertEquals(read(`{"${key}":1}`).unknown, [`["${"x".repeat(80)}…"]`]);
  assertEquals(
    problem(`{"Labels":{"${key}":1}}`),
    `Labels["${"x".repeat(80)}…"] is not a string`,
  );
});

Deno.test("readBody() knows how a number was written below a key with an escape", () => {
  // V8 15.0 would read the second key of HostConfig as that of Labels.
  const body = (memory: string) =>
    `{"Labels":{"Cgroup":"","\\\\u004d":"","NanoCpus":""},"HostConfig":{"Cgroup":"","\\u004demory":${memory},"NanoCpus":1.0}}`;
  assertStringIncludes(problem(body("1e3")), "HostConfig.Memory is 1e3");
  assertStringIncludes(problem(body("1000")), "HostConfig.NanoCpus is 1.0");
});
