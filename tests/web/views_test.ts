/**
 * The head line, the charts, the matrix, the streams and the unused grants.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { openPage, pageTest, texts } from "./page.ts";

pageTest("the head line says how the proxy is", async (scene) => {
  await openPage(scene);
  assertEquals(await texts(scene, ".gauges > div"), [
    "Engine up Docker 29.1.2, API 1.52",
    "Policy 9f2c41d0 reloaded 3 h ago",
    "Requests 14/s 1,482,091 in 11 d 4 h",
    "Refused 0.2/s 2,744 refused, 37 failed",
    "Connections 23 of 1,024; 5 streams",
    "Memory 6.4 MiB 18 KiB of bodies held",
  ]);
});

pageTest(
  "the charts show the last full value, and the one under the pointer",
  async (scene) => {
    const { tab, stub } = scene;
    Object.assign(stub.answers["/api/v1/series"], {
      requests: Array.from({ length: 360 }, (_, at) => at * 10),
    });
    await openPage(scene);
    const chart = ".charts figure:first-child";
    assertStringIncludes((await texts(scene, chart))[0]!, "all 358/s");
    const [x, y] = await tab.value<[number, number]>(`(() => {
    const { left, top, width } = document.querySelector("${chart} .plot").getBoundingClientRect();
    return [left + width * 0.5, top + 10];
  })()`);
    await tab.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
    await tab.until(
      `document.querySelector("${chart}").innerText.includes("180/s")`,
    );
    // The moment is the same in all of them.
    assertEquals(
      await tab.value("document.querySelectorAll('.cursor').length"),
      3,
    );
  },
);

pageTest(
  "the matrix tells what is granted, used, unused and refused",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene, "#clients", "document.querySelector('.matrix')");
    assertEquals(await texts(scene, ".matrix thead th"), [
      "Client",
      "container",
      "exec",
      "image",
      "build",
      "network",
      "volume",
      "system",
      "libpod.container",
    ]);
    const cell = ".matrix tbody tr:nth-child(2) td:nth-child(2)";
    // In shapes with numbers, and in words for who does not see them.
    assertEquals(
      await tab.value(
        `[...document.querySelectorAll("${cell} .counts > span")].map((one) => one.className + one.innerText)`,
      ),
      ["used3", "unused2", "refused1"],
    );
    assertEquals(
      await tab.value(`document.querySelector("${cell} .away").textContent`),
      "3 granted and used, 2 granted, unused, 1 refused",
    );
    assertEquals(
      await tab.value(
        `new Set([...document.querySelectorAll(".legend path")].map((one) => one.getAttribute("d") + getComputedStyle(one).fill)).size`,
      ),
      4,
    );
    await tab.click(`${cell} button`);
    await tab.until("document.querySelector('.chosen')");
    // How long it takes to get here is the machine's matter.
    const rows = (await texts(scene, ".chosen tbody tr")).map((row) =>
      row.replace(/\d+ (?:min(?: \d+ s)?|s) ago/g, "a while ago")
    );
    assertEquals(rows.length, 6);
    assertEquals(
      rows.find((row) => row.startsWith("container.restart")),
      "container.restart refused write 0 never 41 a while ago",
    );
    assertEquals(
      rows.find((row) => row.startsWith("container.list")),
      "container.list granted and used read 5,120 a while ago 0 never container.*:read (policy.yaml:12:9)",
    );
    await tab.click(".matrix tbody tr:nth-child(2) th button");
    await tab.until("document.querySelector('.chosen .facts')");
    const [facts] = await texts(scene, ".chosen .facts");
    assertStringIncludes(facts!, "deny exec.* policy.yaml:16:9");
    assertStringIncludes(facts!, "containers of project shop");
  },
);

pageTest(
  "open streams have client, age, bytes and rate, and are sorted by them",
  async (scene) => {
    const { tab } = scene;
    await openPage(scene, "#streams", "document.querySelector('.streams')");
    const rows = () => texts(scene, ".streams tbody tr");
    assertEquals(
      (await rows())[3],
      "ci runner-1 image.build POST /v1.47/build upload 1 min 28 s 700 MiB 20.5 KiB 18 MiB/s",
    );
    assertStringIncludes((await rows())[0]!, "system.events");
    await tab.click(".streams th:last-child button");
    await tab.until(
      "document.querySelector('.streams th:last-child').ariaSort === 'descending'",
    );
    assertStringIncludes((await rows())[0]!, "image.build");
  },
);

pageTest(
  "unused grants are listed, with the least policy to copy",
  async (scene) => {
    const { tab, stub } = scene;
    await openPage(scene, "#unused", "document.querySelector('.least')");
    await tab.send("Browser.grantPermissions", {
      origin: new URL(stub.url).origin,
      permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"],
    });
    const [first, second] = await texts(scene, ".least");
    assertStringIncludes(first!, "portainer 5 unused operations");
    assertStringIncludes(first!, "volume.delete");
    assertStringIncludes(second!, "traefik uses all that is granted");
    await tab.click(".policy .copy");
    await tab.until(
      "document.querySelector('.policy .copy').innerText === 'Copied'",
    );
    assertEquals(
      await tab.value("navigator.clipboard.readText()"),
      stub.answers["/api/v1/unused"].clients[0]!.policy,
    );
  },
);

pageTest(
  "where there is nothing yet, each view says what to do",
  async (scene) => {
    const { tab, stub } = scene;
    Object.assign(stub.answers, {
      "/api/v1/decisions": { decisions: [], next: null },
      "/api/v1/streams": { total: 0, streams: [] },
      "/api/v1/clients": { since: "2026-01-15T10:00:00.000Z", clients: [] },
      "/api/v1/unused": { since: "2026-01-15T10:00:00.000Z", clients: [] },
    });
    for (
      const [hash, text] of [
        ["#decisions", "Point a program at the Docker listener"],
        ["#clients", "Grant with a switch"],
        ["#streams", "No stream is open."],
        ["#unused", "nothing to take away"],
      ] as const
    ) {
      await tab.go("about:blank");
      await openPage(
        scene,
        hash,
        `document.querySelector('.empty')?.innerText.includes(${
          JSON.stringify(text)
        })`,
      );
    }
  },
);
