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
