module docker-1.13

go 1.24

require reader v0.0.0

require (
	github.com/docker/docker v1.13.1
	github.com/docker/go-connections v0.8.2 // indirect
	github.com/docker/go-units v0.5.0 // indirect
)

replace reader => ../../reader
