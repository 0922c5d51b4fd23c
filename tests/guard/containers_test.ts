import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { claims, created, NONE, problem } from "../support/claims.ts";

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
      networks: ["back", "front"],
      names: ["web"],
      aliases: ["host", "host.lan", "one", "two", "three"],
      addresses: [
        "10.0.0.1",
        "fd00::1",
        "10.0.0.2",
        "fd00::2",
        "169.254.0.1",
      ],
      inherits: ["Labels"],
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
      inherits: ["Labels"],
      joins: ["net", "pid", "ipc", "volumes"],
      touches: ["linked"],
    });
  }
});

Deno.test("readClaims() treats modes that name no other container as harmless", () => {
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
  ) {
    assertEquals(
      created({ HostConfig }),
      { ...NONE, inherits: ["Labels"] },
      JSON.stringify(HostConfig),
    );
  }
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
      { NetworkingConfig: { EndpointsConfig: { x: { NetworkID: "host" } } } },
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

Deno.test("readClaims() says that a container gets labels from its image, whatever the body is like", () => {
  for (const body of [{}, { Labels: null }, { Image: "alpine" }]) {
    assertEquals(created(body, "platform=linux%2Farm64").inherits, ["Labels"]);
  }
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
      [{ Labels: { "role=x": "" } }, "leave = out of its key"],
      [{ Hostname: {} }, "Hostname is not a string"],
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

Deno.test("readClaims() reads which container an image is made of", () => {
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

Deno.test("readClaims() finds every network of a container that may be given by its id", () => {
  const endpoints = (EndpointsConfig: unknown) => ({
    NetworkingConfig: { EndpointsConfig },
  });
  for (
    const body of [
      { HostConfig: { NetworkMode: "235e" } },
      { NetworkMode: "235e" },
      endpoints({ "235e": {} }),
      endpoints({ my_net: { NetworkID: "235e" } }),
    ]
  ) assertEquals(created(body).networks, ["235e"], JSON.stringify(body));
});
