/**
 * The page in the program is what its sources make.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import * as module from "../../lib/admin/page_data.ts";
import {
  buildPage,
  MAX_BYTES,
  moduleText,
  pageOutdated,
} from "../../tools/page.ts";

const ROOT = new URL("../../", import.meta.url);
const PACKED = Uint8Array.fromBase64(module.PAGE_GZIP_BASE64);
const HTML = await unpacked(PACKED);

Deno.test("the page in the program is what its sources make", async () => {
  assertEquals(await pageOutdated(), false, "run deno task page");
  const { html } = await buildPage();
  assertEquals(HTML, html);
});

Deno.test("the page weighs less than 60 KiB compressed, and more is refused", () => {
  assert(PACKED.length < MAX_BYTES);
  const random = crypto.getRandomValues(new Uint8Array(MAX_BYTES));
  assertThrows(
    () => moduleText({ html: random.toHex(), scriptHash: "", styleHash: "" }),
    Error,
    "over 61440",
  );
});

Deno.test("its hashes are those of the one script and the one style in it", async () => {
  assertEquals(await hashOf("script"), module.PAGE_SCRIPT_HASH);
  assertEquals(await hashOf("style"), module.PAGE_STYLE_HASH);
});

Deno.test("it loads nothing, and has no attribute that its policy forbids", () => {
  const frame = HTML.replace(/<(script|style)>[^]*?<\/\1>/g, "");
  assertEquals([...frame.matchAll(/\s(?:src|style|on\w+)=/g)], []);
  const links = [...frame.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);
  assert(links.length > 0);
  assertEquals(
    links.filter((href) => !/^(?:data:|\/(?:api|metrics))/.test(href)),
    [],
  );
});

Deno.test("it holds the licence of the library in it", () => {
  assert(HTML.includes("Permission is hereby granted, free of charge"));
  assert(HTML.includes("Jason Miller"));
});

Deno.test("its sources write no HTML of their own", async () => {
  const found: string[] = [];
  for await (const file of sources(new URL("web/", ROOT))) {
    const text = await Deno.readTextFile(file);
    if (
      /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|DOMParser|srcdoc|\beval\(|new Function/
        .test(text)
    ) found.push(file.pathname);
  }
  assertEquals(found, []);
});

async function hashOf(element: string): Promise<string> {
  const parts = [
    ...HTML.matchAll(new RegExp(`<${element}>([^]*?)</${element}>`, "g")),
  ];
  assertEquals(parts.length, 1);
  const bytes = new TextEncoder().encode(parts[0]![1]);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `sha256-${new Uint8Array(digest).toBase64()}`;
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}

async function* sources(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (/\.(?:tsx?|html)$/.test(name)) yield new URL(name, folder);
  }
}
