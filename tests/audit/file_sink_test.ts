import { assert, assertEquals, assertMatch } from "@std/assert";
import { openAuditFile } from "../../lib/audit/file.ts";
import { createFileSink } from "../../lib/audit/file_sink.ts";
import {
  startFile,
  startVerification,
  takeLine,
} from "../../lib/audit/verify.ts";
import { type AppendFile, encodeUtf8 } from "../../lib/host.ts";
import { holdClock } from "../support/held_clock.ts";

const KEY = encodeUtf8("k".repeat(32));
const TIME = `"time":"2026-11-26T12:00:00.000Z"`;
const RUN = "0".repeat(32);

/** Room on a disk, in bytes; what does not fit is not written. */
interface Disk {
  room: number;
  synced: number;
  /** Resolves when the next write comes. */
  blocked: Promise<void> | null;
}

/** The file as the disk lets it be written. */
function onDisk(file: AppendFile, disk: Disk): AppendFile {
  return {
    async write(bytes) {
      await disk.blocked;
      const taken = Math.min(bytes.length, disk.room);
      if (taken === 0) throw new Error("No space left on device");
      disk.room -= taken;
      return await file.write(bytes.subarray(0, taken));
    },
    syncData() {
      disk.synced++;
      return file.syncData();
    },
    close: () => file.close(),
    statSync: () => file.statSync(),
    tryLockSync: (exclusive) => file.tryLockSync(exclusive),
  };
}

interface Rig {
  readonly path: string;
  readonly disk: Disk;
  readonly told: string[];
  /** Opens the sink, as a start of the program. */
  open(): ReturnType<typeof createFileSink>;
  /** The texts of files, oldest first: what is wrong with the chain, and how many lines fit. */
  verify(...names: string[]): { found: string[]; fit: number };
  advance(milliseconds: number): Promise<void>;
}

async function withRig(
  run: (rig: Rig) => Promise<void>,
  key: Uint8Array | null = KEY,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sockwarden-test-" });
  const clock = holdClock();
  const path = `${folder}/a`;
  const disk: Disk = { room: Infinity, synced: 0, blocked: null };
  const told: string[] = [];
  try {
    await run({
      path,
      disk,
      told,
      open() {
        const opened = openAuditFile(path, key);
        if ("problem" in opened) throw new Error(opened.problem);
        return createFileSink(
          {
            path,
            key,
            run: RUN,
            opened: { ...opened, file: onDisk(opened.file, disk) },
            tell: (_, message) => told.push(message),
          },
          ({ link }) =>
            link === null || key === null
              ? `"event":"started",${TIME},"chain":"new"`
              : `"event":"started",${TIME},"chain":"continued","prev":"${link.mac}"`,
        );
      },
      verify(...names) {
        const found: string[] = [];
        const of = startVerification(
          KEY,
          ({ line, what }) => found.push(`${line}: ${what}`),
        );
        for (const name of names.length === 0 ? ["a"] : names) {
          startFile(of, name);
          const rows = Deno.readTextFileSync(`${folder}/${name}`).split("\n");
          const last = rows.pop()!;
          for (const row of rows) takeLine(of, row, true);
          takeLine(of, last, false);
        }
        return { found, fit: of.fit };
      },
      advance: clock.advance,
    });
  } finally {
    clock.release();
    await Deno.remove(folder, { recursive: true });
  }
}

const entry = (n: number) => `"event":"ended",${TIME},"n":${n}`;

Deno.test("entries are gathered for a moment, and written in order", () =>
  withRig(async ({ path, open, verify, advance }) => {
    const sink = open();
    assert(await sink.written());
    sink.add(entry(1));
    sink.add(entry(2));
    assert(!Deno.readTextFileSync(path).includes(`"n":1`));
    await advance(20);
    assert(await sink.written());
    assertEquals(verify(), { found: [], fit: 3 });
    assertEquals(await sink.end(), 0);
  }));

Deno.test("what waits is written at the end, and waited for by the disk", () =>
  withRig(async ({ disk, open, verify }) => {
    const sink = open();
    for (let i = 0; i < 1000; i++) sink.add(entry(i));
    assertEquals(await sink.end(), 0);
    assertEquals(verify(), { found: [], fit: 1001 });
    assertEquals(disk.synced, 1);
  }));

Deno.test("lines that come while others are written are not lost", () =>
  withRig(async ({ disk, open, verify }) => {
    let go = () => {};
    disk.blocked = new Promise((resolve) => go = resolve);
    const sink = open();
    sink.add(entry(1));
    const first = sink.written();
    sink.add(entry(2));
    const end = sink.end();
    sink.add(entry(3));
    go();
    assert(await first);
    assertEquals(await end, 0);
    assertEquals(verify(), { found: [], fit: 4 });
  }));

Deno.test("a full disk is told once; what was torn is completed when there is room, and the chain is whole", () =>
  withRig(async ({ disk, told, open, verify, advance }) => {
    const sink = open();
    assert(await sink.written());
    disk.room = 100;
    sink.add(entry(1));
    assertEquals(await sink.written(), false);
    assert(sink.fails());
    assert(sink.held() > 0);
    assertMatch(verify().found.join(), /^2: has no end/);
    sink.add(entry(2));
    await advance(1000);
    await advance(1000);
    assertEquals(told.length, 1);
    assertMatch(told[0]!, /cannot be written to .*No space left on device/);
    disk.room = Infinity;
    await advance(1000);
    assert(await sink.written());
    assertEquals(told.slice(1), ["the audit is written again"]);
    assertEquals(verify(), { found: [], fit: 3 });
    assertEquals([await sink.end(), sink.held()], [0, 0]);
  }));

Deno.test("what a full disk did not take at the end is counted", () =>
  withRig(async ({ disk, open }) => {
    const sink = open();
    assert(await sink.written());
    disk.room = 10;
    for (let i = 0; i < 5; i++) sink.add(entry(i));
    await sink.written();
    sink.add(entry(6));
    assertEquals(await sink.end(), 6);
  }));

Deno.test("a line that was torn for good is told, and what follows a restart is verified", () =>
  withRig(async ({ disk, open, verify }) => {
    const sink = open();
    sink.add(entry(1));
    assert(await sink.written());
    disk.room = 60;
    sink.add(entry(2));
    assertEquals(await sink.written(), false);
    await sink.end();
    disk.room = Infinity;
    const again = open();
    again.add(entry(3));
    assertEquals(await again.end(), 0);
    const { found, fit } = verify();
    assertEquals(fit, 4);
    assertEquals(found.length, 2);
    assertMatch(found[0]!, /^3: is no whole line/);
    assertMatch(found[1]!, /^4: is a start after no stop/);
  }));

Deno.test("a file that was given another name is followed by a new one, within a second, and no line is lost", () =>
  withRig(async ({ path, told, open, verify, advance }) => {
    const sink = open();
    sink.add(entry(1));
    assert(await sink.written());
    Deno.renameSync(path, `${path}.1`);
    sink.add(entry(2));
    assert(await sink.written());
    await advance(1000);
    sink.add(entry(3));
    assert(await sink.written());
    assertEquals(await sink.end(), 0);
    const { found, fit } = verify("a.1", "a");
    assertMatch(found.join(), /^1: begins a new file, .* renamed or removed/);
    assertEquals(fit, 5);
    assertEquals(verify("a.1").fit, 3);
    assertMatch(told.join(), /^the audit goes on in a new file .* \(moved\)$/);
  }));

Deno.test("a signal makes it go on in a new file at once; where the name is still its own, nothing happens", () =>
  withRig(async ({ path, open, verify }) => {
    const sink = open();
    assert(await sink.written());
    sink.reopen();
    sink.add(entry(1));
    assert(await sink.written());
    assertEquals(verify().fit, 2);
    Deno.renameSync(path, `${path}.1`);
    sink.reopen();
    sink.add(entry(2));
    assertEquals(await sink.end(), 0);
    assertEquals(verify("a.1", "a"), { found: [], fit: 4 });
  }));

Deno.test("a file that was removed is made anew", () =>
  withRig(async ({ path, open, verify, advance }) => {
    const sink = open();
    assert(await sink.written());
    Deno.removeSync(path);
    await advance(1000);
    sink.add(entry(1));
    assertEquals(await sink.end(), 0);
    assertEquals(verify().fit, 2);
  }));

Deno.test("a name that cannot be opened is told once, and the old file goes on", () =>
  withRig(async ({ path, told, open, verify, advance }) => {
    const sink = open();
    assert(await sink.written());
    Deno.renameSync(path, `${path}.1`);
    Deno.mkdirSync(path);
    for (let i = 0; i < 3; i++) {
      await advance(1000);
      sink.add(entry(i));
      assert(await sink.written());
    }
    assertEquals(await sink.end(), 0);
    assertEquals(verify("a.1"), { found: [], fit: 4 });
    assertEquals(told.length, 1);
    assertMatch(told[0]!, /folder.* it goes on in the file that was open$/);
  }));

Deno.test("what a full disk has torn goes whole into the next file", () =>
  withRig(async ({ path, disk, open, verify, advance }) => {
    const sink = open();
    assert(await sink.written());
    disk.room = 150;
    for (let i = 0; i < 3; i++) sink.add(entry(i));
    assertEquals(await sink.written(), false);
    Deno.renameSync(path, `${path}.1`);
    // The new file is on a disk with room.
    await advance(1000);
    assertEquals(await sink.end(), 0);
    const { found, fit } = verify("a.1", "a");
    assertMatch(found[0]!, /^\d: has no end: .* was torn$/);
    assertMatch(found[1]!, /^1: begins a new file/);
    assertEquals([fit, found.length], [5, 2]);
  }));

Deno.test("a file that was cut says so in its next line", () =>
  withRig(async ({ path, told, open, verify, advance }) => {
    const sink = open();
    sink.add(entry(1));
    assert(await sink.written());
    Deno.copyFileSync(path, `${path}.1`);
    Deno.truncateSync(path, 0);
    await advance(1000);
    sink.add(entry(2));
    assertEquals(await sink.end(), 0);
    assertMatch(told.join(), /was cut from \d+ to 0 bytes$/);
    assertEquals(verify("a.1", "a"), { found: [], fit: 4 });
    assertMatch(verify().found.join(), /^1: goes on .* are missing$/);
  }));

Deno.test("without a key lines have numbers alone", () =>
  withRig(async ({ path, open }) => {
    const sink = open();
    sink.add(entry(1));
    assertEquals(await sink.end(), 0);
    const lines = Deno.readTextFileSync(path).trim().split("\n")
      .map((line) => JSON.parse(line));
    assertEquals(lines.map(({ seq, mac }) => [seq, mac]), [
      [1, undefined],
      [2, undefined],
    ]);
  }, null));

Deno.test("much that waits is written in parts, and who waits for it waits for all", () =>
  withRig(async ({ open, verify }) => {
    const sink = open();
    for (let i = 0; i < 1000; i++) {
      sink.add(`${entry(i)},"x":"${"x".repeat(1000)}"`);
    }
    assert(sink.held() > 1_000_000);
    assert(await sink.written());
    assertEquals([verify().fit, sink.held()], [1001, 0]);
    assertEquals(await sink.end(), 0);
  }));

Deno.test("much that waits behind a full disk fails for who waits for it, and comes later", () =>
  withRig(async ({ disk, open, verify, advance }) => {
    const sink = open();
    disk.room = 400_000;
    for (let i = 0; i < 1000; i++) {
      sink.add(`${entry(i)},"x":"${"x".repeat(1000)}"`);
    }
    assertEquals(await sink.written(), false);
    disk.room = Infinity;
    await advance(1000);
    assertEquals(await sink.end(), 0);
    assertEquals(verify(), { found: [], fit: 1001 });
  }));
