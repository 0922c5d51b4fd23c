/**
 * What only the lean base offers, and which runtime this is.
 *
 * @module
 */

import type { Carrier, CarrierHandler } from "./carrier.ts";
import type { Conn } from "./conn.ts";

/** The base's carrier, and how it begins. */
interface LeanCarrier extends Carrier {
  begin(handler: CarrierHandler, path: string): void;
}

/** What only the lean base offers; absent on stock Deno. */
interface LeanBase {
  /** Bytes to a string, one code unit a byte. */
  decodeLatin1(bytes: Uint8Array): string;
  /** The places of values in a JSON text (`json.ts`). */
  placesIn(text: string, paths: string): number[] | null;
  /** Sets the TCP keepalive idle time and interval of a connection, in seconds. */
  setKeepAliveTime(rid: unknown, seconds: number): void;
  /** Becomes that user and group with no other groups and no capabilities. */
  dropTo(uid: number, gid: number): void;
  /** Gives up every capability and stays the user. */
  dropCapabilities(): void;
  /** Whether that user and group could write to what stands at a path; throws where this process may not change its user. */
  couldWrite(path: string, uid: number, gid: number): boolean;
  /** Confines file access to these paths; returns what is in force, in words. */
  restrict(paths: { read: string[]; write: string[] }): string;
  /** What was put in force before the program started, in words. */
  sandbox(): string;
  /** How many descriptors the process may have open. */
  descriptorLimit(): number;
  /** How many bytes of memory the container that this process runs in may have; 0 where it is not known, or has no limit. */
  memoryLimit(): number;
  /** How many bytes of the process are resident; 0 where that cannot be told. The first call must come before files are confined. */
  resident(): number;
  /** How many bytes the program holds. */
  memoryHeld(): number;
  /** Bounds what the program may hold, in bytes; what asks for more throws. */
  boundMemory(bytes: number): void;
  /** SHA-256 of the bytes. */
  sha256(bytes: Uint8Array): Uint8Array;
  /** HMAC-SHA-256 of the bytes under a key. */
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** At most 256 random bytes. */
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** Bytes of a file from a place on: so many at most. */
  readPart(path: string, from: number, most: number): Uint8Array<ArrayBuffer>;
  /** Frees what the program cannot reach any more. */
  collect(): void;
  /** The arguments of a process, its name first; empty where they cannot be read. */
  commandLine(pid: number): string[];
  /** What the kernel says of a process; empty where it cannot be read. */
  processStatus(pid: number): string;
  /** The addresses of a host name, as the system resolves it. */
  resolve(name: string): Promise<string[]>;
  /** The id of the container that this process runs in; null where it is not known. */
  containerId(): string | null;
  /** Whether standard output is a terminal. */
  terminal(): boolean;
  /** Its size; null where it cannot be told. */
  terminalSize(): { columns: number; rows: number } | null;
  /** Has the terminal at standard input give keys at once and unseen, or as before; whether there is one. */
  takeKeys(on: boolean): boolean;
  /** Reads some bytes of standard input; 0 at its end. */
  readKeys(into: Uint8Array): Promise<number>;
  /** Whether the peer has closed or reset the connection, whatever waits to be read. */
  hungUp(conn: Conn): boolean;
  /** Whether nothing of the peer waits to be read, and it has not ended its side. */
  quiet(conn: Conn): boolean;
  /** Milliseconds since the kernel last heard of the peer of a TCP connection; negative where it is not known. */
  heard(conn: Conn): number;
  /** Carries plain requests (`carrier.ts`). */
  readonly carrier: LeanCarrier;
}

/** The lean base's own functions; undefined on stock Deno. */
export const lean =
  (globalThis as { sockwardenBase?: LeanBase }).sockwardenBase;

/** Which runtime runs the program: our base's, or one of stock Deno's. */
export const runtimeName: "lean" | "v8" | "quickjs" = lean !== undefined
  ? "lean"
  : /^\d/.test(Deno.version?.v8 ?? "")
  ? "v8"
  : "quickjs";
