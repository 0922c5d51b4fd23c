/** No call is lost: recordings against what the engine counted. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runSockwarden, startLearning } from "../e2e/sockwarden.ts";
import { type CountingEngine, load, startCounting } from "../support/load.ts";
import { withFiles } from "./support.ts";

/** Requests of each kind: together as many as 2,000 a second in eight seconds. */
const MANY = 8000;
const PATHS = ["/containers/json?one", "/containers/web/json?two"];

interface Line {
  readonly operation?: string;
  readonly query?: readonly string[];
  readonly n?: number;
  readonly ended?: string;
  readonly calls?: number;
  readonly dropped?: number;
}

/** The lines of a recording; one that is cut is left out. */
async function linesOf(path: string): Promise<Line[]> {
  const text = await Deno.readTextFile(path);
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

/** How many calls are recorded, by the word in their query. */
function recorded(lines: readonly Line[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { operation, query = [], n = 0 } of lines) {
    if (operation === undefined) continue;
    const word = query.join("&");
    counts.set(word, (counts.get(word) ?? 0) + n);
  }
  return counts;
}

async function withEngine(
  test: (
    engine: CountingEngine,
    path: (name: string) => string,
  ) => Promise<void>,
): Promise<void> {
  const engine = await startCounting();
  try {
    await withFiles({}, (path) => test(engine, path));
  } finally {
    await engine.stop();
  }
}

Deno.test("after SIGTERM each call that reached the engine is in the recording", async () => {
  await withEngine(async (engine, path) => {
    const file = path("run.jsonl");
    const learning = await startLearning(engine.path, [
      "--open",
      "--log-level=notice",
      `--record=${file}`,
    ]);
    const answered = await Promise.all(
      PATHS.map((path) => load(learning.port, path, (sent) => sent < MANY)),
    );
    const { code } = await learning.stop();
    assertEquals(code, 0);
    const lines = await linesOf(file);
    assertEquals(recorded(lines), new Map(engine.counts));
    assertEquals([...engine.counts.values()], answered);
    const { ended, calls, dropped } = lines.at(-1)!;
    assert(ended !== undefined);
    assertEquals([calls, dropped], [answered[0]! + answered[1]!, 0]);
    assertStringIncludes(
      learning.printed(),
      `# Learned from ${calls} calls in 1 run`,
    );
  });
});

Deno.test("a kill loses what came since the last write, and the file is read and added to", async () => {
  await withEngine(async (engine, path) => {
    const file = path("run.jsonl");
    const args = ["--open", "--log-level=notice", `--record=${file}`];
    const learning = await startLearning(engine.path, args);
    const kill = 1 + Math.floor(Math.random() * 2000);
    let part = 0;
    let killed = false;
    for (; !killed; part++) {
      // Each part of the load goes on until the file tells of it; the next one begins when all is answered.
      let isWritten = false;
      const watcher = Deno.watchFs(file);
      const watching = (async () => {
        for await (const _ of watcher) {
          const lines = await linesOf(file);
          if (recorded(lines).has(`part${part}`)) return isWritten = true;
        }
      })();
      const isLast = part === 3;
      await load(
        learning.port,
        `/containers/json?part${part}`,
        (sent) => {
          if (isLast && sent >= kill && !killed) {
            killed = true;
            void learning.kill();
          }
          return !isWritten && !killed;
        },
      );
      watcher.close();
      await watching;
    }
    await learning.kill();
    const found = recorded(await linesOf(file));
    // What was answered before the last write but one began is there, to the last call.
    for (const old of ["part0", "part1"]) {
      assertEquals(found.get(old), engine.counts.get(old), old);
    }
    // Of what came since then a part is, and nothing twice.
    assert(found.get("part2")! <= engine.counts.get("part2")!);
    assert((found.get("part3") ?? 0) <= engine.counts.get("part3")!);

    // Cut, as when a line was half written.
    const { size } = await Deno.stat(file);
    await Deno.truncate(file, size - 10);
    const count = (await Deno.readTextFile(file)).split("\n").length;
    const cut = await runSockwarden(["learn", file]);
    assertEquals(cut.code, 2);
    assertStringIncludes(cut.stderr, `:${count} is cut`);
    assertStringIncludes(cut.stdout, "container.list");

    const again = await startLearning(engine.path, args);
    await load(again.port, "/containers/web/json?again", (sent) => sent < 20);
    await again.stop();
    const both = await runSockwarden(["learn", file]);
    assertStringIncludes(both.stdout, " in 2 runs");
    assertStringIncludes(both.stdout, "1 of 2 runs ended without an end");
    assertStringIncludes(
      both.stdout,
      "- container.inspect # 20 times, 1 of 2 runs",
    );
    assertStringIncludes(both.stderr, `:${count} `);
  });
});

/** Kinds of call whose lines need more than the room that a page has left. */
const KINDS = 60;

const unmounted = await withSmallDisk(() => Promise.resolve());
Deno.test({
  name: unmounted === null
    ? "a full disk stops no call: it is told once, and what came is written when there is room"
    : `a full disk stops no call: skipped, no file system can be mounted: ${unmounted}`,
  ignore: unmounted !== null,
  fn: async () => {
    await withEngine(async (engine) => {
      const why = await withSmallDisk(async (disk) => {
        const file = `${disk}/run.jsonl`;
        const learning = await startLearning(engine.path, [
          "--open",
          "--log-level=notice",
          `--record=${file}`,
        ]);
        try {
          await fill(`${disk}/filler`);
          for (let kind = 0; kind < KINDS; kind++) {
            const path = `/containers/json?kind${kind}`;
            assert(await load(learning.port, path, (sent) => sent < 16) >= 16);
          }
          const failing = "the recording cannot be written: ";
          await learning.until(() => learning.log().includes(failing));
          const more = "/containers/json?full";
          assert(await load(learning.port, more, (sent) => sent < 16) >= 16);
          await Deno.remove(`${disk}/filler`);
          await learning.until(() =>
            learning.log().includes("the recording is written again")
          );
          assertEquals(learning.log().split(failing).length, 2);
        } finally {
          await learning.stop();
        }
        const lines = await linesOf(file);
        assertEquals(recorded(lines), new Map(engine.counts));
        assertEquals(lines.at(-1)!.dropped, 0);
      });
      assertEquals(why, null);
    });
  },
});

/**
 * Runs a test with a file system of 128 KiB.
 *
 * @returns Why it could not be mounted; null where it was.
 */
async function withSmallDisk(
  test: (path: string) => Promise<void>,
): Promise<string | null> {
  const path = await Deno.makeTempDir({ prefix: "sockwarden-disk-" });
  try {
    const { code, stderr } = await new Deno.Command("mount", {
      args: ["-t", "tmpfs", "-o", "size=128k,mode=0777", "tmpfs", path],
    }).output();
    if (code !== 0) return new TextDecoder().decode(stderr).trim();
    try {
      await test(path);
    } finally {
      await new Deno.Command("umount", { args: [path] }).output();
    }
    return null;
  } finally {
    await Deno.remove(path);
  }
}

/** Fills the disk that a file is on. */
async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  try {
    for (;;) await file.write(new Uint8Array(4096));
  } catch (error) {
    // It is full (ENOSPC).
    if (!String(error).includes("No space left")) throw error;
  }
}
