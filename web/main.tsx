/**
 * The page of the admin listener: live decisions, who uses what, open streams,
 * and what is granted for nothing. It only reads.
 *
 * @module
 */

import { render } from "preact";
import { followHash, scrolled } from "./acts.ts";
import { connect } from "./live.ts";
import { refresh } from "./load.ts";
import { createPage } from "./page.ts";
import { App } from "./views/app.tsx";

/** Milliseconds between two drawings that no person caused: more can nobody read. */
const DRAW_MS = 100;
/** How many times as long as drawing takes the page then waits: a slow machine stays free. */
const REST = 4;
const TICK_MS = 1000;

const root = document.getElementById("page")!;
let drawnAt = -Infinity;
let pause = DRAW_MS;
let frame: number | null = null;
let timer: ReturnType<typeof setTimeout> | null = null;

const page = createPage((soon) => {
  const wait = soon ? 0 : drawnAt + pause - performance.now();
  if (wait <= 0) drawInFrame();
  else timer ??= setTimeout(drawInFrame, wait);
});

/** Draws once in the next frame, however often it is asked for. */
function drawInFrame(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  frame ??= requestAnimationFrame(() => {
    frame = null;
    drawnAt = performance.now();
    render(<App page={page} />, root);
    pause = Math.max(DRAW_MS, REST * (performance.now() - drawnAt));
  });
}

connect(page);
setInterval(() => refresh(page), TICK_MS);
addEventListener("hashchange", () => followHash(page, location.hash));
addEventListener("scroll", () => scrolled(page), { passive: true });
addEventListener("online", () => page.link?.retry());
document.addEventListener("visibilitychange", () => refresh(page));
