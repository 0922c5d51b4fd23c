/** The preset that comes nearest. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  findPreset,
  type Preset,
  presetNames,
} from "../../lib/docker/presets.ts";
import { nearestPreset, nearestText } from "../../lib/learn/nearest_preset.ts";

Deno.test("what a preset grants is nearest to it, or to one that grants the same", () => {
  for (const name of presetNames()) {
    const { operations } = findPreset(name) as Preset;
    const near = nearestPreset(operations)!;
    assertEquals([near.beyond, near.lacks], [[], []], name);
  }
});

Deno.test("it is told what the preset grants beyond and what it lacks", () => {
  const { operations } = findPreset("watchtower") as Preset;
  const seen = operations.filter((name) =>
    !["container.rename", "container.delete"].includes(name)
  );
  const near = nearestPreset([...seen, "system.df"])!;
  assertEquals(near.preset.name, "watchtower");
  assertEquals(near.lacks, ["system.df"]);
  const text = nearestText(near, 3 * 86400);
  assertStringIncludes(text, "nearest preset: watchtower@");
  for (const name of near.beyond) assertStringIncludes(text, name);
  assertStringIncludes(
    text,
    ", not seen in 3 days; it does not grant system.df",
  );
});

Deno.test("no preset is named that has less in common than apart", () => {
  assertEquals(nearestPreset(["swarm.leave"]), null);
  assertEquals(nearestPreset([]), null);
});
