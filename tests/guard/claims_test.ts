import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  onlyShows,
  OPERATION_BY_NAME,
  OPERATIONS,
} from "../../lib/docker/operations.ts";
import {
  CLAIMING,
  type Claims,
  readClaims,
  UNREADABLE,
  withImageLabels,
} from "../../lib/guard/claims.ts";

const NONE: Claims = {
  joins: [],
  touches: [],
  labels: [],
  names: [],
  aliases: [],
  addresses: [],
  blocks: [],
  image: null,
  unknown: { labels: null, aliases: null, addresses: null },
};

interface Asked {
  path?: string[];
  query?: string;
  body?: unknown;
}

function read(operation: string, { path = [], query = "", body }: Asked) {
  const text = typeof body === "string" ? body : JSON.stringify(body) ?? "";
  return readClaims(operation, path, query, new TextEncoder().encode(text));
}

function claims(operation: string, asked: Asked): Claims {
  const found = read(operation, asked);
  if ("problem" in found) throw new Error(`${operation}: ${found.problem}`);
  return found;
}

function problem(operation: string, asked: Asked): string {
  const found = read(operation, asked);
  if (!("problem" in found)) {
    throw new Error(`accepted: ${JSON.stringify(asked)}`);
  }
  return found.problem;
}

function created(body: unknown, query = "") {
  return claims("container.create", { body, query });
}

Deno.test("CLAIMING and UNREADABLE name operations that there are, none twice", () => {
  for (const name of [...CLAIMING.keys(), ...UNREADABLE]) {
    assert(OPERATION_BY_NAME.has(name), name);
    assert(!(CLAIMING.has(name) && UNREADABLE.has(name)), name);
  }
});

/** Operations that have to do with containers, networks or builds, and claim nothing: why. */
const HARMLESS: ReadonlyMap<string, RegExp> = new Map([
  [
    "they change what runs in a container, or whether",
    /^(?:libpod\.)?(?:container|pod)\.(?:start|stop|restart|kill|pause|unpause|resize|update|init|wait|delete|prune|mount|unmount|checkpoint|archive\.put|attach|attach\.ws|exec\.create|healthcheck)$/,
  ],
  ["they make or remove networks", /network\.(?:create|delete|prune)$/],
  ["they remove services", /^service\.delete$/],
  [
    "they end what others made",
    /^libpod\.(?:kube\.(?:down|apply)|quadlet\.delete(?:\.multi)?)$/,
  ],
  [
    "their steps are no containers of the engine's",
    /^build\.(?:prune|cancel|session|grpc)$/,
  ],
]);

Deno.test("every operation that changes containers, networks, services or builds is read, refused, or known to claim nothing", () => {
  const open = OPERATIONS.filter(({ name, access }) =>
    !onlyShows(access) &&
    /^(?:libpod\.)?(?:container|pod|kube|quadlet|network|service|image\.build|build)\b/
      .test(name) &&
    !CLAIMING.has(name) && !UNREADABLE.has(name) &&
    ![...HARMLESS.values()].some((pattern) => pattern.test(name))
  );
  assertEquals(open.map(({ name }) => name), []);
});

Deno.test("readClaims() finds all that a container's creation claims", () => {
  assertEquals(
    created({
      Image: "alpine:3",
      Hostname: "host",
      Domainname: "lan",
      Labels: { a: "1", b: "", c: null },
      Cmd: ["--name", "other"],
      Env: null,
      HostConfig: {
        NetworkMode: "container:net",
        PidMode: "container:/pid",
        IpcMode: "container:ipc",
        UTSMode: "container:uts",
        UsernsMode: "container:user",
        CgroupnsMode: "container:cgroupns",
        Cgroup: "container:cgroup",
        VolumesFrom: ["volumes", "more:ro", "/slash:rw"],
        Links: ["linked:alias", "/old:/maker/alias", "bare"],
        Memory: 1,
      },
      NetworkingConfig: {
        EndpointsConfig: {
          back: {
            Aliases: ["one", "two"],
            DNSNames: ["three"],
            Links: ["peer:p"],
            IPAddress: "10.0.0.1",
            GlobalIPv6Address: "fd00::1",
            IPAMConfig: {
              IPv4Address: "10.0.0.2",
              IPv6Address: "fd00::2",
              LinkLocalIPs: ["169.254.0.1"],
            },
            MacAddress: "02:42:ac:11:00:02",
          },
          front: null,
          none: { IPAMConfig: null, Aliases: null, IPAddress: "" },
        },
      },
    }, "name=%2Fweb&platform="),
    {
      ...NONE,
      joins: [
        "net",
        "pid",
        "ipc",
        "uts",
        "user",
        "cgroupns",
        "cgroup",
        "volumes",
        "more",
        "slash",
      ],
      touches: ["linked", "old", "bare", "peer"],
      labels: [["a", "1"], ["b", ""], ["c", ""]],
      names: ["web"],
      aliases: ["host", "host.lan", "one", "two", "three"],
      addresses: [
        "10.0.0.1",
        "fd00::1",
        "10.0.0.2",
        "fd00::2",
        "169.254.0.1",
      ],
      image: "alpine:3",
    },
  );
});

Deno.test("readClaims() reads HostConfig's fields at the root too, as daemons up to 26.1 do", () => {
  const body = {
    NetworkMode: "container:net",
    PidMode: "container:pid",
    IpcMode: "container:ipc",
    VolumesFrom: ["volumes:ro"],
    Links: ["linked:alias"],
  };
  for (const HostConfig of [undefined, null, {}, { NetworkMode: "none" }]) {
    assertEquals(created({ ...body, HostConfig }), {
      ...NONE,
      joins: ["net", "pid", "ipc", "volumes"],
      touches: ["linked"],
    });
  }
});

Deno.test("readClaims() takes modes that name no other container for harmless", () => {
  for (
    const HostConfig of [
      { NetworkMode: "bridge" },
      { NetworkMode: "default" },
      { NetworkMode: "none" },
      { NetworkMode: "my_net" },
      { PidMode: "host", IpcMode: "shareable", UTSMode: "host" },
      { UsernsMode: "keep-id:uid=1000", CgroupnsMode: "private" },
      { VolumesFrom: [], Links: null },
    ]
  ) assertEquals(created({ HostConfig }), NONE, JSON.stringify(HostConfig));
});

Deno.test("readClaims() takes both names that podman could be given", () => {
  assertEquals(created({ Name: "one" }, "name=two").names, ["two", "one"]);
  assertEquals(created({ name: "one" }).names, ["one"]);
});

Deno.test("readClaims() says that the host's network brings addresses that are not known", () => {
  for (
    const body of [
      { HostConfig: { NetworkMode: "host" } },
      { NetworkMode: "host" },
      { HostConfig: { NetworkMode: "slirp4netns:allow_host_loopback=true" } },
      { HostConfig: { NetworkMode: "pasta" } },
      { NetworkingConfig: { EndpointsConfig: { host: {} } } },
    ]
  ) {
    const { unknown } = created(body);
    assertStringIncludes(unknown.addresses ?? "", "every address of the host");
    assertEquals([unknown.labels, unknown.aliases], [null, null]);
  }
});

Deno.test("readClaims() says that options of podman's networks are not read", () => {
  for (
    const NetworkMode of ["bridge:ip=10.0.0.9", "back:alias=traefik,ip=1.2.3.4"]
  ) {
    const { unknown, joins } = created({ HostConfig: { NetworkMode } });
    assertEquals(joins, []);
    assert(unknown.aliases !== null && unknown.addresses !== null);
  }
});

Deno.test("readClaims() says that a platform's labels are not known, and looks no image up", () => {
  const { image, unknown } = created(
    { Image: "alpine" },
    "platform=linux%2Farm64",
  );
  assertEquals(image, null);
  assertStringIncludes(unknown.labels ?? "", "platform");
});

Deno.test("readClaims() refuses a creation that it does not understand", () => {
  for (
    const [body, word] of [
      ["", "JSON"],
      ["null", "object"],
      ["[]", "object"],
      ["{}{}", "JSON"],
      ['{"Labels":{"a":"1"},"Labels":{}}', "twice"],
      ['{"HostConfig":{"Binds":["/:/h"]},"HostConfig":{}}', "twice"],
      ['{"labels":{"a":"1"}}', "write 'Labels'"],
      ['{"Label\\u017f":{}}', "write 'Labels'"],
      ['{"HostConfig":{"Networ\\u212aMode":"host"}}', "write 'NetworkMode'"],
      ['{"networKMode":"host"}', "write 'NetworkMode'"],
      ['{"HostConfig":{"volumesfrom":["x"]}}', "write 'VolumesFrom'"],
      [
        '{"NetworkingConfig":{"EndpointsConfig":{"a":{"aliases":["x"]}}}}',
        "write 'Aliases'",
      ],
      [
        '{"NetworkingConfig":{"EndpointsConfig":{"a":{"IPAMConfig":{"Ipv4Address":"x"}}}}}',
        "write 'IPv4Address'",
      ],
      [{ Labels: ["a=1"] }, "Labels is not an object"],
      [{ Labels: { a: 1 } }, "Labels.a is not a string"],
      [{ Hostname: {} }, "Hostname is not a string"],
      [{ Image: 1 }, "Image is not a string"],
      [{ HostConfig: [] }, "HostConfig is not an object"],
      [
        { HostConfig: { NetworkMode: ["host"] } },
        "NetworkMode is not a string",
      ],
      [{ HostConfig: { VolumesFrom: "x" } }, "VolumesFrom is not a list"],
      [{ HostConfig: { Links: [1] } }, "Links is not a string"],
      [{ NetworkingConfig: { EndpointsConfig: [] } }, "not an object"],
      [{ NetworkingConfig: { EndpointsConfig: { a: [] } } }, "not an object"],
      [
        { NetworkingConfig: { EndpointsConfig: { a: { Aliases: "x" } } } },
        "Aliases is not a list",
      ],
      [
        { NetworkingConfig: { EndpointsConfig: { a: { IPAddress: 1 } } } },
        "not a string",
      ],
      [
        { HostConfig: { NetworkMode: "container:" } },
        "does not name a container",
      ],
      [{ HostConfig: { NetworkMode: "container:a/b" } }, "'a/b'"],
      [{ HostConfig: { PidMode: "container:../x" } }, "'../x'"],
      [{ HostConfig: { VolumesFrom: ["a b"] } }, "'a b'"],
      [{ HostConfig: { VolumesFrom: [":ro"] } }, null],
      [{ HostConfig: { Links: ["/maker/alias:x"] } }, "'/maker/alias'"],
      [{ HostConfig: { NetworkMode: "ns:/proc/1/ns/net" } }, "by its path"],
      [{ HostConfig: { IpcMode: "ns:/proc/1/ns/ipc" } }, "by its path"],
    ] as const
  ) {
    if (word === null) created(body);
    else {
      assertStringIncludes(
        problem("container.create", { body }),
        word,
        JSON.stringify(body),
      );
    }
  }
  for (const query of ["name=a&name=b", "Name=a", "name=%FF"]) {
    problem("container.create", { body: {}, query });
  }
});

Deno.test("readClaims() reads a renaming: the new name, and who is renamed", () => {
  for (const operation of ["container.rename", "libpod.container.rename"]) {
    assertEquals(
      claims(operation, { path: ["web"], query: "name=%2Ftraefik" }),
      { ...NONE, joins: ["web"], names: ["traefik"] },
    );
    problem(operation, { path: ["web"], query: "name=a&name=b" });
    problem(operation, { path: ["web"], query: "NAME=b" });
  }
});

Deno.test("readClaims() reads which container is made an image of", () => {
  for (const operation of ["container.commit", "libpod.container.commit"]) {
    assertEquals(
      claims(operation, {
        query: "container=web&changes=LABEL+a%3D1&changes=USER+0",
      }),
      { ...NONE, touches: ["web"] },
    );
    assertEquals(claims(operation, { query: "repo=x" }), NONE);
    problem(operation, { query: "container=a&container=b" });
    problem(operation, { query: "container=maker/alias" });
  }
});

Deno.test("readClaims() reads a joining of a network", () => {
  assertEquals(
    claims("network.connect", {
      path: ["back"],
      body: {
        Container: "/web",
        EndpointConfig: {
          Aliases: ["traefik"],
          IPAMConfig: { IPv4Address: "10.0.0.7" },
        },
      },
    }),
    {
      ...NONE,
      touches: ["web"],
      aliases: ["traefik"],
      addresses: ["10.0.0.7"],
    },
  );
  assertEquals(
    claims("network.connect", { body: { Container: "web" } }),
    { ...NONE, touches: ["web"] },
  );
  for (
    const body of [
      "",
      [],
      { container: "web" },
      { Container: 1 },
      { Container: "a/b" },
      { Container: "a", endpointconfig: {} },
      { Container: "a", EndpointConfig: { Aliases: {} } },
    ]
  ) problem("network.connect", { body });
});

Deno.test("readClaims() reads a joining of podman's, in the spellings of its clients", () => {
  for (
    const body of [
      { container: "web", aliases: ["traefik"], static_ips: ["10.0.0.7"] },
      { Container: "web", Aliases: ["traefik"], static_ips: ["10.0.0.7"] },
    ]
  ) {
    assertEquals(claims("libpod.network.connect", { body }), {
      ...NONE,
      touches: ["web"],
      aliases: ["traefik"],
      addresses: ["10.0.0.7"],
    });
  }
  for (
    const body of [
      { container: "web", Container: "web" },
      { CONTAINER: "web" },
      { container: "web", Static_ips: [] },
      { container: "web", static_ips: "10.0.0.7" },
    ]
  ) problem("libpod.network.connect", { body });
});

Deno.test("readClaims() reads whom a network is taken from", () => {
  for (
    const operation of ["network.disconnect", "libpod.network.disconnect"]
  ) {
    for (
      const body of [{ Container: "web", Force: true }, { container: "web" }]
    ) {
      assertEquals(claims(operation, { body }), { ...NONE, touches: ["web"] });
    }
    problem(operation, { body: { container: "web", Container: "web" } });
    problem(operation, { body: "" });
  }
});

Deno.test("readClaims() says that podman's update of a network changes who answers for names", () => {
  const { unknown } = claims("libpod.network.update", { path: ["back"] });
  assert(unknown.aliases !== null);
  assertEquals([unknown.labels, unknown.addresses], [null, null]);
});

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
    assertEquals(labels.has("com.docker.swarm.task"), true);
    assertEquals(
      labels.get("com.docker.swarm.service.id"),
      operation === "service.update" ? "abc" : "",
    );
    assertEquals(found.touches, ["attached"]);
    assertEquals(found.image, DIGEST);
    assertEquals(found.unknown.addresses, null);
  }
});

Deno.test("readClaims() knows a service's labels only of an image with a digest that is looked up", () => {
  const body = (Image: string) => ({
    Name: "a",
    TaskTemplate: { ContainerSpec: { Image } },
  });
  const tagged = claims("service.create", { body: body("nginx:1") });
  assertEquals(tagged.image, null);
  assertStringIncludes(tagged.unknown.labels ?? "", "digest");
  const pinned = claims("service.create", { body: body(DIGEST) });
  assertStringIncludes(pinned.unknown.labels ?? "", "digest");
  const known = withImageLabels(pinned, new Map([["x", "1"]]));
  assertEquals(known.unknown.labels, null);
  assertEquals(new Map(known.labels).get("x"), "1");
  assertEquals(
    claims("service.create", {
      body: { Name: "a", TaskTemplate: { PluginSpec: {} } },
    }).unknown.labels,
    null,
  );
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
  assertEquals(rollback.image, null);
  for (const reason of Object.values(rollback.unknown)) {
    assertStringIncludes(reason ?? "", "rollback");
  }
  assertStringIncludes(
    claims("service.create", { body: spec({}, [{ Target: "host" }]) }).unknown
      .addresses ?? "",
    "every address of the host",
  );
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

Deno.test("readClaims() says that Docker's classic builder gives containers labels that are not read", () => {
  for (const query of ["", "version=1", "t=a&t=b", "version="]) {
    const { unknown } = claims("image.build", { query });
    assertStringIncludes(unknown.labels ?? "", "BuildKit");
    assertEquals([unknown.aliases, unknown.addresses], [null, null]);
  }
  assertEquals(
    claims("image.build", { query: "version=2&t=a&t=b&labels=%7B%7D" }),
    NONE,
  );
  problem("image.build", { query: "version=2&version=1" });
  problem("image.build", { query: "Version=2" });
});

Deno.test("readClaims() reads whose network the steps of a build have", () => {
  const build = (query: string) =>
    claims("image.build", { query: `version=2&${query}` });
  assertEquals(build("networkmode=container%3Aweb").joins, ["web"]);
  assertEquals(build("networkmode=default"), NONE);
  assert(build("networkmode=host").unknown.addresses !== null);
  problem("image.build", { query: "networkmode=container:a&networkmode=none" });
  problem("image.build", { query: "networkMode=container:a" });
  problem("image.build", { query: "networkmode=ns:/proc/1/ns/net" });
});

Deno.test("readClaims() reads podman's namespaces of a build", () => {
  for (
    const operation of [
      "image.build",
      "libpod.image.build",
      "libpod.image.build.local",
    ]
  ) {
    const options = (value: unknown) => ({
      query: `nsoptions=${encodeURIComponent(JSON.stringify(value))}`,
    });
    claims(
      operation,
      options([
        { Name: "user", Host: true, Path: "" },
        { Name: "network", Host: false, Path: "back" },
      ]),
    );
    for (
      const value of [
        [{ Name: "network", Path: "/proc/1/ns/net" }],
        [{ Name: "network", Path: "container:web" }],
        [{ Name: "network", path: "/proc/1/ns/net" }],
        { Name: "network", Path: "/proc/1/ns/net" },
        [[]],
      ]
    ) problem(operation, options(value));
    problem(operation, { query: "nsoptions=%5B" });
  }
  const { unknown } = claims("libpod.image.build", {});
  assert(unknown.addresses !== null);
  assertEquals(unknown.labels, null);
});

Deno.test("readClaims() refuses operations that it does not read", () => {
  assertStringIncludes(problem("container.start", {}), "container.start");
  for (const name of UNREADABLE) problem(name, { body: {} });
});

Deno.test("withImageLabels() adds the labels that the body does not give itself", () => {
  const found = withImageLabels(
    created({ Image: "x", Labels: { a: "own", b: "" } }),
    new Map([["a", "image"], ["b", "image"], ["c", "image"], [
      "__proto__",
      "1",
    ]]),
  );
  assertEquals(found.labels, [
    ["a", "own"],
    ["b", ""],
    ["c", "image"],
    ["__proto__", "1"],
  ]);
});
