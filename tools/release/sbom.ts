/**
 * Lists what the lean binaries are made of, as SPDX 2.3: the crates that cargo
 * links for each architecture (`cargo tree`), the engine that one of them holds,
 * and the npm packages in the module graphs of `main.ts` and of the page that it
 * holds (`deno info`), each with
 * the hash that it is locked to. What only builds or tests load is not in a
 * binary and not in the list.
 *
 * ```sh
 * VERSION=0.1.0 deno run -A tools/release/sbom.ts    # dist/sockwarden.spdx.json
 * ```
 *
 * @module
 */

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** The targets of the released binaries. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-musl",
  "aarch64-unknown-linux-musl",
];

/** One thing that goes into a binary. */
export interface Part {
  readonly name: string;
  readonly version: string;
  readonly kind: "cargo" | "npm" | "github";
  /** The hash of its archive in hexadecimal. */
  readonly hash: string;
  /** An SPDX expression, or NOASSERTION. */
  readonly license: string;
}

/**
 * The list of contents for a release.
 *
 * @param parts What {@link cratesOf} and {@link packages} found.
 */
export function makeSbom(
  version: string,
  created: Date,
  parts: readonly Part[],
): unknown {
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
      ...parts.map(({ name, version, kind, hash, license }, i) => ({
        SPDXID: ids[i],
        name,
        versionInfo: version,
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        licenseDeclared: license,
        licenseConcluded: "NOASSERTION",
        copyrightText: "NOASSERTION",
        checksums: [{
          algorithm: kind === "npm" ? "SHA512" : "SHA256",
          checksumValue: hash,
        }],
        externalRefs: [{
          referenceCategory: "PACKAGE-MANAGER",
          referenceType: "purl",
          referenceLocator: `pkg:${kind}/${
            name.replace(/^@/, "%40")
          }@${version}`,
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

/** Crates, engine and packages of every target, each once. */
export function allParts(): Part[] {
  const parts = new Map<string, Part>();
  for (const part of [...TARGETS.flatMap(cratesOf), engine(), ...packages()]) {
    parts.set(`${part.kind} ${part.name} ${part.version}`, part);
  }
  return [...parts.values()];
}

/**
 * The crates that are linked into the base for a target: neither what only
 * build scripts use nor macros.
 *
 * @throws Where cargo is missing or cannot fetch the crates.
 */
export function cratesOf(target: string): Part[] {
  const hashes = lockedHashes();
  const text = output("cargo", [
    "tree",
    "--locked",
    "--edges=normal,no-proc-macro",
    `--target=${target}`,
    "--prefix=none",
    "--no-dedupe",
    "--format={p}|{l}",
  ], `${ROOT}/base`);
  return [...new Set(text.trim().split("\n"))].flatMap((line): Part[] => {
    const [, name, version, license] = /^(\S+) v(\S+)[^|]*\|(.*)$/.exec(line) ??
      [];
    if (name === undefined || version === undefined) {
      throw new Error(`cargo tree printed '${line}'`);
    }
    const hash = hashes.get(`${name} ${version}`);
    // What has no hash is of this repository.
    if (hash === undefined) return [];
    return [{
      name,
      version,
      kind: "cargo",
      hash,
      // An old spelling of OR.
      license: license?.replaceAll("/", " OR ") || "NOASSERTION",
    }];
  });
}

/**
 * The engine, quickjs-ng. It is C code from the crate `libquickjs-ng-sys`, which is
 * never built, so that `cargo tree` does not list it, and what looks for known
 * faults would not find it by the crate's name. Its archive is the crate's, with
 * the hash that it is locked to.
 *
 * @throws Where cargo is missing, or the crate's header names no version.
 */
export function engine(): Part {
  const { packages } = JSON.parse(output("cargo", [
    "metadata",
    "--locked",
    "--format-version=1",
  ], `${ROOT}/base`)) as {
    packages: { name: string; version: string; manifest_path: string }[];
  };
  const crate = packages.find(({ name }) => name === "libquickjs-ng-sys")!;
  const header = Deno.readTextFileSync(
    crate.manifest_path.replace(/Cargo\.toml$/, "embed/quickjs/quickjs.h"),
  );
  const version = ["MAJOR", "MINOR", "PATCH"].map((part) => {
    const found = new RegExp(`^#define QJS_VERSION_${part} (\\d+)$`, "m")
      .exec(header)?.[1];
    if (found === undefined) throw new Error(`quickjs.h names no ${part}`);
    return found;
  }).join(".");
  return {
    name: "quickjs-ng/quickjs",
    version: `v${version}`,
    kind: "github",
    hash: lockedHashes().get(`${crate.name} ${crate.version}`)!,
    license: "MIT",
  };
}

function lockedHashes(): ReadonlyMap<string, string> {
  const text = Deno.readTextFileSync(`${ROOT}/base/Cargo.lock`);
  const hashes = new Map<string, string>();
  for (const block of text.split("[[package]]").slice(1)) {
    const field = (name: string) =>
      new RegExp(`^${name} = "(.*)"$`, "m").exec(block)?.[1] ?? "";
    const hash = field("checksum");
    if (hash !== "") hashes.set(`${field("name")} ${field("version")}`, hash);
  }
  return hashes;
}

/** What `deno info --json` says of the modules, as far as it is read here. */
interface Info {
  modules: { kind: string; specifier: string; npmPackage?: string }[];
  npmPackages: Record<
    string,
    { name: string; version: string; dependencies: string[]; localPath: string }
  >;
}

/**
 * The npm packages that modules reached from `main.ts` are of, or those of the
 * page that the binary holds, and those that these depend on.
 */
export function packages(): Part[] {
  return ["main.ts", "web/main.tsx"].flatMap(packagesOf)
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

function packagesOf(entry: string): Part[] {
  const info = JSON.parse(
    output(Deno.execPath(), ["info", "--json", entry], ROOT),
  ) as Info;
  const { npm } = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.lock`)) as {
    npm: Record<string, { integrity: string }>;
  };
  const found = new Set<string>();
  const add = (id: string) => {
    if (found.has(id)) return;
    found.add(id);
    for (const one of info.npmPackages[id]?.dependencies ?? []) add(one);
  };
  for (const { npmPackage } of info.modules) {
    if (npmPackage !== undefined) add(npmPackage);
  }
  return [...found].sort().map((id) => {
    const { name, version, localPath } = info.npmPackages[id]!;
    const { integrity } = npm[id]!;
    const { license } = JSON.parse(
      Deno.readTextFileSync(`${localPath}/package.json`),
    ) as { license?: string };
    const bytes = Uint8Array.fromBase64(integrity.replace("sha512-", ""));
    return {
      name,
      version,
      kind: "npm",
      hash: bytes.toHex(),
      license: license ?? "NOASSERTION",
    };
  });
}

function output(command: string, args: string[], cwd: string): string {
  const { success, stdout, stderr } = new Deno.Command(command, {
    args,
    cwd,
    env: { NO_COLOR: "1" },
  }).outputSync();
  if (!success) {
    throw new Error(
      `${command} ${args.join(" ")} failed: ${
        new TextDecoder().decode(stderr).trim()
      }`,
    );
  }
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const version = Deno.env.get("VERSION") ?? "";
  if (version === "") {
    console.error("error: set VERSION, as in VERSION=0.1.0");
    Deno.exit(1);
  }
  const parts = allParts();
  Deno.mkdirSync(`${ROOT}/dist`, { recursive: true });
  Deno.writeTextFileSync(
    `${ROOT}/dist/sockwarden.spdx.json`,
    JSON.stringify(makeSbom(version, new Date(), parts), null, 2) + "\n",
  );
  console.log(`dist/sockwarden.spdx.json: ${parts.length} parts`);
}
