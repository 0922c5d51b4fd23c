/**
 * Every call that names a container or an exec, as a table.
 *
 * @module
 */

import type { RawBody } from "./raw.ts";

/** An empty tar archive. */
const TAR = new Uint8Array(1024);

/** A call: NAME is the container's, EXEC that of its exec. */
export interface Call {
  readonly call: string;
  readonly body?: RawBody;
  readonly upgrade?: string;
  /** The statuses of one in scope; by default those of success. */
  readonly is?: readonly number[];
  /** Where the engine says something else of what it does not have. */
  readonly outside?: (name: string) => string;
}

/** In an order in which each leaves the container as the next one needs it. */
export const CALLS: readonly Call[] = [
  { call: "HEAD /containers/NAME/archive?path=/etc" },
  { call: "GET /containers/NAME/archive?path=/etc" },
  { call: "PUT /containers/NAME/archive?path=/tmp", body: TAR },
  { call: "GET /containers/NAME/export" },
  { call: "GET /containers/NAME/changes" },
  { call: "GET /containers/NAME/json" },
  { call: "GET /containers/NAME/json?size=1" },
  { call: "GET /containers/NAME/top" },
  { call: "GET /containers/NAME/logs?stdout=1" },
  { call: "GET /containers/NAME/stats?stream=0" },
  {
    call: "POST /containers/NAME/attach?stream=1&stdout=1",
    upgrade: "tcp",
    is: [101],
    // The engine answers as text.
    outside: (name) => json(`No such container: ${name}`),
  },
  {
    call: "GET /containers/NAME/attach/ws?stream=1&stdout=1",
    upgrade: "websocket",
    is: [101],
  },
  {
    call: "POST /containers/NAME/exec",
    body: '{"Cmd":["sleep","1000"],"Tty":true}',
  },
  { call: "GET /exec/EXEC/json" },
  { call: "POST /exec/EXEC/start", body: '{"Detach":true,"Tty":true}' },
  { call: "POST /exec/EXEC/resize?h=10&w=20" },
  { call: "POST /containers/NAME/resize?h=10&w=20" },
  { call: "POST /containers/NAME/pause" },
  { call: "POST /containers/NAME/unpause" },
  { call: "POST /containers/NAME/update", body: '{"CpuShares":512}' },
  {
    call: "GET /containers/NAME/checkpoints",
    // Engines have it where they are experimental.
    is: [200, 501],
    outside: (name) => json(`No such container: ${name}`),
  },
  {
    call: "POST /containers/NAME/checkpoints",
    body: '{"CheckpointID":"one"}',
    is: [201, 500, 501],
    outside: (name) => json(`No such container: ${name}`),
  },
  {
    call: "DELETE /containers/NAME/checkpoints/one",
    is: [204, 500, 501],
    outside: (name) => json(`No such container: ${name}`),
  },
  {
    call: "POST /containers/NAME/copy",
    body: '{"Resource":"/etc"}',
    // Of an API that current engines do not have.
    is: [200, 404],
    outside: (name) => json(`No such container: ${name}`),
  },
  { call: "POST /containers/NAME/restart?t=0" },
  {
    call: "POST /containers/NAME/kill?signal=KILL",
    // Engines differ in the case of the first letter.
    outside: (name) =>
      json(`cannot kill container: ${name}: No such container: ${name}`),
  },
  { call: "POST /containers/NAME/wait" },
  { call: "POST /containers/NAME/start" },
  { call: "POST /containers/NAME/stop?t=0" },
  // It removes a name that a link gives, and never the container.
  { call: "DELETE /containers/NAME?link=1", is: [404, 409, 500] },
  { call: "DELETE /containers/NAME?force=1" },
];

function json(message: string): string {
  return JSON.stringify({ message });
}
