/**
 * The release: workflows call scripts that exist, scripts are Bash, the build's
 * context holds what the Dockerfile copies.
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { exists } from "../../tools/exists.ts";
import {
  cratesOf,
  engine,
  makeSbom,
  packages,
} from "../../tools/release/sbom.ts";
import { ARCHITECTURE, basePath } from "../../tools/runtimes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** What cargo builds the base for, and where it puts the crates. */
const TARGET = `${ARCHITECTURE}-unknown-linux-musl`;
const DEPS = `${ROOT}base/target/${TARGET}/release/deps`;

/** Crates whose library has another name. */
const LIBRARY: ReadonlyMap<string, string> = new Map([
  ["rustls-webpki", "webpki"],
]);

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
  for (const path of kept) Deno.statSync(ROOT + path);
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

Deno.test("the build's context holds every file of the base", async () => {
  const kept = Deno.readTextFileSync(`${ROOT}.dockerignore`).split("\n")
    .filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "base", ":!base/tests"],
    cwd: ROOT,
  }).output();
  const files = new TextDecoder().decode(stdout).trim().split("\n");
  assert(files.length > 10);
  const left = files.filter((file) =>
    !kept.some((path) => file === path || file.startsWith(`${path}/`))
  );
  assertEquals(left, []);
});

Deno.test(".tool-versions names the Deno that README.md and the Dockerfile name", () => {
  const [, pinned] = /^deno ([0-9]+\.[0-9]+\.[0-9]+)$/m
    .exec(Deno.readTextFileSync(`${ROOT}.tool-versions`))!;
  const readme = Deno.readTextFileSync(`${ROOT}README.md`);
  const named = [...readme.matchAll(/deno@([0-9.]*[0-9])/g)];
  assert(named.length > 0);
  for (const [, version] of named) assertEquals(version, pinned);
  const dockerfile = Deno.readTextFileSync(`${ROOT}Dockerfile`);
  assertEquals(/denoland\/deno:bin-(\S+)/.exec(dockerfile)?.[1], pinned);
});

Deno.test("this is the Deno that .tool-versions names", () => {
  assert(
    Deno.readTextFileSync(`${ROOT}.tool-versions`).split("\n")
      .includes(`deno ${Deno.version.deno}`),
    `this is ${Deno.version.deno}`,
  );
});

/** The npm packages whose code is in the bundle: it names the file of each module. */
async function bundled(entry: string): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  const bundle = `${folder}/bundle.js`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--output", bundle, ROOT + entry],
  }).output();
  assert(success);
  const text = await Deno.readTextFile(bundle);
  await Deno.remove(folder, { recursive: true });
  return [
    ...text.matchAll(
      /^\/\/ \S*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([0-9][^/]*)\//gm,
    ),
  ].map(([, name, version]) => `${name}@${version}`);
}

Deno.test("the list of contents names exactly the npm packages that are bundled", async () => {
  const listed = packages().map(({ name, version }) => `${name}@${version}`);
  const found = [
    ...await bundled("main.ts"),
    // The page, which stands in the program as data.
    ...await bundled("web/main.tsx"),
  ];
  assertEquals(listed.sort(), [...new Set(found)].sort());
  assert(listed.length > 0);
});

const NO_BASE = !exists(basePath()) || !exists(DEPS);
Deno.test({
  name: NO_BASE
    ? "the list of contents names the crates of the base: the base is missing (deno task base)"
    : "the list of contents names exactly the crates that were built for the base",
  ignore: NO_BASE,
  fn() {
    // What is built for the target stands apart from what only builds use.
    const built = new Set(
      [...Deno.readDirSync(DEPS)].map(({ name }) =>
        /^lib(.+)-[0-9a-f]{16}\.rlib$/.exec(name)?.[1]
      ).filter((name) => name !== undefined && name !== "sockwarden_base"),
    );
    const listed = new Set(
      cratesOf(TARGET).map(({ name }) => LIBRARY.get(name) ?? name)
        .map((name) => name.replaceAll("-", "_")),
    );
    assertEquals([...listed].sort(), [...built].sort());
  },
});

Deno.test({
  name: NO_BASE
    ? "the pages name the engine's version: the base is missing (deno task base)"
    : "the list of contents and the pages name the engine's version",
  ignore: NO_BASE,
  fn() {
    const part = engine();
    const text = JSON.stringify(makeSbom("1.2.3", new Date(0), [part]));
    assert(text.includes(`"pkg:github/quickjs-ng/quickjs@${part.version}"`));
    for (const page of ["docs/base.md", "docs/dependencies.md"]) {
      const named = Deno.readTextFileSync(ROOT + page)
        .matchAll(/quickjs-ng ([0-9.]*[0-9])/g);
      assertEquals(
        new Set([...named].map(([, version]) => `v${version}`)),
        new Set([part.version]),
        page,
      );
    }
  },
});

Deno.test("each crate and package of the list of contents has a hash and its own identifier", () => {
  const { packages: listed } = makeSbom("1.2.3", new Date(0), [
    ...packages(),
    {
      name: "libc",
      version: "0.2.1",
      kind: "cargo",
      hash: "0".repeat(64),
      license: "MIT OR Apache-2.0",
    },
  ]) as {
    packages: { SPDXID: string; checksums?: { checksumValue: string }[] }[];
  };
  assert(listed.length > 2);
  assertEquals(
    new Set(listed.map(({ SPDXID }) => SPDXID)).size,
    listed.length,
  );
  for (const { SPDXID, checksums } of listed.slice(1)) {
    assert(/^[0-9a-f]{64,128}$/.test(checksums![0]!.checksumValue), SPDXID);
  }
});
