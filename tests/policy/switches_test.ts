import { assert, assertEquals } from "@std/assert";
import {
  onlyShows,
  OPERATION_BY_NAME,
  OPERATIONS,
  SECTIONS,
} from "../../lib/docker/operations.ts";
import {
  changesSomething,
  DIFFERENCES,
  GATES_OF,
  GRANTERS_OF,
  sectionSwitches,
  SWITCH_BY_NAME,
  SWITCHES,
} from "../../lib/policy/switches.ts";

/** The switches of an operation that must all be on. */
function needs(name: string): string[] | null {
  return sectionSwitches(OPERATION_BY_NAME.get(name)!);
}

Deno.test("SWITCHES have a name each, a help text, and operations that there are", () => {
  assertEquals(SWITCH_BY_NAME.size, SWITCHES.length);
  for (const { name, help, grants, removes } of SWITCHES) {
    assert(help !== "" && !help.includes("undefined"), name);
    for (const operation of [...grants, ...removes]) {
      assert(OPERATION_BY_NAME.has(operation), `${name}: ${operation}`);
    }
  }
});

Deno.test("SWITCHES have each section, with all of its operations", () => {
  const sections = SWITCHES.filter(({ kind }) => kind === "section");
  assertEquals(
    new Set(sections.map(({ name }) => name)),
    SECTIONS,
  );
  for (const { name, grants, removes } of sections) {
    assertEquals(
      grants,
      OPERATIONS.filter(({ section }) => section === name).map(({ name }) =>
        name
      ),
    );
    assertEquals(removes, []);
  }
});

Deno.test("SWITCHES stand in the order of the help text, those of podman last", () => {
  assertEquals(
    SWITCHES.map(({ name }) => name).filter((name) =>
      !name.startsWith("LIBPOD_")
    ),
    [
      ...[...SECTIONS].filter((name) => !name.startsWith("LIBPOD_")).sort(),
      "POST",
      "ALLOW_START",
      "ALLOW_STOP",
      "ALLOW_RESTARTS",
      "ALLOW_PAUSE",
      "ALLOW_UNPAUSE",
      "ALLOW_LOGS",
      "ALLOW_ARCHIVE",
      "ALLOW_EXPORT",
      "ALLOW_CHANGES",
      "ALLOW_TOP",
    ],
  );
});

Deno.test("SWITCHES that are on by default are those of the original, and podman's of the same name", () => {
  assertEquals(
    SWITCHES.filter(({ onByDefault }) => onByDefault === true)
      .map(({ name }) => name),
    ["EVENTS", "LIBPOD_PING", "LIBPOD_VERSION", "PING", "VERSION"],
  );
  for (const { kind, onByDefault } of SWITCHES) {
    assertEquals(onByDefault === null, kind === "gate");
  }
});

Deno.test("sectionSwitches() asks for the section, and for POST where something changes", () => {
  assertEquals(needs("container.list"), ["CONTAINERS"]);
  assertEquals(needs("system.ping"), ["PING"]);
  assertEquals(needs("container.create"), ["CONTAINERS", "POST"]);
  assertEquals(needs("exec.start"), ["EXEC", "POST"]);
  assertEquals(needs("image.delete"), ["IMAGES", "POST"]);
  // Of class read, by POST; of class exec, by GET.
  assertEquals(needs("container.wait"), ["CONTAINERS", "POST"]);
  assertEquals(needs("container.attach.ws"), ["CONTAINERS", "POST"]);
  assertEquals(needs("debug.vars"), null);
});

Deno.test("sectionSwitches() asks for EXEC to make an exec", () => {
  assertEquals(needs("container.exec.create"), ["CONTAINERS", "EXEC", "POST"]);
  assertEquals(needs("libpod.container.exec.create"), [
    "LIBPOD_CONTAINERS",
    "LIBPOD_EXEC",
    "POST",
  ]);
  assertEquals(needs("libpod.exec.start"), ["LIBPOD_EXEC", "POST"]);
});

Deno.test("changesSomething() is false only for reads by GET and HEAD", () => {
  for (const operation of OPERATIONS) {
    const isRead = onlyShows(operation.access) &&
      operation.routes.every(({ method }) =>
        method === "GET" || method === "HEAD"
      );
    assertEquals(changesSomething(operation), !isRead, operation.name);
  }
});

Deno.test("GATES_OF and GRANTERS_OF find the switches of an operation", () => {
  const names = (
    map: typeof GATES_OF,
    operation: string,
  ) => (map.get(operation) ?? []).map(({ name }) => name);
  assertEquals(names(GATES_OF, "container.logs"), ["ALLOW_LOGS"]);
  assertEquals(names(GATES_OF, "libpod.pod.top"), ["ALLOW_TOP"]);
  assertEquals(names(GATES_OF, "container.archive.put"), ["ALLOW_ARCHIVE"]);
  assertEquals(names(GATES_OF, "container.stop"), []);
  assertEquals(names(GRANTERS_OF, "container.logs"), ["ALLOW_LOGS"]);
  assertEquals(names(GRANTERS_OF, "container.archive.put"), []);
  assertEquals(names(GRANTERS_OF, "libpod.container.logs"), []);
  assertEquals(names(GRANTERS_OF, "container.stop"), [
    "ALLOW_STOP",
    "ALLOW_RESTARTS",
  ]);
  assertEquals(names(GRANTERS_OF, "container.list"), []);
  assertEquals(names(GRANTERS_OF, "libpod.pod.kill"), [
    "LIBPOD_ALLOW_POD_RESTARTS",
  ]);
});

Deno.test("DIFFERENCES are numbered from 1 on", () => {
  assertEquals(
    DIFFERENCES.map(({ number }) => number),
    DIFFERENCES.map((_, i) => i + 1),
  );
});
