/**
 * Addresses to listen on and of the engine.
 *
 * @module
 */

/** Where to listen. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  /** Asks every client for a certificate. */
  | { readonly kind: "tls"; readonly host: string; readonly port: number }
  | {
    readonly kind: "unix";
    readonly path: string;
    /** Permission bits of the socket. */
    readonly mode: number;
    /** Group by name or number; null leaves it as it is. */
    readonly group: string | null;
  };

/** Where the engine listens. */
export type EngineAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** An address as it is written in a setting. */
export function formatAddress(address: ListenAddress | EngineAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.kind}://${host}:${address.port}`;
}

/** A listener as it is written in a setting, with what opens a socket to whom. */
export function formatListener(address: ListenAddress): string {
  if (address.kind !== "unix") return formatAddress(address);
  const { mode, group } = address;
  return `${formatAddress(address)}?mode=0${mode.toString(8)}${
    group === null ? "" : `&group=${group}`
  }`;
}
