/**
 * The list of contents names exactly what is in the lean binary, in CycloneDX's
 * form, and the licences of all that.
 */

import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
// Its files are fetched with it.
import "@cyclonedx/cyclonedx-library/package.json" with { type: "json" };
import { Ajv } from "ajv";
import { exists } from "../../tools/exists.ts";
import { makeSbom } from "../../tools/release/cyclonedx.ts";
import { chosenLicense, makeLicenses } from "../../tools/release/licenses.ts";
import {
  cratesOf,
  engine,
  packages,
  type Part,
  partsOf,
  rustTarget,
} from "../../tools/release/parts.ts";
import { ARCHITECTURE, basePath } from "../../tools/runtimes.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Where cargo puts the crates of the base. */
const DEPS = `${ROOT}base/target/${rustTarget(ARCHITECTURE)}/release/deps`;
const MAP = `${basePath()}.map`;

/** What brings CycloneDX's schemas. */
const LIBRARY = "@cyclonedx/cyclonedx-library/package.json";

const PRODUCT = {
  name: "sockwarden-lean-x86_64",
  version: "1.2.3",
  hash: "0".repeat(64),
  time: new Date(0),
};

const NO_BASE = !exists(basePath()) || !exists(DEPS) || !exists(MAP);

/** A test that needs the base that `deno task base` builds. */
function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({
    name: NO_BASE ? `${name}: the base is missing (deno task base)` : name,
    ignore: NO_BASE,
    fn,
  });
}

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

test("the list of contents names exactly the crates that were built for the base", () => {
  // What is built for the target stands apart from what only builds use.
  const built = new Set(
    [...Deno.readDirSync(DEPS)].map(({ name }) =>
      /^lib(.+)-[0-9a-f]{16}\.rlib$/.exec(name)?.[1]
    ).filter((name) => name !== undefined),
  );
  const listed = new Set(
    cratesOf(rustTarget(ARCHITECTURE))
      .map(({ name }) => name.replaceAll("-", "_")),
  );
  assertEquals([...listed].sort(), [...built].sort());
});

/** Of which part a file is that the linker took: the start of the part's id. */
const OWNERS: readonly (readonly [file: RegExp, part: string])[] = [
  // Rust code, ours and that of all crates, which the compiler joins first.
  [/\/deps\/sockwarden_base-[^/]+\.rcgu\.o$/, "cargo:sockwarden-base@"],
  [
    /\([0-9a-f]+-(?:quickjs|libregexp|libunicode|dtoa)\.o\)$/,
    "github:quickjs-ng/quickjs@",
  ],
  [/\/libcompiler_builtins-[0-9a-f]+\.rlib\(/, "github:rust-lang/rust@"],
  [/\/self-contained\/libc\.a\(/, "generic:musl@"],
  [/\/self-contained\/(?:rcrt1|crti|crtn)\.o$/, "generic:musl@"],
  [/\/self-contained\/crt(?:begin|end)S\.o$/, "github:llvm/llvm-project@"],
];

test("every file that the linker took belongs to a part of the list of contents", () => {
  const files = new Set(
    [...Deno.readTextFileSync(MAP).matchAll(/ (\/.*):\([^()]*\)$/gm)]
      .map(([, file]) => file!),
  );
  assert(files.size > 100);
  const owners = new Set<string>();
  const without: string[] = [];
  for (const file of files) {
    const owner = OWNERS.find(([pattern]) => pattern.test(file))?.[1];
    if (owner === undefined) without.push(file);
    else owners.add(owner);
  }
  assertEquals(without, []);
  const listed = partsOf(ARCHITECTURE).map(({ id }) => id);
  for (const owner of owners) {
    assert(listed.some((id) => id.startsWith(owner)), owner);
  }
  // And nothing that is not in it is listed.
  const others = listed.filter((id) => !/^(?:cargo|npm):/.test(id));
  for (const id of others) {
    assert([...owners].some((owner) => id.startsWith(owner)), id);
  }
});

test("the list of contents and the pages name the versions of the engine and the C library", () => {
  const part = engine();
  assertStringIncludes(
    makeSbom(PRODUCT, [part]),
    `"pkg:github/quickjs-ng/quickjs@${part.version}"`,
  );
  for (const page of ["docs/base.md", "docs/dependencies.md"]) {
    const named = Deno.readTextFileSync(ROOT + page)
      .matchAll(/quickjs-ng ([0-9.]*[0-9])/g);
    assertEquals(
      new Set([...named].map(([, version]) => `v${version}`)),
      new Set([part.version]),
      page,
    );
  }
  const { version } = partsOf(ARCHITECTURE).find(({ name }) =>
    name === "musl"
  )!;
  assertStringIncludes(
    Deno.readTextFileSync(`${ROOT}docs/dependencies.md`),
    `musl ${version}`,
  );
});

/** A check against CycloneDX's schema, which its library brings. */
function schemaCheck() {
  const folder = new URL("res/schema/", import.meta.resolve(LIBRARY));
  const read = (name: string) =>
    JSON.parse(
      Deno.readTextFileSync(new URL(`${name}.schema.json`, folder)),
    );
  const ajv = new Ajv({
    strict: false,
    formats: {
      "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      "iri-reference": /^\S+$/,
      "idn-email": true,
    },
  });
  // Under the names by which the main one refers to them.
  for (const name of ["spdx.SNAPSHOT", "jsf-0.82.SNAPSHOT"]) {
    const id = `http://cyclonedx.org/schema/${name}.schema.json`;
    ajv.addSchema(read(name), id);
  }
  return ajv.compile(read("bom-1.6.SNAPSHOT"));
}

test("the list of contents is what CycloneDX's schema asks for", () => {
  const check = schemaCheck();
  const list = JSON.parse(makeSbom(PRODUCT, partsOf(ARCHITECTURE)));
  assert(check(list), JSON.stringify(check.errors));
  // It does check: one wrong value each.
  for (
    const wrong of [
      { ...list, serialNumber: "1" },
      { ...list, components: [{ ...list.components[0], type: "crate" }] },
      {
        ...list,
        components: [{
          ...list.components[0],
          licenses: [{ license: { id: "MIT-0-0" } }],
        }],
      },
    ]
  ) {
    assert(!check(wrong));
  }
});

test("every part has an id of its own, a licence, and a hash unless it is ours", () => {
  const parts = partsOf(ARCHITECTURE);
  assert(parts.length > 20);
  assertEquals(new Set(parts.map(({ id }) => id)).size, parts.length);
  for (const { id, hash, license, uses } of parts) {
    assert(license !== "", id);
    if (id.startsWith("cargo:sockwarden-base@")) assertEquals(hash, null);
    else assert(/^(?:[0-9a-f]{64}|[0-9a-f]{128})$/.test(hash!), id);
    for (const used of uses) {
      assert(parts.some((part) => part.id === used), `${id} uses ${used}`);
    }
  }
});

test("the same parts give the same list, and another part gives another serial number", () => {
  const parts = partsOf(ARCHITECTURE);
  const text = makeSbom(PRODUCT, parts);
  assertEquals(makeSbom(PRODUCT, partsOf(ARCHITECTURE)), text);
  const serial = (list: string) => JSON.parse(list).serialNumber;
  assert(serial(makeSbom(PRODUCT, parts.slice(1))) !== serial(text));
  assert(!text.includes(ROOT), "a path of the machine that built it");
});

test("every part is among the licences, with a notice or a whole text", () => {
  const parts = partsOf(ARCHITECTURE);
  const text = makeLicenses(PRODUCT.name, parts);
  for (const { name, version } of parts) {
    assertStringIncludes(text, `\n${name} ${version} (`);
  }
  for (
    const words of [
      "Permission is hereby granted, free of charge",
      "Copyright (c) 2017-2026 Fabrice Bellard",
      "Rich Felker",
      "UNICODE LICENSE V3",
    ]
  ) assertStringIncludes(text, words);
  assert(!text.includes(Deno.env.get("HOME")!), "a path of the machine");
});

Deno.test("a part whose licence is not known here, or whose text is missing, is refused", () => {
  const part: Part = {
    id: "npm:a@1.0.0",
    kind: "npm",
    name: "a",
    version: "1.0.0",
    hash: "0".repeat(64),
    license: "MIT",
    folder: null,
    uses: [],
  };
  assertThrows(() => makeLicenses("b", [part]), Error, "a 1.0.0 brings no");
  assertThrows(
    () => makeLicenses("b", [{ ...part, license: "GPL-3.0-only" }]),
    Error,
    "'GPL-3.0-only' is new",
  );
  assertEquals(chosenLicense("Unlicense OR MIT"), "MIT");
  assertEquals(chosenLicense("Unicode-3.0"), "Unicode-3.0");
});
