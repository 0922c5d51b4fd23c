/**
 * What the settings and the policy file say of TLS, checked against each other.
 *
 * @module
 */

import type { TlsFiles } from "../listen/tls_files.ts";
import type { PolicyFile } from "../policy/compile.ts";
import { formatAddress, type ListenAddress } from "../net/address.ts";

/** Which setting names which file. */
export const TLS_FLAGS: Readonly<Record<keyof TlsFiles, string>> = {
  certificate: "tls-cert",
  key: "tls-key",
  authorities: "tls-ca",
};

/**
 * The files for the TLS listeners.
 *
 * @param given Those that the settings name.
 * @returns null where no listener is one of TLS, or what is wrong.
 */
export function tlsFiles(
  listeners: readonly ListenAddress[],
  given: Partial<TlsFiles>,
): TlsFiles | { problem: string } | null {
  const { certificate, key, authorities } = given;
  const listener = listeners.find(({ kind }) => kind === "tls");
  if (listener === undefined) {
    const [unused] = Object.values(given);
    return unused === undefined ? null : {
      problem:
        `${unused.setting}=${unused.path} is given, and no listener is one of TLS: add --listen=tls://host:port, or leave it out`,
    };
  }
  if (certificate && key && authorities) {
    return { certificate, key, authorities };
  }
  const missing = Object.entries(TLS_FLAGS)
    .filter(([file]) => given[file as keyof TlsFiles] === undefined)
    .map(([, flag]) => `--${flag}=PATH`);
  return {
    problem: `the listener ${
      formatAddress(listener)
    } needs a certificate, its key and the CA of its clients: give ${
      missing.join(" and ")
    } too`,
  };
}

/**
 * Says for each client of a policy file that is told by a certificate where it
 * has no listener that asks for one: it would never match.
 */
export function uselessCertificates(
  listeners: readonly ListenAddress[],
  { clients }: PolicyFile,
): string[] {
  const owned = new Set(clients.flatMap(({ identity }) => identity.listen));
  const common = listeners.map(formatAddress).filter((one) => !owned.has(one));
  return clients.filter(({ identity: { from, listen } }) =>
    from.flat().some(({ kind }) => kind === "certificate") &&
    !(listen.length > 0 ? listen : common)
      .some((one) => one.startsWith("tls://"))
  ).map(({ identity, source }) =>
    `${source}: clients.${identity.name}.from: no listener of this client is one of TLS, so 'certificate' never holds: add --listen=tls://host:port, or that address as the client's own 'listen'`
  );
}
