/**
 * The page for those who use a keyboard, a screen reader, a phone, or who want
 * nothing to move.
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import axe from "axe-core";
import type { Look, Tab } from "./cdp.ts";
import { openPage, pageTest } from "./page.ts";
import { decision, refusal } from "./samples.ts";
import type { Stub } from "./stub.ts";

/** How a person may look at it. */
const LOOKS: Readonly<Record<string, Look>> = {
  "in light colours": {},
  "in dark colours": { dark: true },
  "at 390 px": { width: 390, height: 844 },
  "at 390 px in dark colours": { width: 390, height: 844, dark: true },
};

/** Each view, and what is opened in it. */
const VIEWS = [
  ["#decisions", ".row.refused", ".details"],
  ["#clients", "tbody tr:nth-child(2) th button", ".chosen"],
  ["#streams", ".sort", "[aria-sort]"],
  ["#unused", ".policy .copy", ".least"],
] as const;

for (const [name, look] of Object.entries(LOOKS)) {
  pageTest(`axe finds no violation ${name}`, async (scene) => {
    const { tab, stub } = scene;
    for (const [hash, press, opened] of VIEWS) {
      await tab.go("about:blank");
      await openPage(scene, hash, SHOWN);
      await tab.until(`document.querySelector(${JSON.stringify(press)})`);
      assertEquals(await violations(tab), [], hash);
      await tab.value(
        `document.querySelector(${JSON.stringify(press)}).click()`,
      );
      await tab.until(`document.querySelector('${opened}')`);
      assertEquals(await violations(tab), [], `${hash}, opened`);
    }
    await showTroubles(tab, stub);
    assertEquals(await violations(tab), [], "with a banner");
    stub.token = "right";
    await tab.go("about:blank");
    await openPage(scene, "", "document.querySelector('#token')");
    assertEquals(await violations(tab), [], "with the form for a token");
  }, look);
}

pageTest(
  "the tab key goes through the page in its order, and the focus is seen",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    const seen: string[] = [];
    for (let i = 0; i < 16; i++) {
      await tab.press("Tab");
      const [name, outline] = await tab.value<[string, boolean]>(FOCUSED);
      seen.push(name);
      assert(outline, `no focus is seen on ${name}`);
    }
    assertEquals(seen, [
      "Skip to the content",
      "Requests, last hour",
      "Refused and failed, last hour",
      "Latency, last hour",
      "Decisions",
      "Clients",
      "Streams",
      "Unused grants",
      "all",
      "Client",
      "Operation",
      "Text in path, rule, message or name",
      "Pause",
      "first row",
      "end",
      "Skip to the content",
    ]);
  },
);

pageTest(
  "arrow keys go through the rows, Enter opens one and Escape closes it",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    await tab.value("document.querySelector('.row[data-id]').focus()");
    const at = "document.activeElement.dataset.id";
    const first = await tab.value(at);
    await tab.press("ArrowDown");
    await tab.press("ArrowDown");
    const third = await tab.value<string>(at);
    assertNotEquals(third, first);
    await tab.press("Enter");
    await tab.until("document.querySelector('.details')");
    assertEquals(
      await tab.value("document.activeElement.getAttribute('aria-expanded')"),
      "true",
    );
    await tab.press("Tab");
    assertEquals(
      await tab.value("document.activeElement.closest('.details') !== null"),
      true,
    );
    await tab.press("Escape");
    await tab.until("!document.querySelector('.details')");
    assertEquals(await tab.value(at), third);
    await tab.press("End");
    assertEquals(
      await tab.value(
        "document.activeElement === [...document.querySelectorAll('.row[data-id]')].at(-1)",
      ),
      true,
    );
    await tab.press("Home");
    assertEquals(await tab.value(at), first);
  },
);

pageTest(
  "the skip link leads to the content, and arrow keys read a chart",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    await tab.press("Tab");
    await tab.press("Enter");
    assertEquals(await tab.value("document.activeElement.id"), "main");
    await tab.value("document.querySelector('.plot').focus()");
    const text = "document.activeElement.getAttribute('aria-valuetext')";
    const before = await tab.value<string>(text);
    await tab.press("ArrowLeft");
    await tab.until(`${text} !== ${JSON.stringify(before)}`);
    assert(/^\d\d:\d\d:\d\d: all [\d.]+\/s$/.test(await tab.value(text)));
  },
);

pageTest("many refusals are told in few sentences", async (scene) => {
  const { tab, stub } = scene;
  await openPage(scene);
  await tab.value(`
    globalThis.sentences = [];
    new MutationObserver(() =>
      sentences.push(document.querySelector("[role=status]").innerText)
    ).observe(document.querySelector("[role=status]"), {
      characterData: true, childList: true, subtree: true,
    });`);
  for (let id = 6000; id < 6200; id++) {
    stub.send("decisions", { decisions: [refusal(id)], skipped: 0 });
  }
  await tab.until(
    "document.querySelector('.row[data-id]').dataset.id === '6199'",
  );
  const sentences = await tab.value<string[]>("sentences");
  assertEquals(sentences, [
    "1 refusal, the last of portainer: container.restart.",
  ]);
  // The list itself is no live region.
  assertEquals(
    await tab.value(
      "document.querySelectorAll('[aria-live], [role=log]').length",
    ),
    1,
  );
});

pageTest(
  "nothing moves by itself where less motion is wanted",
  async (scene) => {
    const { tab, stub } = scene;
    await openPage(scene);
    stub.send("decisions", { decisions: [decision(6000)], skipped: 0 });
    await tab.until(
      "document.querySelector('.row[data-id]').dataset.id === '6000'",
    );
    assertEquals(
      await tab.value(`[...document.querySelectorAll("*")].filter((one) => {
      const { transitionDuration, animationName } = getComputedStyle(one);
      return transitionDuration !== "0s" || animationName !== "none";
    }).length`),
      0,
    );
  },
  { reducedMotion: true },
);

pageTest(
  "nothing is wider than a phone but what can be pushed",
  async (scene) => {
    const { tab } = scene;
    for (const [hash] of VIEWS) {
      await tab.go("about:blank");
      await openPage(scene, hash, SHOWN);
      assertEquals(
        await tab.value("document.documentElement.scrollWidth"),
        390,
        hash,
      );
    }
  },
  { width: 390, height: 844 },
);

/** Is true once a view has its content, whichever it is. */
const SHOWN =
  "document.querySelector('.link.live') && document.querySelector('.plot') && document.querySelector('.row[data-id], .matrix, .streams, .least')";

/** What has the focus, and whether that is seen. */
const FOCUSED = `(() => {
  const one = document.activeElement;
  if (one === document.body) return ["end", true];
  const label = one.closest("label");
  const seen = label?.querySelector("span") ?? one;
  const name = one.dataset.id !== undefined
    ? "first row"
    : one.getAttribute("aria-label") ?? (label ?? one).innerText;
  return [
    name.replace(/[\\d,]+$/, "").trim(),
    getComputedStyle(seen).outlineStyle !== "none",
  ];
})()`;

async function violations(tab: Tab): Promise<string[]> {
  if (await tab.value("globalThis.axe === undefined")) {
    await tab.value(`${axe.source}; undefined`);
  }
  return await tab.value(`axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }).then(({ violations }) => violations.map(({ id, nodes }) =>
    id + ": " + nodes.map(({ html, failureSummary }) =>
      html.slice(0, 200) + " " + failureSummary).join("; ")))`);
}

async function showTroubles(tab: Tab, stub: Stub): Promise<void> {
  const state = stub.answers["/api/v1/state"];
  stub.send("state", {
    ...state,
    engine: { ...state.engine, up: false },
    policy: {
      ...state.policy,
      dry_run: true,
      reload: { at: state.now, ok: false, message: "policy.yaml:3:1: no key" },
    },
  });
  await tab.until("document.querySelectorAll('.banner p').length === 2");
}
