/** Whether requests have the labels that the guard adds. */

import { assertEquals } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import { judgeGuard, readGuarded } from "../../../lib/guard/judge/guard.ts";
import type { Finding } from "../../../lib/guard/rules.ts";
import { factsOf, type OwnKnobs, rulesOf } from "./judging.ts";

const KNOBS = { "labels-added": ["owner=ci", "team=a"] };
const BOTH = { owner: "ci", team: "a" };

interface Asked {
  readonly query?: string;
  readonly body?: JsonValue;
  readonly knobs?: OwnKnobs;
}

function judged(operation: string, { query = "", body, knobs = {} }: Asked) {
  const bytes = new TextEncoder().encode(
    body === undefined ? "" : JSON.stringify(body),
  );
  const request = readGuarded(operation, [], query, "", bytes);
  if ("problem" in request) throw new Error(request.problem);
  const rules = rulesOf({ knobs: { ...KNOBS, ...knobs } });
  return judgeGuard(rules, request, factsOf()).refused;
}

/** What is found of labels, as `path what`. */
function found(operation: string, asked: Asked): string[] {
  return judged(operation, asked)
    .filter(({ knob }) => knob.startsWith("labels-"))
    .map(({ knob, path, what }: Finding) =>
      `${knob === "labels-added" ? "" : `${knob} `}${path} ${what}`
    );
}

const AT_ROOT = [
  "container.create",
  "volume.create",
  "network.create",
  "secret.create",
  "secret.update",
  "config.create",
  "config.update",
];

for (const operation of AT_ROOT) {
  Deno.test(`${operation} must have the labels that are added, and no other value for them`, () => {
    const of = (labels?: JsonValue) =>
      found(operation, {
        body: labels === undefined ? {} : { Labels: labels },
      });
    const lacks = [
      "Labels lacks the label 'owner=ci'",
      "Labels lacks the label 'team=a'",
    ];
    assertEquals(of(), lacks);
    assertEquals(of(null), lacks);
    assertEquals(of({}), lacks);
    assertEquals(of({ x: "y" }), lacks);
    assertEquals(of(BOTH), []);
    assertEquals(of({ ...BOTH, x: "y", Owner: "z" }), []);
    assertEquals(of({ ...BOTH, owner: "me" }), [
      `Labels["owner"] sets another value for the label 'owner'`,
    ]);
    assertEquals(of({ ...BOTH, owner: null }), [
      `Labels["owner"] sets another value for the label 'owner'`,
    ]);
    // Podman takes what is before the first `=` for the key.
    assertEquals(of({ ...BOTH, "owner=me": "" }), [
      `Labels["owner=me"] sets another value for the label 'owner'`,
    ]);
  });
}

Deno.test("a service and its containers must have them", () => {
  const of = (body: JsonValue) => found("service.create", { body });
  const spec = "TaskTemplate.ContainerSpec.Labels";
  assertEquals(
    of({ Labels: BOTH, TaskTemplate: { ContainerSpec: { Labels: BOTH } } }),
    [],
  );
  const lacks = [
    `${spec} lacks the label 'owner=ci'`,
    `${spec} lacks the label 'team=a'`,
  ];
  const tasks: JsonValue[] = [
    null,
    {},
    { ContainerSpec: null },
    { ContainerSpec: {} },
    { PluginSpec: { Name: "x" } },
  ];
  for (const task of tasks) {
    assertEquals(of({ Labels: BOTH, TaskTemplate: task }), lacks);
  }
  assertEquals(
    of({ TaskTemplate: { ContainerSpec: { Labels: { ...BOTH, team: "b" } } } }),
    [
      "Labels lacks the label 'owner=ci'",
      "Labels lacks the label 'team=a'",
      `${spec}["team"] sets another value for the label 'team'`,
    ],
  );
  assertEquals(found("service.update", { body: {} }).length, 4);
});

Deno.test("a volume that a mount makes has no other value for them", () => {
  const mounts = (labels: JsonValue): JsonValue => [
    { Type: "volume", Source: "v", Target: "/a" },
    { Type: "volume", Target: "/v", VolumeOptions: { Labels: labels } },
  ];
  const create = (labels: JsonValue, place: string) =>
    found("container.create", {
      body: place === ""
        ? { Labels: BOTH, Mounts: mounts(labels) }
        : { Labels: BOTH, [place]: { Mounts: mounts(labels) } },
    });
  const serve = (labels: JsonValue) =>
    found("service.create", {
      body: {
        Labels: BOTH,
        TaskTemplate: {
          ContainerSpec: { Labels: BOTH, Mounts: mounts(labels) },
        },
      },
    });
  const other = `sets another value for the label 'owner'`;
  const harmless: JsonValue[] = [null, {}, { x: "y" }, BOTH, { owner: "ci" }];
  for (const labels of harmless) {
    assertEquals(create(labels, "HostConfig"), []);
    assertEquals(create(labels, ""), []);
    assertEquals(serve(labels), []);
  }
  for (
    const [key, value] of [["owner", "me"], ["owner", null], [
      "owner=x",
      "",
    ]] as const
  ) {
    const at = `Mounts[1].VolumeOptions.Labels["${key}"] ${other}`;
    assertEquals(create({ [key]: value }, "HostConfig"), [`HostConfig.${at}`]);
    assertEquals(create({ [key]: value }, ""), [at]);
    assertEquals(serve({ [key]: value }), [
      `TaskTemplate.ContainerSpec.${at}`,
    ]);
  }
});

Deno.test("a finding's remedy is the list without that label", () => {
  const body = { Image: "a", Labels: { owner: "me", team: "a" } };
  assertEquals(judged("container.create", { body }), [{
    knob: "labels-added",
    path: 'Labels["owner"]',
    what: "sets another value for the label 'owner'",
    remedy: "labels-added: [team=a]",
  }]);
});

Deno.test("a build must have them in its query, once", () => {
  const of = (query: string, knobs: OwnKnobs = {}) =>
    found("image.build", { query, knobs });
  const labels = (value: JsonValue) =>
    `labels=${encodeURIComponent(JSON.stringify(value))}`;
  assertEquals(of(labels(BOTH)), []);
  for (const query of ["", "labels=", "labels=null", "labels=[]"]) {
    assertEquals(of(query), [
      "labels lacks the label 'owner=ci'",
      "labels lacks the label 'team=a'",
    ], query);
  }
  assertEquals(of(labels({ ...BOTH, team: "b" })), [
    `labels["team"] sets another value for the label 'team'`,
  ]);
  assertEquals(of(labels({ ...BOTH, team: null })).length, 1);
  assertEquals(of(`${labels(BOTH)}&${labels(BOTH)}`), [
    "labels is given twice; give it once",
  ]);
});

Deno.test("a query that engines read in different ways is refused", () => {
  for (const query of ["Labels={}", "labels={", 'labels={"a":"","a":""}']) {
    const refused = judged("image.build", { query });
    assertEquals(refused.some(({ knob }) => knob === "guard"), true, query);
    if (query.startsWith("labels")) {
      // That it lacks the labels is no news then.
      assertEquals(found("image.build", { query }), [], query);
    }
  }
});

Deno.test("BuildKit is refused, whatever allows it otherwise", () => {
  const labels = `labels=${encodeURIComponent(JSON.stringify(BOTH))}`;
  for (const name of ["version=2", "session=x", "buildid=x", "outputs=x"]) {
    assertEquals(
      found("image.build", {
        query: `${labels}&${name}`,
        knobs: { buildkit: "allow" },
      }),
      [`${name.split("=")[0]} builds by BuildKit, where no label is sure`],
    );
  }
  for (const version of ["", "1"]) {
    const query = `${labels}&version=${version}`;
    assertEquals(found("image.build", { query }), []);
  }
  for (const operation of ["build.grpc", "build.session"]) {
    assertEquals(found(operation, { knobs: { buildkit: "allow" } }), [
      " it builds by BuildKit, where no label is sure",
    ]);
    assertEquals(
      found(operation, { knobs: { buildkit: "allow", "labels-added": [] } }),
      [],
    );
  }
});

const OWN = "changes=LABEL+owner%3Dci&changes=LABEL+team%3Da";
const changes = (...all: string[]) =>
  [OWN, ...all.map((one) => `changes=${encodeURIComponent(one)}`)].join("&");

Deno.test("a commit must begin its changes with them", () => {
  const of = (query: string, body: JsonValue = {}) =>
    found("container.commit", { query, body });
  const lacks = [
    "changes lacks the label 'owner=ci'",
    "changes lacks the label 'team=a'",
  ];
  assertEquals(of(`container=x&${OWN}`), []);
  assertEquals(of(""), lacks);
  // Its body does not count for them: podman does not read it.
  assertEquals(of("", { Labels: BOTH }), lacks);
  assertEquals(of(OWN, { Labels: { owner: "me" } }), [
    `Labels["owner"] sets another value for the label 'owner'`,
  ]);
  // What begins before could swallow them.
  assertEquals(of(`changes=ENV+x+%5C&${OWN}`).slice(0, 2), lacks);
  assertEquals(of(`changes=%23+x&${OWN}`), lacks);
});

Deno.test("an import must begin its changes with them, and give no other value", () => {
  const of = (query: string) =>
    found("image.import", { query: `fromSrc=-&${query}` });
  assertEquals(of(OWN), []);
  assertEquals(of(""), [
    "changes lacks the label 'owner=ci'",
    "changes lacks the label 'team=a'",
  ]);
  assertEquals(of(changes("LABEL owner=me")), [
    // Podman reads each by itself.
    `changes:3["owner"] sets another value for the label 'owner'`,
    `changes:1["owner"] sets another value for the label 'owner'`,
  ]);
});

for (
  const [change, isOther] of [
    ["LABEL owner=ci", false],
    ['LABEL owner="ci" x=y', false],
    ["LABEL x=owner=me", false],
    ["CMD LABEL owner=me", false],
    ["LABEL owner=me", true],
    ["label  owner=me", true],
    ["LABEL owner me", true],
    ["LABEL x=y owner=me", true],
    ['LABEL "owner"=me', true],
    ['LABEL o"wn"er=me', true],
    ["LABEL owner=$X", true],
    ["LABEL owner=", true],
    ["LABEL \\\nowner=me", true],
    ["ENV x=y\nLABEL owner=me", true],
  ] as const
) {
  Deno.test(`a later change sets ${isOther ? "another" : "no other"} value: ${JSON.stringify(change)}`, () => {
    const all = found("container.commit", { query: changes(change), body: {} });
    assertEquals(
      all.some((one) => one.endsWith("another value for the label 'owner'")),
      isOther,
      all.join(),
    );
    assertEquals(all.length > 0, isOther);
  });
}

Deno.test("changes whose labels cannot be read are refused, and their remedy is no label", () => {
  for (const change of ["LABEL $X=me", 'LABEL "owner=me', "LABELS owner=me"]) {
    const all = judged("container.commit", {
      query: changes(change),
      body: {},
    });
    assertEquals(
      all.some(({ remedy }) => remedy === "labels-added: []"),
      true,
      change,
    );
  }
});

Deno.test("the exact label that is added skips labels-forbidden, another one does not", () => {
  const knobs = { "labels-forbidden": ["owner", "team=*", "x"] };
  assertEquals(
    found("container.create", { body: { Labels: BOTH }, knobs }),
    [],
  );
  assertEquals(
    found("container.create", { body: { Labels: { ...BOTH, x: "y" } }, knobs }),
    [
      `labels-forbidden Labels["x"] sets the label 'x'`,
    ],
  );
  assertEquals(
    found("container.create", {
      body: { Labels: { ...BOTH, owner: "me" } },
      knobs,
    })
      .length,
    2,
  );
  assertEquals(found("container.commit", { query: OWN, body: {}, knobs }), []);
  // Of a value that cannot be read it is not known.
  assertEquals(
    found("container.commit", {
      query: "changes=LABEL+owner%3D&changes=LABEL+owner%3D%24X",
      body: {},
      knobs: { "labels-added": ["owner="], "labels-forbidden": ["owner"] },
    }),
    [
      `changes:2["owner"] sets another value for the label 'owner'`,
      `labels-forbidden changes:2["owner"] sets the label 'owner'`,
      `changes:1["owner"] sets another value for the label 'owner'`,
      `labels-forbidden changes:1["owner"] sets the label 'owner'`,
    ],
  );
});

Deno.test("values that only quotes carry keep a commit possible", () => {
  const knobs = {
    "labels-added": ["rule=Host(`a`) $X"],
    "labels-forbidden": ["x=*"],
  };
  const query = `changes=${encodeURIComponent('LABEL rule="Host(`a`) \\$X"')}`;
  assertEquals(found("container.commit", { query, body: {}, knobs }), []);
});

Deno.test("what creates nothing needs no labels", () => {
  for (
    const operation of ["container.update", "network.connect", "volume.update"]
  ) assertEquals(found(operation, { body: {} }), [], operation);
  for (const operation of ["image.pull", "image.load", "container.start"]) {
    assertEquals(found(operation, {}), [], operation);
  }
});

Deno.test("at most so many findings are told", () => {
  const words = Array.from({ length: 100 }, (_, i) => `k${i}=v`);
  const body = { Image: "a" };
  assertEquals(
    judged("container.create", { body, knobs: { "labels-added": words } })
      .length,
    64,
  );
});
