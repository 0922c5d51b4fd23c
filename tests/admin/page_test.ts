/**
 * The page as it is answered. What it does in a browser is in `tests/web/`.
 */

import { assertEquals } from "@std/assert";
import {
  PAGE_SCRIPT_HASH,
  PAGE_STYLE_HASH,
} from "../../lib/admin/page_data.ts";
import { pageReply } from "../../lib/admin/page.ts";
import { replyBytes } from "../../lib/admin/reply.ts";

Deno.test("the page is sent compressed, with a policy that lets nothing else run", async () => {
  const reply = await pageReply();
  const head = new TextDecoder().decode(replyBytes(reply, true, false));
  const [line, ...fields] = head.trimEnd().split("\r\n");
  assertEquals(line, "HTTP/1.1 200 OK");
  assertEquals(fields.filter((field) => !/^Content-Length: \d+$/.test(field)), [
    "Content-Type: text/html; charset=utf-8",
    "Content-Encoding: gzip",
    `Content-Security-Policy: default-src 'none'; script-src '${PAGE_SCRIPT_HASH}'; style-src '${PAGE_STYLE_HASH}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    "Cross-Origin-Opener-Policy: same-origin",
    "X-Content-Type-Options: nosniff",
    "Referrer-Policy: no-referrer",
    "Cross-Origin-Resource-Policy: same-origin",
    "Cache-Control: no-store",
  ]);
  const body = reply.body as Uint8Array<ArrayBuffer>;
  const html = await new Response(
    new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip")),
  ).text();
  assertEquals(html.startsWith("<!doctype html>"), true);
});
