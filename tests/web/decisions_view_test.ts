/**
 * The list of decisions, in a browser.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Decision } from "../../lib/admin/api.ts";
import { drawn, openPage, pageTest, type Scene, texts } from "./page.ts";
import { decision, refusal, remediesFor } from "./samples.ts";

const IDS =
  "[...document.querySelectorAll('.row[data-id]')].map((row) => Number(row.dataset.id))";

function send({ stub }: Scene, ...decisions: Decision[]): void {
  stub.send("decisions", { decisions, skipped: 0 });
}

pageTest(
  "a refusal that the stream brings is shown first, and opens to its reason, rule and remedies",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    send(
      scene,
      refusal(6000, {
        remedies: remediesFor("container.restart", "portainer"),
      }),
    );
    await tab.until(`${IDS}[0] === 6000`);
    await tab.click(".row[data-id='6000']");
    await tab.until("document.querySelector('.details')");
    const [row] = await texts(scene, ".row[data-id='6000']");
    assertStringIncludes(row!, "refused");
    const [details] = await texts(scene, ".details");
    for (
      const part of [
        "policy.not_granted",
        "is not allowed; to allow it add container.restart",
        "Rule none grants it",
        "CONTAINERS=1 POST=1",
        "--allow container.restart",
        "- container.restart",
        "in allow of client 'portainer'",
        "172.18.0.7",
        "01JHM3Z7Q0T5",
      ]
    ) assertStringIncludes(details!, part);
    await tab.click(".row[data-id='6000']");
    await tab.until("!document.querySelector('.details')");
  },
);

pageTest(
  "the rule is told by its file and line, and by what it says",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    send(scene, refusal(6000, { rule: "policy.yaml:24:9 guard strict" }));
    await tab.until(`${IDS}[0] === 6000`);
    await tab.click(".row[data-id='6000']");
    await tab.until("document.querySelector('.details')");
    const [details] = await texts(scene, ".details");
    assertStringIncludes(
      details!,
      "Rule guard strict at policy.yaml:24:9",
    );
  },
);

pageTest(
  "a decision that was allowed opens without remedies",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    await tab.click(".row.allowed");
    await tab.until("document.querySelector('.details')");
    assertEquals(await texts(scene, ".remedies"), []);
  },
);

pageTest(
  "a copy button puts exactly its line into the clipboard",
  async (scene) => {
    const { tab, stub } = scene;
    await openPage(scene);
    await tab.send("Browser.grantPermissions", {
      origin: new URL(stub.url).origin,
      permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"],
    });
    const remedies = remediesFor("container.restart", "portainer");
    send(scene, refusal(6000, { remedies }));
    await tab.until(`${IDS}[0] === 6000`);
    await tab.click(".row[data-id='6000']");
    await tab.until("document.querySelectorAll('.remedies li').length === 3");
    for (const [at, { text }] of remedies.entries()) {
      const button = `.remedies li:nth-child(${at + 1}) .copy`;
      await tab.click(button);
      await tab.until(
        `document.querySelector("${button}").innerText === 'Copied'`,
      );
      assertEquals(await tab.value("navigator.clipboard.readText()"), text);
    }
    await tab.until(
      "document.querySelector('[role=status]').innerText === 'Copied: the policy line.'",
    );
  },
);

pageTest(
  "a copy button copies by selection where the page has no clipboard",
  async (scene) => {
    const { tab } = scene;
    await tab.send("Page.addScriptToEvaluateOnNewDocument", {
      source: `
      Object.defineProperty(navigator, "clipboard", { value: undefined });
      document.addEventListener("copy", () => {
        globalThis.selected = document.activeElement.value;
      });`,
    });
    await openPage(scene);
    await tab.click(".row.refused");
    await tab.until("document.querySelector('.remedies .copy')");
    await tab.click(".remedies .copy");
    await tab.until("globalThis.selected !== undefined");
    assertEquals(await tab.value("selected"), "- container.restart");
    // The keyboard is where it was.
    assertEquals(
      await tab.value("document.activeElement.matches('.remedies .copy')"),
      true,
    );
  },
);

pageTest(
  "filters show what matches, ask for the history, and stand in the address",
  async (scene) => {
    const { tab, stub } = scene;
    await openPage(scene);
    const all = await tab.value<number>(`${IDS}.length`);
    await tab.click(".choice label:has([value=refused])");
    await tab.until("!document.querySelector('.row.allowed')");
    assert(await tab.value<number>(`${IDS}.length`) < all);
    await tab.until("location.hash === '#decisions?decision=refused'");
    send(scene, decision(7000), refusal(7001));
    await tab.until(`${IDS}[0] === 7001`);
    assert(!(await tab.value<number[]>(IDS)).includes(7000));

    await tab.value("document.querySelector('.filters .text').focus()");
    await tab.type("docker.sock");
    await tab.until(
      "[...document.querySelectorAll('.row[data-id]')].every((row) => row.innerText.includes('container.create'))",
    );
    await tab.until("location.hash.includes('text=docker.sock')");
    await until(scene, "/api/v1/decisions?decision=refused&text=docker.sock");

    await tab.click(".filters button");
    await tab.until("location.hash === '#decisions'");
    await tab.until(`${IDS}.length >= ${all}`);
    assert(stub.asked.includes("/api/v1/decisions?limit=200"));
  },
);

pageTest(
  "the filters of client and operation take a choice and a group",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene, "#decisions?client=ci");
    await tab.until("document.querySelector('select').value === 'ci'");
    assert(
      (await texts(scene, ".row[data-id] .who")).every((who) =>
        who.startsWith("ci")
      ),
    );
    await tab.value("document.querySelector('[list=operations]').focus()");
    await tab.type("image.*");
    await tab.until(
      "[...document.querySelectorAll('.row[data-id]')].every((row) => row.innerText.includes('image.pull'))",
    );
    assert(await tab.value<number>(`${IDS}.length`) > 0);
  },
);

pageTest(
  "a filter that nothing matches says so, and is cleared from there",
  async (scene) => {
    const { tab, stub } = scene;
    await openPage(scene);
    Object.assign(stub.answers, {
      "/api/v1/decisions": { decisions: [], next: null },
    });
    await tab.value("document.querySelector('.filters .text').focus()");
    await tab.type("no such text");
    await tab.until("document.querySelector('.empty')");
    assertEquals(
      await texts(scene, ".empty p"),
      ["No decision matches these filters."],
    );
    send(scene, decision(8000));
    await tab.click(".empty button");
    send(scene, decision(8001));
    await tab.until(`${IDS}.includes(8001)`);
  },
);

pageTest(
  "a paused list stays as it is, counts what is new, and shows it when it resumes",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    await tab.click(".running .first");
    await tab.until(
      "document.querySelector('.running .first').innerText === 'Resume'",
    );
    const before = await tab.value(IDS);
    send(scene, decision(9000), decision(9001));
    await tab.until(
      "document.querySelector('.running').innerText.includes('Show 2 new')",
    );
    assertEquals(await tab.value(IDS), before);
    await tab.click(".running .first");
    await tab.until(`${IDS}[0] === 9001`);
  },
);

pageTest(
  "an open decision stays where it is while others come",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    await tab.click(".row.refused");
    await tab.until("document.querySelector('.details')");
    const before = await tab.value(IDS);
    send(scene, decision(9000));
    await tab.until(
      "document.querySelector('.running').innerText.includes('Show 1 new')",
    );
    assertEquals(await tab.value(IDS), before);
    await tab.click(".running button:last-child");
    await tab.until(
      `${IDS}[0] === 9000 && !document.querySelector('.details')`,
    );
  },
);

pageTest("a list whose top is scrolled away stays as it is", async (scene) => {
  const { tab } = scene;
  await openPage(scene);
  await tab.value("scrollTo(0, 700)");
  await tab.until(
    "document.querySelector('.list').getBoundingClientRect().top < 0",
  );
  await drawn(scene);
  const before = await tab.value(IDS);
  send(scene, decision(9000));
  await tab.until(
    "document.querySelector('.running').innerText.includes('Show 1 new')",
  );
  assertEquals(await tab.value(IDS), before);
  await tab.click(".running button:last-child");
  await tab.until(`${IDS}[0] === 9000`);
  assertEquals(
    await tab.value(
      "document.querySelector('.list').getBoundingClientRect().top >= 0",
    ),
    true,
  );
});

pageTest(
  "the list runs on where a filter takes away the row that had the keyboard",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene);
    await tab.click(".row.refused");
    await tab.until("document.querySelector('.narrow')");
    await tab.click(".narrow button:first-child");
    await tab.until("location.hash === '#decisions?client=portainer'");
    send(scene, refusal(9000));
    await tab.until(`${IDS}[0] === 9000`);
  },
);

pageTest(
  "older decisions are asked for where they are not here",
  async (scene) => {
    const { tab, stub } = scene;
    const list = (from: number) =>
      Array.from({ length: 100 }, (_, at) => decision(from - at));
    Object.assign(stub.answers, {
      "/api/v1/decisions": { decisions: list(5000), next: 4901 },
    });
    await openPage(scene);
    assertEquals(await tab.value(`${IDS}.length`), 100);
    Object.assign(stub.answers, {
      "/api/v1/decisions": { decisions: list(4900), next: null },
    });
    await tab.click(".foot button");
    await tab.until(`${IDS}.length === 200`);
    assert(
      stub.asked.some((path) =>
        path.startsWith("/api/v1/decisions?") && path.includes("before=4901")
      ),
    );
  },
);

pageTest("after a restart of the proxy the list begins anew", async (scene) => {
  const { tab, stub } = scene;
  await openPage(scene);
  await tab.click(".row[data-id]");
  await tab.until("document.querySelector('.details')");
  Object.assign(stub.answers, {
    "/api/v1/decisions": { decisions: [decision(3)], next: null },
  });
  const state = stub.answers["/api/v1/state"];
  stub.send("state", { ...state, started: state.now });
  await tab.until(`${IDS}.length === 1 && ${IDS}[0] === 3`);
});

pageTest("what the stream left out is counted", async (scene) => {
  const { tab, stub } = scene;
  await openPage(scene);
  stub.send("decisions", { decisions: [decision(9000)], skipped: 1234 });
  await tab.until(
    "document.querySelector('.foot').innerText.includes('1,234 came too fast')",
  );
  await drawn(scene);
});

/** Waits until the stub was asked for something. */
async function until({ tab, stub }: Scene, path: string): Promise<void> {
  while (!stub.asked.some((one) => one.startsWith(path))) {
    await drawn({ tab } as Scene);
  }
}
