/**
 * The lint rule that keeps calls of the runtime inside `lib/host.ts`.
 */

import { assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Lints files of a checkout in this folder; the names of those with a problem. */
async function lint(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<string[]> {
  const temp = await Deno.makeTempDir();
  const checkout = `${temp}/${folder}/`;
  const all = {
    ...files,
    "tools/lint_runtime.ts": await Deno.readTextFile(
      `${ROOT}tools/lint_runtime.ts`,
    ),
    "deno.json": JSON.stringify({
      lint: {
        plugins: ["./tools/lint_runtime.ts"],
        rules: { include: ["sockwarden/runtime-through-host"], tags: [] },
      },
    }),
  };
  for (const [name, text] of Object.entries(all)) {
    await Deno.mkdir(checkout + name.replace(/[^/]*$/, ""), {
      recursive: true,
    });
    await Deno.writeTextFile(checkout + name, text);
  }
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["lint", "--json", ...Object.keys(files)],
    cwd: checkout,
    stderr: "null",
  }).output();
  const { diagnostics } = JSON.parse(new TextDecoder().decode(stdout)) as {
    diagnostics: { filename: string }[];
  };
  const found = diagnostics.map(({ filename }) =>
    new URL(filename, "file:").pathname.slice(
      new URL(checkout, "file:").pathname.length,
    )
  );
  await Deno.remove(temp, { recursive: true });
  return found.sort();
}

const CALL = "export const pid = Deno.pid;\n";

for (const folder of ["checkout", "tools", "tests/lib", "base/tools/tests"]) {
  Deno.test(`in a checkout in ${folder}/, only lib/host.ts and lib/host/ may call the runtime`, async () => {
    assertEquals(
      await lint(folder, {
        "lib/host.ts": CALL,
        "lib/host/process.ts": CALL,
        "lib/hosts.ts": CALL,
        "lib/tools/a.ts": CALL,
        "lib/proxy/lib/host.ts": CALL,
        "main.ts": CALL,
        "tests/lib/a.ts": CALL,
        "tests/main.ts": CALL,
        "tools/b.ts": CALL,
      }),
      ["lib/hosts.ts", "lib/proxy/lib/host.ts", "lib/tools/a.ts", "main.ts"],
    );
  });
}

Deno.test("the program imports only its own modules and @std", async () => {
  assertEquals(
    await lint("checkout", {
      "lib/a.ts": 'export * from "./b.ts";\n',
      "lib/b.ts": 'import "@std/yaml";\n',
      "lib/c.ts": 'import "node:fs";\n',
      "lib/d.ts": 'export * from "npm:typescript";\n',
      "lib/e.ts": 'export const e = () => import("node:fs");\n',
      "lib/f.ts": 'export { f } from "node:fs";\n',
    }),
    ["lib/c.ts", "lib/d.ts", "lib/e.ts", "lib/f.ts"],
  );
});

Deno.test("a property of that name is not a call of the runtime", async () => {
  assertEquals(
    await lint("checkout", {
      "lib/a.ts": "export const a = { fetch: 1 };\nexport const b = a.fetch;\n",
    }),
    [],
  );
});

Deno.test("the program reads JSON by parseJson() alone, and writes it freely", async () => {
  assertEquals(
    await lint("checkout", {
      "lib/a.ts": "export const a = JSON.stringify(1);\n",
      "lib/b.ts": "export const b = JSON.parse('1');\n",
      "lib/c.ts": "export const { parse: c } = JSON;\n",
      "lib/d.ts": "export const d = JSON['parse']('1');\n",
      "lib/e.ts": "export const e = ['1'].map(JSON.parse);\n",
      "lib/f.ts": "export const f = () => JSON;\n",
      "lib/host/json.ts": "export const parse = JSON.parse;\n",
      "tools/a.ts": "export const a = JSON.parse('1');\n",
    }),
    ["lib/b.ts", "lib/c.ts", "lib/d.ts", "lib/e.ts", "lib/f.ts"],
  );
});
