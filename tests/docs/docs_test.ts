/**
 * The documentation agrees with the program.
 */

import { assert, assertEquals } from "@std/assert";
import { createLog } from "../../lib/observe/log.ts";
import type { RequestRecord } from "../../lib/observe/record.ts";
import { ROOMS } from "../../tools/check_structure.ts";
import { FIELDS } from "../../tools/docs/log.ts";
import { outdated } from "../../tools/docs.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

Deno.test("the reference pages are what the program's tables say", async () => {
  assertEquals(await outdated(), [], "out of date: run deno task docs");
});

Deno.test("links between the pages lead to files and headings that exist", async () => {
  const broken: string[] = [];
  for (const page of await files("", ".md")) {
    const text = await Deno.readTextFile(ROOT + page);
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const [path = "", heading] = link!.split("#", 2);
      const target = new URL(
        path === "" ? page.split("/").at(-1)! : path,
        `file://${ROOT}${page}`,
      ).pathname;
      const found = await Deno.stat(target).then(() => true, () => false);
      if (
        !found ||
        heading !== undefined &&
          !titles(await Deno.readTextFile(target)).map(anchor).includes(heading)
      ) broken.push(`${page}: ${link}`);
    }
  }
  assertEquals(broken, []);
});

Deno.test("pages that comments cite exist, with the heading that they cite", async () => {
  const broken: string[] = [];
  let count = 0;
  for (
    const file of [...await files("lib", ".ts"), ...await files("tests", ".ts")]
  ) {
    // Its sources are pages of other projects.
    if (file === "lib/docker/preset_rows.ts") continue;
    // A comment on several lines as one text.
    const text = (await Deno.readTextFile(ROOT + file))
      .replaceAll(/\n\s*(?:\*|\/\/) /g, " ");
    for (
      const [cited, page, heading] of text.matchAll(
        /(docs\/[\w/-]+\.md)(?:, "([^"\n]+)")?/g,
      )
    ) {
      count++;
      const target = await Deno.readTextFile(ROOT + page).catch(() => null);
      if (
        target === null ||
        heading !== undefined && !titles(target).includes(heading)
      ) broken.push(`${file}: ${cited}`);
    }
  }
  assert(count > 10);
  assertEquals(broken, []);
});

/** The titles of a page's headings. */
function titles(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title!);
}

/** The anchor that GitHub makes of a heading. */
function anchor(title: string): string {
  return title.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

/** The files below a folder whose names end so; those of version control and of builds left out. */
async function files(folder: string, ending: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) {
      if (!/^(?:\.git|dist|target|node_modules)$/.test(name)) {
        found.push(...await files(path, ending));
      }
    } else if (name.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

Deno.test("the page on the log names every field of a JSON line, in its order", async () => {
  const record: Required<RequestRecord> = {
    remote: "172.18.0.3",
    client: "ci",
    container: "runner",
    operation: "container.list",
    method: "GET",
    path: "/containers/json",
    status: 200,
    engineMs: 1,
    ownMs: 0.1,
    bytesIn: 0,
    bytesOut: 1,
    code: "request.completed",
    rule: "CONTAINERS=1",
    message: "a",
    wouldRefuse: "policy.not_granted",
    object: "a",
    scope: "a",
    remedies: [{ kind: "policy", text: "a", where: "a" }],
    findings: ["a"],
    requestId: "a",
    queryKeys: ["a"],
    policyHash: "a",
    slowedMs: 1,
  };
  let line = "";
  const log = createLog("info", "json", (bytes) => {
    line += new TextDecoder().decode(bytes);
    return Promise.resolve(bytes.length);
  });
  log.request(record);
  await log.flush(1000);
  assertEquals(Object.keys(JSON.parse(line)), FIELDS.map(({ name }) => name));
});

Deno.test("the page on the architecture lists the rooms from top to bottom, as the check orders them", async () => {
  const text = await Deno.readTextFile(`${ROOT}docs/architecture.md`);
  const listed = [...text.matchAll(/^\| `((?:lib\/|main|web\/)[^`]*)` +\|/gm)]
    .map(([, room]) => room!);
  const floors = ROOMS.toReversed().map((rooms) =>
    rooms.filter((room) => room !== "lib/host/")
  ).filter((rooms) => rooms.length > 0);
  let at = 0;
  for (const rooms of floors) {
    const here = listed.slice(at, at + rooms.length);
    assertEquals(here.toSorted(), rooms.toSorted());
    at += rooms.length;
  }
  assertEquals(at, listed.length);
});
