/**
 * The page, as it is answered: static, and the same for everybody. It holds no
 * data; its script asks for that, with the token where one is wanted.
 *
 * @module
 */

import type { Reply } from "./reply.ts";

/** `GET /`. */
export async function pageReply(): Promise<Reply> {
  // It is loaded when it is asked for: few processes ever are.
  const { PAGE_GZIP_BASE64, PAGE_SCRIPT_HASH, PAGE_STYLE_HASH } = await import(
    "./page_data.ts"
  );
  const policy = [
    "default-src 'none'",
    `script-src '${PAGE_SCRIPT_HASH}'`,
    `style-src '${PAGE_STYLE_HASH}'`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return {
    status: 200,
    type: "text/html; charset=utf-8",
    // There is no other form: every browser takes this one.
    body: Uint8Array.fromBase64(PAGE_GZIP_BASE64),
    fields:
      `Content-Encoding: gzip\r\nContent-Security-Policy: ${policy}\r\nCross-Origin-Opener-Policy: same-origin\r\n`,
  };
}
