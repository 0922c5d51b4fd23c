/**
 * What the demo engine pretends to run.
 *
 * @module
 */

/** A container that is not there. */
export interface DemoContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly command: string;
  readonly labels: Readonly<Record<string, string>>;
  running: boolean;
}

/** Makes the containers of a fresh demo. */
export function demoContainers(): DemoContainer[] {
  return [
    make("web", "nginx:1.29", "nginx -g 'daemon off;'", "8f3a"),
    make("db", "postgres:18", "postgres", "27c1"),
    make("worker", "example/worker:3", "run --queue mail", "d90e"),
  ];
}

/** An entry of GET /containers/json. */
export function listEntry(container: DemoContainer): unknown {
  const { id, name, image, command, labels, running } = container;
  return {
    Id: id,
    Names: [`/${name}`],
    Image: image,
    Command: command,
    Created: 1767225600,
    State: running ? "running" : "exited",
    Status: running ? "Up 3 hours" : "Exited (0) a moment ago",
    Ports: [],
    Labels: labels,
    Mounts: [],
    NetworkSettings: { Networks: {} },
  };
}

/** The answer to GET /containers/{id}/json. */
export function inspection(container: DemoContainer): unknown {
  const { id, name, image, labels, running } = container;
  return {
    Id: id,
    Name: `/${name}`,
    Created: "2026-01-01T00:00:00Z",
    State: {
      Status: running ? "running" : "exited",
      Running: running,
      Pid: running ? 4711 : 0,
    },
    Config: {
      Image: image,
      Tty: false,
      Labels: labels,
      Env: ["DEMO_PASSWORD=not-a-secret"],
    },
    HostConfig: { NetworkMode: "bridge" },
    NetworkSettings: { Networks: {} },
    Mounts: [],
  };
}

function make(
  name: string,
  image: string,
  command: string,
  digits: string,
): DemoContainer {
  return {
    id: digits.repeat(16),
    name,
    image,
    command,
    labels: { "com.example.demo": "true" },
    running: true,
  };
}
