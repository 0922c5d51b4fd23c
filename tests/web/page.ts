/**
 * Tests of the page in a browser: each has a browser, a tab and a stub of the
 * admin listener of its own.
 */

import { assertEquals } from "@std/assert";
import {
  type Browser,
  findBrowser,
  type Look,
  startBrowser,
  type Tab,
} from "./cdp.ts";
import { startStub, type Stub } from "./stub.ts";

/** What a test has. */
export interface Scene {
  readonly browser: Browser;
  readonly tab: Tab;
  readonly stub: Stub;
}

/** Is true once the stream runs and its first rows are there. */
export const READY =
  "document.querySelector('.link.live') && document.querySelector('.plot') && document.querySelector('.row[data-id]')";

/**
 * Registers a test; it is skipped where no browser is. At its end the page must
 * have thrown nothing, and its Content-Security-Policy must have held.
 */
export function pageTest(
  name: string,
  body: (scene: Scene) => Promise<void>,
  look: Look = {},
): void {
  Deno.test({
    name,
    ignore: findBrowser() === null,
    async fn() {
      const stub = startStub();
      const browser = await startBrowser();
      try {
        const tab = await browser.open(look);
        await body({ browser, tab, stub });
        assertEquals(tab.wrongs, []);
      } finally {
        await browser.close();
        await stub.close();
      }
    },
  });
}

/** Opens a view and waits until the page runs. */
export async function openPage(
  { tab, stub }: Scene,
  hash = "",
  ready = READY,
): Promise<void> {
  await tab.go(stub.url + hash);
  await tab.until(ready);
}

/** The text of what a selector finds, as it is seen; one for each. */
export function texts({ tab }: Scene, selector: string): Promise<string[]> {
  return tab.value(
    `[...document.querySelectorAll(${
      JSON.stringify(selector)
    })].map((one) => one.innerText.replaceAll(/\\s+/g, " ").trim())`,
  );
}

/** Waits for two frames: what was asked for before them is drawn. */
export async function drawn({ tab }: Scene): Promise<void> {
  await tab.value(
    "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))",
  );
}
