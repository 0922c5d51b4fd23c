import { assert, assertEquals } from "@std/assert";
import { CLAIMING } from "../../lib/guard/claims.ts";
import { type Match, matchOperation } from "../../lib/docker/match.ts";
import {
  onlyShows,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../../lib/docker/operations.ts";
import {
  canNeedAllowSelf,
  means,
  type OwnContainer,
  PROTECTED,
  PROTECTED_SERVICE,
  touchesOwn,
} from "../../lib/policy/self_protection.ts";

const OWN: OwnContainer = {
  id: "0123456789abcdef".repeat(4),
  name: "warden_1",
  aliases: [],
  service: null,
};
const TASK: OwnContainer = {
  ...OWN,
  service: { id: "k6bqxm7dvm2jrh4vsv7c2ejyr", name: "infra_warden" },
};

/** Reads of a container that show facts, and none of its files. */
const PLAIN_READS: ReadonlySet<string> = new Set([
  "container.inspect",
  "container.top",
  "container.logs",
  "container.stats",
  "container.changes",
  "container.wait",
  "checkpoint.list",
  "libpod.container.inspect",
  "libpod.container.top",
  "libpod.container.logs",
  "libpod.container.stats",
  "libpod.container.changes",
  "libpod.container.wait",
  "libpod.container.exists",
  "libpod.container.shouldrestart",
]);

Deno.test("PROTECTED has every operation on a container in its path but plain reads", () => {
  const ofContainers = OPERATIONS.filter(({ routes }) =>
    routes.some(({ path }) => /\/containers\/\{name\}/.test(path))
  );
  assertEquals(
    [...PROTECTED].sort(),
    ofContainers.map(({ name }) => name)
      .filter((name) => !PLAIN_READS.has(name)).sort(),
  );
  for (const name of PLAIN_READS) {
    const { access } = OPERATION_BY_NAME.get(name)!;
    assert(onlyShows(access), name);
  }
});

Deno.test("no operation of a container is reached but through a path of containers", () => {
  // By their query or their body, which the guard of claims reads.
  const elsewhere = new Set([
    "container.commit",
    "libpod.container.commit",
  ]);
  for (const { name, routes } of OPERATIONS) {
    if (!/^(?:libpod\.)?(?:container|checkpoint)\./.test(name)) continue;
    if (elsewhere.has(name)) continue;
    for (const { path } of routes) {
      assert(/^(?:\/libpod)?\/containers\//.test(path), `${name} ${path}`);
    }
  }
});

Deno.test("PROTECTED_SERVICE has every operation that changes an existing service", () => {
  assertEquals(
    [...PROTECTED_SERVICE].sort(),
    OPERATIONS.filter(({ routes, access }) =>
      !onlyShows(access) &&
      routes.some(({ path }) => path.startsWith("/services/{name}"))
    ).map(({ name }) => name).sort(),
  );
});

for (
  const reference of [
    OWN.name,
    `/${OWN.name}`,
    OWN.id,
    `/${OWN.id}`,
    OWN.id.slice(0, 12),
    OWN.id.slice(0, 1),
    // Podman minds no case in ids, and takes `_` for any character.
    OWN.id.toUpperCase(),
    "0123456789A",
    "0_23",
    "01__4_6789ab",
    "0" + "_".repeat(63),
  ]
) {
  Deno.test(`means() finds our own container by ${reference}`, () => {
    assert(means(reference, OWN));
  });
}

for (
  const reference of [
    "",
    "/",
    "Warden_1",
    "warden",
    "warden_12",
    "wardenx1",
    "//warden_1",
    "12",
    "0124",
    "0_24",
    OWN.id + "0",
    OWN.id + "_",
    "0123x",
    "0.23",
    "01.*",
  ]
) {
  Deno.test(`means() takes '${reference}' for another container`, () => {
    assert(!means(reference, OWN));
  });
}

Deno.test("means() finds no container without a name by the empty name", () => {
  const nameless = { ...OWN, name: "" };
  for (const reference of ["", "/"]) assert(!means(reference, nameless));
  assert(means(OWN.id, nameless));
});

/** Whether a request touches our own container or service. */
function touches(
  method: string,
  target: string,
  own: OwnContainer = OWN,
): boolean {
  const match = matchOperation(method, target);
  assertEquals(match.kind, "operation", `${method} ${target}`);
  return touchesOwn(own, match as Extract<Match, { kind: "operation" }>);
}

Deno.test("touchesOwn() finds every protected operation on our own container, and none on others", () => {
  let seen = 0;
  for (const name of PROTECTED) {
    for (const { method, path } of OPERATION_BY_NAME.get(name)!.routes) {
      // Whatever else is named in the path, the first is the container.
      const of = (reference: string) =>
        path.replace("{name}", reference).replaceAll("{name}", "x");
      for (const reference of [OWN.name, OWN.id, OWN.id.slice(0, 12), "0_2"]) {
        assert(touches(method, of(reference)), `${name} ${reference}`);
      }
      assert(!touches(method, of("web")), name);
      seen++;
    }
  }
  assert(seen >= PROTECTED.size);
});

Deno.test("touchesOwn() sees through version prefixes, escapes and queries", () => {
  for (
    const path of [
      "/v1.41/containers/warden_1/restart",
      "/containers/w%61rden_1/restart",
      "/containers/warden_1/restart?t=1&name=web",
      "/v5.0.0/libpod/containers/warden_1/restart",
    ]
  ) assert(touches("POST", path), path);
});

Deno.test("touchesOwn() leaves plain reads of our own container, and what names none", () => {
  for (const name of PLAIN_READS) {
    for (const { method, path } of OPERATION_BY_NAME.get(name)!.routes) {
      assert(!touches(method, path.replace("{name}", OWN.name)), name);
    }
  }
  assert(!touches("POST", "/containers/create?name=warden_1"));
  assert(!touches("GET", "/containers/json"));
  assert(!touches("DELETE", "/volumes/warden_1"));
  // An exec has its own id.
  assert(!touches("POST", `/exec/${OWN.id}/start`));
});

Deno.test("touchesOwn() finds changes to our own service by its name, its id and the start of it", () => {
  const { id, name } = TASK.service!;
  for (const reference of [name, id, id.slice(0, 5)]) {
    assert(touches("POST", `/services/${reference}/update`, TASK), reference);
    assert(touches("DELETE", `/services/${reference}`, TASK), reference);
    assert(!touches("GET", `/services/${reference}`, TASK), reference);
    assert(!touches("GET", `/services/${reference}/logs`, TASK), reference);
    assert(!touches("DELETE", `/services/${reference}`, OWN), reference);
  }
  for (const reference of ["infra", "web", id.slice(1), `${id}x`]) {
    assert(!touches("DELETE", `/services/${reference}`, TASK), reference);
  }
  assert(touches("POST", "/containers/warden_1/restart", TASK));
  // Another kind of object of that name.
  assert(!touches("DELETE", `/configs/${name}`, TASK));
});

Deno.test("touchesOwn() protects our swarm task from leaving the swarm", () => {
  assert(touches("POST", "/swarm/leave", TASK));
  assert(!touches("POST", "/swarm/leave", OWN));
});

Deno.test("canNeedAllowSelf() holds for what a path, a service, a task or a claim protects, and for nothing else", () => {
  const can = OPERATIONS.filter(({ name }) => canNeedAllowSelf(name))
    .map(({ name }) => name);
  // One of each kind, and only of that kind.
  for (
    const name of [
      "container.stop",
      "service.delete",
      "swarm.leave",
      "network.connect",
    ]
  ) assert(can.includes(name), name);
  assertEquals(
    can.filter((name) =>
      !PROTECTED.has(name) && !PROTECTED_SERVICE.has(name) &&
      name !== "swarm.leave" && !CLAIMING.has(name)
    ),
    [],
  );
  for (const name of ["container.list", "system.ping", "service.list"]) {
    assert(!can.includes(name), name);
  }
});
