import { assertEquals } from "@std/assert";
import { decodeUtf8 } from "../../lib/host.ts";
import { createSink, flushSink, type Write } from "../../lib/learn/sink.ts";

/** A file of a disk that takes so many bytes, a few at a time. */
function disk(room: number) {
  const file = { text: "", synced: 0, room };
  const to: Write = {
    write(bytes) {
      const taken = Math.min(bytes.length, 5, file.room);
      if (taken === 0) {
        return Promise.reject(new Error("No space left on device"));
      }
      file.room -= taken;
      file.text += decodeUtf8(bytes.subarray(0, taken));
      return Promise.resolve(taken);
    },
    sync() {
      file.synced++;
      return Promise.resolve();
    },
  };
  return { file, to };
}

Deno.test("flushSink: lines are written whole and in order, then the disk is waited for", async () => {
  const { file, to } = disk(Infinity);
  const sink = createSink(to, () => {});
  sink.waiting = "one line\nand another\n";
  await flushSink(sink);
  assertEquals(file, {
    text: "one line\nand another\n",
    synced: 1,
    room: Infinity,
  });
  await flushSink(sink);
  assertEquals(file.synced, 1);
});

Deno.test("flushSink: a full disk is told once; then the rest of the line comes first", async () => {
  const { file, to } = disk(7);
  const told: string[] = [];
  const sink = createSink(to, (_, message) => told.push(message));
  sink.waiting = "first line\n";
  await flushSink(sink);
  sink.waiting += "second line\n";
  await flushSink(sink);
  assertEquals(told, [
    "the recording cannot be written: No space left on device; it is tried again each second, and up to 4 MiB are kept meanwhile",
  ]);
  file.room = 1000;
  await flushSink(sink);
  assertEquals(file.text, "first line\nsecond line\n");
  assertEquals(told.slice(1), ["the recording is written again"]);
});
