/**
 * The release: workflows call scripts that exist, scripts are Bash, the build's
 * context holds what the Dockerfile copies.
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { makeSbom } from "../../tools/release/sbom.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

for (const name of ["ci.yml", "release.yml"]) {
  Deno.test(`.github/workflows/${name} calls scripts that exist`, () => {
    const text = Deno.readTextFileSync(`${ROOT}.github/workflows/${name}`);
    const { jobs } = parse(text) as {
      jobs: Record<string, { steps: { run?: string; uses?: string }[] }>;
    };
    const runs = Object.values(jobs).flatMap(({ steps }) => steps)
      .map(({ run, uses }) => {
        assert((run === undefined) !== (uses === undefined));
        return run ?? "";
      }).join("\n");
    const scripts = [
      ...runs.matchAll(/(?:tools\/release\/\S+\.sh|\.ci\/run)/g),
    ];
    assert(scripts.length > 0);
    for (const [script] of scripts) {
      assert((Deno.statSync(ROOT + script).mode! & 0o111) !== 0, script);
    }
  });
}

Deno.test("the scripts of tools/release/ are Bash", async () => {
  for (const { name } of Deno.readDirSync(`${ROOT}tools/release`)) {
    if (!name.endsWith(".sh")) continue;
    const { code, stderr } = await new Deno.Command("bash", {
      args: ["-n", `${ROOT}tools/release/${name}`],
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  }
});

Deno.test("the build's context holds what the Dockerfile copies", () => {
  const kept = new Set(
    Deno.readTextFileSync(`${ROOT}.dockerignore`).split("\n")
      .filter((line) => line.startsWith("!")).map((line) => line.slice(1)),
  );
  const dockerfile = Deno.readTextFileSync(`${ROOT}Dockerfile`);
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)]
    .flatMap(([, sources]) => sources!.split(" "));
  assert(copied.length > 3);
  for (const source of [...copied, "main.ts", "lib", "tools/compile.ts"]) {
    if (source === ".") continue;
    Deno.statSync(ROOT + source);
    assert(
      [...kept].some((path) =>
        `${source}/`.startsWith(`${path}/`) || path.startsWith(source)
      ),
      `${source} is left out by .dockerignore`,
    );
  }
});

Deno.test("the image's Deno is the one that README.md pins", () => {
  const pinned = /deno@([0-9.]*[0-9])/
    .exec(Deno.readTextFileSync(`${ROOT}README.md`))![1];
  const built = /denoland\/deno:bin-(\S+)/
    .exec(Deno.readTextFileSync(`${ROOT}Dockerfile`))![1];
  assertEquals(built, pinned);
});

Deno.test("the list of contents names every locked part once, with its hash", () => {
  const { packages } = makeSbom("1.2.3", new Date(0)) as {
    packages: { SPDXID: string; checksums?: { checksumValue: string }[] }[];
  };
  assert(packages.length > 50);
  assertEquals(
    new Set(packages.map(({ SPDXID }) => SPDXID)).size,
    packages.length,
  );
  for (const { SPDXID, checksums } of packages.slice(1)) {
    assert(/^[0-9a-f]{64,128}$/.test(checksums![0]!.checksumValue), SPDXID);
  }
});
