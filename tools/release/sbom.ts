/**
 * Lists what the binaries are made of, as SPDX 2.3: the crates that
 * `base/Cargo.lock` names and the packages that `deno.lock` names, each with
 * the hash that it is locked to.
 *
 * ```sh
 * VERSION=0.1.0 deno run -A tools/release/sbom.ts    # dist/sockwarden.spdx.json
 * ```
 *
 * @module
 */

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** One thing that goes into a binary. */
interface Part {
  readonly name: string;
  readonly version: string;
  readonly kind: "cargo" | "npm";
  /** The hash of its archive in hexadecimal; empty for what is of this repository. */
  readonly hash: string;
}

/** Packages that only the tests and the tools load. */
const FOR_TESTS: ReadonlySet<string> = new Set(["fast-check", "pure-rand"]);

/** The list of contents for a release. */
export function makeSbom(version: string, created: Date): unknown {
  const parts = [...crates(), ...packages()];
  const ids = parts.map(({ kind, name, version }) =>
    `SPDXRef-${kind}-${`${name}-${version}`.replaceAll(/[^A-Za-z0-9.-]/g, "-")}`
  );
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `sockwarden-${version}`,
    documentNamespace:
      `https://spdx.org/spdxdocs/sockwarden-${version}-${created.getTime()}`,
    creationInfo: {
      created: created.toISOString().replace(/\.\d+Z$/, "Z"),
      creators: ["Tool: sockwarden-tools/release/sbom.ts"],
    },
    packages: [
      {
        SPDXID: "SPDXRef-sockwarden",
        name: "sockwarden",
        versionInfo: version,
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        licenseDeclared: "MIT",
        licenseConcluded: "MIT",
        copyrightText: "NOASSERTION",
      },
      ...parts.map(({ name, version, kind, hash }, i) => ({
        SPDXID: ids[i],
        name,
        versionInfo: version,
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        licenseDeclared: "NOASSERTION",
        licenseConcluded: "NOASSERTION",
        copyrightText: "NOASSERTION",
        checksums: hash === "" ? [] : [{
          algorithm: kind === "cargo" ? "SHA256" : "SHA512",
          checksumValue: hash,
        }],
        externalRefs: [{
          referenceCategory: "PACKAGE-MANAGER",
          referenceType: "purl",
          referenceLocator: `pkg:${kind}/${name}@${version}`,
        }],
      })),
    ],
    relationships: [
      {
        spdxElementId: "SPDXRef-DOCUMENT",
        relationshipType: "DESCRIBES",
        relatedSpdxElement: "SPDXRef-sockwarden",
      },
      ...ids.map((id) => ({
        spdxElementId: "SPDXRef-sockwarden",
        relationshipType: "DEPENDS_ON",
        relatedSpdxElement: id,
      })),
    ],
  };
}

function crates(): Part[] {
  const text = Deno.readTextFileSync(`${ROOT}/base/Cargo.lock`);
  const parts: Part[] = [];
  for (const block of text.split("[[package]]").slice(1)) {
    const field = (name: string) =>
      new RegExp(`^${name} = "(.*)"$`, "m").exec(block)?.[1] ?? "";
    // What has no source is of this repository.
    if (field("source") === "") continue;
    parts.push({
      name: field("name"),
      version: field("version"),
      kind: "cargo",
      hash: field("checksum"),
    });
  }
  return parts;
}

function packages(): Part[] {
  const { npm } = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.lock`)) as {
    npm: Record<string, { integrity: string }>;
  };
  return Object.entries(npm).flatMap(([id, { integrity }]): Part[] => {
    const at = id.lastIndexOf("@");
    const name = id.slice(0, at);
    if (FOR_TESTS.has(name)) return [];
    const bytes = Uint8Array.fromBase64(integrity.replace("sha512-", ""));
    return [{
      name,
      version: id.slice(at + 1),
      kind: "npm",
      hash: bytes.toHex(),
    }];
  });
}

if (import.meta.main) {
  const version = Deno.env.get("VERSION") ?? "";
  if (version === "") {
    console.error("error: set VERSION, as in VERSION=0.1.0");
    Deno.exit(1);
  }
  const list = makeSbom(version, new Date());
  Deno.mkdirSync(`${ROOT}/dist`, { recursive: true });
  Deno.writeTextFileSync(
    `${ROOT}/dist/sockwarden.spdx.json`,
    JSON.stringify(list, null, 2) + "\n",
  );
  const { packages } = list as { packages: unknown[] };
  console.log(`dist/sockwarden.spdx.json: ${packages.length - 1} parts`);
}
