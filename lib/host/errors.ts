/**
 * The classes of the runtime's errors.
 *
 * @module
 */

/** Error classes of the runtime, as one word each. */
export type ErrorKind =
  | "NotFound"
  | "PermissionDenied"
  | "ConnectionRefused"
  | "ConnectionReset"
  | "ConnectionAborted"
  | "BrokenPipe"
  | "AddrInUse"
  | "AddrNotAvailable"
  | "TimedOut"
  | "Interrupted"
  | "BadResource"
  | "AlreadyExists"
  | "NotCapable"
  /** The system is out of descriptors or memory. */
  | "Exhausted"
  /** The other end is not ready; a later try may succeed. */
  | "WouldBlock"
  | "Other";

/** The class of a runtime error as one word. */
export function errorKind(error: unknown): ErrorKind {
  if (!(error instanceof Error)) return "Other";
  const kind = KINDS.get(error.name);
  if (kind !== undefined) return kind;
  // An I/O error without its own class carries its errno in the text.
  const errno = /\(os error ([0-9]+)\)/.exec(error.message)?.[1];
  return ERRNO.get(Number(errno)) ?? "Other";
}

/** Linux's numbers: ENOTCONN is a peer that was gone before it was looked at. */
const ERRNO: ReadonlyMap<number, ErrorKind> = new Map([
  [11, "WouldBlock"],
  [12, "Exhausted"],
  [23, "Exhausted"],
  [24, "Exhausted"],
  [71, "ConnectionAborted"],
  [97, "AddrNotAvailable"],
  [99, "AddrNotAvailable"],
  [105, "Exhausted"],
  [107, "ConnectionAborted"],
]);

const KINDS: ReadonlyMap<string, ErrorKind> = new Map(
  ([
    "NotFound",
    "PermissionDenied",
    "ConnectionRefused",
    "ConnectionReset",
    "ConnectionAborted",
    "BrokenPipe",
    "AddrInUse",
    "AddrNotAvailable",
    "TimedOut",
    "Interrupted",
    "BadResource",
    "AlreadyExists",
    "NotCapable",
    "WouldBlock",
  ] as const).map((name) => [name, name]),
);
