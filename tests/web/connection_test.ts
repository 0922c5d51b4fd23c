/**
 * The token, and a stream that breaks.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openPage, pageTest, READY, texts } from "./page.ts";
import { decision } from "./samples.ts";

const FORM = "document.querySelector('#token')";

pageTest(
  "where a token is wanted the page asks for it, and keeps it in this tab only",
  async (scene) => {
    const { tab, stub } = scene;
    stub.token = "s3cret";
    await openPage(scene, "", FORM);
    assertEquals(await tab.value("document.activeElement.id"), "token");
    await tab.type("wrong");
    await tab.press("Enter");
    await tab.until("document.querySelector('[role=alert]')");
    assertEquals(
      await texts(scene, "[role=alert]"),
      ["This token was not accepted."],
    );
    assertEquals(await tab.value("sessionStorage.length"), 0);

    await tab.value(`${FORM}.value = ""`);
    await tab.value(`${FORM}.focus()`);
    await tab.type("s3cret");
    await tab.press("Enter");
    await tab.until(READY);
    assertEquals(
      await tab.value(
        "[localStorage.length, document.cookie, location.href.includes('s3cret')]",
      ),
      [0, "", false],
    );
    assert(!stub.asked.some((path) => path.includes("s3cret")));

    // It is there after a reload, and gone when it is to be forgotten.
    await openPage(scene);
    await tab.click(".name button");
    await tab.until(FORM);
    assertEquals(await tab.value("sessionStorage.length"), 0);
    assertEquals(await texts(scene, ".row"), []);
  },
);

pageTest(
  "a token that is no longer accepted is asked for again",
  async (scene) => {
    const { tab, stub } = scene;
    stub.token = "one";
    await openPage(scene, "", FORM);
    await tab.type("one");
    await tab.press("Enter");
    await tab.until(READY);
    stub.token = "two";
    stub.cut();
    await tab.until("document.querySelector('.banner button')");
    await tab.click(".banner button");
    await tab.until(FORM);
  },
);

pageTest(
  "a stream that breaks is told, and the page connects again and misses nothing",
  async (scene) => {
    const { tab, stub } = scene;
    await openPage(scene);
    stub.down = true;
    stub.cut();
    await tab.until("document.querySelector('.banner')");
    const [banner] = await texts(scene, ".banner");
    assertStringIncludes(banner!, "The stream broke: ");
    assertStringIncludes(banner!, "What is shown is old.");
    await tab.until("document.title === '(no connection) sockwarden'");
    await tab.click(".banner button");
    await tab.until(
      "document.querySelector('.banner')?.innerText.includes('too many readers')",
    );
    const answers = stub.answers["/api/v1/decisions"];
    Object.assign(answers, {
      decisions: [decision(6000), ...answers.decisions],
    });
    stub.down = false;
    await tab.click(".banner button");
    await tab.until(
      "!document.querySelector('.banner') && document.querySelector('.row[data-id]').dataset.id === '6000'",
    );
    await tab.until("document.title === 'sockwarden'");
  },
);

pageTest("it connects again by itself", async (scene) => {
  const { tab, stub } = scene;
  await openPage(scene);
  stub.cut();
  await tab.until("document.querySelector('.link.broken')");
  await tab.until("document.querySelector('.link.live')");
});

pageTest(
  "an engine that is down and a policy that was not read are told",
  async (scene) => {
    const { tab, stub } = scene;
    await openPage(scene);
    const state = stub.answers["/api/v1/state"];
    stub.send("state", {
      ...state,
      engine: { ...state.engine, up: false },
      policy: {
        ...state.policy,
        reload: {
          at: state.now,
          ok: false,
          message: "policy.yaml:3:1: no key",
        },
      },
      totals: { ...state.totals, log_lines_dropped: 3 },
      audit: { on: true, dropped: 2 },
    });
    await tab.until("document.querySelectorAll('.banner p').length === 4");
    const [banner] = await texts(scene, ".banner");
    assertStringIncludes(banner!, "The engine at unix:///var/run/docker.sock");
    assertStringIncludes(banner!, "policy.yaml:3:1: no key");
    assertStringIncludes(banner!, "3 lines of the log were dropped");
    assertStringIncludes(banner!, "2 lines of the audit were dropped");
    assertStringIncludes((await texts(scene, ".gauges"))[0]!, "Engine down");
    await tab.until("document.title === '(engine down) sockwarden'");
  },
);
