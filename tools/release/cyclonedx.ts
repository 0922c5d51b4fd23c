/**
 * Writes a list of contents in CycloneDX's form, version 1.6
 * (https://cyclonedx.org/docs/1.6/json/). The same parts give the same bytes.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Part } from "./parts.ts";

/** What a list is of. */
export interface Product {
  /** The binary's file name. */
  readonly name: string;
  /** The version of sockwarden. */
  readonly version: string;
  /** The binary's SHA-256 in hexadecimal. */
  readonly hash: string;
  /** When its source was committed. */
  readonly time: Date;
}

/**
 * The list of contents of a binary.
 *
 * @param parts What `partsOf()` found.
 * @returns Its JSON text.
 */
export function makeSbom(product: Product, parts: readonly Part[]): string {
  const used = new Set(parts.flatMap(({ uses }) => uses));
  const list = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: product.time.toISOString().replace(/\.\d+Z$/, "Z"),
      lifecycles: [{ phase: "build" }],
      tools: {
        components: [{ type: "application", name: "tools/release/sbom.ts" }],
      },
      component: {
        type: "application",
        "bom-ref": product.name,
        name: product.name,
        version: product.version,
        description: "A filtering proxy for Docker's socket",
        hashes: [{ alg: "SHA-256", content: product.hash }],
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components: parts.map(componentOf),
    dependencies: [
      {
        ref: product.name,
        dependsOn: parts.map(({ id }) => id).filter((id) => !used.has(id)),
      },
      ...parts.map(({ id, uses }) => ({ ref: id, dependsOn: [...uses] })),
    ],
  };
  const { $schema, bomFormat, specVersion, ...rest } = list;
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(list))}`;
  const whole = { $schema, bomFormat, specVersion, serialNumber, ...rest };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function componentOf(part: Part): unknown {
  const { id, kind, name, version, hash, license, patches } = part;
  return {
    type: "library",
    "bom-ref": id,
    name,
    version,
    description: part.description,
    scope: "required",
    hashes: hash === null ? undefined : [{
      alg: hash.length === 128 ? "SHA-512" : "SHA-256",
      content: hash,
    }],
    licenses: [
      / /.test(license)
        ? { expression: license }
        : { license: { id: license } },
    ],
    // What is of this repository has no place to be got from.
    purl: hash === null
      ? undefined
      : `pkg:${kind}/${name.replace(/^@/, "%40")}@${version}`,
    cpe: name === "musl"
      ? `cpe:2.3:a:musl-libc:musl:${version}:*:*:*:*:*:*:*`
      : undefined,
    pedigree: patches === undefined ? undefined : {
      patches: patches.map((url) => ({ type: "unofficial", diff: { url } })),
    },
  };
}

/** A UUID of a text, of the kind that everyone may define (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = bytes[6]! & 0x0f | 0x80;
  bytes[8] = bytes[8]! & 0x3f | 0x80;
  return bytes.toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
