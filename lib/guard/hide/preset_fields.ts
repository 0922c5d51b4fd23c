/**
 * The fields that programs read of answers, as allowlists: what else an answer
 * has is removed. Read in their sources, as `preset_rows.ts` says; in the
 * program's present release, and in the ones before it that the preset covers.
 *
 * @module
 */

const HEALTH = "State.Status State.Running State.Health.Status";

/** By preset, one operation a line with the paths of its fields. */
const TABLE: Readonly<Record<string, string>> = {
  // It finds containers by labels, and routes to an address on a network or
  // to a published port; without a label it takes the lowest exposed port.
  traefik:
    `container.list Id Names Image Created State Status Labels Ports HostConfig.NetworkMode NetworkSettings.Networks.*.NetworkID NetworkSettings.Networks.*.IPAddress NetworkSettings.Networks.*.GlobalIPv6Address
container.inspect Id Name Created ${HEALTH} Config.Labels HostConfig.NetworkMode NetworkSettings.Ports NetworkSettings.Networks.*.NetworkID NetworkSettings.Networks.*.IPAddress NetworkSettings.Networks.*.GlobalIPv6Address
system.events Type Action status id from scope time timeNano Actor.ID`,
  // It shows states and statistics, and finds services by labels.
  homepage: `container.list Id Names Image Created State Status Labels
container.inspect Id Name Created ${HEALTH} Config.Labels`,
  // It shows names, images, states and limits; of events it reads what happened
  // to which container, and its new name.
  dozzle: `container.list Id Names Image ImageID Created State Status Labels
container.inspect Id Name Created Image ${HEALTH} State.StartedAt State.FinishedAt State.ExitCode Config.Image Config.Tty Config.Labels HostConfig.Memory HostConfig.NanoCpus HostConfig.CpuQuota HostConfig.CpuPeriod
system.events Type Action status id from scope time timeNano Actor.ID Actor.Attributes.name Actor.Attributes.oldName Actor.Attributes.exitCode
system.info ID Name ServerVersion OperatingSystem OSType Architecture NCPU MemTotal Swarm.NodeID Swarm.LocalNodeState Swarm.ControlAvailable`,
};

/** Names of the presets that have an allowlist. */
export const PRESETS_WITH_FIELDS: readonly string[] = Object.keys(TABLE);

/**
 * The fields that a preset's program reads, by operation.
 *
 * @returns null for a preset that has no allowlist.
 */
export function presetFields(
  preset: string,
): ReadonlyMap<string, readonly string[]> | null {
  if (!PRESETS_WITH_FIELDS.includes(preset)) return null;
  return new Map(
    TABLE[preset]!.split("\n").map((line) => {
      const [operation, ...paths] = line.split(" ");
      return [operation!, paths];
    }),
  );
}
