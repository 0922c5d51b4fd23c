/**
 * `sockwarden top` beside a sockwarden that serves.
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
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

/** Answers each path of an admin listener as a test says, where another server stands. */
async function withServer(
  answers: Readonly<Record<string, unknown>>,
  run: (flag: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const answer = answers[new URL(request.url).pathname.split("/").at(-1)!];
      return new Response(
        typeof answer === "string" ? answer : JSON.stringify(answer),
      );
    },
  );
  try {
    await run(`--admin=tcp://127.0.0.1:${(server.addr as Deno.NetAddr).port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("top says what is wrong with the answers of a server that is broken, or means harm", async () => {
  await withTop(async (_, flags) => {
    const { stdout } = await runSockwarden(["top", ...flags, "--json"]);
    const { state, refused } = JSON.parse(stdout);
    const good = {
      state,
      streams: { total: 0, streams: [] },
      decisions: { decisions: refused, next: null },
    };
    await withServer(good, async (flag) => {
      const { code, stderr } = await runSockwarden(["top", flag]);
      assertEquals([code, stderr], [0, ""]);
    });
    for (
      const [differs, says] of [
        [{ state: null }, "it is null, expected an object"],
        [{ state: {} }, "version is missing"],
        [{ state: [] }, "it is [], expected an object"],
        [
          { state: { ...state, engine: { ...state.engine, up: "\x1b[2J" } } },
          'engine.up is "\\u001b[2J", expected true or false',
        ],
        [
          { state: { ...state, started: "x" } },
          'started is "x", expected a time',
        ],
        [
          { state: { ...state, streams: 1.5 } },
          "streams is 1.5, expected a whole",
        ],
        [
          { streams: { total: 0, streams: 7 } },
          "streams is 7, expected a list",
        ],
        [
          { streams: { total: 0, streams: Array(1001).fill({}) } },
          "streams has 1001 members, expected 1000 at most",
        ],
        [{ decisions: { decisions: [null], next: 1 } }, "decisions[0] is null"],
        [
          { decisions: { decisions: [{ ...refused[0], remedies: [{}] }] } },
          "decisions[0].remedies[0].kind is missing",
        ],
        [{ state: "[".repeat(100_000) }, "sent no JSON"],
        [{ state: "x".repeat(5 << 20) }, "answer is too long"],
      ] as const
    ) {
      await withServer({ ...good, ...differs }, async (flag) => {
        const { code, stdout, stderr } = await runSockwarden(["top", flag]);
        assertEquals([code, stdout], [1, ""], stderr);
        assertStringIncludes(stderr, says);
        assertEquals(stderr.match(/[^ -~\n]/g), null);
        assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
      });
    }
    // What this version does not know is left out, and texts are cut.
    const more = { ...state, version: "v".repeat(1 << 20), later: 1 };
    await withServer({ ...good, state: more }, async (flag) => {
      const { code, stdout } = await runSockwarden(["top", flag, "--json"]);
      const report = JSON.parse(stdout);
      assertEquals([code, report.state.version.length], [0, 8192]);
      assertEquals(report.state.later, undefined);
    });
  });
});

/** What a terminal is asked to do with keys, and what is done afterwards. */
interface Session {
  readonly env?: Record<string, string>;
  /** What is pressed, one after each view from the second on. */
  readonly keys?: readonly string[];
  /** The command line of a shell, where `TOP` is the program and its flags. */
  readonly line?: string;
}

/** Runs `top` in a terminal, ends it with Ctrl-C unless other keys are given, and returns what it wrote. */
async function inTerminal(
  flags: readonly string[],
  // A shell that stayed in between would get the Ctrl-C too, and say 130.
  { env = {}, keys = ["\x03"], line = "exec TOP" }: Session = {},
): Promise<{ code: number; text: string }> {
  const [path, before] = program();
  const words = [path, ...before, "top", ...flags];
  const top = words.map((word) => `'${word}'`).join(" ");
  const child = new Deno.Command(SCRIPT, {
    args: [
      ...["--quiet", "--flush", "--return", "--command"],
      line.replace("TOP", top),
      "/dev/null",
    ],
    env: { TERM: "xterm", NO_COLOR: "", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const stdin = child.stdin.getWriter();
  let text = "";
  let pressed = 0;
  for await (
    const part of child.stdout.pipeThrough(new TextDecoderStream())
  ) {
    text += part;
    while (
      pressed < keys.length && text.split("REFUSED").length >= 3 + pressed
    ) await stdin.write(new TextEncoder().encode(keys[pressed++]));
  }
  const { code } = await child.status;
  await stdin.close().catch(() => {});
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
      const { code, text } = await inTerminal(flags);
      assertEquals(code, 0);
      assert(text.startsWith("\x1b[?1049h\x1b[?25l"), text);
      assert(text.trimEnd().endsWith("\x1b[?25h\x1b[?1049l"), text);
      assertStringIncludes(text, "\x1b[1mREFUSED (1)");
    });
  });

  Deno.test("q ends top, other keys do not, none is shown, and the terminal is as it was", async () => {
    await withTop(async (_, flags) => {
      const { code, text } = await inTerminal(flags, {
        // The second is an arrow; its last letters are none that was pressed.
        keys: ["z", "\x1b[q", "q"],
        line: "stty -g; TOP; code=$?; stty -g; exit $code",
      });
      assertEquals(code, 0);
      const [before, after] = [
        text.slice(0, text.indexOf("\x1b")).trim(),
        text.slice(text.lastIndexOf("\x1b[?1049l") + 8).trim(),
      ];
      assertMatch(before, /^[0-9a-f:]+$/);
      assertEquals(after, before);
      // It was drawn again after each key but the last.
      assertEquals(text.split("REFUSED").length - 1, 4);
      assert(!text.includes("z"), text);
    });
  });

  Deno.test("top respects NO_COLOR", async () => {
    await withTop(async (_, flags) => {
      const { code, text } = await inTerminal(flags, {
        env: { NO_COLOR: "1" },
      });
      assertEquals(code, 0);
      for (const colour of ["\x1b[1m", "\x1b[31m", "\x1b[32m"]) {
        assert(!text.includes(colour), text);
      }
    });
  });
}
