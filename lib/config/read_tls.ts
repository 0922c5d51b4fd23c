/**
 * Checks the TLS settings, the listeners and the policy file against each other.
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
 * @returns null if there is no TLS listener; a problem if a file is missing, or
 * is set without such a listener.
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
        `${unused.setting}=${unused.path} is set, but there is no tls:// listener: add --listen=tls://host:port, or remove the setting`,
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
    } needs a certificate, its key and the CA of its clients: add ${
      missing.join(" and ")
    }`,
  };
}

/**
 * Reports each client of the policy file that is identified by a certificate and
 * has no TLS listener: it would never match.
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
    `${source}: clients.${identity.name}.from: this client has no tls:// listener, so 'certificate' never matches: add --listen=tls://host:port, or a tls:// address to the client's 'listen'`
  );
}
