/**
 * The structures of `POST /containers/{id}/exec` and `/exec/{id}/start`.
 *
 * @module
 */

/**
 * Rows in the format of `table.ts`; `Detach` of the creation is of engines
 * before 29.0, `h` and `w` are podman's. aiodocker writes `detachKeys`; docker-py
 * writes `Container`, docker-java `containerId` and dockerode `hijack` and
 * `stdin`, which engines do not read.
 */
export const EXEC = `
= ExecCreate
User string user
Privileged bool privileged
Tty bool free
ConsoleSize *[2]uint free
AttachStdin bool free
AttachStderr bool free
AttachStdout bool free
Detach bool free
DetachKeys|detachKeys string free
Env []string env
WorkingDir string command
Cmd []string command
Container string free
containerId string free
= ExecStart
Detach bool free
Tty bool free
ConsoleSize *[2]uint free
h uint16 free
w uint16 free
hijack bool free
stdin bool free
`;
