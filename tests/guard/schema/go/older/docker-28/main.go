// Command docker-28 prints the structures of an older engine: see the folder above.
package main

import (
	"reader"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/checkpoint"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/api/types/volume"
)

func main() {
	reader.Run(reader.Engine{Version: "1.51", Bodies: map[string]any{
		"CheckpointCreate":  checkpoint.CreateOptions{},
		"ConfigSpec":        swarm.ConfigSpec{},
		"ContainerCommit":   container.Config{},
		"ContainerCreate":   container.CreateRequest{},
		"ContainerUpdate":   container.UpdateConfig{},
		"ExecCreate":        container.ExecOptions{},
		"ExecStart":         container.ExecStartOptions{},
		"NetworkConnect":    network.ConnectOptions{},
		"NetworkCreate":     network.CreateRequest{},
		"NetworkDisconnect": network.DisconnectOptions{},
		"NodeSpec":          swarm.NodeSpec{},
		"[]PluginPrivilege": types.PluginPrivileges{},
		"SecretSpec":        swarm.SecretSpec{},
		"ServiceSpec":       swarm.ServiceSpec{},
		"SwarmInit":         swarm.InitRequest{},
		"SwarmJoin":         swarm.JoinRequest{},
		"SwarmSpec":         swarm.Spec{},
		"SwarmUnlock":       swarm.UnlockRequest{},
		"VolumeCreate":      volume.CreateOptions{},
		"VolumeUpdate":      volume.UpdateOptions{},
	}})
}
