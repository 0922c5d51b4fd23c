/**
 * The structures of `POST /services/create` and `/services/{id}/update`; those
 * of containers' mounts, health checks and limits are in `container.ts`.
 *
 * @module
 */

/**
 * Rows in the format of `table.ts`. `Networks` at the root is of engines before
 * 29.0. docker-py writes the modes in lower case; Docker's reference names the
 * fields of a plugin's spec with capitals, its structures without.
 */
export const SERVICE = `
= ServiceSpec
Name string free
Labels map[string]string labels
TaskTemplate TaskSpec free
Mode ServiceMode swarm
UpdateConfig *UpdateConfig free
RollbackConfig *UpdateConfig free
Networks []NetworkAttachmentConfig networks
EndpointSpec *EndpointSpec ports
= TaskSpec
ContainerSpec *ContainerSpec free
PluginSpec *PluginSpec swarm
NetworkAttachmentSpec *NetworkAttachmentSpec networks
Resources *ResourceRequirements limits
RestartPolicy *TaskRestartPolicy restart
Placement *Placement swarm
Networks []NetworkAttachmentConfig networks
LogDriver *LogDriver logging
ForceUpdate uint64 free
Runtime string swarm
= ContainerSpec
Image string images
Labels map[string]string labels
Command []string command
Args []string command
Hostname string free
Env []string env
Dir string command
User string user
Groups []string user
Privileges *Privileges security-opt
Init *bool lifecycle
StopSignal string lifecycle
TTY bool free
OpenStdin bool free
ReadOnly bool read-only
Mounts []Mount mounts
StopGracePeriod *int64 lifecycle
Healthcheck *Healthcheck healthcheck
Hosts []string dns
DNSConfig *DNSConfig dns
Secrets []*SecretReference swarm
Configs []*ConfigReference swarm
Isolation string runtime
Sysctls map[string]string sysctls
CapabilityAdd []string capabilities
CapabilityDrop []string capabilities
Ulimits []*Ulimit ulimits
OomScoreAdj int64 oom
= Privileges
CredentialSpec *CredentialSpec security-opt
SELinuxContext *SELinuxContext security-opt
Seccomp *SeccompOpts security-opt
AppArmor *AppArmorOpts security-opt
NoNewPrivileges bool security-opt
= CredentialSpec
Config string security-opt
File string security-opt
Registry string security-opt
= SELinuxContext
Disable bool security-opt
User string security-opt
Role string security-opt
Type string security-opt
Level string security-opt
= SeccompOpts
Mode string security-opt
Profile bytes security-opt
= AppArmorOpts
Mode string security-opt
= DNSConfig
Nameservers []addr dns
Search []string dns
Options []string dns
= SecretReference
File *ReferenceFileTarget swarm
SecretID string swarm
SecretName string swarm
= ConfigReference
File *ReferenceFileTarget swarm
Runtime *Empty swarm
ConfigID string swarm
ConfigName string swarm
= ReferenceFileTarget
Name string swarm
UID string swarm
GID string swarm
Mode uint32 swarm
= PluginSpec
name|Name string swarm
remote|Remote string swarm
privileges|Privileges []*PluginSpecPrivilege swarm
disabled|Disabled bool swarm
env|Env []string swarm
= PluginSpecPrivilege
name|Name string swarm
description|Description string free
value|Value []string swarm
= NetworkAttachmentSpec
ContainerID string networks
= ResourceRequirements
Limits *TaskLimit limits
Reservations *TaskResources limits
SwapBytes *int64 limits
MemorySwappiness *int64 limits
= TaskLimit
NanoCPUs int64 limits
MemoryBytes int64 limits
Pids int64 limits
GenericResources []GenericResource devices
= TaskResources
NanoCPUs int64 limits
MemoryBytes int64 limits
GenericResources []GenericResource devices
= GenericResource
NamedResourceSpec *NamedGenericResource devices
DiscreteResourceSpec *DiscreteGenericResource devices
= NamedGenericResource
Kind string devices
Value string devices
= DiscreteGenericResource
Kind string devices
Value int64 devices
= TaskRestartPolicy
Condition string restart
Delay *int64 restart
MaxAttempts *uint64 restart
Window *int64 restart
= Placement
Constraints []string swarm
Preferences []PlacementPreference swarm
MaxReplicas uint64 swarm
Platforms []Platform swarm
= PlacementPreference
Spread *SpreadOver swarm
= SpreadOver
SpreadDescriptor string swarm
= Platform
Architecture string swarm
OS string swarm
= NetworkAttachmentConfig
Target string networks
Aliases []string networks
DriverOpts map[string]string networks
= LogDriver
Name string logging
Options map[string]string logging
= ServiceMode
Replicated|replicated *ReplicatedService swarm
Global|global *Empty swarm
ReplicatedJob *ReplicatedJob swarm
GlobalJob *Empty swarm
= ReplicatedService
Replicas *uint64 swarm
= ReplicatedJob
MaxConcurrent *uint64 swarm
TotalCompletions *uint64 swarm
= UpdateConfig
Parallelism uint64 free
Delay int64 free
FailureAction string free
Monitor int64 free
MaxFailureRatio float32 free
Order string free
= EndpointSpec
Mode string ports
Ports []PortConfig ports
= PortConfig
Name string free
Protocol string ports
TargetPort uint32 ports
PublishedPort uint32 ports
PublishMode string ports
`;
