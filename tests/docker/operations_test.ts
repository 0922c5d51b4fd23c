import { BY_QUERY } from "../../lib/docker/by_query.ts";
import { assert, assertEquals } from "@std/assert";
import {
  ACCESS_CLASSES,
  onlyShows,
  OPERATION_BY_NAME,
  OPERATIONS,
  SECTIONS,
} from "../../lib/docker/operations.ts";

Deno.test("OPERATIONS have regular names, each once", () => {
  assertEquals(OPERATION_BY_NAME.size, OPERATIONS.length);
  for (const { name } of OPERATIONS) {
    assert(/^(?:libpod\.)?[a-z]+(?:\.[a-z]+){1,2}$/.test(name), name);
  }
});

Deno.test("OPERATIONS have each method and path once for each podman generation", () => {
  const seen = new Set<string>();
  const second = BY_QUERY.map((row) => row.second);
  for (const { name, routes } of OPERATIONS) {
    if (second.includes(name)) continue;
    for (const { method, path, podman } of routes) {
      const key = `${method} ${path} ${podman}`;
      assert(!seen.has(key), key);
      seen.add(key);
    }
  }
  assertEquals(seen.size, 264);
});

Deno.test("OPERATIONS that upgrade are tunnels, and the other way round", () => {
  for (const { name, transport, upgrade } of OPERATIONS) {
    assertEquals(transport === "tunnel", upgrade !== null, name);
  }
});

Deno.test("each access class is that of some operations, and only the first two only show", () => {
  assertEquals(
    new Set(OPERATIONS.map(({ access }) => access)),
    new Set(ACCESS_CLASSES),
  );
  assertEquals(ACCESS_CLASSES.map(onlyShows), [true, true, false, false]);
});

Deno.test("SECTIONS are the original's and podman's", () => {
  const docker = [...SECTIONS].filter((name) => !name.startsWith("LIBPOD_"));
  assertEquals(
    docker.sort().join(" "),
    "AUTH BUILD COMMIT CONFIGS CONTAINERS DISTRIBUTION EVENTS EXEC GRPC IMAGES INFO NETWORKS NODES PING PLUGINS SECRETS SERVICES SESSION SWARM SYSTEM TASKS VERSION VOLUMES",
  );
});
