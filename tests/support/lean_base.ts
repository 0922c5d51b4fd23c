/**
 * What the lean base offers identity, in place of the kernel. Imported before
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
};

Object.assign(globalThis, {
  sockwardenBase: {
    decodeLatin1: latin1,
    containerId: () => kernel.containerId,
    heard: () => kernel.heard,
    setKeepAliveTime(_conn: unknown, seconds: number) {
      if (kernel.gone) throw new Error("no such connection");
      kernel.keepAlive.push(seconds);
    },
  },
});
