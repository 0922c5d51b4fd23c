/**
 * Certificates made with openssl, for the tests of TLS.
 *
 * @module
 */

/** A certificate with its key, in PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate says, where it differs from the usual. */
export interface CertificateOptions {
  /** The subject, in openssl's notation; commas need a backslash. */
  readonly subject?: string;
  /** The subject alternative names, in openssl's notation. */
  readonly names?: string;
  /** What else stands among its extensions, in openssl's notation. */
  readonly more?: string;
  /** Whether it is of version 1, which has no extensions. */
  readonly first?: boolean;
  /** Whether its time is over. */
  readonly expired?: boolean;
}

/** Signs certificates. Made by {@link authority}. */
export interface Authority extends Identity {
  /** Makes a key and a certificate for it. */
  issue(options?: CertificateOptions): Promise<Identity>;
}

/** Whether certificates can be made here. */
export const HAS_OPENSSL = await new Deno.Command("openssl", {
  args: ["version"],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success, () => false);

/** A test that needs certificates; where openssl is missing it is skipped, and says why. */
export function testWithCertificates(
  name: string,
  fn: () => Promise<void>,
): void {
  Deno.test({
    name: HAS_OPENSSL
      ? name
      : `${name}: openssl is missing, which makes the certificates`,
    ignore: !HAS_OPENSSL,
    fn,
  });
}

const P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes an authority of that name, with a new key. */
export async function authority(name: string): Promise<Authority> {
  const self = await inFolder(async (folder) => {
    await openssl(folder, [
      ...["req", "-x509", ...P256, "-keyout", "key", "-out", "certificate"],
      ...["-subj", `/CN=${name}`, "-days", "2"],
    ]);
    return read(folder);
  });
  return asAuthority(self);
}

/** Has an identity sign certificates, whether it may or not. */
export function asAuthority(identity: Identity): Authority {
  return { ...identity, issue: (options) => issue(identity, options ?? {}) };
}

function issue(by: Identity, options: CertificateOptions): Promise<Identity> {
  const { subject = "/CN=localhost", names, more = "" } = options;
  return inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/ca`, by.certificate);
    Deno.writeTextFileSync(`${folder}/ca.key`, by.key);
    Deno.writeTextFileSync(
      `${folder}/extensions`,
      `basicConstraints = CA:FALSE\n${
        names === undefined ? "" : `subjectAltName = @names\n`
      }${more}\n[names]\n${names ?? ""}\n`,
    );
    await openssl(folder, [
      ...["req", ...P256, "-keyout", "key", "-out", "request"],
      ...["-subj", subject, "-utf8"],
    ]);
    await openssl(folder, [
      ...["x509", "-req", "-in", "request", "-out", "certificate"],
      ...["-CA", "ca", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", options.expired ? "-1" : "2"],
      ...options.first ? [] : ["-extfile", "extensions"],
    ]);
    return read(folder);
  });
}

function read(folder: string): Identity {
  return {
    certificate: Deno.readTextFileSync(`${folder}/certificate`),
    key: Deno.readTextFileSync(`${folder}/key`),
  };
}

/** The bytes of the first certificate of a PEM text. */
export function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const [, base64] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(pem)!;
  return Uint8Array.from(
    atob(base64!.replaceAll(/\s/g, "")),
    (c) => c.charCodeAt(0),
  );
}

/** Runs openssl in a folder; fails with what it says. */
export async function openssl(folder: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args,
    cwd: folder,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Does something with a folder that is removed afterwards. */
export async function inFolder<Result>(
  run: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-test-" });
  try {
    return await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
