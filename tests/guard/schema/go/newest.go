package main

import (
	"reader"

	"github.com/moby/moby/api/types/checkpoint"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/plugin"
	"github.com/moby/moby/api/types/swarm"
	"github.com/moby/moby/api/types/volume"
)

func newest() reader.Engine {
	return reader.Engine{Version: "1.56", Bodies: map[string]any{
		"CheckpointCreate":  checkpoint.CreateRequest{},
		"ConfigSpec":        swarm.ConfigSpec{},
		"ContainerCommit":   container.Config{},
		"ContainerCreate":   container.CreateRequest{},
		"ContainerUpdate":   container.UpdateConfig{},
		"ExecCreate":        container.ExecCreateRequest{},
		"ExecStart":         container.ExecStartRequest{},
		"NetworkConnect":    network.ConnectRequest{},
		"NetworkCreate":     network.CreateRequest{},
		"NetworkDisconnect": network.DisconnectRequest{},
		"NodeSpec":          swarm.NodeSpec{},
		"[]PluginPrivilege": plugin.Privileges{},
		"SecretSpec":        swarm.SecretSpec{},
		"ServiceSpec":       swarm.ServiceSpec{},
		"SwarmInit":         swarm.InitRequest{},
		"SwarmJoin":         swarm.JoinRequest{},
		"SwarmSpec":         swarm.Spec{},
		"SwarmUnlock":       swarm.UnlockRequest{},
		"VolumeCreate":      volume.CreateRequest{},
		// The module has no structure for it; the engine's own has this field.
		"VolumeUpdate": struct{ Spec *volume.ClusterVolumeSpec }{},
	}}
}
