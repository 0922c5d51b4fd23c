/**
 * The structures of `POST /volumes/create` and `PUT /volumes/{name}`.
 *
 * @module
 */

/** Rows in the format of `table.ts`. */
export const VOLUME = `
= VolumeCreate
Name string free
Driver string volumes
DriverOpts map[string]string volumes
Labels map[string]string labels
ClusterVolumeSpec *ClusterVolumeSpec volumes
= VolumeUpdate
Spec *ClusterVolumeSpec volumes
= ClusterVolumeSpec
Group string volumes
AccessMode *AccessMode volumes
AccessibilityRequirements *TopologyRequirement volumes
CapacityRange *CapacityRange volumes
Secrets []VolumeSecret volumes
Availability string volumes
= AccessMode
Scope string volumes
Sharing string volumes
MountVolume *TypeMount volumes
BlockVolume *Empty volumes
= TypeMount
FsType string volumes
MountFlags []string volumes
= TopologyRequirement
Requisite []Topology volumes
Preferred []Topology volumes
= Topology
Segments map[string]string volumes
= CapacityRange
RequiredBytes int64 volumes
LimitBytes int64 volumes
= VolumeSecret
Key string volumes
Secret string volumes
`;
