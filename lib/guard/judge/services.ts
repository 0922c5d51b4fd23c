/**
 * Judges services: their containers as those of a creation, and what else a
 * specification can be.
 *
 * Where a task runs (`Placement`) gives it nothing of a node that another task
 * has not, and secrets and configs are files in it: whose they are is a matter
 * of scopes.
 *
 * @module
 */

import { fitsPattern } from "../pattern.ts";
import { type JsonValue, shown } from "../json.ts";
import { type Collector, find, knobOf } from "../rules.ts";
import { judgeRegistry } from "./image_calls.ts";
import { judgeImage } from "./images.ts";
import {
  at,
  entriesOf,
  fieldAt,
  findListed,
  findWord,
  type Judge,
  type Judging,
  listed,
  listOf,
  textOf,
} from "./judging.ts";
import { judgeOomScore } from "./limits.ts";
import { judgeMounts } from "./mounts.ts";
import {
  coversPort,
  judgeEndpointOptions,
  judgeNetwork,
} from "./network_settings.ts";
import {
  allLetBe,
  judgePlaces,
  letBe,
  type Places,
  queryOf,
  refuse,
} from "./places.ts";
import {
  judgeCapabilities,
  judgeIsolation,
  judgeSysctls,
  securityOption,
} from "./security.ts";
import { judgeServiceLimits } from "./service_limits.ts";
import {
  judgeEnvironment,
  judgeGroups,
  judgeHealthcheck,
  judgeLabels,
  judgeLogging,
  judgeLogOptions,
  judgeUsedImage,
  judgeUser,
  listBy,
} from "./settings.ts";

/** Judges a field as the option of `SecurityOpt` that says the same. */
function asOption(optionOf: (value: JsonValue) => string | null): Judge {
  return ({ collector }, { path, value }) => {
    const option = optionOf(value);
    if (option === null) return;
    find(
      collector,
      "security-opt",
      path,
      option === OWN_PROFILE
        ? "replaces the engine's seccomp profile"
        : `sets the security option '${shown(option)}'`,
      option === OWN_PROFILE ? "allow" : listOf(option),
      (entry) =>
        option !== OWN_PROFILE && fitsPattern(securityOption(entry), option),
    );
  };
}

/** Stands for a profile in the request. */
const OWN_PROFILE = "seccomp={}";

const labelOption = (name: string) =>
  asOption((value) => `label=${name}:${textOf(value)}`);

const judgeGenericResources = listBy(
  "devices",
  "asks for resources of the node, which may be its devices",
);

/** A policy of tasks as a container's; it is `any` where none is given. */
const RESTARTS: Readonly<Record<string, string>> = {
  none: "no",
  "on-failure": "on-failure",
  any: "always",
  "": "always",
};

function judgeRestart(collector: Collector, condition: string): void {
  const policy = Object.hasOwn(RESTARTS, condition)
    ? RESTARTS[condition]!
    : condition;
  findListed(
    collector,
    "restart",
    "TaskTemplate.RestartPolicy.Condition",
    `sets the restart policy '${shown(policy)}'`,
    policy,
  );
}

const judgeServicePorts: Judge = ({ collector }, { path, value }) => {
  for (const [i, port] of listed(value).entries()) {
    const published = at(port, "PublishedPort");
    const number = typeof published === "number" && published > 0
      ? String(published)
      : "";
    const which = number === "" ? "a port" : `port ${number}`;
    find(
      collector,
      "ports",
      `${path}[${i}]`,
      at(port, "PublishMode") === "host"
        ? `publishes ${which} on all addresses of the host`
        : `publishes ${which} on all addresses of all nodes`,
      number === "" ? "allow" : listOf(number),
      (entry) => coversPort(entry, "", number),
    );
  }
};

const judgeTarget: Judge = ({ collector, facts }, { path, value }) =>
  judgeNetwork(collector, path, textOf(value), facts);

const NETWORKS = (place: string): Places => ({
  [place]: letBe,
  [`${place}.Target`]: judgeTarget,
  [`${place}.Aliases`]: letBe,
  [`${place}.DriverOpts`]: judgeEndpointOptions,
});

/** Puts a prefix before each place. */
function below(prefix: string, places: Places): Places {
  return Object.fromEntries(
    Object.entries(places).map(([place, judge]) => [prefix + place, judge]),
  );
}

const CONTAINER: Places = {
  Image: (of, read) => {
    judgeUsedImage(of, read);
    // Unlike a container's, a service's image is pulled.
    judgeRegistry(of.collector, read.path, textOf(read.value));
  },
  Labels: judgeLabels,
  Env: judgeEnvironment,
  User: judgeUser,
  Groups: judgeGroups,
  Mounts: judgeMounts,
  "Mounts.*": letBe,
  "Mounts.VolumeOptions.Labels": judgeLabels,
  Healthcheck: letBe,
  "Healthcheck.Test": judgeHealthcheck,
  Isolation: judgeIsolation,
  Sysctls: judgeSysctls,
  CapabilityAdd: judgeCapabilities,
  Ulimits: listBy("ulimits", "sets resource limits of its processes"),
  "Ulimits.*": letBe,
  OomScoreAdj: judgeOomScore,
  "Privileges.CredentialSpec": ({ collector }, { path }) =>
    find(collector, "security-opt", path, "gives it credentials of the node"),
  "Privileges.CredentialSpec.*": letBe,
  "Privileges.SELinuxContext.Disable": asOption(() => "label=disable"),
  "Privileges.SELinuxContext.User": labelOption("user"),
  "Privileges.SELinuxContext.Role": labelOption("role"),
  "Privileges.SELinuxContext.Type": labelOption("type"),
  "Privileges.SELinuxContext.Level": labelOption("level"),
  "Privileges.Seccomp.Mode": asOption((mode) =>
    mode === "default"
      ? null
      : mode === "custom"
      ? OWN_PROFILE
      : `seccomp=${textOf(mode)}`
  ),
  "Privileges.Seccomp.Profile": asOption(() => OWN_PROFILE),
  "Privileges.AppArmor.Mode": asOption((mode) =>
    mode === "default"
      ? null
      : mode === "disabled"
      ? "apparmor=unconfined"
      : `apparmor=${textOf(mode)}`
  ),
  ...allLetBe(
    "Privileges Privileges.SELinuxContext Privileges.Seccomp Privileges.AppArmor Privileges.NoNewPrivileges",
  ),
  ...allLetBe("Command Args Dir Init StopSignal StopGracePeriod ReadOnly"),
  ...allLetBe("Hosts DNSConfig DNSConfig.* CapabilityDrop"),
  ...allLetBe("Secrets Secrets.* Configs Configs.*"),
};

const SERVICE: Places = {
  Labels: judgeLabels,
  ...below("TaskTemplate.ContainerSpec.", CONTAINER),
  "TaskTemplate.PluginSpec": ({ collector }, { path }) =>
    find(collector, "plugins", path, "is a plugin, which is root on the host"),
  "TaskTemplate.PluginSpec.*": letBe,
  "TaskTemplate.NetworkAttachmentSpec": ({ collector }, { path }) =>
    find(
      collector,
      "swarm",
      path,
      "attaches a container that the service does not make",
    ),
  "TaskTemplate.NetworkAttachmentSpec.*": letBe,
  "TaskTemplate.Runtime": ({ collector }, { path, value }) => {
    if (value === "container") return;
    find(
      collector,
      value === "plugin" ? "plugins" : "swarm",
      path,
      value === "plugin"
        ? "makes it a plugin, which is root on the host"
        : `is '${shown(textOf(value))}', not a container`,
    );
  },
  "TaskTemplate.Resources.Limits.GenericResources": judgeGenericResources,
  "TaskTemplate.Resources.Reservations.GenericResources": judgeGenericResources,
  "TaskTemplate.Resources": letBe,
  "TaskTemplate.Resources.*": letBe,
  "TaskTemplate.LogDriver": letBe,
  "TaskTemplate.LogDriver.Name": judgeLogging,
  "TaskTemplate.LogDriver.Options": judgeLogOptions,
  "TaskTemplate.RestartPolicy": letBe,
  "TaskTemplate.RestartPolicy.*": letBe,
  "TaskTemplate.Placement": letBe,
  "TaskTemplate.Placement.*": letBe,
  ...NETWORKS("TaskTemplate.Networks"),
  ...NETWORKS("Networks"),
  Mode: letBe,
  "Mode.*": letBe,
  EndpointSpec: letBe,
  "EndpointSpec.Mode": letBe,
  "EndpointSpec.Ports": judgeServicePorts,
  "EndpointSpec.Ports.*": letBe,
};

/** Judges `service.create` and `service.update`. */
export function judgeService(of: Judging): void {
  judgeRollback(of);
  judgePlaces(of, SERVICE);
  judgeAbsent(of);
  judgeServiceLimits(of);
}

function judgeRollback(of: Judging): void {
  if (of.request.operation !== "service.update") return;
  for (const value of queryOf(of, ["rollback"])?.rollback ?? []) {
    if (value === "" || value === "none") continue;
    const what =
      "takes the service back to a specification that is not in the request";
    refuse(of.collector, "rollback", what);
  }
}

/** Judges what a specification leaves out. */
function judgeAbsent(of: Judging): void {
  const { collector } = of;
  const place = "TaskTemplate.ContainerSpec";
  judgeRestart(
    collector,
    textOf(fieldAt(of, "TaskTemplate.RestartPolicy.Condition")),
  );
  if (fieldAt(of, `${place}.Image`) === null) {
    judgeImage(collector, `${place}.Image`, "", "uses");
  }
  if (fieldAt(of, `${place}.User`) === null) {
    find(
      collector,
      "users",
      `${place}.User`,
      "leaves the user to the image",
    );
  }
  const networks = ["TaskTemplate.Networks", "Networks"];
  if (networks.every((one) => listed(fieldAt(of, one)).length === 0)) {
    judgeNetwork(collector, networks[0]!, "", of.facts);
  }
  const labels = entriesOf(fieldAt(of, `${place}.Labels`));
  for (const word of knobOf(collector.rules, "labels-required").list) {
    const isThere = labels.some(([key, value]) =>
      word === (word.includes("=") ? `${key}=${textOf(value)}` : key)
    );
    if (isThere) continue;
    const what = `lacks the label '${shown(word)}'`;
    findWord(collector, "labels-required", word, `${place}.Labels`, what);
  }
}
