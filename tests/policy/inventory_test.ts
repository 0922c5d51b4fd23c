import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  couldBeContainer,
  endpointOf,
  type Inventory,
  ownerOf,
  readEntry,
  readInspected,
  readNetworks,
  type Vantage,
} from "../../lib/policy/inventory.ts";
import {
  emptyInventory,
  isSameContainer,
  knowsNetworks,
  put,
  remove,
} from "../../lib/policy/placing.ts";
import {
  blockAround,
  canonicalAddress,
  type Cidr,
} from "../../lib/net/cidr.ts";

const ENDPOINT = "e".repeat(64);

/** The inventory of a list of containers. */
function readInventory(list: unknown): Inventory {
  const inventory = emptyInventory();
  for (const entry of Array.isArray(list) ? list : []) {
    const container = readEntry(entry);
    if (container !== null) put(inventory, container, null, NaN);
  }
  return inventory;
}

/** An id of 64 hexadecimal digits. */
function id(digit: string): string {
  return digit.repeat(64);
}

const WARDEN = id("0");
const WEB = id("a");
const DB = id("b");
const FRONT = "net-front";
const BACK = "net-back";

/** A network of a running container, with the fields that dockerd 20.10 answers. */
function network(
  networkId: string,
  address: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: null,
    NetworkID: networkId,
    EndpointID: ENDPOINT,
    Gateway: "172.18.0.1",
    IPAddress: address,
    IPPrefixLen: 16,
    IPv6Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    MacAddress: "02:42:ac:12:00:02",
    DriverOpts: null,
    ...more,
  };
}

/** An entry of `GET /containers/json`, with the fields that dockerd 20.10 answers. */
function listed(
  containerId: string,
  name: string,
  networks: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    Id: containerId,
    Names: [`/${name}`],
    Image: "alpine",
    ImageID: "sha256:" + "c".repeat(64),
    Command: "sleep 1000",
    Created: 1700000000,
    Ports: [],
    Labels: { "com.docker.compose.service": name },
    State: "running",
    Status: "Up 2 seconds",
    HostConfig: { NetworkMode: "default" },
    NetworkSettings: { Networks: networks },
    Mounts: [],
    ...more,
  };
}

function canonicalOf(address: string): string {
  return canonicalAddress(address)!;
}

function blockOf(text: string): Cidr {
  const [address, length] = text.split("/");
  return blockAround(address!, Number(length))!;
}

/** Sockwarden and a container on one network, and a third on another. */
const USUAL = [
  listed(WARDEN, "warden", { front: network(FRONT, "172.18.0.2") }),
  listed(WEB, "web", {
    front: network(FRONT, "172.18.0.5", {
      IPv6Gateway: "fd00::1",
      GlobalIPv6Address: "fd00::5",
      GlobalIPv6PrefixLen: 64,
    }),
    back: network(BACK, "172.19.0.5", { Gateway: "172.19.0.1" }),
  }),
  listed(DB, "db", {
    back: network(BACK, "172.19.0.6", { Gateway: "172.19.0.1" }),
  }),
];

/** The name of the container that owns a remote address. */
function owner(
  list: unknown,
  remote: string,
  local = "172.18.0.2",
  vantage: Vantage = "container",
): string | null {
  return ownerOf(readInventory(list), remote, local, vantage)?.name ?? null;
}

Deno.test("readEntry() reads what dockerd lists", () => {
  const { containers } = readInventory(USUAL);
  assertEquals([...containers.keys()], [WARDEN, WEB, DB]);
  assertEquals(readEntry(USUAL[1]), {
    id: WEB,
    name: "web",
    labels: new Map([["com.docker.compose.service", "web"]]),
    running: true,
    startedAt: NaN,
    onHost: false,
    hostname: "",
    aliases: [],
    joined: [],
    endpoints: [
      { network: FRONT, id: ENDPOINT, address: "172.18.0.5", since: NaN },
      { network: FRONT, id: ENDPOINT, address: "fd00::5", since: NaN },
      { network: BACK, id: ENDPOINT, address: "172.19.0.5", since: NaN },
    ],
    gateways: ["172.18.0.1", "fd00::1", "172.19.0.1"].map(canonicalOf),
    blocks: ["172.18.0.0/16", "fd00::/64", "172.19.0.0/16"].map(blockOf),
  });
});

Deno.test("readEntry() takes the container's own name, not those of links", () => {
  const name = (Names: unknown) =>
    readInventory([listed(WEB, "", {}, { Names })]).containers.get(WEB)!.name;
  assertEquals(name(["/app/alias", "/web", "/other/alias"]), "web");
  assertEquals(name(["/app/alias"]), "");
  assertEquals(name([]), "");
  assertEquals(name(null), "");
  assertEquals(name("/web"), "");
});

Deno.test("readEntry() knows who has the host's network, or another container's", () => {
  const shown = (NetworkMode: string) => {
    const HostConfig = { NetworkMode };
    const { onHost, joined } = readEntry(
      listed(WEB, "web", {}, { HostConfig }),
    )!;
    return [onHost, joined];
  };
  assertEquals(shown("host"), [true, []]);
  assertEquals(shown(`container:${DB}`), [false, [DB]]);
});

for (
  const [what, list] of [
    ["null", null],
    ["an object", { message: "no" }],
    ["a text", "no"],
    ["entries that are none", [null, 7, "x", [], {}]],
    ["an id that is too short", [listed("abc", "web", {})]],
    ["an id in capitals", [listed(id("A"), "web", {})]],
  ] as const
) {
  Deno.test(`readEntry() finds no container in ${what}`, () => {
    assertEquals(readInventory(list), emptyInventory());
  });
}

for (
  const [what, entry] of [
    ["no networks", listed(WEB, "web", {}, { NetworkSettings: null })],
    ["networks that are null", listed(WEB, "web", { front: null })],
    ["an empty address", listed(WEB, "web", { front: network(FRONT, "") })],
    ["no address", listed(WEB, "web", { front: network(FRONT, "invalid") })],
    [
      "an address that is a number",
      listed(WEB, "web", { front: network(FRONT, "", { IPAddress: 1 }) }),
    ],
    [
      "no id of its network",
      listed(WEB, "web", { front: network("", "172.18.0.5") }),
    ],
  ] as const
) {
  Deno.test(`readEntry() gives a container with ${what} no address`, () => {
    const { containers, owners } = readInventory([entry]);
    assertEquals(containers.get(WEB)!.endpoints, []);
    assertEquals(owners.size, 0);
  });
}

Deno.test("readEntry() leaves out labels that are not text", () => {
  const labels = (Labels: unknown) => [
    ...readEntry(listed(WEB, "web", {}, { Labels }))!.labels,
  ];
  assertEquals(labels({ a: "1", b: 2, c: null, d: {} }), [["a", "1"]]);
  assertEquals(labels(JSON.parse('{"__proto__":"x"}')), [["__proto__", "x"]]);
  assertEquals(labels(null), []);
  assertEquals(labels(["a"]), []);
});

Deno.test("readInventory() knows the host's network of a container that was given its id", () => {
  const { containers } = readInventory([
    listed(WEB, "web", { host: {} }, { HostConfig: { NetworkMode: "235e" } }),
    listed(DB, "db", { hosts: {} }, { HostConfig: { NetworkMode: "235e" } }),
  ]);
  assertEquals(containers.get(WEB)!.onHost, true);
  assertEquals(containers.get(DB)!.onHost, false);
});

Deno.test("readEntry() knows the gateways and the blocks of the networks", () => {
  const { gateways, blocks } = readInventory(USUAL);
  assertEquals(gateways.size, 3);
  assertEquals(
    [...blocks.keys()],
    ["172.18.0.0/16", "fd00::/64", "172.19.0.0/16"],
  );
});

/** An answer to `GET /containers/{id}/json`, with the fields that matter. */
function inspected(more: Record<string, unknown> = {}) {
  return {
    Id: WEB,
    Name: "/web",
    State: { Status: "running", Running: true, Paused: false },
    HostConfig: {
      NetworkMode: "front",
      PidMode: "",
      IpcMode: "private",
    },
    Config: { Hostname: "web", Labels: { k: "v" } },
    NetworkSettings: {
      // These two speak of the default network alone.
      IPAddress: "",
      Gateway: "",
      Networks: { front: network(FRONT, "172.18.0.5") },
    },
    ...more,
  };
}

Deno.test("put() and remove() leave an inventory as a list of the same containers would be", () => {
  const entries = USUAL.map((entry) => readEntry(entry)!);
  const usual = readInventory(USUAL);
  const inventory = readInventory(USUAL);
  for (const entry of entries) {
    remove(inventory, entry.id);
    assertEquals(
      inventory,
      readInventory(USUAL.filter(({ Id }) => Id !== entry.id)),
    );
    put(inventory, entry, null, NaN);
    // Once more changes nothing.
    put(inventory, entry, null, NaN);
    assertEquals(inventory, usual);
  }
  remove(inventory, id("f"));
  assertEquals(inventory, usual);
  // What is unchanged stays the same, and no list keeps labels.
  const web = inventory.containers.get(WEB)!;
  put(inventory, entries[1]!, web, NaN);
  assertStrictEquals(inventory.containers.get(WEB), web);
  assertEquals(web.labels.size, 0);
  // Another address, on another network.
  const moved = readEntry(
    listed(WEB, "web", { back: network(BACK, "172.19.0.9") }),
  )!;
  assert(knowsNetworks(inventory, entries[1]!));
  put(inventory, moved, null, NaN);
  assertEquals(inventory.owners.has(canonicalOf("172.18.0.5")), false);
  assertEquals(inventory.owners.get(canonicalOf("172.19.0.9"))?.length, 1);
  assert(!knowsNetworks(inventory, entries[1]!));
  assert(knowsNetworks(inventory, null));
  for (const { id } of entries) remove(inventory, id);
  assertEquals(inventory, emptyInventory());
});

Deno.test("remove() leaves an address with the other containers that have it", () => {
  const same = { front: network(FRONT, "172.18.0.5") };
  const list = [listed(WEB, "web", same), listed(DB, "db", same)];
  for (const { Id } of list) {
    const inventory = readInventory(list);
    remove(inventory, Id as string);
    assertEquals(
      inventory,
      readInventory(list.filter((one) => one.Id !== Id)),
    );
    assertEquals(inventory.owners.size, 1);
  }
});

Deno.test("knowsNetworks() asks for every gateway and every block", () => {
  const web = (more: Record<string, unknown>) =>
    readEntry(
      listed(WEB, "web", { front: network(FRONT, "172.18.0.5", more) }),
    )!;
  const inventory = emptyInventory();
  put(inventory, web({}), null, NaN);
  assert(knowsNetworks(inventory, web({})));
  assert(!knowsNetworks(inventory, web({ Gateway: "172.18.0.2" })));
  assert(!knowsNetworks(inventory, web({ IPPrefixLen: 24 })));
});

Deno.test("put() keeps the time of the endpoints that a container has still", () => {
  const inventory = emptyInventory();
  const times = () =>
    inventory.containers.get(WEB)!.endpoints.map(({ since }) => since);
  const web = (...addresses: string[]) =>
    readEntry(listed(
      WEB,
      "web",
      Object.fromEntries(
        addresses.map((address, i) => [`n${i}`, network(FRONT, address)]),
      ),
    ))!;
  const change = (now: number, ...addresses: string[]) => {
    const before = inventory.containers.get(WEB) ?? null;
    put(inventory, web(...addresses), before, now);
    return times();
  };
  assertEquals(change(1, "172.18.0.5"), [1]);
  assertEquals(change(2, "172.18.0.5", "172.18.0.6"), [1, 2]);
  assertEquals(change(3, "172.18.0.6"), [2]);
  assertEquals(change(4, "172.18.0.5"), [4]);
});

Deno.test("isSameContainer() compares what a list shows", () => {
  const web = (name: string, networks: Record<string, unknown>) =>
    readEntry(listed(WEB, name, networks))!;
  const front = { front: network(FRONT, "172.18.0.5") };
  const one = web("web", front);
  assert(isSameContainer(one, web("web", front)));
  assert(!isSameContainer(one, null));
  for (
    const other of [
      web("db", front),
      web("web", {}),
      ...[
        network(BACK, "172.18.0.5"),
        network(FRONT, "172.18.0.6"),
        network(FRONT, "172.18.0.5", { EndpointID: "f".repeat(64) }),
        network(FRONT, "172.18.0.5", { Gateway: "172.18.0.2" }),
        network(FRONT, "172.18.0.5", { IPPrefixLen: 24 }),
      ].map((net) => web("web", { front: net })),
    ]
  ) assert(!isSameContainer(one, other), JSON.stringify(other));
});

Deno.test("readInspected() reads what dockerd says of one container", () => {
  assertEquals(readInspected(inspected()), {
    id: WEB,
    name: "web",
    labels: new Map([["k", "v"]]),
    running: true,
    startedAt: NaN,
    onHost: false,
    hostname: "web",
    aliases: ["web"],
    joined: [],
    endpoints: [
      { network: FRONT, id: ENDPOINT, address: "172.18.0.5", since: NaN },
    ],
    gateways: [canonicalOf("172.18.0.1")],
    blocks: [blockOf("172.18.0.0/16")],
  });
});

Deno.test("readInspected() treats a container as running only where the answer says so", () => {
  const running = (State: unknown) =>
    readInspected(inspected({ State }))!.running;
  assert(running({ Running: true }));
  for (
    const state of [
      { Running: false },
      { Running: "true" },
      { Status: "running" },
      {},
      null,
    ]
  ) assert(!running(state), JSON.stringify(state));
});

Deno.test("readInspected() reads whose namespaces are shared", () => {
  const joined = (HostConfig: unknown) =>
    readInspected(inspected({ HostConfig }))!.joined;
  assertEquals(
    joined({
      NetworkMode: `container:${DB}`,
      PidMode: "container:one",
      IpcMode: "container:two",
    }),
    [DB, "one", "two"],
  );
  assertEquals(
    joined({ NetworkMode: "container", PidMode: "host", IpcMode: "shareable" }),
    [],
  );
  assertEquals(joined(null), []);
});

Deno.test("readInspected() says which addresses a stopped container will have, as far as they are configured", () => {
  const stopped = readInspected(inspected({
    State: { Running: false },
    NetworkSettings: {
      Networks: {
        front: network("", "172.18.0.5", {
          IPAMConfig: { IPv4Address: "172.18.0.9", IPv6Address: "fd00::9" },
        }),
        back: network(BACK, "", { IPAMConfig: {} }),
      },
    },
  }))!;
  assertEquals(stopped.endpoints.map(({ address }) => address), [
    "172.18.0.9",
    "fd00::9",
  ]);
});

Deno.test("a running container has the address that it has, not the one that was asked for", () => {
  const running = readInspected(inspected({
    NetworkSettings: {
      Networks: {
        front: network(FRONT, "172.18.0.5", {
          IPAMConfig: { IPv4Address: "172.18.0.9" },
        }),
      },
    },
  }))!;
  assert(endpointOf(running, "172.18.0.5") !== null);
  assert(endpointOf(running, "172.18.0.9") === null);
});

for (const answer of [null, [], "x", {}, { message: "No such container" }]) {
  Deno.test(`readInspected() finds no container in ${JSON.stringify(answer)}`, () => {
    assertEquals(readInspected(answer), null);
  });
}

Deno.test("ownerOf() finds the container on a network of ours", () => {
  assertEquals(owner(USUAL, "172.18.0.5"), "web");
  assertEquals(owner(USUAL, "::ffff:172.18.0.5"), "web");
  assertEquals(owner(USUAL, "172.18.0.2"), "warden");
});

Deno.test("ownerOf() finds no owner on a network that is not ours, or not that of the local address", () => {
  assertEquals(owner(USUAL, "172.19.0.6"), null);
  // The address of web on the network that we are not on.
  assertEquals(owner(USUAL, "172.19.0.5"), null);
  assertEquals(owner(USUAL, "172.18.0.5", "172.19.0.9"), null);
  assertEquals(owner(USUAL, "172.18.0.5", ""), null);
});

Deno.test("ownerOf() finds IPv6 addresses where we are reached over IPv6", () => {
  const list = [
    listed(WARDEN, "warden", {
      front: network(FRONT, "172.18.0.2", { GlobalIPv6Address: "fd00::2" }),
    }),
    USUAL[1],
  ];
  assertEquals(owner(list, "fd00:0:0::5", "fd00::2"), "web");
});

Deno.test("ownerOf() finds containers on any network where we run on the host", () => {
  assertEquals(owner(USUAL, "172.19.0.6", "172.19.0.1", "host"), "db");
  assertEquals(owner(USUAL, "172.18.0.5", "", "host"), "web");
});

Deno.test("ownerOf() finds containers where the engine is perhaps with us only through a gateway of theirs", () => {
  assertEquals(owner(USUAL, "172.19.0.6", "172.19.0.1", "gateway"), "db");
  assertEquals(owner(USUAL, "fd00::5", "fd00::1", "gateway"), "web");
  for (const local of ["172.18.0.1", "172.19.0.5", "10.0.0.1", ""]) {
    assertEquals(owner(USUAL, "172.19.0.6", local, "gateway"), null);
  }
});

Deno.test("ownerOf() finds no owner from another host", () => {
  assertEquals(owner(USUAL, "172.18.0.5", "172.18.0.2", "elsewhere"), null);
  assertEquals(owner(USUAL, "172.18.0.5", "172.18.0.1", "elsewhere"), null);
});

Deno.test("ownerOf() never takes a gateway for a container", () => {
  const list = [
    ...USUAL,
    // One that claims the address of the gateway.
    listed(id("c"), "evil", { front: network(FRONT, "172.18.0.1") }),
  ];
  assertEquals(owner(list, "172.18.0.1"), null);
  assertEquals(owner(list, "172.18.0.1", "", "host"), null);
  assertEquals(owner(list, "fd00::1", "", "host"), null);
});

Deno.test("ownerOf() finds no owner if two have the address", () => {
  const twin = (networkId: string) => [
    ...USUAL,
    listed(id("c"), "evil", { x: network(networkId, "172.18.0.5") }),
  ];
  assertEquals(owner(twin(FRONT), "172.18.0.5"), null);
  assertEquals(owner(twin(FRONT), "172.18.0.5", "", "host"), null);
  // On another network it is not ambiguous; outside it is not known which.
  assertEquals(owner(twin(BACK), "172.18.0.5"), "web");
  assertEquals(owner(twin(BACK), "172.18.0.5", "", "host"), null);
});

Deno.test("ownerOf() finds no owner if the network of the local address is not known", () => {
  const list = [
    ...USUAL,
    // Another network with the same addresses, one of them ours.
    listed(id("c"), "evil", { x: network("net-x", "172.18.0.2") }),
    listed(id("d"), "admin", { x: network("net-x", "172.18.0.7") }),
  ];
  assertEquals(owner(list, "172.18.0.7"), null);
  assertEquals(owner(list, "172.18.0.5"), null);
});

Deno.test("ownerOf() finds no owner of an invalid or unknown address", () => {
  for (const remote of ["", "web", "172.18.0.05", "172.18.0.6"]) {
    assertEquals(owner(USUAL, remote), null);
    assertEquals(owner(USUAL, remote, "", "host"), null);
  }
  assertEquals(owner([], "172.18.0.5"), null);
  assertEquals(owner([], "172.18.0.5", "", "host"), null);
});

Deno.test("readNetworks() finds blocks and gateways of networks without containers", () => {
  const networks = readNetworks([
    {
      Name: "a",
      IPAM: { Config: [{ Subnet: "10.9.0.0/16", Gateway: "10.9.0.1" }] },
    },
    {
      Name: "b",
      IPAM: { Config: [{ Subnet: "fd00:9::/64", Gateway: "fd00:9::1/64" }] },
    },
    { Name: "host", IPAM: { Config: null } },
    { Name: "odd", IPAM: { Config: [{ Subnet: "10.8.0.0" }, 1] } },
    null,
  ]);
  for (const remote of ["10.9.3.4", "fd00:9::77"]) {
    assert(couldBeContainer(networks, remote), remote);
  }
  for (const remote of ["10.9.0.1", "fd00:9::1", "10.8.0.0", "10.10.0.1"]) {
    assert(!couldBeContainer(networks, remote), remote);
  }
  assertEquals(readNetworks({ message: "no" }).blocks.size, 0);
  assertEquals(networks.gateways.size, 2);
});

Deno.test("couldBeContainer() waits for addresses in the blocks of known networks, never for gateways", () => {
  const inventory = readInventory(USUAL);
  for (const remote of ["172.18.0.77", "172.19.255.254", "fd00::77"]) {
    assert(couldBeContainer(inventory, remote), remote);
  }
  for (
    const remote of [
      "172.18.0.1",
      "172.19.0.1",
      "fd00::1",
      "10.0.0.1",
      "fd01::7",
      "",
    ]
  ) assert(!couldBeContainer(inventory, remote), remote);
  assert(!couldBeContainer(emptyInventory(), "172.18.0.77"));
});

Deno.test("endpointOf() compares addresses, not texts", () => {
  const web = readInventory(USUAL).containers.get(WEB)!;
  for (const address of ["172.18.0.5", "::ffff:172.18.0.5", "fd00:0::5"]) {
    assert(endpointOf(web, address) !== null, address);
  }
  for (const address of ["172.18.0.6", "fd00::6", "", "web"]) {
    assert(endpointOf(web, address) === null, address);
  }
});
