import { assertEquals } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import { coversPort } from "../../../lib/guard/judge/network_settings.ts";
import { type Case, host, judged, refused } from "./judging.ts";

const endpoints = (EndpointsConfig: JsonValue) => ({
  Image: "app",
  HostConfig: { NetworkMode: "front" },
  NetworkingConfig: { EndpointsConfig },
});
const at = "NetworkingConfig.EndpointsConfig";

Deno.test("the host's network is refused by its name, its id and the start of it", () => {
  const described = { Name: "host", Driver: "host" };
  const networks = { "0a1b": described, odd: { Name: "odd", Driver: "host" } };
  const body = {
    Image: "app",
    HostConfig: { NetworkMode: "0a1b" },
    NetworkingConfig: {
      EndpointsConfig: { host: {}, odd: {}, x: { NetworkID: "0a1b" } },
    },
  };
  assertEquals(refused(body, { networks }), [
    "namespaces HostConfig.NetworkMode",
    `namespaces ${at}["host"]`,
    `namespaces ${at}["odd"]`,
    `namespaces ${at}["x"].NetworkID`,
  ]);
  const knobs = { namespaces: ["net"] };
  assertEquals(refused(body, { networks, knobs }), []);
});

Deno.test("networks are judged by the names that they have, whatever id is given", () => {
  const networks = { ab12: { Name: "back", Driver: "bridge" } };
  const body = host({ NetworkMode: "ab12" });
  const of = (name: string): Case => ({
    networks,
    knobs: { networks: [name] },
  });
  assertEquals(refused(body, of("back")), []);
  assertEquals(refused(body, of("ab12")), ["networks HostConfig.NetworkMode"]);
  assertEquals(
    judged(body, of("front")).refused[0]!.remedy,
    "networks: [back]",
  );
});

Deno.test("a network that is there is judged by its driver", () => {
  const networks = { front: { Name: "front", Driver: "macvlan" } };
  const body = host({ NetworkMode: "front" });
  assertEquals(refused(body, { networks }), [
    "network-drivers HostConfig.NetworkMode",
  ]);
  const knobs = { "network-drivers": ["macvlan"] };
  assertEquals(refused(body, { networks, knobs }), []);
});

Deno.test("the default network is refused by its knob, named or not", () => {
  const knobs = { "default-network": "deny" };
  const of = (body: JsonValue) => refused(body, { knobs });
  const found = ["default-network HostConfig.NetworkMode"];
  assertEquals(of({ Image: "app" }), found);
  assertEquals(of(host({ NetworkMode: "default" })), found);
  assertEquals(of(host({ NetworkMode: "bridge" })), found);
  assertEquals(of({ Image: "app", NetworkMode: "none" }), found);
  assertEquals(of(host({ NetworkMode: "podman" })), found);
  assertEquals(of(host({ NetworkMode: "none" })), []);
  assertEquals(of({ Image: "app", NetworkDisabled: true }), []);
  assertEquals(of(endpoints({ bridge: {} })), [
    `default-network ${at}["bridge"]`,
  ]);
  const unnamed = {
    Image: "a",
    NetworkingConfig: { EndpointsConfig: { a: {} } },
  };
  assertEquals(of(unnamed), []);
});

Deno.test("options of an endpoint are refused, and chosen addresses by their knob", () => {
  const body = {
    ...endpoints({
      front: {
        IPAMConfig: { IPv4Address: "10.0.0.2", LinkLocalIPs: [] },
        MacAddress: "02:42:ac:11:00:02",
        Aliases: ["web"],
        DriverOpts: { "com.docker.network.endpoint.sysctls": "x" },
        GwPriority: 1,
      },
    }),
    MacAddress: "02:42:ac:11:00:02",
  };
  const options = `network-options ${at}["front"].DriverOpts`;
  assertEquals(refused(body), [options]);
  assertEquals(refused(body, { knobs: { addresses: "deny" } }), [
    `addresses ${at}["front"].IPAMConfig.IPv4Address`,
    `addresses ${at}["front"].MacAddress`,
    options,
    `addresses ${at}["front"].GwPriority`,
    "addresses MacAddress",
  ]);
  assertEquals(refused(body, { knobs: { "network-options": "allow" } }), []);
  const empty = endpoints({ front: { IPAMConfig: {}, DriverOpts: {} } });
  assertEquals(refused(empty, { knobs: { addresses: "deny" } }), []);
});

Deno.test("coversPort() reads addresses, ports, ranges, and both", () => {
  const yes: [string, string, string][] = [
    ["127.0.0.1", "127.0.0.1", "80"],
    ["127.0.0.1", "127.0.0.1", ""],
    ["::1", "0:0:0:0:0:0:0:1", "80"],
    ["8080", "", "8080"],
    ["8000-9000", "10.0.0.1", "8080-8090"],
    ["10.0.0.1:80", "10.0.0.1", "80"],
    ["[::1]:80-90", "::1", "85"],
  ];
  const no: [string, string, string][] = [
    ["127.0.0.1", "", "80"],
    ["127.0.0.1", "0.0.0.0", "80"],
    ["8080", "", ""],
    ["8080", "", "0"],
    ["8080", "", "8080-8081"],
    ["8000-9000", "", "9001"],
    ["8000-9000", "", "9000-8000"],
    ["10.0.0.1:80", "", "80"],
    ["10.0.0.1:80", "10.0.0.1", "81"],
    ["[::1]:80", "::2", "80"],
  ];
  for (const one of yes) assertEquals([one, coversPort(...one)], [one, true]);
  for (const one of no) assertEquals([one, coversPort(...one)], [one, false]);
});

Deno.test("published ports are judged one by one, and those without an address are on all", () => {
  const body = host({
    PortBindings: {
      "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }, { HostPort: "80" }],
      "81/tcp": [null],
      "82/tcp": [],
    },
    PublishAllPorts: true,
  });
  assertEquals(refused(body), []);
  const { refused: found } = judged(body, { knobs: { ports: ["127.0.0.1"] } });
  assertEquals(found.map(({ path, remedy }) => [path, remedy]), [
    ['HostConfig.PortBindings["80/tcp"][1]', "ports: [80]"],
    ['HostConfig.PortBindings["81/tcp"][0]', "ports: allow"],
    ["HostConfig.PublishAllPorts", "ports: allow"],
  ]);
});
