/**
 * `sockwarden top` beside a sockwarden that serves.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Ajv } from "ajv";
import {
  program,
  runSockwarden,
  type Sockwarden,
  startSockwarden,
} from "../e2e/sockwarden.ts";
import { exists } from "../../tools/exists.ts";
import { withFiles } from "./support.ts";

const SCHEMA =
  new URL("../../schema/top.schema.json", import.meta.url).pathname;
const SCRIPT = "/usr/bin/script";
const TOKEN = "a-token-that-is-long-enough";

/** Runs a test with a sockwarden that has refused a request, its admin socket, and the flags for its token. */
async function withTop(
  run: (
    proxy: Sockwarden,
    flags: readonly [admin: string, token: string],
    path: (name: string) => string,
  ) => Promise<void>,
): Promise<void> {
  await withFiles({ token: `${TOKEN}\n` }, async (path) => {
    const flags = [
      `--admin=unix://${path("admin.sock")}`,
      `--admin-token-file=${path("token")}`,
    ] as const;
    const proxy = await startSockwarden("unix:///nonexistent.sock", [
      `${flags[0]}?mode=0666`,
      flags[1],
    ]);
    try {
      const answer = await fetch(
        `http://127.0.0.1:${proxy.port}/containers/x/json`,
      );
      await answer.body?.cancel();
      assertEquals(answer.status, 403);
      await proxy.until(() => proxy.log().includes("/json"));
      await run(proxy, flags, path);
    } finally {
      await proxy.stop();
    }
  });
}

Deno.test("top --json says what the admin listener says, as its schema has it", async () => {
  await withTop(async (_, flags) => {
    const { code, stdout, stderr } = await runSockwarden([
      "top",
      ...flags,
      "--once",
      "--json",
    ]);
    assertEquals([code, stderr], [0, ""]);
    const report = JSON.parse(stdout);
    const validate = new Ajv({ strict: false }).compile(
      JSON.parse(await Deno.readTextFile(SCHEMA)),
    );
    assert(validate(report), JSON.stringify(validate.errors));
    assertEquals(report.refused.length, 1);
    assertEquals(report.refused[0].operation, "container.inspect");
    assertEquals(report.state.totals.refused, 1);
  });
});

Deno.test("top that is no terminal's shows it once, without colours or control characters", async () => {
  await withTop(async (_, flags) => {
    const { code, stdout, stderr } = await runSockwarden(["top", ...flags]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "REFUSED (1)");
    assertStringIncludes(stdout, "container.inspect");
    assertEquals(stdout.match(/[^ -~\n]/g), null);
  });
});

Deno.test("top takes the address and the token of the variables", async () => {
  await withTop(async (_, [admin, token]) => {
    const { code, stdout } = await runSockwarden(["top", "--json"], {
      SOCKWARDEN_ADMIN: admin.replace("--admin=", ""),
      SOCKWARDEN_ADMIN_TOKEN_FILE: token.replace("--admin-token-file=", ""),
    });
    assertEquals([code, JSON.parse(stdout).format], [0, "top/1"]);
  });
});

Deno.test("top says why it has nothing to show", async () => {
  await withTop(async (proxy, [admin], path) => {
    const without = await runSockwarden(["top", admin]);
    assertEquals([without.code, without.stdout], [1, ""]);
    assertStringIncludes(without.stderr, "status 401: give its token");
    const docker = await runSockwarden(["top", `--admin=${proxy.host}`]);
    assertEquals(docker.code, 1);
    assertStringIncludes(docker.stderr, "answered with status 403");
    const nobody = await runSockwarden([
      "top",
      `--admin=unix://${path("no.sock")}`,
    ]);
    assertEquals(nobody.code, 1);
    assertStringIncludes(nobody.stderr, "cannot be asked");
    assertStringIncludes(nobody.stderr, "its socket unix:///");
  });
  for (
    const [argv, said] of [
      [[], "which sockwarden?"],
      [["--admin=x"], "--admin=x"],
      [["--admin=tls://a:1"], "no TLS"],
      [["--admin=unix:///x", "--admin-token-file=/nonexistent"], "cannot be"],
      [["--containers"], "unknown flag --containers"],
    ] as const
  ) {
    const { code, stderr } = await runSockwarden(["top", ...argv]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, said);
  }
});

/** Runs `top` in a terminal until it has drawn twice, ends it with Ctrl-C, and returns what it wrote. */
async function inTerminal(
  flags: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number; text: string }> {
  const [path, before] = program();
  // A shell that stayed in between would get the Ctrl-C too, and say 130.
  const line = "exec " + [path, ...before, "top", ...flags]
    .map((word) => `'${word}'`).join(" ");
  const child = new Deno.Command(SCRIPT, {
    args: ["--quiet", "--flush", "--return", "--command", line, "/dev/null"],
    env: { TERM: "xterm", NO_COLOR: "", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const keys = child.stdin.getWriter();
  let text = "";
  let pressed = false;
  for await (
    const part of child.stdout.pipeThrough(new TextDecoderStream())
  ) {
    text += part;
    if (pressed || text.split("REFUSED").length < 3) continue;
    pressed = true;
    await keys.write(new Uint8Array([3]));
  }
  const { code } = await child.status;
  await keys.close().catch(() => {});
  return { code, text };
}

if (!exists(SCRIPT)) {
  Deno.test.ignore(
    `top in a terminal: ${SCRIPT} is missing (apt-get install bsdutils)`,
    () => {},
  );
} else {
  Deno.test("top draws again until Ctrl-C, and leaves the terminal as it was", async () => {
    await withTop(async (_, flags) => {
      const { code, text } = await inTerminal(flags, {});
      assertEquals(code, 0);
      assert(text.startsWith("\x1b[?1049h\x1b[?25l"), text);
      assert(text.trimEnd().endsWith("\x1b[?25h\x1b[?1049l"), text);
      assertStringIncludes(text, "\x1b[1mREFUSED (1)");
    });
  });

  Deno.test("top respects NO_COLOR", async () => {
    await withTop(async (_, flags) => {
      const { code, text } = await inTerminal(flags, { NO_COLOR: "1" });
      assertEquals(code, 0);
      for (const colour of ["\x1b[1m", "\x1b[31m", "\x1b[32m"]) {
        assert(!text.includes(colour), text);
      }
    });
  });
}
