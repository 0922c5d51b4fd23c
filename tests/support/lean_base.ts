/**
 * What the lean base offers for signs of life, in place of the kernel. Imported
 * before the program, which looks for the base once.
 *
 * @module
 */

/** What the kernel says next, and what it was asked for. Tests change it. */
export const kernel = {
  /** Milliseconds since it last heard from the peer; negative where it cannot tell. */
  heard: -1,
  /** The idle times that were set, in seconds. */
  keepAlive: [] as number[],
  /** Whether the connection is no more. */
  gone: false,
};

Object.assign(globalThis, {
  sockwardenBase: {
    heard: () => kernel.heard,
    setKeepAliveTime(_conn: unknown, seconds: number) {
      if (kernel.gone) throw new Error("no such connection");
      kernel.keepAlive.push(seconds);
    },
  },
});
