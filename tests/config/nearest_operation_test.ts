import { assert, assertEquals } from "@std/assert";
import {
  nearestOperation,
  operationGroups,
} from "../../lib/config/nearest_operation.ts";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";

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

Deno.test("nearestOperation() suggests a read for three changes, not for four", () => {
  assertEquals(
    nearestOperation("system.versionxyz"),
    "; did you mean system.version?",
  );
  assertEquals(nearestOperation("system.versionwxyz"), "");
});

Deno.test("nearestOperation() suggests a write for two changes, not for three", () => {
  assertEquals(
    nearestOperation("container.restartxy"),
    "; did you mean container.restart?",
  );
  assertEquals(nearestOperation("container.restartxyz"), "");
});

Deno.test("operationGroups() returns the pattern of each level once", () => {
  assertEquals(
    operationGroups(["a.b.c", "a.d", "e.f", "g"]),
    ["a.*", "a.b.*", "e.*"],
  );
});
