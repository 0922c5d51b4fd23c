// Command docker-1.13 prints the structures of an older engine: see the folder above.
package main

import (
	"reader"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/api/types/volume"
)

// creation has the shape of the engine's own runconfig.ContainerConfigWrapper
// before 27.0, which reads HostConfig's fields at the root too.
type creation struct {
	*container.Config
	InnerHostConfig  *container.HostConfig     `json:"HostConfig,omitempty"`
	Cpuset           string                    `json:",omitempty"`
	NetworkingConfig *network.NetworkingConfig `json:"NetworkingConfig,omitempty"`
	*container.HostConfig
}

func main() {
	reader.Run(reader.Engine{Version: "1.26", Bodies: map[string]any{
		"CheckpointCreate":  types.CheckpointCreateOptions{},
		"ContainerCommit":   container.Config{},
		"ContainerCreate":   creation{},
		"ContainerUpdate":   container.UpdateConfig{},
		"ExecCreate":        types.ExecConfig{},
		"ExecStart":         types.ExecStartCheck{},
		"NetworkConnect":    types.NetworkConnect{},
		"NetworkCreate":     types.NetworkCreateRequest{},
		"NetworkDisconnect": types.NetworkDisconnect{},
		"NodeSpec":          swarm.NodeSpec{},
		"[]PluginPrivilege": types.PluginPrivileges{},
		"SecretSpec":        swarm.SecretSpec{},
		"ServiceSpec":       swarm.ServiceSpec{},
		"SwarmInit":         swarm.InitRequest{},
		"SwarmJoin":         swarm.JoinRequest{},
		"SwarmSpec":         swarm.Spec{},
		"SwarmUnlock":       swarm.UnlockRequest{},
		"VolumeCreate":      volume.VolumesCreateBody{},
	}})
}
