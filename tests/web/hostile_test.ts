/**
 * Names of containers, paths and messages are chosen by whoever sends requests:
 * the page writes them as text, and its Content-Security-Policy holds if it did
 * not.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { drawn, openPage, pageTest, READY, texts } from "./page.ts";

/** Texts that would be markup, script or style if they were not written as text. */
const HOSTILE = [
  `<img src=x onerror="globalThis.owned=1">`,
  `"><script>globalThis.owned=1</script>`,
  `javascript:globalThis.owned=1`,
  `</style><style>*{display:none}</style>`,
  `{{constructor.constructor('owned=1')()}}`,
  `' autofocus onfocus='globalThis.owned=1`,
  `__proto__`,
];

for (const [at, hostile] of HOSTILE.entries()) {
  pageTest(
    `a hostile text stays text in every view (${at + 1})`,
    async (scene) => {
      const { tab, stub } = scene;
      // Each text of each answer that is no number, time or fixed word.
      Object.assign(stub.answers, poisoned(stub.answers, hostile));
      await openPage(scene);
      await tab.click(".row[data-id]");
      await tab.until("document.querySelector('.details')");
      assertStringIncludes(
        (await texts(scene, ".details"))[0]!,
        squeezed(hostile),
      );
      assertStringIncludes(
        (await texts(scene, ".row .who"))[0]!,
        squeezed(hostile),
      );
      for (
        const [hash, press, shown] of [
          ["#clients", "tbody th button", ".chosen"],
          ["#streams", ".sort", ".streams tbody"],
          ["#unused", ".least .copy", ".least"],
        ] as const
      ) {
        await tab.value(`location.hash = "${hash}"`);
        await tab.until(`document.querySelector("${press}")`);
        await tab.click(press);
        await tab.until(`document.querySelector("${shown}")`);
        await drawn(scene);
        assertStringIncludes(
          (await texts(scene, shown)).join(" "),
          squeezed(hostile),
        );
      }
      assertEquals(
        await tab.value(
          "[globalThis.owned, document.querySelectorAll('img, #page script, #page style, iframe, object').length, document.querySelectorAll('style').length]",
        ),
        [null, 0, 1],
      );
    },
  );
}

pageTest("what cannot be seen in a name is shown", async (scene) => {
  const { tab, stub } = scene;
  Object.assign(
    stub.answers,
    poisoned(stub.answers, "web\u202egnp.exe\u0000\u200b\n"),
  );
  await openPage(scene);
  const [who] = await texts(scene, ".row .who");
  assertStringIncludes(who!, "web\\u{202e}gnp.exe\\u{0}\\u{200b}\\u{a}");
  void tab;
});

pageTest(
  "a container cannot be called like a part of the page's own state",
  async (scene) => {
    const { tab, stub } = scene;
    const { clients } = stub.answers["/api/v1/clients"];
    Object.assign(stub.answers["/api/v1/clients"], {
      clients: ["__proto__", "constructor", "toString"].map((name) => ({
        name,
        operations: clients[0]!.operations.map((use) => ({
          ...use,
          operation: `${name}.list`,
        })),
      })),
    });
    await openPage(scene, "#clients", "document.querySelector('.matrix')");
    assertEquals(await texts(scene, ".matrix tbody th"), [
      "__proto__",
      "constructor",
      "toString",
    ]);
    await tab.click(".matrix tbody td button");
    await tab.until("document.querySelector('.chosen')");
  },
);

pageTest(
  "the Content-Security-Policy lets the page's own script and style run, and no other",
  async ({ tab, stub }) => {
    await tab.go(stub.url);
    await tab.until(READY);
    assertEquals(tab.wrongs, []);
    const blocked = await tab.value(`new Promise((resolve) => {
    const seen = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
      seen.push(effectiveDirective);
      if (seen.length === 3) resolve(seen.sort());
    });
    const add = (name, set) =>
      document.body.append(Object.assign(document.createElement(name), set));
    add("script", { textContent: "globalThis.owned = 1" });
    add("style", { textContent: "body { display: none }" });
    fetch("http://127.0.0.2:1/").catch(() => {});
  })`);
    assertEquals(blocked, ["connect-src", "script-src-elem", "style-src-elem"]);
    assertEquals(await tab.value("globalThis.owned === undefined"), true);
    tab.wrongs.length = 0;
  },
);

pageTest("the page asks nobody but the admin listener", async (scene) => {
  const { tab, stub } = scene;
  const asked: string[] = [];
  await tab.send("Network.enable");
  tab.on("Network.requestWillBeSent", ({ request }) => asked.push(request.url));
  await openPage(scene);
  const foreign = asked.filter((url) =>
    !url.startsWith(stub.url) && !url.startsWith("data:")
  );
  assertEquals(foreign, []);
  assertEquals(asked.includes(`${stub.url}api/v1/events`), true);
});

/** Keys whose values are words that the API fixes, times, or what the page reads as such. */
const FIXED = new Set([
  "decision",
  "kind",
  "effect",
  "time",
  "started",
  "now",
  "loaded",
  "at",
  "since",
  "end",
  "last_used",
  "last_refused",
  "checked",
]);

/** The same answers with a text in place of each that somebody could choose. */
function poisoned<T>(value: T, text: string, key = ""): T {
  if (typeof value === "string") {
    return (FIXED.has(key) || value === "" ? value : text) as T;
  }
  if (Array.isArray(value)) {
    return value.map((one) => poisoned(one, text, key)) as T;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        name,
        poisoned(one, text, name),
      ]),
    ) as T;
  }
  return value;
}

/** A text as a browser shows it: runs of blanks are one. */
function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
