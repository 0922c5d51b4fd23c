/**
 * The page in a real browser, beside a real docker CLI and a real engine.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Browser,
  findBrowser,
  startBrowser,
  type Tab,
} from "../web/cdp.ts";
import {
  docker,
  type Dockerd,
  IMAGE,
  startDockerd,
  whySkipped,
} from "./dockerd.ts";
import { type Sockwarden, startSockwarden } from "./sockwarden.ts";

const reason = whySkipped() ??
  (findBrowser() === null ? "chromium is missing" : null);

/** What a test works with. */
interface Stage {
  readonly dockerd: Dockerd;
  readonly browser: Browser;
  readonly folder: string;
}

Deno.test({
  name: reason === null
    ? "the page and a real docker CLI"
    : `the page: ${reason}`,
  ignore: reason !== null,
  async fn(context) {
    const dockerd = await startDockerd();
    const browser = await startBrowser();
    const folder = await Deno.makeTempDir();
    await Deno.chmod(folder, 0o755);
    try {
      const stage = { dockerd, browser, folder };
      const made = await dockerd.docker(
        ...["run", "-d", "--network=none", "--name=web"],
        ...[IMAGE, "sleep", "10000"],
      );
      assertEquals(made.code, 0, made.stderr);
      await context.step(
        "a refusal is shown within a second, and its flag allows exactly that call",
        () => flagAllows(stage),
      );
      await context.step(
        "the policy line, put where the page says, allows exactly that call",
        () => lineAllows(stage),
      );
      await context.step(
        "an open stream is shown while it runs, and the grants that nobody used",
        () => streamShows(stage),
      );
    } finally {
      await browser.close();
      await dockerd.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function flagAllows(stage: Stage): Promise<void> {
  const before = await startSockwarden(stage.dockerd.socket, [
    "--admin=tcp://127.0.0.1:0",
  ], { CONTAINERS: "1" });
  const flag = await withPage(stage, before, async (tab) => {
    await watchRefusals(tab);
    const { code, stderr } = await docker(
      before.host,
      "restart",
      "-t",
      "0",
      "web",
    );
    assert(code !== 0);
    assertStringIncludes(stderr, "sockwarden: container.restart ");
    await tab.until("globalThis.shown !== undefined");
    const { seen, ended } = await tab.value<{ seen: number; ended: string }>(
      "shown",
    );
    const late = seen - Date.parse(ended);
    assert(late < 1000, `it was shown after ${late} ms`);
    return await copied(tab, "flag");
  });
  await before.stop();
  const [name, value, ...rest] = flag.split(" ");
  assertEquals([name, rest], ["--allow", []]);
  const after = await startSockwarden(stage.dockerd.socket, [name!, value!], {
    CONTAINERS: "1",
  });
  await allowsRestartAlone(after);
  await after.stop();
}

async function lineAllows(stage: Stage): Promise<void> {
  const path = `${stage.folder}/policy.yaml`;
  const policy = (more: string) =>
    Deno.writeTextFile(
      path,
      `clients:\n  cli:\n    from: { cidr: 127.0.0.1/32 }\n    allow:\n      - system.*:read\n      - container.list\n${more}`,
    );
  await policy("");
  const proxy = await startSockwarden(stage.dockerd.socket, [
    "--admin=tcp://127.0.0.1:0",
    `--config=${path}`,
  ]);
  await withPage(stage, proxy, async (tab) => {
    await watchRefusals(tab);
    await docker(proxy.host, "restart", "-t", "0", "web");
    await tab.until("globalThis.shown !== undefined");
    const line = await copied(tab, "policy line");
    const where = await tab.value<string>(
      "document.querySelector('.remedies .less').innerText",
    );
    assertStringIncludes(where, "in allow of client 'cli'");
    await policy(`      ${line}\n`);
    proxy.reload();
    await tab.until(
      "document.querySelector('.gauges').innerText.includes('reloaded')",
    );
    await allowsRestartAlone(proxy);
  });
  await proxy.stop();
}

async function streamShows(stage: Stage): Promise<void> {
  const proxy = await startSockwarden(stage.dockerd.socket, [
    "--admin=tcp://127.0.0.1:0",
  ], { CONTAINERS: "1" });
  await withPage(stage, proxy, async (tab) => {
    const logs = docker(proxy.host, "logs", "--follow", "web");
    await tab.value("location.hash = '#streams'");
    await tab.until(
      "document.querySelector('.streams tbody')?.innerText.includes('container.logs')",
    );
    await stage.dockerd.docker("stop", "-t", "0", "web");
    await logs;
    await tab.until("!document.querySelector('.streams')");
    await tab.value("location.hash = '#unused'");
    await tab.until(
      "document.querySelector('.least')?.innerText.includes('container.export')",
    );
    await tab.value("location.hash = '#clients'");
    await tab.until("document.querySelector('.matrix')");
  });
  await proxy.stop();
}

/** Opens the page of a proxy for the time of a call. */
async function withPage<T>(
  { browser }: Stage,
  proxy: Sockwarden,
  run: (tab: Tab) => Promise<T>,
): Promise<T> {
  const [, url] = /admin listener on tcp:\/\/(\S+)/.exec(proxy.log())!;
  const tab = await browser.open();
  try {
    await tab.send("Browser.grantPermissions", {
      origin: `http://${url}`,
      permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"],
    });
    await tab.go(`http://${url}/`);
    await tab.until(
      "document.querySelector('.link.live') && document.querySelector('.gauges')",
    );
    const outcome = await run(tab);
    assertEquals(tab.wrongs, []);
    return outcome;
  } finally {
    await tab.close();
  }
}

/** Notes when the first refusal is shown, and the time that the proxy gave it. */
async function watchRefusals(tab: Tab): Promise<void> {
  await tab.value(`(() => {
    const look = () => {
      const row = document.querySelector(".row.refused");
      if (row === null || globalThis.shown !== undefined) return;
      const [day] = new Date().toISOString().split("T");
      globalThis.shown = {
        seen: Date.now(),
        ended: day + "T" + row.querySelector(".time").textContent + "Z",
      };
    };
    new MutationObserver(look).observe(document.body, {
      childList: true, subtree: true, characterData: true, attributes: true,
    });
  })()`);
}

/** Opens the refusal and copies one of its remedies. */
async function copied(tab: Tab, kind: string): Promise<string> {
  await tab.click(".row.refused");
  const button = `.remedies [aria-label="Copy the ${kind}"]`;
  await tab.until(`document.querySelector('${button}')`);
  await tab.click(button);
  await tab.until(
    "document.querySelector('[role=status]').innerText.startsWith('Copied')",
  );
  return await tab.value("navigator.clipboard.readText()");
}

async function allowsRestartAlone(proxy: Sockwarden): Promise<void> {
  const restart = await docker(proxy.host, "restart", "-t", "0", "web");
  assertEquals(restart.code, 0, restart.stderr);
  for (const verb of ["stop", "kill", "pause", "rm"]) {
    const { code, stderr } = await docker(proxy.host, verb, "web");
    assert(code !== 0, `${verb} was allowed`);
    assertStringIncludes(stderr, " is not allowed");
  }
}
