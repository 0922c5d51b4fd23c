/**
 * The documentation agrees with the program.
 */

import { assertEquals } from "@std/assert";
import { outdated } from "../../tools/docs.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

Deno.test("the reference pages are what the program's tables say", async () => {
  assertEquals(
    await outdated(),
    [],
    "out of date: run deno run -A tools/docs.ts",
  );
});

Deno.test("links between the pages lead to files and headings that exist", async () => {
  const broken: string[] = [];
  for (const page of await markdownFiles()) {
    const text = await Deno.readTextFile(ROOT + page);
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const [path = "", heading] = link!.split("#", 2);
      const target = new URL(
        path === "" ? page.split("/").at(-1)! : path,
        `file://${ROOT}${page}`,
      )
        .pathname;
      const found = await Deno.stat(target).then(() => true, () => false);
      if (!found) broken.push(`${page}: ${link}`);
      else if (
        heading !== undefined &&
        !headings(await Deno.readTextFile(target)).has(heading)
      ) broken.push(`${page}: ${link}`);
    }
  }
  assertEquals(broken, []);
});

Deno.test("every sentence of the program is in docs/troubleshooting.md", async () => {
  const page = normal(
    await Deno.readTextFile(`${ROOT}docs/troubleshooting.md`),
  );
  const missing: string[] = [];
  for (const file of ["main.ts", ...await sources("lib")]) {
    if (NOT_LOOKED_AT.some((start) => file.startsWith(start))) continue;
    for (const text of sentences(file, await Deno.readTextFile(ROOT + file))) {
      if (!page.includes(text)) missing.push(`${file}: ${text}`);
    }
  }
  assertEquals(missing, [], "say there what to do when it shows");
});

/** What prints no errors: the demo, and the tables that other pages are made of. */
const NOT_LOOKED_AT = [
  "lib/demo/",
  "lib/commands/demo.ts",
  "lib/commands/help.ts",
  "lib/commands/presets.ts",
  "lib/config/policy_format.ts",
  "lib/config/settings.ts",
  "lib/docker/preset_rows.ts",
  "lib/policy/escalations.ts",
  "lib/policy/switches.ts",
];

/** Literals that no user sees as an error. */
const NO_ERRORS: ReadonlySet<string> = new Set([
  "HTTP/1.1 Host: docker Connection: close",
  "known operations are granted; all else is refused.",
  "none that is known",
  "dry run: let through all the same, and logged",
  ": a capital where all operations of the class are granted, a small letter where some are.",
  "Nothing is newly allowed or refused.",
  ": on sockwarden's own container too",
  "but: refused where its",
  "to refuse it remove that rule",
  "to refuse it remove that, or",
  "to deny of client '",
  "to deny of default (",
  "takes another client's name, label, alias or address",
  "client: default (whoever is no client of",
]);

/** Every literal of a module, or part of a template, that has four words or more. */
function sentences(file: string, source: string): string[] {
  const found = new Set<string>();
  const note = (text: unknown) => {
    if (typeof text !== "string") return;
    const plain = normal(text);
    if (plain.split(" ").length >= 4 && !NO_ERRORS.has(plain)) found.add(plain);
  };
  Deno.lint.runPlugin(
    {
      name: "sentences",
      rules: {
        all: {
          create: () => ({
            Literal: (node) => note(node.value),
            TemplateElement: (node) => note(node.cooked),
          }),
        },
      },
    },
    file,
    source,
  );
  return [...found];
}

/** On one line, without the back quotes of Markdown. */
function normal(text: string): string {
  return text.replaceAll("`", "").replaceAll(/\s+/g, " ").trim();
}

async function sources(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    if (isDirectory) files.push(...await sources(`${folder}/${name}`));
    else if (name.endsWith(".ts")) files.push(`${folder}/${name}`);
  }
  return files.sort();
}

function headings(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
    ),
  );
}

async function markdownFiles(): Promise<string[]> {
  const files = [
    "README.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "deploy/README.md",
  ];
  for await (const { name } of Deno.readDir(`${ROOT}docs`)) {
    if (name.endsWith(".md")) files.push(`docs/${name}`);
  }
  return files;
}
