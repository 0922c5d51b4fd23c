/** `sockwarden audit verify`, and an audit of `serve` from its start to its end. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { linesOf } from "../audit/support.ts";
import { sockwarden } from "../e2e/sockwarden.ts";
import { serving, withFiles } from "./support.ts";

const KEY = "0123456789abcdef".repeat(4) + "\n";

async function run(...args: string[]) {
  const { code, stdout, stderr } = await sockwarden(args).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: decode(stdout), error: decode(stderr) };
}

/** Asks for the list of containers; the engine is not there. */
async function ask(port: number): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(
    new TextEncoder().encode(
      "GET /containers/json HTTP/1.0\r\n\r\n",
    ),
  );
  const text = await new Response(conn.readable).text();
  return text;
}

/** A port that is free now. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

Deno.test("an audit of two runs verifies as one chain; an edit, a gap and a wrong key are found by line", () =>
  withFiles({ key: KEY, other: KEY.toUpperCase() }, async (path) => {
    const port = freePort();
    const flags = [
      `--audit=${path("audit")}`,
      `--audit-key=${path("key")}`,
      `--listen=tcp://127.0.0.1:${port}`,
      "--containers",
    ];
    for (let i = 0; i < 2; i++) {
      const code = await serving(flags, async (_child, says) => {
        await says("listening on");
        assertMatch(await ask(port), /^HTTP\/1.0 502|^HTTP\/1.1 502/);
      });
      assertEquals(code, 0);
    }
    const text = Deno.readTextFileSync(path("audit"));
    const lines = linesOf(text);
    assertEquals(lines.map(({ event, chain }) => chain ?? event), [
      "new",
      "decided",
      "ended",
      "stopped",
      "continued",
      "decided",
      "ended",
      "stopped",
    ]);
    const verify = (...more: string[]) =>
      run("audit", "verify", path("audit"), ...more);
    const whole = await verify(`--audit-key=${path("key")}`);
    assertEquals(whole.code, 0, whole.out + whole.error);
    assertMatch(whole.out, /^whole: 8 lines fit the key; .* clean stop\n$/);
    const wrong = await verify(`--audit-key=${path("other")}`);
    assertEquals(wrong.code, 1);
    const rows = text.split("\n");
    rows[1] = rows[1]!.replace("502", "200").replace("list", "stop");
    rows.splice(5, 1);
    Deno.writeTextFileSync(path("audit"), rows.join("\n"));
    const broken = await verify(`--audit-key=${path("key")}`);
    assertEquals(broken.code, 1);
    assertMatch(broken.out, /audit:2: does not fit the key/);
    assertMatch(broken.out, /audit:6: is line number 7 .*1 line is missing/);
  }));

Deno.test("a call of verify that is wrong, and files that cannot be read, exit with 2", () =>
  withFiles({
    key: KEY,
    short: "x\n",
    long: "x".repeat(4097),
    most: "x".repeat(4096) + "\n",
    empty: "",
  }, async (path) => {
    const key = `--audit-key=${path("key")}`;
    for (
      const [args, says] of [
        [["audit"], /expected sockwarden audit verify/],
        [["audit", "verify", "/no"], /expected sockwarden audit verify/],
        [["audit", "verify", "/no", key], /\/no: .*No such file/],
        [["audit", "verify", path("empty"), key], /no line to verify/],
        [["audit", "verify", "/no", "--audit-key=/no"], /does not exist/],
        [
          ["audit", "verify", "/no", `--audit-key=${path("short")}`],
          /the key has 1 byte: expected 32 to 4096/,
        ],
        [
          ["audit", "verify", "/no", `--audit-key=${path("long")}`],
          /the key has more than 4096 bytes: expected 32 to 4096/,
        ],
        [
          ["audit", "verify", path("empty"), `--audit-key=${path("most")}`],
          /no line to verify/,
        ],
        [
          ["audit", "verify", path("empty"), key, "--containers"],
          /unknown flag --containers/,
        ],
      ] as const
    ) {
      const { code, error } = await run(...args);
      assertEquals(code, 2, error);
      assertMatch(error, says);
    }
  }));

Deno.test("SIGUSR1 makes the audit go on in a new file, and both verify as one chain", () =>
  withFiles({ key: KEY }, async (path) => {
    const flags = [`--audit=${path("audit")}`, `--audit-key=${path("key")}`];
    await serving(flags, async (_child, says, signal) => {
      await says("listening on");
      Deno.renameSync(path("audit"), path("audit.1"));
      await signal("SIGUSR1", "the audit goes on in a new file");
    });
    const { code, out } = await run(
      ...["audit", "verify", path("audit.1"), path("audit")],
      `--audit-key=${path("key")}`,
    );
    assertEquals([code, out.startsWith("whole: 3 lines")], [0, true], out);
  }));

Deno.test("audit and log on standard output are never within each other's lines", () =>
  withFiles({}, async () => {
    const port = freePort();
    const child = sockwarden([
      "--engine=unix:///nonexistent.sock",
      "--containers",
      `--listen=tcp://127.0.0.1:${port}`,
      ...["--audit=-", "--log-format=json"],
    ]).spawn();
    let text = "";
    const reading = (async () => {
      for await (
        const part of child.stdout.pipeThrough(new TextDecoderStream())
      ) {
        text += part;
        if (!text.includes("listening on")) continue;
        if (text.includes('"decided"')) continue;
        await Promise.all(Array.from({ length: 50 }, () => ask(port)));
        child.kill("SIGTERM");
      }
    })();
    await reading;
    assertEquals((await child.status).code, 0);
    const rows = text.split("\n").filter((row) => row !== "");
    const audit = rows.filter((row) => "audit" in JSON.parse(row));
    const lines = linesOf(audit.join("\n"));
    assertEquals(lines.length, 102);
    assert(rows.length > 152);
  }));

Deno.test("a file that cannot be written stops the start, and says why", () =>
  withFiles({ key: "0123456789abcdef".repeat(4) }, async (path) => {
    for (
      const [flags, says] of [
        [["--audit=/nonexistent/a"], /--audit=.* cannot be written: .*No such/],
        [[`--audit=${path("")}`], /it is a folder/],
        [["--audit=/dev/null"], /it is a device/],
        [
          [`--audit=${path("a")}`, "--audit-key=/no"],
          /--audit-key=\/no: the file does not exist/,
        ],
      ] as const
    ) {
      const { code, error } = await run("serve", ...flags);
      assert(code === 1 || code === 2);
      assertMatch(error, says);
    }
  }));

Deno.test("two sockwardens on one file: the second does not start", () =>
  withFiles({}, async (path) => {
    const flag = `--audit=${path("audit")}`;
    await serving([flag], async (_child, says) => {
      await says("listening on");
      const { code, error } = await run("--listen=tcp://127.0.0.1:0", flag);
      assertEquals(code, 1);
      assertMatch(error, /another process has it/);
    });
  }));

Deno.test("a key that every user may read is warned of", () =>
  withFiles({ key: KEY }, async (path) => {
    Deno.chmodSync(path("key"), 0o644);
    const flags = [`--audit=${path("audit")}`, `--audit-key=${path("key")}`];
    await serving(
      flags,
      async (_child, says) => {
        await says("could forge lines: chmod 600");
      },
    );
  }));
