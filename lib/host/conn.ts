/**
 * The shape of connections and listeners.
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
