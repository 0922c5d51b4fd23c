/**
 * The structures of `POST /containers/create`, and those that other bodies share
 * with it.
 *
 * @module
 */

/**
 * Rows in the format of `table.ts`. The fields of `HostConfig` are also fields of
 * the body's root: engines before 27.0 read them there
 * (docs/engine-api/bodies.md). `Cpuset` is read at the root alone.
 * dockerode writes the query's `name` into the body too. `Name`, `EnvMerge`, `UnsetEnv` and `UnsetEnvAll` are podman's.
 */
export const CONTAINER = `
= ContainerCreate
+ Config
+ HostConfig
Cpuset string limits
HostConfig *HostConfig free
NetworkingConfig *NetworkingConfig free
Name|name string free
EnvMerge []string env
UnsetEnv []string env
UnsetEnvAll bool env
= Config
Hostname string free
Domainname string free
User string user
AttachStdin bool free
AttachStdout bool free
AttachStderr bool free
ExposedPorts map[port]Empty free
Tty bool free
OpenStdin bool free
StdinOnce bool free
Env []string env
Cmd []string command
Healthcheck *Healthcheck healthcheck
ArgsEscaped bool free
Image string images
Volumes map[string]Empty volumes
WorkingDir string command
Entrypoint []string command
NetworkDisabled bool free
MacAddress string networks
OnBuild []string command
Labels map[string]string labels
StopSignal string lifecycle
StopTimeout *int lifecycle
Shell []string command
= Healthcheck
Test []string healthcheck
Interval int64 free
Timeout int64 free
StartPeriod int64 free
StartInterval int64 free
Retries int free
= HostConfig
Binds []string binds
ContainerIDFile string binds
LogConfig LogConfig logging
NetworkMode string networks
PortBindings map[port][]PortBinding ports
RestartPolicy RestartPolicy restart
AutoRemove bool lifecycle
VolumeDriver string volumes
VolumesFrom []string volumes-from
ConsoleSize [2]uint free
Annotations map[string]string annotations
CapAdd []string capabilities
CapDrop []string capabilities
Capabilities []string capabilities
CgroupnsMode string namespaces
Dns []addr dns
DnsOptions []string dns
DnsSearch []string dns
ExtraHosts []string dns
GroupAdd []string user
IpcMode string namespaces
Cgroup string namespaces
Links []string networks
OomScoreAdj int oom
PidMode string namespaces
Privileged bool privileged
PublishAllPorts bool ports
ReadonlyRootfs bool read-only
SecurityOpt []string security-opt
StorageOpt map[string]string storage
Tmpfs map[string]string mounts
UTSMode string namespaces
UsernsMode string namespaces
ShmSize int64 shm
Sysctls map[string]string sysctls
Runtime string runtime
Umask *uint32 umask
Isolation string runtime
Mounts []Mount mounts
MaskedPaths []string masked-paths
ReadonlyPaths []string masked-paths
Init *bool lifecycle
InitPath string binds
+ Resources
= Resources
CpuShares int64 limits
Memory int64 limits
NanoCpus int64 limits
CgroupParent string runtime
BlkioWeight uint16 blkio
BlkioWeightDevice []*WeightDevice blkio
BlkioDeviceReadBps []*ThrottleDevice blkio
BlkioDeviceWriteBps []*ThrottleDevice blkio
BlkioDeviceReadIOps []*ThrottleDevice blkio
BlkioDeviceWriteIOps []*ThrottleDevice blkio
CpuPeriod int64 limits
CpuQuota int64 limits
CpuRealtimePeriod int64 limits
CpuRealtimeRuntime int64 limits
CpusetCpus string limits
CpusetMems string limits
Devices []DeviceMapping devices
DeviceCgroupRules []string devices
DeviceRequests []DeviceRequest devices
DiskQuota int64 storage
KernelMemory int64 limits
KernelMemoryTCP int64 limits
MemoryReservation int64 limits
MemorySwap int64 limits
MemorySwappiness *int64 limits
OomKillDisable *bool oom
PidsLimit *int64 limits
Ulimits []*Ulimit ulimits
CpuCount int64 limits
CpuPercent int64 limits
IOMaximumIOps uint64 limits
IOMaximumBandwidth uint64 limits
= LogConfig
Type string logging
Config map[string]string logging
= PortBinding
HostIp addr ports
HostPort string ports
= RestartPolicy
Name string restart
MaximumRetryCount int restart
= WeightDevice
Path string blkio
Weight uint16 blkio
= ThrottleDevice
Path string blkio
Rate uint64 blkio
= DeviceMapping
PathOnHost string devices
PathInContainer string devices
CgroupPermissions string devices
= DeviceRequest
Driver string devices
Count int devices
DeviceIDs []string devices
Capabilities [][]string devices
Options map[string]string devices
= Ulimit
Name string ulimits
Hard int64 ulimits
Soft int64 ulimits
= Mount
Type string mounts
Source string mounts
Target string mounts
ReadOnly bool mounts
Consistency string free
BindOptions *BindOptions mounts
VolumeOptions *VolumeOptions mounts
ImageOptions *ImageOptions mounts
TmpfsOptions *TmpfsOptions mounts
ClusterOptions *Empty mounts
= BindOptions
Propagation string mounts
NonRecursive bool mounts
CreateMountpoint bool mounts
ReadOnlyNonRecursive bool mounts
ReadOnlyForceRecursive bool mounts
= VolumeOptions
NoCopy bool free
Labels map[string]string labels
Subpath string mounts
DriverConfig *Driver volumes
= Driver
Name string volumes
Options map[string]string volumes
= ImageOptions
Subpath string mounts
= TmpfsOptions
SizeBytes int64 mounts
Mode uint32 mounts
Options [][]string mounts
= NetworkingConfig
EndpointsConfig map[string]*EndpointSettings networks
= EndpointSettings
IPAMConfig *EndpointIPAMConfig networks
Links []string networks
Aliases []string networks
DriverOpts map[string]string networks
GwPriority int networks
NetworkID string networks
EndpointID string free
Gateway addr free
IPAddress addr networks
MacAddress mac networks
IPPrefixLen int free
IPv6Gateway addr free
GlobalIPv6Address addr networks
GlobalIPv6PrefixLen int free
DNSNames []string networks
= EndpointIPAMConfig
IPv4Address addr networks
IPv6Address addr networks
LinkLocalIPs []addr networks
= Empty
`;
