import { assertEquals } from "@std/assert";
import { V8_FLAGS } from "../../tools/compile.ts";

Deno.test("the source and the v8 build tell V8 the same", async () => {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  ) as { tasks: Record<string, { command: string }> };
  for (const name of ["start", "demo"]) {
    const told = tasks[name]!.command.split(" ").filter((word) =>
      word.startsWith("--v8-flags")
    );
    assertEquals(told, [V8_FLAGS]);
  }
});
