/**
 * Every function of the runtime that the program uses, and nothing else.
 *
 * The shipped binary runs on a base program of our own that offers just this
 * list (`docs/base.md`), so nothing else in what `serve` loads may name `Deno`
 * or a web API; `deno task check` enforces it. What only our base can do
 * (changing the user, confining files) is reached through one optional global
 * and degrades to a sentence on the stock engines.
 *
 * @module
 */

/** A stream connection, TCP or unix, or one of TLS in the same shape. */
export type Conn = Pick<
  Deno.Conn,
  "read" | "write" | "closeWrite" | "close" | "remoteAddr" | "localAddr"
>;
/** A listening socket, TCP or unix, or one of TLS in the same shape. */
export interface Listener {
  readonly addr: Deno.Addr;
  accept(): Promise<Conn>;
  close(): void;
}
/** What is known of a file without following a link. */
export type FileInfo = Deno.FileInfo;

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

/** What only the lean base offers; absent on stock Deno. */
interface LeanBase {
  /** Bytes to a string, one code unit a byte. */
  decodeLatin1(bytes: Uint8Array): string;
  /** A string of code units below 256 to bytes. */
  encodeLatin1(text: string): Uint8Array;
  /** Sets the TCP keepalive idle time and interval of a connection, in seconds. */
  setKeepAliveTime(rid: unknown, seconds: number): void;
  /** Becomes that user and group with no other groups and no capabilities. */
  dropTo(uid: number, gid: number): void;
  /** Confines file access to these paths; returns what is in force, in words. */
  restrict(paths: { read: string[]; write: string[] }): string;
  /** What was put in force before the program started, in words. */
  sandbox(): string;
  /** How many descriptors the process may have open. */
  descriptorLimit(): number;
  /** The arguments of a process, its name first; empty where they cannot be read. */
  commandLine(pid: number): string[];
  /** The addresses of a host name, as the system resolves it. */
  resolve(name: string): Promise<string[]>;
  /** The id of the container that this process runs in; null where it cannot be told. */
  containerId(): string | null;
  /** Whether the peer has closed or reset the connection, whatever waits to be read. */
  hungUp(conn: Conn): boolean;
  /** Milliseconds since the kernel last heard of the peer of a TCP connection; negative where it cannot be told. */
  heard(conn: Conn): number;
}

const lean = (globalThis as { sockwardenBase?: LeanBase }).sockwardenBase;

/** Which engine runs the program: ours, or one of stock Deno's. */
export const runtimeName: "lean" | "v8" | "quickjs" = lean !== undefined
  ? "lean"
  : /^\d/.test(Deno.version?.v8 ?? "")
  ? "v8"
  : "quickjs";

/** The arguments after the program's name. */
export function args(): string[] {
  return [...Deno.args];
}

/** A copy of the whole environment. */
export function environment(): Record<string, string> {
  return Deno.env.toObject();
}

/** Ends the process with that code; no code after it runs. */
export function exit(code: number): never {
  Deno.exit(code);
}

/**
 * How many descriptors the process may have open; null on the stock engines,
 * which read nothing under /proc without every permission.
 */
export function descriptorLimit(): number | null {
  return lean === undefined ? null : lean.descriptorLimit();
}

/**
 * The arguments of a process, its name first; empty where they cannot be read,
 * as on the stock engines.
 *
 * @param pid The process, or 0 for this one.
 */
export function commandLine(pid: number): string[] {
  return lean === undefined ? [] : lean.commandLine(pid);
}

/**
 * The id of the container that this process runs in, by what the engine mounts
 * into it; null where it is none, and on the stock engines, which do not see
 * their mounts.
 */
export function containerId(): string | null {
  return lean === undefined ? null : lean.containerId();
}

/** Calls `handler` at each arrival of the signal. */
export function onSignal(
  signal: "SIGTERM" | "SIGINT" | "SIGHUP",
  handler: () => void,
): void {
  Deno.addSignalListener(signal, handler);
}

/** The process's effective user and group, or null where the system has none. */
export function identity(): { uid: number | null; gid: number | null } {
  return { uid: Deno.uid(), gid: Deno.gid() };
}

// ---------------------------------------------------------------- network

/**
 * Opens a TCP listener.
 *
 * @param hostname An address or name, IPv6 without brackets.
 * @param port 0 (any free one) to 65535.
 * @throws An error whose {@link errorKind} is `AddrInUse`, `AddrNotAvailable`
 * or `PermissionDenied` where the system says so.
 */
export function listenTcp(hostname: string, port: number): Listener {
  return Deno.listen({ hostname, port });
}

/**
 * Opens a unix listener with no permission bit set, so that nobody can connect
 * until the caller has set the owner and the mode.
 */
export function listenUnixClosed(path: string): Listener {
  const before = Deno.umask(0o777);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(before);
  }
}

/** Connects to a TCP address; names are resolved by the system. */
export function connectTcp(hostname: string, port: number): Promise<Conn> {
  return Deno.connect({ hostname, port });
}

/** Connects to a unix socket. */
export function connectUnix(path: string): Promise<Conn> {
  return Deno.connect({ transport: "unix", path });
}

/**
 * The addresses of a host name, as the system resolves it (its hosts file and
 * its name servers).
 *
 * @throws Where there are none.
 */
export async function resolveHost(name: string): Promise<string[]> {
  if (lean !== undefined) return await lean.resolve(name);
  // Deno's own look-up asks name servers only and knows no hosts file.
  const { lookup } = await import("node:dns/promises");
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

/** What Node's modules do for TLS: a server, and a stream to run it over. */
export interface NodeTls {
  readonly createServer: typeof import("node:tls").createServer;
  readonly Duplex: typeof import("node:stream").Duplex;
}

/** A connection of Node's TLS. */
export type TlsSocket = import("node:tls").TLSSocket;

/**
 * Loads Node's TLS, which alone asks clients for a certificate.
 *
 * @throws On the lean base, which has no module of Node.
 */
export async function loadTls(): Promise<NodeTls> {
  const { createServer } = await import("node:tls");
  const { Duplex } = await import("node:stream");
  return { createServer, Duplex };
}

/** What Node's modules do to read keys and certificates. */
export type NodeCrypto = Pick<
  typeof import("node:crypto"),
  "createPrivateKey" | "X509Certificate"
>;

/**
 * Loads what reads keys and certificates.
 *
 * @throws On the lean base, which has no module of Node.
 */
export async function loadCrypto(): Promise<NodeCrypto> {
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  return { createPrivateKey, X509Certificate };
}

/** Seconds of silence after which the system asks whether a TCP peer lives. */
const KEEPALIVE_SECONDS = 60;

/**
 * Sends small writes at once and lets the system find dead peers. Does nothing
 * on a unix connection. Stock Deno can only switch keepalive on: the time until
 * the first probe is then the kernel's `net.ipv4.tcp_keepalive_time`.
 */
export function tuneTcp(conn: Conn): void {
  if (!("setNoDelay" in conn)) return;
  const tcp = conn as Deno.TcpConn;
  try {
    tcp.setNoDelay(true);
    if (lean !== undefined) lean.setKeepAliveTime(tcp, KEEPALIVE_SECONDS);
    else tcp.setKeepAlive(true);
  } catch {
    // The peer has gone already: the next read says so.
  }
}

/**
 * Whether the peer has closed both directions or reset the connection, even if
 * bytes of it still wait to be read. The stock engines cannot tell: false.
 */
export function hungUp(conn: Conn): boolean {
  return lean !== undefined && lean.hungUp(conn);
}

/**
 * Milliseconds since the kernel last received anything of a TCP peer, were it
 * an acknowledgement; null where it cannot be told, as on the stock engines and
 * while a write is under way.
 */
export function heard(conn: Conn): number | null {
  const ago = lean === undefined ? -1 : lean.heard(conn);
  return ago < 0 ? null : ago;
}

/**
 * Makes the kernel ask a TCP peer for a sign of life once it has been silent
 * for a second, until {@link tuneTcp} is called.
 *
 * @returns false where this engine cannot, or the connection is no more.
 */
export function askForSign(conn: Conn): boolean {
  if (lean === undefined) return false;
  try {
    lean.setKeepAliveTime(conn, 1);
    return true;
  } catch {
    return false;
  }
}

/** The address and the port of an end of a TCP connection or listener. */
export function tcpAddress(
  address: Conn["remoteAddr"],
): { hostname: string; port: number } {
  const { hostname, port } = address as Deno.NetAddr;
  return { hostname, port };
}

/** The class of a runtime error as one word. */
export function errorKind(error: unknown): ErrorKind {
  if (!(error instanceof Error)) return "Other";
  const kind = KINDS.get(error.name);
  if (kind !== undefined) return kind;
  // An I/O error without a class of its own carries its errno in the text.
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

// ------------------------------------------------------------------ files

/** The whole file as text (UTF-8). */
export function readTextFile(path: string): string {
  return Deno.readTextFileSync(path);
}

/** What stands at a path, links not followed; null where nothing does. */
export function statLink(path: string): FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (errorKind(error) === "NotFound") return null;
    throw error;
  }
}

/** What stands at a path, links followed; null where nothing does. */
export function stat(path: string): FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (errorKind(error) === "NotFound") return null;
    throw error;
  }
}

/** Removes a file. */
export function remove(path: string): void {
  Deno.removeSync(path);
}

/** Gives a file another name in its file system; what bore that name is replaced. */
export function rename(from: string, to: string): void {
  Deno.renameSync(from, to);
}

/** Sets a file's permission bits. */
export function chmod(path: string, mode: number): void {
  Deno.chmodSync(path, mode);
}

/** Sets a file's group; the owner stays. */
export function chgrp(path: string, gid: number): void {
  Deno.chownSync(path, null, gid);
}

// ----------------------------------------------------------------- output

/** Writes some of the bytes to standard output; returns how many. */
export function writeStdout(bytes: Uint8Array): Promise<number> {
  return Deno.stdout.write(bytes);
}

/** Writes all the text to standard output before it returns. */
export function printStdout(text: string): void {
  writeAllSync(Deno.stdout, text);
}

/** Writes all the text to standard error before it returns. */
export function printStderr(text: string): void {
  writeAllSync(Deno.stderr, text);
}

function writeAllSync(
  to: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = encodeUtf8(text);
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}

// ------------------------------------------------------------------- time

/** Milliseconds since the epoch. */
export function wallClock(): number {
  return Date.now();
}

/** Milliseconds on a clock that never goes back. */
export function monotonic(): number {
  return performance.now();
}

/** Calls back once after so many milliseconds; returns what cancels it. */
export function after(milliseconds: number, callback: () => void): () => void {
  const id = setTimeout(callback, milliseconds);
  return () => clearTimeout(id);
}

/** Ends after so many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => after(milliseconds, () => resolve()));
}

/** Calls back every so many milliseconds; returns what ends it. */
export function every(milliseconds: number, callback: () => void): () => void {
  const id = setInterval(callback, milliseconds);
  return () => clearInterval(id);
}

// ------------------------------------------------------------------- text

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text to UTF-8. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return utf8Encoder.encode(text);
}

/** UTF-8 to text; invalid sequences become U+FFFD, a byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

/** Code units that `String.fromCharCode` is given at a time. */
const MAX_APPLY_BYTES = 4096;

/** Bytes to text, one code unit a byte, so that offsets in one are offsets in the other. */
export const decodeLatin1: (bytes: Uint8Array) => string = lean !== undefined
  ? lean.decodeLatin1
  : (bytes) => {
    if (bytes.length <= MAX_APPLY_BYTES) {
      return String.fromCharCode.apply(null, bytes as unknown as number[]);
    }
    let text = "";
    for (let at = 0; at < bytes.length; at += MAX_APPLY_BYTES) {
      text += String.fromCharCode.apply(
        null,
        bytes.subarray(at, at + MAX_APPLY_BYTES) as unknown as number[],
      );
    }
    return text;
  };

// ------------------------------------------------------------- permissions

/** Gives up reading the environment and system facts for the rest of the run. */
export function giveUpStartPermissions(): void {
  Deno.permissions.revokeSync({ name: "env" });
  Deno.permissions.revokeSync({ name: "sys" });
}

/** What the base put in force before the program started; null on stock engines. */
export function sandbox(): string | null {
  return lean === undefined ? null : lean.sandbox();
}

/**
 * Becomes that user and group, with no other group and no capability.
 *
 * @returns false where this engine cannot.
 * @throws Where the system refuses.
 */
export function dropTo(uid: number, gid: number): boolean {
  if (lean === undefined) return false;
  lean.dropTo(uid, gid);
  return true;
}

/**
 * Confines file access to these paths for the rest of the run.
 *
 * @returns What is in force, in words; null where this engine cannot.
 */
export function restrict(
  paths: { read: string[]; write: string[] },
): string | null {
  return lean === undefined ? null : lean.restrict(paths);
}
