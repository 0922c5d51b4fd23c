import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { eventReader, MAX_EVENT_CHARACTERS } from "../../web/sse.ts";

Deno.test("events are read with their names, comments are left out", () => {
  const read = eventReader();
  assertEquals(
    read(": hello\n\nevent: state\ndata: {}\n\ndata: a\ndata:b\n\n:\n\n"),
    [{ name: "state", data: "{}" }, { name: "message", data: "a\nb" }],
  );
});

Deno.test("an event without data is none, and its name is not the next one's", () => {
  assertEquals(eventReader()("event: x\n\ndata: y\r\n\r\n"), [
    { name: "message", data: "y" },
  ]);
});

Deno.test("events are the same however the stream is cut into pieces", () => {
  const text = 'event: decisions\ndata: {"a":1}\n\n:\n\ndata: ö\n\n';
  const whole = eventReader()(text);
  assertEquals(whole.length, 2);
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), text.length];
      const read = eventReader();
      const events = places.slice(1).flatMap((end, at) =>
        read(text.slice(places[at], end))
      );
      assertEquals(events, whole);
    }),
  );
});

Deno.test("a stream whose event has no end is given up", () => {
  const read = eventReader();
  const line = `data: ${"x".repeat(MAX_EVENT_CHARACTERS / 2)}\n`;
  read(line);
  assertThrows(() => read(line + line), RangeError);
});
