/**
 * The admin listener beside a real engine and the real docker CLI.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  docker,
  IMAGE,
  spawnDocker,
  startDockerd,
  whySkipped,
} from "./dockerd.ts";
import { type Sockwarden, startSockwarden } from "./sockwarden.ts";

const reason = whySkipped();

const TOKEN = "e2e-0123456789abcdef0123456789";
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };
/** A client that may look, follow logs and open execs, and stop nothing. */
const GRANTS = [
  "--allow=container.*:read",
  "--allow=container.logs",
  "--allow=container.inspect",
  "--allow=container.exec.create",
  "--allow=exec.start",
  "--allow=exec.inspect",
];

/** The address of the admin listener, from the log. */
function urlOf(warden: Sockwarden): string {
  const [, port] = /admin listener on tcp:\/\/127\.0\.0\.1:([0-9]+)/.exec(
    warden.log(),
  )!;
  return `http://127.0.0.1:${port}`;
}

/** The events of a listener, as they come. */
async function readEvents(url: string) {
  const { body, status } = await fetch(`${url}/api/v1/events`, {
    headers: AUTHORIZATION,
  });
  assertEquals(status, 200);
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    /** Reads on until something has come that was not there yet. */
    async until(wanted: RegExp): Promise<string> {
      for (;;) {
        const found = wanted.exec(text);
        if (found !== null) {
          text = text.slice(found.index + found[0].length);
          return found[0];
        }
        const { value, done } = await reader.read();
        if (done) {
          throw new Error(`the events ended without ${wanted}: ${text}`);
        }
        text += value;
      }
    },
    close: () => reader.cancel(),
  };
}

if (reason !== null) {
  Deno.test.ignore(`the admin listener end to end: ${reason}`, () => {});
} else {
  Deno.test("the admin listener end to end", async (t) => {
    const folder = await Deno.makeTempDir();
    const tokenFile = `${folder}/token`;
    await Deno.writeTextFile(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
    const dockerd = await startDockerd();
    const warden = await startSockwarden(dockerd.socket, [
      ...GRANTS,
      "--admin=tcp://127.0.0.1:0",
      `--admin-token-file=${tokenFile}`,
    ]);
    const url = urlOf(warden);
    // deno-lint-ignore no-explicit-any -- a test looks at what it expects
    const json = async (path: string): Promise<any> => {
      const answer = await fetch(url + path, { headers: AUTHORIZATION });
      return await answer.json();
    };
    const events = await readEvents(url);
    try {
      await dockerd.docker(
        ...["run", "-d", "--name", "web", IMAGE],
        ...["sh", "-c", "echo started; exec sleep 10000"],
      );
      await t.step("without the token it tells nothing", async () => {
        for (const path of ["/metrics", "/api/v1/state", "/readyz"]) {
          const answer = await fetch(url + path);
          assertEquals(answer.status, 401, path);
          await answer.body?.cancel();
        }
        assertEquals(await (await fetch(`${url}/healthz`)).text(), "ok\n");
      });
      await t.step(
        "a refusal of the docker CLI is in the events and among the decisions",
        async () => {
          const { code, stderr } = await docker(warden.host, "stop", "web");
          assert(code !== 0);
          await events.until(/"operation":"container\.stop"[^\n]*\n/);
          const { decisions } = await json(
            "/api/v1/decisions?decision=refused",
          );
          const [one] = decisions;
          assertEquals(one.operation, "container.stop");
          assertEquals(one.code, "policy.not_granted");
          assert(stderr.includes(one.message.replace("sockwarden: ", "")));
          assertMatch(
            await (await fetch(`${url}/metrics`, { headers: AUTHORIZATION }))
              .text(),
            /requests_total\{client="",operation="container\.stop",decision="refused",code="policy\.not_granted"\} 1\n/,
          );
        },
      );
      await t.step("its remedy, applied, allows that call alone", async () => {
        const { decisions } = await json("/api/v1/decisions?decision=refused");
        const { text } = decisions[0].remedies.find(
          ({ kind }: { kind: string }) => kind === "flag",
        );
        assertEquals(text, "--allow container.stop");
        const other = await startSockwarden(dockerd.socket, [
          ...GRANTS,
          ...text.split(" "),
        ]);
        try {
          assertEquals((await docker(other.host, "kill", "web")).code, 1);
          assertEquals(
            (await docker(other.host, "stop", "-t", "0", "web")).code,
            0,
          );
        } finally {
          await other.stop();
        }
        await dockerd.docker("start", "web");
      });
      await t.step("followed logs and an exec are open streams", async () => {
        const logs = spawnDocker(warden.host, "logs", "-f", "web");
        const exec = spawnDocker(
          ...[warden.host, "exec", "-i", "web", "sh", "-c"] as const,
          "echo inside; exec cat",
        );
        const readers = [logs, exec].map(({ stdout }) => stdout.getReader());
        for (const reader of readers) await reader.read();
        const { streams } = await json("/api/v1/streams");
        assertEquals(
          streams.map(({ operation, kind }: Record<string, string>) => [
            operation,
            kind,
          ]).toSorted(),
          [["container.logs", "stream"], ["exec.start", "tunnel"]],
        );
        for (const { bytes_out, age_seconds } of streams) {
          assert(bytes_out > 0 && age_seconds > 0);
        }
        await events.until(/"operation":"exec\.start","method":"POST"/);
        logs.kill("SIGKILL");
        await exec.stdin.close();
        for (const reader of readers) await reader.cancel();
        for (const child of [logs, exec]) {
          await child.stderr.cancel();
          await child.status;
        }
        await events.until(/event: streams\ndata: \{"total":0,/);
      });
      await t.step("the memory of the process is told", async () => {
        const { memory, engine } = await json("/api/v1/state");
        assert(memory.resident_bytes > 1 << 20, `${memory.resident_bytes}`);
        assertMatch(engine.version, /^[0-9]+\./);
      });
      await t.step(
        "an engine that ends is down, and the program lives",
        async () => {
          const ready = await fetch(`${url}/readyz`, {
            headers: AUTHORIZATION,
          });
          assertEquals([ready.status, await ready.text()], [
            200,
            '{"ready":true,"reasons":[]}\n',
          ]);
          await dockerd.stop();
          await events.until(/"up":false/);
          assertMatch(
            await (await fetch(`${url}/metrics`, { headers: AUTHORIZATION }))
              .text(),
            /^sockwarden_engine_up 0$/m,
          );
          const gone = await fetch(`${url}/readyz`, { headers: AUTHORIZATION });
          assertEquals(gone.status, 503);
          await gone.body?.cancel();
          assertEquals((await fetch(`${url}/healthz`)).status, 200);
        },
      );
    } finally {
      await events.close();
      await warden.stop();
      await dockerd.stop().catch(() => {});
      await Deno.remove(folder, { recursive: true });
    }
  });
}
