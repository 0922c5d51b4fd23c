/**
 * Makes the page of the admin listener: bundles `web/` into one HTML file,
 * compresses it, and writes it as a module of the program.
 *
 * ```sh
 * deno task page                # writes lib/admin/page_data.ts
 * deno task page --check        # exit code 1 where it is out of date
 * deno task page --html > FILE  # writes the HTML itself
 * ```
 *
 * @module
 */

import { gzipSync } from "node:zlib";

const ROOT = new URL("../", import.meta.url).pathname;
/** Where the page stands in the program. */
export const PAGE_PATH = "lib/admin/page_data.ts";
/** What the page may weigh compressed, in bytes. */
export const MAX_BYTES = 60 * 1024;

/** The styles, in the order in which they apply. */
const STYLES = ["base", "head", "charts", "list", "tables"] as const;

/** The page, and what its Content-Security-Policy names. */
export interface BuiltPage {
  readonly html: string;
  /** `sha256-…` of the inline script. */
  readonly scriptHash: string;
  /** `sha256-…` of the inline style. */
  readonly styleHash: string;
}

/**
 * Bundles the page.
 *
 * @throws Where the bundler fails, or a part cannot stand inside of HTML.
 */
export async function buildPage(): Promise<BuiltPage> {
  const [frame, script, style, licence] = await Promise.all([
    Deno.readTextFile(`${ROOT}web/index.html`),
    bundle("web/main.tsx"),
    styleText(),
    Deno.readTextFile(`${ROOT}web/PREACT-LICENSE`),
  ]);
  // These would end the element that they stand in, or begin a comment.
  if (/<\/script|<!--/i.test(script)) {
    throw new Error("the script holds </script or <!--");
  }
  if (/<\//.test(style)) throw new Error("the style holds </");
  const parts: Readonly<Record<string, string>> = {
    "<!-- STYLE -->": `<style>${style}</style>`,
    "<!-- SCRIPT -->": `<script>${script}</script>`,
    "LICENCE": licence.trim(),
  };
  const places = new RegExp(Object.keys(parts).join("|"), "g");
  return {
    // By a function, since `$&` in a text would be read.
    html: frame.replace(places, (name) => parts[name]!),
    scriptHash: await hashOf(script),
    styleHash: await hashOf(style),
  };
}

/** The module that holds the page. */
export function moduleText({ html, scriptHash, styleHash }: BuiltPage): string {
  const packed = new Uint8Array(
    gzipSync(new TextEncoder().encode(html), { level: 9 }),
  );
  if (packed.length > MAX_BYTES) {
    throw new Error(
      `the page weighs ${packed.length} bytes, over ${MAX_BYTES}`,
    );
  }
  return `/**
 * The page of the admin listener. Made by \`deno task page\` from \`web/\`: do not
 * edit.
 *
 * @module
 */

/** For \`script-src\` of the page's Content-Security-Policy. */
export const PAGE_SCRIPT_HASH =
  "${scriptHash}";

/** For \`style-src\` of the page's Content-Security-Policy. */
export const PAGE_STYLE_HASH =
  "${styleHash}";

/** The HTML, compressed with gzip, in base64. */
export const PAGE_GZIP_BASE64 =
  "${packed.toBase64()}";
`;
}

/**
 * Whether the module holds another page than the sources make. The HTML is
 * compared: a compressor may write other bytes in its next version.
 */
export async function pageOutdated(): Promise<boolean> {
  const text = await Deno.readTextFile(ROOT + PAGE_PATH).catch(() => "");
  const built = await buildPage();
  return text === "" || await unpackedHtml(text) !== built.html ||
    !text.includes(built.scriptHash) || !text.includes(built.styleHash);
}

async function unpackedHtml(module: string): Promise<string> {
  const [, packed] = /"([A-Za-z0-9+/=]{1000,})"/.exec(module) ?? [];
  if (packed === undefined) return "";
  const stream = new Blob([Uint8Array.fromBase64(packed)]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).text();
}

async function bundle(entry: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--minify",
      "--platform=browser",
      "--format=iife",
      entry,
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

async function styleText(): Promise<string> {
  const texts = await Promise.all(
    STYLES.map((name) => Deno.readTextFile(`${ROOT}web/styles/${name}.css`)),
  );
  return texts.join("")
    .replaceAll(/\/\*[^]*?\*\//g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([{};,>]) ?/g, "$1")
    .trim();
}

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `sha256-${new Uint8Array(digest).toBase64()}`;
}

if (import.meta.main) {
  const [option, ...rest] = Deno.args;
  const known = [undefined, "--check", "--html"];
  if (rest.length > 0 || !known.includes(option)) {
    console.error("error: usage: deno task page [--check|--html]");
    Deno.exit(2);
  }
  if (option === "--check") {
    if (await pageOutdated()) {
      console.error(`${PAGE_PATH} is out of date: run deno task page`);
      Deno.exit(1);
    }
  } else if (option === "--html") {
    console.log((await buildPage()).html);
  } else {
    const text = moduleText(await buildPage());
    await Deno.writeTextFile(ROOT + PAGE_PATH, text);
    console.log(`${PAGE_PATH}: ${text.length} bytes`);
  }
}
