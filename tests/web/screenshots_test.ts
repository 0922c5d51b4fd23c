/**
 * Pictures of the page for the documentation. They are taken in each run, and
 * written to `docs/` only where that is asked for, since letters differ from
 * machine to machine:
 *
 * ```sh
 * SOCKWARDEN_SCREENSHOTS=1 deno task test tests/web/screenshots_test.ts
 * ```
 */

import { assert, assertEquals } from "@std/assert";
import type { Look } from "./cdp.ts";
import { drawn, openPage, pageTest } from "./page.ts";

const DOCS = new URL("../../docs/", import.meta.url);
/** What a picture may weigh in bytes. */
const MAX_BYTES = 200_000;

/** Each picture: the view, what is pressed in it, and how it is looked at. */
const PICTURES: Readonly<
  Record<string, readonly [hash: string, press: string | null, look: Look]>
> = {
  "page-light.png": ["#decisions", ".row.refused", { height: 800 }],
  "page-dark.png": [
    "#clients",
    "tbody tr:nth-child(2) td:nth-child(2) button",
    { height: 800, dark: true },
  ],
  "page-phone.png": ["#decisions", null, { width: 390, height: 844 }],
};

for (const [file, [hash, press, look]] of Object.entries(PICTURES)) {
  pageTest(
    `docs/${file} is taken, and is a picture of its size`,
    async (scene) => {
      const { tab } = scene;
      await openPage(
        scene,
        hash,
        "document.querySelector('.link.live') && document.querySelector('.plot') && document.querySelector('.row[data-id], .matrix')",
      );
      if (press !== null) {
        await tab.click(press);
        await tab.until("document.querySelector('.details, .chosen')");
        // No button keeps the look of the pointer, and the list its place.
        await tab.value("document.activeElement.blur(); scrollTo(0, 0)");
      }
      await drawn(scene);
      const { data } = await tab.send("Page.captureScreenshot", {
        format: "png",
      });
      const bytes = Uint8Array.fromBase64(data);
      const view = new DataView(bytes.buffer);
      // Where the header of a PNG has its width and its height.
      assertEquals(
        [view.getUint32(16), view.getUint32(20)],
        [look.width ?? 1280, look.height],
      );
      assert(bytes.length < MAX_BYTES, `${bytes.length} bytes`);
      // One colour alone would weigh less.
      assert(bytes.length > 10_000, `${bytes.length} bytes`);
      if (Deno.env.has("SOCKWARDEN_SCREENSHOTS")) {
        await Deno.writeFile(new URL(file, DOCS), bytes);
      }
      assert((await Deno.stat(new URL(file, DOCS))).size > 0);
    },
    look,
  );
}
