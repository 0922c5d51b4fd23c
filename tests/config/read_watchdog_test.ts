import { assertEquals, assertStringIncludes } from "@std/assert";
import { config, problem } from "../support/config.ts";

Deno.test("nothing watches the engine unless asked for", () => {
  assertEquals(config([]).watchdog, null);
  assertEquals(config([], { SOCKWARDEN_WATCHDOG: "" }).watchdog, null);
});

Deno.test("the watchdog has a time between probes, and a patience", () => {
  assertEquals(config(["--watchdog=5s"]).watchdog, {
    interval: 5000,
    patience: null,
  });
  assertEquals(
    config([], {
      SOCKWARDEN_WATCHDOG: "10",
      SOCKWARDEN_EXIT_ON_ENGINE_LOSS: "1m",
    }).watchdog,
    { interval: 10_000, patience: 60_000 },
  );
});

for (
  const [argv, message] of [
    [
      ["--watchdog=often"],
      "--watchdog=often: expected a time such as 500ms, 10s, 5m or 1h",
    ],
    [
      ["--watchdog=500ms"],
      "--watchdog=500ms: expected a time of at least 1s, such as 5s",
    ],
    [["--watchdog=0"], "--watchdog=0: expected a time"],
    [
      ["--exit-on-engine-loss=60s"],
      "--exit-on-engine-loss=60s: nothing watches the engine: add --watchdog 5s",
    ],
    [
      ["--watchdog=5s", "--exit-on-engine-loss=late"],
      "--exit-on-engine-loss=late: expected a time",
    ],
  ] as const
) {
  Deno.test(`${argv.join(" ")} is refused`, () => {
    assertStringIncludes(problem([...argv]), message);
  });
}
