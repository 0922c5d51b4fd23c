/**
 * Writes the reference pages and the manual page from the program's own tables.
 *
 * ```sh
 * deno task docs           # writes the generated pages of docs/ and deploy/man/
 * deno task docs --check   # exit code 1 if a page is out of date
 * ```
 *
 * @module
 */

import { operationsPage } from "./docs/operations.ts";
import { presetsPage } from "./docs/presets.ts";
import { reasonsPage } from "./docs/reasons.ts";
import { knobsPage } from "./docs/knobs.ts";
import { logPage } from "./docs/log.ts";
import { manPage } from "./docs/man.ts";
import { metricsPage } from "./docs/metrics.ts";
import { switchesPage } from "./docs/switches.ts";
import { format } from "./format.ts";

const ROOT = new URL("../", import.meta.url).pathname;

/** The generated pages: the path of each and the function that writes its text. */
const PAGES: readonly (readonly [path: string, write: () => string])[] = [
  ["docs/switches.md", switchesPage],
  ["docs/operations.md", operationsPage],
  ["docs/presets.md", presetsPage],
  ["docs/troubleshooting.md", reasonsPage],
  ["docs/log.md", logPage],
  ["docs/knobs.md", knobsPage],
  ["deploy/man/sockwarden.1", manPage],
  ["docs/metrics.md", metricsPage],
];

/** The text of every generated page by its path, formatted as `deno fmt` wants it. */
export async function pages(): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const [path, write] of PAGES) {
    const text = write();
    texts.set(path, path.endsWith(".md") ? await format(text, "md") : text);
  }
  return texts;
}

/** The paths of the pages that differ from what the tables say. */
export async function outdated(): Promise<string[]> {
  const differing: string[] = [];
  for (const [path, text] of await pages()) {
    if (await Deno.readTextFile(ROOT + path).catch(() => "") !== text) {
      differing.push(path);
    }
  }
  return differing;
}

if (import.meta.main) {
  const [option, ...rest] = Deno.args;
  if (rest.length > 0 || (option !== undefined && option !== "--check")) {
    console.error("error: usage: deno task docs [--check]");
    Deno.exit(2);
  }
  if (option === "--check") {
    const differing = await outdated();
    for (const path of differing) {
      console.error(`${path} is out of date: run deno task docs`);
    }
    Deno.exit(differing.length > 0 ? 1 : 0);
  }
  for (const [path, text] of await pages()) {
    await Deno.writeTextFile(ROOT + path, text);
    console.log(path);
  }
}
