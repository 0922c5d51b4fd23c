/**
 * Addresses of listeners and of the engine.
 *
 * @module
 */

/** The address of a listener. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** TLS: every client must present a certificate. */
  | { readonly kind: "tls"; readonly host: string; readonly port: number }
  | {
    readonly kind: "unix";
    readonly path: string;
    /** Permission bits of the socket file, such as 0o660. */
    readonly mode: number;
    /** The group that owns the socket, by name or number; null leaves it unchanged. */
    readonly group: string | null;
  };

/** The address of the engine. */
export type EngineAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** An address as it is written in a setting, such as `unix:///run/x.sock` or `tcp://[::1]:2375`. */
export function formatAddress(address: ListenAddress | EngineAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.kind}://${host}:${address.port}`;
}

/** A listener as it is written in a setting: a unix socket with its mode and group. */
export function formatListener(address: ListenAddress): string {
  if (address.kind !== "unix") return formatAddress(address);
  const { mode, group } = address;
  return `${formatAddress(address)}?mode=0${mode.toString(8)}${
    group === null ? "" : `&group=${group}`
  }`;
}
