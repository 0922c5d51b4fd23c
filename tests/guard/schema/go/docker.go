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

// docker20 is Docker 20.10, whose engine reads HostConfig at the root.
func docker20() reader.Engine {
	return reader.Engine{Version: "1.41", Bodies: map[string]any{
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
		"ConfigSpec":        swarm.ConfigSpec{},
		"VolumeCreate":      volume.VolumeCreateBody{},
	}}
}
