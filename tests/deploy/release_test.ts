/**
 * The release: workflows call scripts that exist, scripts are Bash, the build's
 * context holds what the Dockerfile copies.
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/yaml";

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

Deno.test("the workflows name actions by commit: a tag can come to mean another", () => {
  for (const { name } of Deno.readDirSync(`${ROOT}.github/workflows`)) {
    const text = Deno.readTextFileSync(`${ROOT}.github/workflows/${name}`);
    const uses = [...text.matchAll(/uses: (.*)$/gm)].map(([, action]) =>
      action!
    );
    assert(uses.length > 0);
    assertEquals(
      uses.filter((one) => !/^[\w./-]+@[0-9a-f]{40} # v[0-9.]+$/.test(one)),
      [],
    );
  }
});

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
