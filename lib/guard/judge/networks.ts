/**
 * Judges the creation of networks, and who joins them.
 *
 * @module
 */

import { shown } from "../json.ts";
import { find } from "../rules.ts";
import {
  entriesOf,
  fieldAt,
  findListed,
  findNamed,
  item,
  type Judge,
  type Judging,
  textOf,
} from "./judging.ts";
import {
  isBuiltIn,
  judgeAddress,
  judgeEndpointOptions,
  judgeGateway,
  judgeNetwork,
  judgeNetworkId,
} from "./network_settings.ts";
import { allLetBe, judgePlaces, letBe, type Places } from "./places.ts";
import { judgeLabels } from "./settings.ts";

/** What addresses of the host are reached by the network is a choice of addresses. */
const judgeSubnet: Judge = ({ collector }, { path }) =>
  find(collector, "addresses", path, "chooses the addresses of the network");

const judgeOptions: Judge = ({ collector }, { path, value }) => {
  const names = entriesOf(value).map(([name]) => item(name));
  if (names.length === 0) return;
  find(
    collector,
    "network-options",
    path,
    `sets options of the network's driver (${shown(names.join(", "))})`,
  );
};

const CREATE: Places = {
  Driver: ({ collector }, { path, value }) => {
    const driver = textOf(value);
    findListed(
      collector,
      "network-drivers",
      path,
      `makes a network by the driver '${shown(driver)}'`,
      driver,
    );
  },
  Scope: ({ collector }, { path, value }) => {
    if (value === "local") return;
    find(collector, "swarm", path, "makes a network of the whole cluster");
  },
  Ingress: ({ collector }, { path }) =>
    find(collector, "swarm", path, "makes the network of the cluster's ports"),
  ConfigFrom: ({ collector }, { path }) =>
    find(
      collector,
      "network-options",
      path,
      "takes options of another network, which are not in the request",
    ),
  "ConfigFrom.*": letBe,
  Options: judgeOptions,
  "IPAM.Options": judgeOptions,
  "IPAM.Driver": ({ collector }, { path, value }) => {
    if (value === "default") return;
    find(
      collector,
      "network-options",
      path,
      `lets the driver '${shown(textOf(value))}' choose addresses`,
    );
  },
  "IPAM.Config.*": judgeSubnet,
  ...allLetBe("IPAM IPAM.Config Attachable ConfigOnly"),
  Labels: judgeLabels,
};

/** Judges `network.create`. */
export function judgeNetworkCreate(of: Judging): void {
  const name = textOf(fieldAt(of, "Name"));
  findNamed(
    of.collector,
    "networks",
    "Name",
    `makes the network '${shown(name)}'`,
    name,
  );
  judgePlaces(of, CREATE);
}

const CONNECT: Places = {
  EndpointConfig: letBe,
  "EndpointConfig.NetworkID": judgeNetworkId,
  "EndpointConfig.DriverOpts": judgeEndpointOptions,
  "EndpointConfig.MacAddress": judgeAddress,
  "EndpointConfig.IPAddress": judgeAddress,
  "EndpointConfig.GlobalIPv6Address": judgeAddress,
  "EndpointConfig.IPAMConfig": letBe,
  "EndpointConfig.IPAMConfig.*": judgeAddress,
  "EndpointConfig.GwPriority": judgeGateway,
  ...allLetBe(
    "EndpointConfig.Links EndpointConfig.Aliases EndpointConfig.DNSNames",
  ),
};

/**
 * Judges `network.connect`. A network that is not there is refused: it could be
 * made in the moment between.
 */
export function judgeNetworkConnect(of: Judging): void {
  const { collector, request: { parameters }, facts } = of;
  const [name = ""] = parameters;
  judgeNetwork(collector, "the request", name, facts);
  if (!isBuiltIn(name) && (facts.networks.get(name) ?? null) === null) {
    const what = `names the network '${shown(name)}', which is not there`;
    find(collector, "targets", "the request", what);
  }
  judgePlaces(of, CONNECT);
}
