/**
 * Reads the files of TLS listeners and checks them. Node's TLS would report a
 * bad file only when a client connects, and only to that client.
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

/** A file named by a setting. */
export interface NamedFile {
  readonly path: string;
  /** The setting, such as `--tls-key` or `SOCKWARDEN_TLS_KEY`. */
  readonly setting: string;
}

/** The files that TLS listeners need, all in PEM. */
export interface TlsFiles {
  /** The certificate of the listeners, followed by the intermediate ones. */
  readonly certificate: NamedFile;
  readonly key: NamedFile;
  /** The certificates of the CAs that sign client certificates. */
  readonly authorities: NamedFile;
}

type Certificate = InstanceType<NodeCrypto["X509Certificate"]>;
type Key = ReturnType<NodeCrypto["createPrivateKey"]>;

/** Certificates, and their text in PEM without anything else in the file. */
interface Certificates {
  readonly pem: string;
  readonly parsed: readonly Certificate[];
}

/** Curves that Node's TLS signs with, by Node's names. */
const CURVES: ReadonlySet<string> = new Set([
  "prime256v1",
  "secp384r1",
  "secp521r1",
]);
/** The shortest RSA key that TLS accepts. */
const MIN_RSA_BITS = 2048;

const CERTIFICATE =
  /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/m;
const ENCRYPTED = /^(?:-----BEGIN ENCRYPTED |Proc-Type: 4,ENCRYPTED)/m;

/**
 * Reads and checks the files.
 *
 * @returns Their texts, or everything that is wrong, each with its setting.
 * @throws If this build has no TLS.
 */
export async function readTlsFiles(
  files: TlsFiles,
): Promise<TlsMaterial | { problems: readonly string[] }> {
  const node = await loadCrypto();
  const problems: string[] = [];
  /** The contents of a file; null after a problem, which is noted. */
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
        `${files.key.setting}=${files.key.path}: this is not the key of the first certificate in ${files.certificate.path}; name a certificate and its key`,
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
        throw new Error("the file does not exist; mount it, or name another");
      case "PermissionDenied":
        throw new Error(
          "permission denied; give this user's group read access",
        );
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
      "the file has no certificate in PEM; expected -----BEGIN CERTIFICATE-----",
    );
  }
  const parsed = blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new Error(
        `certificate ${i + 1} in the file is malformed (${
          messageOf(error)
        }); replace it`,
      );
    }
  });
  return { pem: `${blocks.join("\n")}\n`, parsed };
}

function readAuthorities(node: NodeCrypto, text: string): Certificates {
  const certificates = readCertificates(node, text);
  // TLS would accept it as a CA all the same, and the owner of its key could
  // sign certificates with any name.
  const other = certificates.parsed.find(({ ca }) => !ca);
  if (other === undefined) return certificates;
  throw new Error(
    `the certificate of '${
      other.subject.replaceAll("\n", ", ")
    }' is not a CA certificate; name the certificates of the CAs that sign client certificates`,
  );
}

function readKey(
  { createPrivateKey }: NodeCrypto,
  pem: string,
): { pem: string; parsed: Key } {
  if (ENCRYPTED.test(pem)) {
    throw new Error(
      "the key is encrypted, and sockwarden does not ask for a passphrase; decrypt it (openssl pkey -in KEY -out PLAIN)",
    );
  }
  if (!PRIVATE_KEY.test(pem)) {
    throw new Error(
      "the file has no private key in PEM; expected -----BEGIN PRIVATE KEY-----",
    );
  }
  let parsed: Key;
  try {
    parsed = createPrivateKey(pem);
  } catch (error) {
    throw new Error(
      `the private key is malformed (${messageOf(error)}); replace it`,
    );
  }
  if (!signs(parsed)) {
    throw new Error(
      `keys of this type are not supported; expected RSA of ${MIN_RSA_BITS} bits or more, P-256, P-384, P-521 or Ed25519`,
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
