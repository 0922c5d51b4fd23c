/**
 * Lists what a lean binary is made of, in CycloneDX's form, and the licences of
 * all that: `dist/sockwarden-lean-<architecture>.cdx.json` and `.licenses.txt`.
 *
 * ```sh
 * deno task sbom                  # of the binary for this machine
 * deno task sbom --arch aarch64
 * ```
 *
 * Their time is `SOURCE_DATE_EPOCH`, else that of the commit.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readArchitecture, stop } from "../architecture_flag.ts";
import { exists } from "../exists.ts";
import { binaryPath, ROOT } from "../runtimes.ts";
import { makeSbom } from "./cyclonedx.ts";
import { makeLicenses } from "./licenses.ts";
import { partsOf } from "./parts.ts";

/**
 * What the environment says, else when the source was committed; null where
 * neither tells.
 */
export function sourceTime(): Date | null {
  const seconds = Deno.env.get("SOURCE_DATE_EPOCH") ?? committed();
  return /^[0-9]{1,11}$/.test(seconds)
    ? new Date(Number(seconds) * 1000)
    : null;
}

function committed(): string {
  if (!exists(`${ROOT}/.git`)) return "";
  const { stdout } = new Deno.Command("git", {
    args: ["log", "-1", "--format=%ct"],
    cwd: ROOT,
  }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

if (import.meta.main) {
  const { arch } = readArchitecture();
  const binary = binaryPath("lean", arch);
  if (!exists(binary)) {
    stop(
      `there is no ${binary}: make it with deno task compile --arch ${arch}`,
    );
  }
  const time = sourceTime();
  if (time === null) {
    stop(
      "this is no git checkout: set SOURCE_DATE_EPOCH to the source's time, in seconds since 1970",
    );
  }
  const { version } = JSON.parse(Deno.readTextFileSync(`${ROOT}/deno.json`));
  const name = binary.slice(binary.lastIndexOf("/") + 1);
  const hash = createHash("sha256").update(Deno.readFileSync(binary))
    .digest("hex");
  const parts = partsOf(arch);
  Deno.writeTextFileSync(
    `${binary}.cdx.json`,
    makeSbom({ name, version, hash, time }, parts),
  );
  Deno.writeTextFileSync(
    `${binary}.licenses.txt`,
    makeLicenses(name, parts),
  );
  console.log(`dist/${name}.cdx.json, .licenses.txt: ${parts.length} parts`);
}
