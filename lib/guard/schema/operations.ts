/**
 * Which operation has which structure as its body.
 *
 * @module
 */

import { COMMIT } from "./commit.ts";
import { CONTAINER } from "./container.ts";
import { EXEC } from "./exec.ts";
import { NETWORK } from "./network.ts";
import { SERVICE } from "./service.ts";
import { SWARM } from "./swarm.ts";
import { parseTables, type Tables } from "./table.ts";
import { UPDATE } from "./update.ts";
import { VOLUME } from "./volume.ts";

/** The Go type of the whole body, by operation. */
export const BODIES = {
  "checkpoint.create": "CheckpointCreate",
  "config.create": "ConfigSpec",
  "config.update": "ConfigSpec",
  "container.commit": "ContainerCommit",
  "container.create": "ContainerCreate",
  "container.exec.create": "ExecCreate",
  "container.update": "ContainerUpdate",
  "exec.start": "ExecStart",
  "network.connect": "NetworkConnect",
  "network.create": "NetworkCreate",
  "network.disconnect": "NetworkDisconnect",
  "node.update": "NodeSpec",
  "plugin.pull": "[]PluginPrivilege",
  "plugin.upgrade": "[]PluginPrivilege",
  "secret.create": "SecretSpec",
  "secret.update": "SecretSpec",
  "service.create": "ServiceSpec",
  "service.update": "ServiceSpec",
  "swarm.init": "SwarmInit",
  "swarm.join": "SwarmJoin",
  "swarm.unlock": "SwarmUnlock",
  "swarm.update": "SwarmSpec",
  "volume.create": "VolumeCreate",
  "volume.update": "VolumeUpdate",
} as const;

/** An operation whose body has a table. */
export type JudgedOperation = keyof typeof BODIES;

/** Whether an operation's body has a table. */
export function isJudged(operation: string): operation is JudgedOperation {
  return Object.hasOwn(BODIES, operation);
}

let parsed: Tables | null = null;

/** All structures; their text is parsed at the first call. */
export function tables(): Tables {
  return parsed ??= parseTables([
    CONTAINER,
    UPDATE,
    COMMIT,
    EXEC,
    SERVICE,
    VOLUME,
    NETWORK,
    SWARM,
  ]);
}
