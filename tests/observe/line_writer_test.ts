import { assert } from "@std/assert";
import { addLine, createLineWriter } from "../../lib/observe/line_writer.ts";
import { holdClock } from "../support/held_clock.ts";

Deno.test("a line that comes just as the writing ends is on its way too", async () => {
  const clock = holdClock();
  try {
    for (let depth = 0; depth < 8; depth++) {
      let text = "";
      const writer = createLineWriter((bytes) => {
        text += new TextDecoder().decode(bytes);
        if (text === "first\n") {
          let turn = Promise.resolve();
          for (let i = 0; i < depth; i++) turn = turn.then(() => {});
          turn.then(() => addLine(writer, "second\n"));
        }
        return Promise.resolve(bytes.length);
      }, () => "");
      addLine(writer, "first\n");
      await clock.advance(1000);
      await clock.advance(1000);
      assert(text === "first\nsecond\n", `after ${depth} turns: ${text}`);
    }
  } finally {
    clock.release();
  }
});
