import { assertEquals, assertMatch } from "@std/assert";
import { command, isBuilt, NOT_BUILT, run } from "./support.ts";
import { EMULATED, UNABLE } from "../support/emulated.ts";

const built = isBuilt();
if (!built) console.warn(NOT_BUILT);

/** A test that is skipped, and says so, where it cannot run; `unable` is for the emulator. */
function test(
  name: string,
  fn: () => Promise<void>,
  unable: string | null = null,
): void {
  const reason = !built
    ? ": the base is missing (deno task base)"
    : EMULATED && unable !== null
    ? `: ${unable}`
    : "";
  Deno.test({
    name: `base: ${name}${reason}`,
    ignore: reason !== "",
    fn,
  });
}

/** Both runtimes must print the same. */
async function compare(program: string, args: string[] = []): Promise<void> {
  const stock = await run("stock", program, { args });
  const lean = await run("lean", program, { args });
  assertEquals(lean, stock);
}

for (
  const program of [
    "halfClose",
    "alwaysReady",
    "closing",
    "reset",
    "addresses",
    "manyConnections",
    "bulk",
    "errors",
    "files",
    "appending",
    "digests",
    "timers",
    "text",
    "output",
    "signalEnds",
    "permissions",
    "recursion",
    "garbage",
    "language",
    "exitCode",
    "resolve",
  ]
) {
  test(`${program} is as on stock Deno`, () => compare(program));
}

test("the environment and the arguments arrive", () =>
  compare("environment", ["--flag=1", "ö", "", "a b", "--", "-x"]));

test("a reader that stops reading does not stop the program", async () => {
  for (const runtime of ["stock", "lean"] as const) {
    const [path, before] = command(runtime);
    const process = new Deno.Command(path, {
      args: [...before, "blockedOutput", "/tmp"],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const reader = process.stderr.getReader();
    const { value } = await reader.read();
    assertEquals(new TextDecoder().decode(value), "ticking\n", runtime);
    await process.stdout.cancel();
    await reader.cancel();
    await process.status;
  }
});

test("what nests too deeply is an error on a small stack", async () => {
  const [path, before] = command("lean");
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: [
      "-c",
      'ulimit -s 256; exec "$0" "$@" smallStack /tmp',
      path,
      ...before,
    ],
  }).output();
  const decoder = new TextDecoder();
  assertEquals(
    [code, decoder.decode(stdout), decoder.decode(stderr)],
    [0, "RangeError\nRangeError\n", ""],
  );
});

test("memory that has run out ends the program and is named", async () => {
  const [path, before] = command("lean");
  const { code, stderr } = await new Deno.Command("sh", {
    args: [
      "-c",
      'ulimit -v 400000; exec "$0" "$@" memory /tmp',
      path,
      ...before,
    ],
  }).output();
  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /^error: Uncaught .*memory/);
}, UNABLE.memory);

test("signals arrive, and the process ends as its handler says", async () => {
  for (const runtime of ["stock", "lean"] as const) {
    const ended = await run(runtime, "signals", {
      async meanwhile(process) {
        for (
          const signal of ["SIGHUP", "SIGHUP", "SIGINT", "SIGTERM"] as const
        ) {
          process.kill(signal);
          await new Promise((done) => setTimeout(done, 60));
        }
      },
    });
    assertEquals(ended.code, 3, runtime);
    assertEquals(
      ended.stdout,
      "ready\nSIGHUP 1\nSIGHUP 2\nready for the end\nSIGINT\nSIGTERM\n",
      runtime,
    );
  }
});

for (
  const [program, text] of [
    ["uncaught", "error: Uncaught TypeError: from a timer"],
    ["rejected", "error: Uncaught (in promise) RangeError: not caught"],
    ["thrown", "error: Uncaught (in promise) Error: at the top"],
    ["microtask", "error: Uncaught Error: in a microtask"],
    ["never", "error: Top-level await promise never resolved"],
  ]
) {
  test(`${program}: the end is as on stock Deno`, async () => {
    for (const runtime of ["stock", "lean"] as const) {
      const { code, stdout, stderr } = await run(runtime, program!);
      assertEquals(
        [code, stdout, stderr.split("\n")[0]],
        [1, "", text],
        runtime,
      );
    }
  });
}

test("a module that it lacks fails only when loaded", async () => {
  const { code, stdout } = await run("lean", "missingModule");
  assertEquals(code, 0);
  assertEquals(
    stdout,
    "function\n" +
      'TypeError Module "node:tls" is not in this binary: it runs on the lean base, which has no modules but the program\'s own\n',
  );
});
