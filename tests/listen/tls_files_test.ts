import { assertEquals, assertStringIncludes } from "@std/assert";
import type { TlsMaterial } from "../../lib/listen/tls_conn.ts";
import { readTlsFiles } from "../../lib/listen/tls_files.ts";
import {
  authority,
  inFolder,
  openssl,
  testWithCertificates,
} from "../support/certificates.ts";

const test = (name: string, fn: (folder: string) => Promise<void>) =>
  testWithCertificates(name, () => inFolder(fn));

/** A folder with files that serve their purpose. */
async function goodFiles(folder: string): Promise<void> {
  const ca = await authority("the authority");
  const { certificate, key } = await ca.issue();
  Deno.writeTextFileSync(`${folder}/certificate`, certificate);
  Deno.writeTextFileSync(`${folder}/key`, key);
  Deno.writeTextFileSync(`${folder}/authorities`, ca.certificate);
}

/** What the files in a folder are read to, and what is wrong with them. */
async function read(
  folder: string,
): Promise<{ material: TlsMaterial | null; problems: readonly string[] }> {
  const file = (name: string, setting: string) => ({
    path: `${folder}/${name}`,
    setting,
  });
  const read = await readTlsFiles({
    certificate: file("certificate", "--tls-cert"),
    key: file("key", "SOCKWARDEN_TLS_KEY"),
    authorities: file("authorities", "--tls-ca"),
  });
  return "problems" in read
    ? { material: null, problems: read.problems }
    : { material: read, problems: [] };
}

test("readTlsFiles() takes certificates with text around them, and hands on them alone", async (folder) => {
  await goodFiles(folder);
  const certificate = Deno.readTextFileSync(`${folder}/certificate`);
  const ca = Deno.readTextFileSync(`${folder}/authorities`);
  Deno.writeTextFileSync(`${folder}/certificate`, `ours:\n${certificate}${ca}`);
  assertEquals(await read(folder), {
    material: {
      certificate: certificate + ca,
      key: Deno.readTextFileSync(`${folder}/key`),
      authorities: ca,
    },
    problems: [],
  });
});

for (
  const [what, args] of [
    ["RSA", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]],
    ["P-384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]],
    ["P-521", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]],
    ["Ed25519", ["-algorithm", "ED25519"]],
  ] as const
) {
  test(`readTlsFiles() takes a key of ${what}`, async (folder) => {
    await goodFiles(folder);
    await withKey(folder, [...args]);
    assertEquals((await read(folder)).problems, []);
  });
}

/** Puts a key of that kind, and a certificate for it, into the folder. */
async function withKey(folder: string, args: string[]): Promise<void> {
  await openssl(folder, ["genpkey", ...args, "-out", "key"]);
  await openssl(folder, [
    ...["req", "-x509", "-new", "-key", "key", "-out", "certificate"],
    ...["-subj", "/CN=localhost", "-days", "2"],
  ]);
}

for (
  const [what, spoil, problem] of [
    [
      "a file that does not exist",
      (folder) => Deno.remove(`${folder}/certificate`),
      "--tls-cert=FOLDER/certificate: the file does not exist; mount it, or name another",
    ],
    [
      "a certificate that is not in PEM",
      (folder) => Deno.writeTextFile(`${folder}/certificate`, "0\u0082"),
      "--tls-cert=FOLDER/certificate: the file has no certificate in PEM",
    ],
    [
      "a certificate that is malformed",
      (folder) =>
        Deno.writeTextFile(
          `${folder}/authorities`,
          "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
      "--tls-ca=FOLDER/authorities: certificate 1 in the file is malformed (",
    ],
    [
      "a certificate in place of the key",
      (folder) => Deno.copyFile(`${folder}/certificate`, `${folder}/key`),
      "SOCKWARDEN_TLS_KEY=FOLDER/key: the file has no private key in PEM",
    ],
    [
      "a key that is malformed",
      (folder) =>
        Deno.writeTextFile(
          `${folder}/key`,
          "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ),
      "SOCKWARDEN_TLS_KEY=FOLDER/key: the private key is malformed (",
    ],
    [
      "a key that is encrypted",
      async (folder) => {
        await openssl(folder, [
          ...["pkcs8", "-topk8", "-in", "key", "-out", "encrypted"],
          ...["-passout", "pass:secret"],
        ]);
        await Deno.rename(`${folder}/encrypted`, `${folder}/key`);
      },
      "SOCKWARDEN_TLS_KEY=FOLDER/key: the key is encrypted, and sockwarden does not ask for a passphrase",
    ],
    [
      "a key that is encrypted in the older way",
      (folder) =>
        openssl(folder, [
          ...["ec", "-in", "key", "-out", "key", "-aes256"],
          ...["-passout", "pass:secret"],
        ]),
      "SOCKWARDEN_TLS_KEY=FOLDER/key: the key is encrypted, and sockwarden does not ask for a passphrase",
    ],
    [
      "the key of another certificate",
      (folder) =>
        openssl(folder, ["genpkey", "-algorithm", "ED25519", "-out", "key"]),
      "SOCKWARDEN_TLS_KEY=FOLDER/key: this is not the key of the first certificate in FOLDER/certificate",
    ],
    [
      "a key of a type that TLS does not support",
      (folder) => withKey(folder, ["-algorithm", "ED448"]),
      "SOCKWARDEN_TLS_KEY=FOLDER/key: keys of this type are not supported",
    ],
    [
      "a curve that TLS does not support",
      (folder) =>
        withKey(folder, [
          ...["-algorithm", "EC"],
          ...["-pkeyopt", "ec_paramgen_curve:secp256k1"],
        ]),
      "SOCKWARDEN_TLS_KEY=FOLDER/key: keys of this type are not supported",
    ],
    [
      "an RSA key that is too short",
      (folder) =>
        withKey(folder, [
          ...["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        ]),
      "SOCKWARDEN_TLS_KEY=FOLDER/key: keys of this type are not supported",
    ],
    [
      "a CA file with a certificate that is not a CA",
      async (folder) => {
        const [ca, leaf] = await Promise.all([
          Deno.readTextFile(`${folder}/authorities`),
          Deno.readTextFile(`${folder}/certificate`),
        ]);
        await Deno.writeTextFile(`${folder}/authorities`, ca + leaf);
      },
      "--tls-ca=FOLDER/authorities: the certificate of 'CN=localhost' is not a CA certificate",
    ],
  ] as readonly [string, (folder: string) => Promise<void>, string][]
) {
  test(`readTlsFiles() refuses ${what}, and says so`, async (folder) => {
    await goodFiles(folder);
    await spoil(folder);
    const { problems } = await read(folder);
    assertEquals(problems.length, 1);
    assertStringIncludes(
      problems[0]!,
      problem.replaceAll("FOLDER", folder),
    );
  });
}

test("readTlsFiles() reports all problems at once", async (folder) => {
  assertEquals((await read(folder)).problems.length, 3);
});
