import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { claims, NONE, problem } from "../support/claims.ts";

Deno.test("readClaims() reads a connect request", () => {
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
      networks: ["back"],
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

Deno.test("readClaims() reads podman's connect requests, in the spellings of its clients", () => {
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

Deno.test("readClaims() reads which container is disconnected", () => {
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

Deno.test("readClaims() says that podman's update of a network changes its DNS servers", () => {
  const { unknown } = claims("libpod.network.update", { path: ["back"] });
  assert(unknown.aliases !== null);
  assertEquals([unknown.labels, unknown.addresses], [null, null]);
});

Deno.test("readClaims() reads the addresses that a network will assign", () => {
  assertEquals(
    claims("network.create", {
      body: {
        Name: "back",
        IPAM: {
          Driver: "default",
          Config: [
            {
              Subnet: "10.0.0.0/16",
              IPRange: "10.0.1.0/24",
              Gateway: "10.0.0.1",
              AuxiliaryAddresses: {
                one: "10.0.0.9",
                none: "",
                two: "10.0.0.8",
              },
            },
            { Subnet: "fd00::/64" },
            {},
          ],
        },
      },
    }),
    {
      ...NONE,
      blocks: ["10.0.0.0/16", "10.0.1.0/24", "fd00::/64"],
      addresses: ["10.0.0.1", "10.0.0.9", "10.0.0.8"],
    },
  );
  for (const body of [{}, { IPAM: null }, { IPAM: { Config: null } }]) {
    assertEquals(claims("network.create", { body }), NONE);
  }
});

Deno.test("readClaims() reads the addresses that a network of podman's will assign", () => {
  assertEquals(
    claims("libpod.network.create", {
      body: {
        name: "back",
        subnets: [
          {
            subnet: "10.0.0.0/16",
            gateway: "10.0.0.1",
            lease_range: { start_ip: "10.0.0.5", end_ip: "10.0.0.9" },
          },
          { subnet: "fd00::/64", lease_range: null },
        ],
        ipam_options: { driver: "host-local" },
        network_dns_servers: [],
      },
    }),
    {
      ...NONE,
      blocks: ["10.0.0.0/16", "fd00::/64"],
      addresses: ["10.0.0.1", "10.0.0.5", "10.0.0.9"],
    },
  );
});

Deno.test("readClaims() says that a driver other than the engine's chooses addresses itself", () => {
  const docker = (Driver: string) =>
    claims("network.create", { body: { IPAM: { Driver } } }).unknown;
  const podman = (driver: string) =>
    claims("libpod.network.create", { body: { ipam_options: { driver } } })
      .unknown;
  for (const unknownOf of [docker, podman]) {
    for (const driver of ["", "default", "null", "none", "host-local"]) {
      assertEquals(unknownOf(driver), NONE.unknown, driver);
    }
    for (const driver of ["dhcp", "Default", "x"]) {
      const { addresses, ...rest } = unknownOf(driver);
      assertStringIncludes(addresses ?? "", `the driver '${driver}'`);
      assertEquals(rest, { labels: null, aliases: null });
    }
  }
});

Deno.test("readClaims() says that a network may copy the addresses of another", () => {
  const from = (Network: unknown) =>
    claims("network.create", { body: { ConfigFrom: { Network } } }).unknown;
  assertStringIncludes(from("other").addresses ?? "", "network 'other'");
  assertEquals(from(""), NONE.unknown);
  assertEquals(from(null), NONE.unknown);
});

Deno.test("readClaims() says that a network of podman's may have its own DNS servers", () => {
  const servers = (network_dns_servers: unknown) =>
    claims("libpod.network.create", { body: { network_dns_servers } }).unknown
      .aliases;
  assertStringIncludes(servers(["10.0.0.1"]) ?? "", "DNS servers");
  assertEquals(servers(null), null);
});

Deno.test("readClaims() refuses the creation of a network that it does not understand", () => {
  for (
    const [operation, body, word] of [
      ["network.create", "", "JSON"],
      ["network.create", [], "the body is not an object"],
      ["network.create", { ipam: {} }, "write 'IPAM'"],
      ["network.create", { IPAM: { config: [] } }, "write 'Config'"],
      ["network.create", { IPAM: { Driver: 1 } }, "IPAM.Driver"],
      ["network.create", { IPAM: { Config: {} } }, "IPAM.Config is not a list"],
      ["network.create", { IPAM: { Config: [[]] } }, "not an object"],
      [
        "network.create",
        { IPAM: { Config: [{ Subnet: 1 }] } },
        "Config.Subnet",
      ],
      ["network.create", { IPAM: { Config: [{ IPRange: 1 }] } }, "IPRange"],
      ["network.create", { IPAM: { Config: [{ Gateway: 1 }] } }, "Gateway"],
      [
        "network.create",
        { IPAM: { Config: [{ AuxiliaryAddresses: [] }] } },
        "AuxiliaryAddresses is not an object",
      ],
      [
        "network.create",
        { IPAM: { Config: [{ AuxiliaryAddresses: { a: 1 } }] } },
        "AuxiliaryAddresses.a is not a string",
      ],
      ["network.create", { ConfigFrom: "x" }, "ConfigFrom is not an object"],
      [
        "network.create",
        { ConfigFrom: { Network: 1 } },
        "ConfigFrom.Network is not a string",
      ],
      ["libpod.network.create", { Subnets: [] }, "write 'subnets'"],
      ["libpod.network.create", { subnets: {} }, "subnets is not a list"],
      [
        "libpod.network.create",
        { subnets: [{ subnet: 1 }] },
        "subnets.subnet is not a string",
      ],
      [
        "libpod.network.create",
        { subnets: [{ gateway: 1 }] },
        "subnets.gateway is not a string",
      ],
      [
        "libpod.network.create",
        { subnets: [{ lease_range: [] }] },
        "subnets.lease_range is not an object",
      ],
      [
        "libpod.network.create",
        { subnets: [{ lease_range: { start_ip: 1 } }] },
        "lease_range.start_ip is not a string",
      ],
      [
        "libpod.network.create",
        { subnets: [{ lease_range: { end_ip: 1 } }] },
        "lease_range.end_ip is not a string",
      ],
      [
        "libpod.network.create",
        { ipam_options: { driver: 1 } },
        "ipam_options.driver is not a string",
      ],
      [
        "libpod.network.create",
        { network_dns_servers: "x" },
        "network_dns_servers is not a list",
      ],
    ] as const
  ) {
    assertStringIncludes(
      problem(operation, { body }),
      word,
      JSON.stringify(body),
    );
  }
});

Deno.test("readClaims() reads every name and address of an endpoint", () => {
  assertEquals(
    claims("network.connect", {
      body: {
        Container: "web",
        EndpointConfig: {
          Aliases: ["one"],
          DNSNames: ["two"],
          Links: ["db:d"],
          IPAddress: "10.0.0.1",
          GlobalIPv6Address: "fd00::1",
          IPAMConfig: {
            IPv4Address: "10.0.0.2",
            IPv6Address: "fd00::2",
            LinkLocalIPs: ["169.254.0.1", ""],
          },
        },
      },
    }),
    {
      ...NONE,
      touches: ["web", "db"],
      aliases: ["one", "two"],
      addresses: [
        "10.0.0.1",
        "fd00::1",
        "10.0.0.2",
        "fd00::2",
        "169.254.0.1",
      ],
    },
  );
});

Deno.test("readClaims() finds a network in the path and the body of a connect request", () => {
  const connect = (network: string, NetworkID: string) =>
    claims("network.connect", {
      path: [network],
      body: { Container: "web", EndpointConfig: { NetworkID } },
    });
  assertEquals(connect("235e", "").networks, ["235e"]);
  assertEquals(connect("my_net", "235e").networks, ["235e"]);
  assertStringIncludes(connect("host", "").unknown.addresses!, "the host");
  assertStringIncludes(connect("back", "host").unknown.addresses!, "the host");
});
