import { assertEquals, assertStringIncludes } from "@std/assert";
import { claims, problem } from "../support/claims.ts";

const DIGEST = `nginx:1@sha256:${"0123456789abcdef".repeat(4)}`;

Deno.test("readClaims() finds all that a service claims", () => {
  for (const operation of ["service.create", "service.update"]) {
    const found = claims(operation, {
      path: operation === "service.update" ? ["abc"] : [],
      body: {
        Name: "deployer",
        Labels: { "of.the.service": "1" },
        TaskTemplate: {
          ContainerSpec: {
            Image: DIGEST,
            Hostname: "host",
            Labels: { "com.docker.stack.namespace": "stack", role: "ci" },
          },
          NetworkAttachmentSpec: { ContainerID: "attached" },
          Networks: [{ Target: "back", Aliases: ["one"] }],
        },
        Networks: [{ Target: "old", Aliases: ["two"] }],
      },
    });
    assertEquals(found.aliases, [
      "deployer",
      "tasks.deployer",
      "host",
      "two",
      "one",
    ]);
    const labels = new Map(found.labels);
    assertEquals(labels.get("com.docker.swarm.service.name"), "deployer");
    assertEquals(labels.get("com.docker.stack.namespace"), "stack");
    assertEquals(labels.get("role"), "ci");
    assertEquals(labels.has("of.the.service"), false);
    assertEquals(labels.get("com.docker.swarm.task"), null);
    assertEquals(
      labels.get("com.docker.swarm.service.id"),
      operation === "service.update" ? null : "a new id",
    );
    assertEquals(found.touches, ["attached"]);
    assertEquals(found.inherits, ["TaskTemplate", "ContainerSpec", "Labels"]);
    assertEquals(found.unknown.labels, null);
    assertEquals(found.unknown.addresses, null);
  }
});

Deno.test("readClaims() finds no image of a service that runs no container", () => {
  for (const TaskTemplate of [{ PluginSpec: {} }, { ContainerSpec: null }]) {
    const body = { Name: "a", TaskTemplate };
    assertEquals(claims("service.create", { body }).inherits, null);
  }
});

Deno.test("readClaims() says that a service's templates and rollbacks are not known", () => {
  const spec = (ContainerSpec: unknown, Networks: unknown = []) => ({
    Name: "a",
    TaskTemplate: { ContainerSpec, Networks },
  });
  for (
    const body of [
      spec({ Hostname: "dep{{/**/}}loyer" }),
      spec({}, [{ Target: "back", Aliases: ['{{ "deployer" }}'] }]),
    ]
  ) {
    const { unknown } = claims("service.create", { body });
    assertStringIncludes(unknown.aliases ?? "", "template");
  }
  const rollback = claims("service.update", {
    path: ["a"],
    query: "version=3&rollback=previous",
    body: spec({ Image: DIGEST }),
  });
  assertEquals(rollback.inherits, null);
  const none = claims("service.update", {
    path: ["a"],
    query: "version=3&rollback=none",
    body: spec({}),
  });
  assertEquals(Object.values(none.unknown), [null, null, null]);
  for (const reason of Object.values(rollback.unknown)) {
    assertStringIncludes(reason ?? "", "rollback");
  }
  assertStringIncludes(
    claims("service.create", { body: spec({}, [{ Target: "host" }]) }).unknown
      .addresses ?? "",
    "every address of the host",
  );
});

Deno.test("readClaims() finds no alias of a service without a name", () => {
  for (const body of [{}, { Name: "" }, { Name: null }]) {
    assertEquals(claims("service.create", { body }).aliases, []);
  }
});

Deno.test("readClaims() refuses a service that it does not understand", () => {
  for (
    const [body, word] of [
      ["", "JSON"],
      ["null", "object"],
      [{ name: "a" }, "write 'Name'"],
      [{ Name: 1 }, "Name is not a string"],
      [{ taskTemplate: {} }, "write 'TaskTemplate'"],
      [{ TaskTemplate: { containerspec: {} } }, "write 'ContainerSpec'"],
      [{ TaskTemplate: { ContainerSpec: { labels: {} } } }, "write 'Labels'"],
      [{ TaskTemplate: { ContainerSpec: { Labels: [] } } }, "not an object"],
      [{ TaskTemplate: { Networks: {} } }, "not a list"],
      [{ TaskTemplate: { Networks: [{ aliases: [] }] } }, "write 'Aliases'"],
      [{ Networks: ["back"] }, "Networks is not an object"],
    ] as const
  ) {
    assertStringIncludes(
      problem("service.create", { body }),
      word,
      JSON.stringify(body),
    );
  }
});

Deno.test("readClaims() finds every network of a service that may be given by its id", () => {
  const Networks = [{ Target: "afgj" }, { Target: "my_net" }];
  for (const body of [{ Networks }, { TaskTemplate: { Networks } }]) {
    assertEquals(claims("service.create", { body }).networks, ["afgj"]);
    assertEquals(claims("service.update", { body }).networks, ["afgj"]);
  }
});
