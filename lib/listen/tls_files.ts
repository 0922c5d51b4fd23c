/**
 * Reads the files of the TLS listeners, and checks that they serve their
 * purpose: Node's TLS says of none of them what is wrong before a client comes,
 * and then to the client alone.
 *
 * @module
 */

import {
  errorKind,
  loadCrypto,
  type NodeCrypto,
  readTextFile,
} from "../host.ts";
import type { TlsMaterial } from "./tls_conn.ts";

/** A file that a setting names. */
export interface NamedFile {
  readonly path: string;
  /** The setting, such as `--tls-key` or `SOCKWARDEN_TLS_KEY`. */
  readonly setting: string;
}

/** The files that TLS listeners need, all in PEM. */
export interface TlsFiles {
  /** The listeners' certificate, followed by those between it and its CA. */
  readonly certificate: NamedFile;
  readonly key: NamedFile;
  /** The certificates of the CAs that sign those of clients. */
  readonly authorities: NamedFile;
}

type Certificate = InstanceType<NodeCrypto["X509Certificate"]>;
type Key = ReturnType<NodeCrypto["createPrivateKey"]>;

/** Certificates, with the text of these and nothing else. */
interface Certificates {
  readonly pem: string;
  readonly parsed: readonly Certificate[];
}

/** Curves that Node's TLS signs with, by their names there. */
const CURVES: ReadonlySet<string> = new Set([
  "prime256v1",
  "secp384r1",
  "secp521r1",
]);
/** Bits of an RSA key at least. */
const MIN_RSA_BITS = 2048;

const CERTIFICATE =
  /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/m;
const ENCRYPTED = /^(?:-----BEGIN ENCRYPTED |Proc-Type: 4,ENCRYPTED)/m;

/**
 * Reads and checks the files.
 *
 * @returns Their texts, or all that is wrong with them, each with its setting.
 * @throws Where this build has no TLS.
 */
export async function readTlsFiles(
  files: TlsFiles,
): Promise<TlsMaterial | { problems: readonly string[] }> {
  const node = await loadCrypto();
  const problems: string[] = [];
  /** What is in a file; null where that is wrong, which is told. */
  const read = <Contents>(
    { setting, path }: NamedFile,
    parse: (node: NodeCrypto, text: string) => Contents,
  ): Contents | null => {
    try {
      return parse(node, readText(path));
    } catch (error) {
      problems.push(`${setting}=${path}: ${messageOf(error)}`);
      return null;
    }
  };
  const certificate = read(files.certificate, readCertificates);
  const key = read(files.key, readKey);
  const authorities = read(files.authorities, readAuthorities);
  if (certificate === null || key === null || authorities === null) {
    return { problems };
  }
  if (!certificate.parsed[0]!.checkPrivateKey(key.parsed)) {
    return {
      problems: [
        `${files.key.setting}=${files.key.path}: it is not the key of the first certificate in ${files.certificate.path}: name the two that belong together`,
      ],
    };
  }
  return {
    certificate: certificate.pem,
    key: key.pem,
    authorities: authorities.pem,
  };
}

function readText(path: string): string {
  try {
    return readTextFile(path);
  } catch (error) {
    switch (errorKind(error)) {
      case "NotFound":
        throw new Error("there is no such file: mount it, or name another");
      case "PermissionDenied":
        throw new Error("this user may not read it: let its group do so");
      default:
        throw error;
    }
  }
}

function readCertificates(
  { X509Certificate }: NodeCrypto,
  text: string,
): Certificates {
  const blocks = text.match(CERTIFICATE);
  if (blocks === null) {
    throw new Error(
      "no certificate in PEM is in it: expected -----BEGIN CERTIFICATE-----",
    );
  }
  const parsed = blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new Error(
        `its certificate number ${i + 1} is malformed (${messageOf(error)})`,
      );
    }
  });
  return { pem: `${blocks.join("\n")}\n`, parsed };
}

function readAuthorities(node: NodeCrypto, text: string): Certificates {
  const certificates = readCertificates(node, text);
  // TLS would take it for a CA nevertheless, and whoever has its key could make
  // certificates with any name.
  const other = certificates.parsed.find(({ ca }) => !ca);
  if (other === undefined) return certificates;
  throw new Error(
    `the certificate of '${
      other.subject.replaceAll("\n", ", ")
    }' is no CA certificate: name those of the CAs that sign the clients' certificates`,
  );
}

function readKey(
  { createPrivateKey }: NodeCrypto,
  pem: string,
): { pem: string; parsed: Key } {
  if (ENCRYPTED.test(pem)) {
    throw new Error(
      "the key is encrypted, and nobody is asked for its passphrase: write it without one (openssl pkey -in KEY -out PLAIN)",
    );
  }
  if (!PRIVATE_KEY.test(pem)) {
    throw new Error(
      "no private key in PEM is in it: expected -----BEGIN PRIVATE KEY-----",
    );
  }
  let parsed: Key;
  try {
    parsed = createPrivateKey(pem);
  } catch (error) {
    throw new Error(`the private key is malformed (${messageOf(error)})`);
  }
  if (!signs(parsed)) {
    throw new Error(
      `TLS is not spoken with keys of this kind: expected RSA of ${MIN_RSA_BITS} bits or more, P-256, P-384, P-521 or Ed25519`,
    );
  }
  return { pem, parsed };
}

function signs({ asymmetricKeyType, asymmetricKeyDetails }: Key): boolean {
  const { modulusLength = 0, namedCurve = "" } = asymmetricKeyDetails ?? {};
  switch (asymmetricKeyType) {
    case "rsa":
      return modulusLength >= MIN_RSA_BITS;
    case "ec":
      return CURVES.has(namedCurve);
    default:
      return asymmetricKeyType === "ed25519";
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
