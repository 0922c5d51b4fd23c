/**
 * What the lean base offers identity and confinement, in place of the kernel. Imported before
 * the program, which looks for the base once.
 *
 * @module
 */

import { latin1 } from "./engine.ts";

/** What the kernel says next, and what it was asked for. Tests change it. */
export const kernel = {
  /** Milliseconds since it last heard from the peer; negative where it cannot tell. */
  heard: -1,
  /** The idle times that were set, in seconds. */
  keepAlive: [] as number[],
  /** Whether the connection is gone. */
  gone: false,
  /** The id of our own container; null where it is not known. */
  containerId: null as string | null,
  /** The users and groups that were taken. */
  dropped: [] as [uid: number, gid: number][],
  /** How often the capabilities alone were given up. */
  capabilitiesDropped: 0,
  /** What giving up anything throws; null for nothing. */
  refuses: null as Error | null,
  /** The arguments of process 1, and what the kernel says of it. */
  init: { words: [] as string[], status: "" },
  /** Whether that user and group could write to a path. */
  couldWrite: (_path: string, _uid: number, _gid: number) => true as boolean,
};

Object.assign(globalThis, {
  sockwardenBase: {
    decodeLatin1: latin1,
    containerId: () => kernel.containerId,
    commandLine: (pid: number) => pid === 1 ? kernel.init.words : [],
    processStatus: (pid: number) => pid === 1 ? kernel.init.status : "",
    sandbox: () => "nothing",
    couldWrite: (path: string, uid: number, gid: number) =>
      kernel.couldWrite(path, uid, gid),
    dropTo(uid: number, gid: number) {
      if (kernel.refuses !== null) throw kernel.refuses;
      kernel.dropped.push([uid, gid]);
    },
    dropCapabilities() {
      if (kernel.refuses !== null) throw kernel.refuses;
      kernel.capabilitiesDropped++;
    },
    heard: () => kernel.heard,
    setKeepAliveTime(_conn: unknown, seconds: number) {
      if (kernel.gone) throw new Error("no such connection");
      kernel.keepAlive.push(seconds);
    },
  },
});
