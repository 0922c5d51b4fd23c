/**
 * The structures of the cluster's calls: swarm, node, secret, config; and of
 * plugins.
 *
 * @module
 */

/** Rows in the format of `table.ts`. */
export const SWARM = `
= SwarmInit
ListenAddr string swarm
AdvertiseAddr string swarm
DataPathAddr string swarm
DataPathPort uint32 swarm
ForceNewCluster bool swarm
Spec SwarmSpec swarm
AutoLockManagers bool swarm
Availability string swarm
DefaultAddrPool []prefix swarm
SubnetSize uint32 swarm
= SwarmJoin
ListenAddr string swarm
AdvertiseAddr string swarm
DataPathAddr string swarm
RemoteAddrs []string swarm
JoinToken string swarm
Availability string swarm
= SwarmUnlock
UnlockKey string swarm
= SwarmSpec
Name string free
Labels map[string]string labels
Orchestration Orchestration swarm
Raft RaftConfig swarm
Dispatcher DispatcherConfig swarm
CAConfig CAConfig swarm
TaskDefaults TaskDefaults swarm
EncryptionConfig EncryptionConfig swarm
= Orchestration
TaskHistoryRetentionLimit *int64 swarm
= RaftConfig
SnapshotInterval uint64 swarm
KeepOldSnapshots *uint64 swarm
LogEntriesForSlowFollowers uint64 swarm
ElectionTick int swarm
HeartbeatTick int swarm
= DispatcherConfig
HeartbeatPeriod int64 swarm
= CAConfig
NodeCertExpiry int64 swarm
ExternalCAs []*ExternalCA swarm
SigningCACert string swarm
SigningCAKey string swarm
ForceRotate uint64 swarm
= ExternalCA
Protocol string swarm
URL string swarm
Options map[string]string swarm
CACert string swarm
= TaskDefaults
LogDriver *LogDriver logging
= EncryptionConfig
AutoLockManagers bool swarm
= NodeSpec
Name string free
Labels map[string]string labels
Role string swarm
Availability string swarm
= SecretSpec
Name string free
Labels map[string]string labels
Data bytes free
Driver *SwarmDriver swarm
Templating *SwarmDriver swarm
= ConfigSpec
Name string free
Labels map[string]string labels
Data bytes free
Templating *SwarmDriver swarm
= SwarmDriver
Name string swarm
Options map[string]string swarm
= PluginPrivilege
Name string privileged
Description string free
Value []string privileged
`;
