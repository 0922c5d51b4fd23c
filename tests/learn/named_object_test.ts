import { assertEquals } from "@std/assert";
import { matchOperation } from "../../lib/docker/match.ts";
import { encodeUtf8 } from "../../lib/host.ts";
import {
  type Called,
  namedObject,
  type NameQueries,
} from "../../lib/learn/named_object.ts";

const ID = "a".repeat(64);
const EXEC = "e".repeat(64);
const LABELS = new Map([
  ["com.docker.compose.project", "shop"],
  ["com.docker.compose.service", "web"],
  ["com.docker.compose.version", "2"],
  ["org.opencontainers.image.title", "x"],
  ["team", "shop"],
  ["long", "x".repeat(200)],
]);

const OBJECTS: NameQueries = {
  find: (kind, reference) =>
    Promise.resolve(
      reference === "down"
        ? { reason: "the engine is down" }
        : reference === ID || reference === "shop-web-1" ||
            reference === "data"
        ? {
          id: ID,
          name: kind === "volumes" ? "data" : "shop-web-1",
          labels: LABELS,
        }
        : null,
    ),
  exec: (id) =>
    Promise.resolve(id === EXEC ? { id: EXEC, container: ID } : null),
  image: (reference) =>
    Promise.resolve(
      reference === "sha256:" + ID
        ? { id: reference, names: ["postgres:17"], volumes: [] }
        : null,
    ),
};

function called(method: string, target: string): Called {
  const match = matchOperation(method, target);
  if (match.kind !== "operation") throw new Error(`${match.kind}: ${target}`);
  return match;
}

const WEB = {
  kind: "container",
  name: "shop-web-1",
  project: "shop",
  service: "web",
  labels: ["team=shop"],
};

const CASES: readonly (readonly [
  what: string,
  call: string,
  object: object | undefined,
  body?: string,
])[] = [
  ["a call that names nothing", "GET /containers/json", undefined],
  ["a container by its name", "POST /containers/shop-web-1/restart", WEB],
  ["a container by its id", `POST /containers/${ID}/stop`, WEB],
  [
    "an id that the engine does not have",
    `POST /containers/${"b".repeat(64)}/stop`,
    {
      kind: "container",
      name: "",
    },
  ],
  ["a name that the engine does not have", "GET /containers/nope/json", {
    kind: "container",
    name: "nope",
  }],
  ["a name where the engine does not answer", "GET /containers/down/json", {
    kind: "container",
    name: "down",
  }],
  ["an exec by its container", `POST /exec/${EXEC}/start`, WEB],
  ["an exec that is not known", `POST /exec/${"f".repeat(64)}/start`, {
    kind: "container",
    name: "",
  }],
  ["a volume", "GET /volumes/data", { ...WEB, kind: "volume", name: "data" }],
  ["an image by its name", "GET /images/redis:7/json", {
    kind: "image",
    name: "redis:7",
  }],
  ["an image by its id", `GET /images/sha256:${ID}/json`, {
    kind: "image",
    name: "postgres:17",
  }],
  ["an image that is pulled", "POST /images/create?fromImage=redis&tag=7", {
    kind: "image",
    name: "redis:7",
  }],
  [
    "an image that is pulled by its digest",
    `POST /images/create?fromImage=redis&tag=sha256:${ID}`,
    { kind: "image", name: `redis@sha256:${ID}` },
  ],
  ["a container that is committed", "POST /commit?container=shop-web-1", WEB],
  ["a service by its name", "GET /services/web", {
    kind: "service",
    name: "web",
  }],
  ["a service by its id", `GET /services/${"z1".repeat(12)}a`, {
    kind: "service",
    name: "",
  }],
  [
    "a container that is created, with its own labels",
    "POST /containers/create?name=job-1",
    { kind: "container", name: "job-1", project: "ci", labels: ["job=1"] },
    '{"Image":"x","Env":["A=planted"],"Labels":{"job":"1","com.docker.compose.project":"ci"}}',
  ],
  [
    "a network that is created",
    "POST /networks/create",
    { kind: "network", name: "front" },
    '{"Name":"front"}',
  ],
  [
    "a volume with a body that cannot be read",
    "POST /volumes/create",
    { kind: "volume", name: "" },
    '{"Name":"a","Name":"b"}',
  ],
];

for (const [what, call, object, body = ""] of CASES) {
  Deno.test(`namedObject: ${what}`, async () => {
    const [method = "", target = ""] = call.split(" ");
    assertEquals(
      await namedObject(OBJECTS, called(method, target), encodeUtf8(body)),
      object as undefined,
    );
  });
}

Deno.test("namedObject: a creation in another spelling is not known, since the engine may read another one", async () => {
  for (
    const body of [
      '{"Name":"prod","name":"mine"}',
      '{"name":"mine"}',
      '{"Name":"mine","Labels":{"com.docker.compose.project":"prod"},"labels":{}}',
    ]
  ) {
    assertEquals(
      await namedObject(
        OBJECTS,
        called("POST", "/volumes/create"),
        encodeUtf8(body),
      ),
      { kind: "volume", name: "" },
      body,
    );
  }
});

Deno.test("namedObject: a container whose name the body has too, as dockerode writes it, has its labels", async () => {
  assertEquals(
    await namedObject(
      OBJECTS,
      called("POST", "/containers/create?name=web"),
      encodeUtf8('{"name":"web","Labels":{"team":"shop"}}'),
    ),
    { kind: "container", name: "web", labels: ["team=shop"] },
  );
});

Deno.test("namedObject: no label or project is recorded as another one", async () => {
  const Labels = {
    "com.docker.compose.project": "p".repeat(300),
    "team=shop": "x",
    "team": "a",
  };
  assertEquals(
    await namedObject(
      OBJECTS,
      called("POST", "/volumes/create"),
      encodeUtf8(JSON.stringify({ Name: "v", Labels })),
    ),
    { kind: "volume", name: "v", labels: ["team=a"] },
  );
});
