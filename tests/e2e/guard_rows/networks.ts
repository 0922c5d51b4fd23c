/**
 * The rows of networks, of who joins them, and of volumes.
 *
 * @module
 */

import type { JsonObject, JsonValue } from "../../../lib/guard/json.ts";
import {
  hard,
  judged,
  loosely,
  neutral,
  no,
  ok,
  type Row,
  type Rows,
} from "./row.ts";

const FIELD = "";
const NAMES = "a name in a network that may be joined";
const LABEL = "labels-forbidden is empty at both levels";

/** The settings of an endpoint, as `EndpointsConfig.own` or `EndpointConfig`. */
const ENDPOINT: Rows = {
  IPAMConfig: judged(
    ok({ IPAMConfig: {} }, { seen: [{}] }),
    hard({ IPAMConfig: { IPv4Address: "10.77.0.9" } }, "addresses"),
  ),
  "IPAMConfig.IPv4Address": judged(
    hard({ IPAMConfig: { IPv4Address: "10.77.0.9" } }, "addresses"),
  ),
  "IPAMConfig.IPv6Address": judged(
    hard({ IPAMConfig: { IPv6Address: "fd77::9" } }, "addresses"),
  ),
  "IPAMConfig.LinkLocalIPs": judged(
    hard({ IPAMConfig: { LinkLocalIPs: ["169.254.7.9"] } }, "addresses"),
  ),
  Links: neutral(NAMES, ok({ Links: ["inside:i"] })),
  Aliases: neutral(NAMES, ok({ Aliases: ["alias"] })),
  DriverOpts: judged(
    no(
      { DriverOpts: { "com.docker.network.endpoint.exposedports": "1" } },
      "network-options",
    ),
    no({
      DriverOpts: {
        "com.docker.network.endpoint.sysctls":
          "net.ipv4.conf.IFNAME.forwarding=1",
      },
    }, "network-options"),
  ),
  GwPriority: judged(hard({ GwPriority: 5 }, "addresses", { taken: "new" })),
  NetworkID: judged(
    ok({ NetworkID: "own" }, { seen: [{}] }),
    no({ NetworkID: "host" }, "namespaces"),
  ),
  EndpointID: neutral(FIELD, ok({ EndpointID: "e" }, { seen: [{}] })),
  Gateway: neutral(FIELD, ok({ Gateway: "10.77.0.1" }, { seen: [{}] })),
  IPAddress: judged(
    hard({ IPAddress: "10.77.0.9" }, "addresses"),
  ),
  MacAddress: judged(
    hard({ MacAddress: "02:42:ac:11:00:02" }, "addresses"),
  ),
  IPPrefixLen: neutral(FIELD, ok({ IPPrefixLen: 16 }, { seen: [{}] })),
  IPv6Gateway: neutral(FIELD, ok({ IPv6Gateway: "fd77::1" }, { seen: [{}] })),
  GlobalIPv6Address: judged(
    hard({ GlobalIPv6Address: "fd77::9" }, "addresses"),
  ),
  GlobalIPv6PrefixLen: neutral(
    FIELD,
    ok({ GlobalIPv6PrefixLen: 64 }, { seen: [{}] }),
  ),
  DNSNames: neutral(NAMES, ok({ DNSNames: ["n"] }, { seen: [{}] })),
};

/** Puts the rows of an endpoint below a field, each value in what that field holds. */
function endpointBelow(
  place: string,
  wrap: (endpoint: JsonValue) => JsonValue,
): Rows {
  return Object.fromEntries(
    Object.entries(ENDPOINT).map(([name, row]): [string, Row] => [
      `${place}.${name}`,
      {
        ...row,
        cases: row.cases.map((one) => ({
          ...one,
          value: wrap(one.value),
          seen: one.seen?.map(wrap) ?? null,
        })),
      },
    ]),
  );
}

const joins = (name: string): JsonObject => ({ [name]: {} });

/** `NetworkingConfig` of a creation. */
export const NETWORKING: Rows = {
  EndpointsConfig: judged(
    ok(joins("own")),
    no(joins("host"), "namespaces"),
    hard(joins("bridge"), "default-network"),
  ),
  ...endpointBelow("EndpointsConfig", (own) => ({ own })),
};

/** `network.connect`. */
export const CONNECT: Rows = {
  Container: neutral(FIELD, ok("row", { seen: null })),
  EndpointConfig: neutral(
    "its fields are judged",
    ok({ Aliases: ["alias"] }, { seen: null }),
  ),
  ...Object.fromEntries(
    Object.entries(endpointBelow("EndpointConfig", (own) => own)).map((
      [place, row],
    ) => [place, loosely(row)]),
  ),
};

const CONFIG = { Subnet: "10.78.0.0/16" };
const ipam = (config: JsonObject): JsonObject => ({ Config: [config] });

/** `network.create`. */
export const NETWORK: Rows = {
  Name: neutral(FIELD, ok("row")),
  CheckDuplicate: neutral(FIELD, ok(true, { seen: null })),
  Driver: judged(
    ok("bridge"),
    hard("overlay", "network-drivers", { seen: null }),
    // The kernel may not have them.
    no("macvlan", "network-drivers", { taken: "any" }),
    no("ipvlan", "network-drivers", { taken: "any" }),
    no("host", "network-drivers", { taken: "neither" }),
    no("other", "network-drivers", { taken: "unsent" }),
  ),
  Scope: judged(ok("local"), no("swarm", "swarm", { taken: "neither" })),
  EnableIPv4: neutral(FIELD, ok(true, { taken: "new" })),
  EnableIPv6: neutral(FIELD, ok(false)),
  IPAM: judged(
    ok({ Driver: "default" }),
    no({ Driver: "null" }, "network-options", { taken: "neither" }),
  ),
  "IPAM.Driver": judged(
    ok({ Driver: "default" }),
    no({ Driver: "null" }, "network-options", { taken: "neither" }),
    no({ Driver: "other" }, "network-options", { taken: "unsent" }),
  ),
  "IPAM.Options": judged(
    no({ Driver: "default", Options: { a: "b" } }, "network-options"),
  ),
  "IPAM.Config": judged(hard(ipam(CONFIG), "addresses")),
  "IPAM.Config.Subnet": judged(hard(ipam(CONFIG), "addresses")),
  "IPAM.Config.IPRange": judged(
    hard(ipam({ ...CONFIG, IPRange: "10.78.1.0/24" }), "addresses"),
  ),
  "IPAM.Config.Gateway": judged(
    hard(ipam({ ...CONFIG, Gateway: "10.78.0.1" }), "addresses"),
  ),
  "IPAM.Config.AuxiliaryAddresses": judged(
    hard(
      ipam({ ...CONFIG, AuxiliaryAddresses: { a: "10.78.0.5" } }),
      "addresses",
    ),
  ),
  Internal: neutral(FIELD, ok(true)),
  Attachable: neutral("it is said of a driver that is judged", ok(true)),
  Ingress: judged(no(true, "swarm", { taken: "neither" })),
  ConfigOnly: neutral("no container can join it", ok(true)),
  ConfigFrom: judged(
    no({ Network: "template" }, "network-options"),
  ),
  "ConfigFrom.Network": judged(
    no({ Network: "template" }, "network-options"),
  ),
  Options: judged(
    no({ "com.docker.network.bridge.name": "sockwarden0" }, "network-options"),
    no(
      { "com.docker.network.bridge.enable_icc": "false" },
      "network-options",
    ),
  ),
  Labels: neutral(LABEL, ok({ a: "b" })),
};

/** Swarm keeps such a volume where a driver could make it, and refuses the others. */
const cluster = (place: string, spec: JsonObject): Row =>
  judged(
    no(spec, "swarm", {
      taken: place === ".AccessMode.MountVolume" ? "new" : "any",
    }),
  );
const CLUSTER: Readonly<Record<string, JsonObject>> = {
  "": { Group: "g" },
  ".Group": { Group: "g" },
  ".AccessMode": { AccessMode: { Scope: "single" } },
  ".AccessMode.Scope": { AccessMode: { Scope: "single" } },
  ".AccessMode.Sharing": { AccessMode: { Sharing: "none" } },
  ".AccessMode.MountVolume": { AccessMode: { MountVolume: { FsType: "x" } } },
  ".AccessMode.MountVolume.FsType": {
    AccessMode: { MountVolume: { FsType: "ext4" } },
  },
  ".AccessMode.MountVolume.MountFlags": {
    AccessMode: { MountVolume: { MountFlags: ["exec"] } },
  },
  ".AccessMode.BlockVolume": { AccessMode: { BlockVolume: {} } },
  ".AccessibilityRequirements": {
    AccessibilityRequirements: { Requisite: [] },
  },
  ".AccessibilityRequirements.Requisite": {
    AccessibilityRequirements: { Requisite: [{ Segments: { a: "b" } }] },
  },
  ".AccessibilityRequirements.Requisite.Segments": {
    AccessibilityRequirements: { Requisite: [{ Segments: { a: "b" } }] },
  },
  ".AccessibilityRequirements.Preferred": {
    AccessibilityRequirements: { Preferred: [{ Segments: { a: "b" } }] },
  },
  ".AccessibilityRequirements.Preferred.Segments": {
    AccessibilityRequirements: { Preferred: [{ Segments: { a: "b" } }] },
  },
  ".CapacityRange": { CapacityRange: { LimitBytes: 5 } },
  ".CapacityRange.RequiredBytes": { CapacityRange: { RequiredBytes: 5 } },
  ".CapacityRange.LimitBytes": { CapacityRange: { LimitBytes: 5 } },
  ".Secrets": { Secrets: [{ Key: "k" }] },
  ".Secrets.Key": { Secrets: [{ Key: "k" }] },
  ".Secrets.Secret": { Secrets: [{ Secret: "s" }] },
  ".Availability": { Availability: "drain" },
};

/** `volume.create`. */
export const VOLUME: Rows = {
  Name: neutral("volumes is allowed at both levels", ok("row")),
  Driver: judged(
    ok("local"),
    no("other", "volume-drivers", { taken: "unsent" }),
  ),
  DriverOpts: judged(
    no({ type: "none", o: "bind", device: "/etc" }, "volume-options"),
    no({ type: "tmpfs", device: "tmpfs" }, "volume-options"),
  ),
  Labels: neutral(LABEL, ok({ a: "b" })),
  ...Object.fromEntries(
    Object.entries(CLUSTER).map(([place, spec]) => [
      `ClusterVolumeSpec${place}`,
      cluster(place, spec),
    ]),
  ),
};
