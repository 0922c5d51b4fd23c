import { assert, assertEquals, assertThrows } from "@std/assert";
import { nearestSwitches } from "../../lib/commands/nearest_switches.ts";
import { OPERATIONS } from "../../lib/docker/operations.ts";
import { allPresets } from "../../lib/docker/presets.ts";
import { verdictOf } from "../../lib/policy/compile.ts";
import { grants } from "../support/grants.ts";

/** What the policy grants under settings as `NAME=1`, without podman's defaults. */
function grantedBy(settings: readonly string[]): string[] {
  const policy = grants({
    LIBPOD_PING: 0,
    LIBPOD_VERSION: 0,
    ...Object.fromEntries(settings.map((setting) => {
      const [name = "", value] = setting.split("=");
      return [name, value === "1"];
    })),
  });
  return OPERATIONS.filter((operation) => verdictOf(policy, operation).allowed)
    .map(({ name }) => name);
}

function namesOf(operations: readonly { readonly name: string }[]): string[] {
  return operations.map(({ name }) => name);
}

Deno.test("nearestSwitches() gives settings under which the policy grants the presets and what it says beyond, no more", () => {
  for (const { name, operations } of allPresets()) {
    const { settings, beyond, ungoverned } = nearestSwitches(operations);
    assertEquals(ungoverned, [], name);
    assertEquals(
      grantedBy(settings).sort(),
      [...operations, ...namesOf(beyond)].sort(),
      name,
    );
  }
});

Deno.test("nearestSwitches() gives no switch that the presets could do without", () => {
  for (const { name, operations } of allPresets()) {
    const { settings } = nearestSwitches(operations);
    for (const setting of settings) {
      if (setting.endsWith("=0")) continue;
      const fewer = settings.map((one) =>
        one === setting ? setting.replace("=1", "=0") : one
      );
      const granted = new Set(grantedBy(fewer));
      assert(
        operations.some((operation) => !granted.has(operation)),
        `${name} does not need ${setting}`,
      );
    }
  }
});

Deno.test("nearestSwitches() takes the switch that grants the least beyond", () => {
  const settingsOf = (...names: string[]) =>
    nearestSwitches(names).settings.filter((one) => one.endsWith("=1"));
  assertEquals(settingsOf("container.stop"), ["ALLOW_STOP=1"]);
  assertEquals(settingsOf("container.restart", "container.list"), [
    "CONTAINERS=1",
    "ALLOW_RESTARTS=1",
  ]);
  assertEquals(settingsOf("container.logs"), ["ALLOW_LOGS=1"]);
  // Operations that CONTAINERS grants need no further switch.
  assertEquals(settingsOf("container.logs", "container.list"), [
    "CONTAINERS=1",
  ]);
  assertEquals(settingsOf("container.stop", "container.create"), [
    "CONTAINERS=1",
    "POST=1",
  ]);
  // ALLOW_RESTARTS grants all three: ALLOW_STOP would be one switch too many.
  assertEquals(
    settingsOf("container.restart", "container.stop", "container.kill"),
    ["ALLOW_RESTARTS=1"],
  );
});

Deno.test("nearestSwitches() switches off what is on by default and not needed", () => {
  assertEquals(nearestSwitches(["system.ping", "image.list"]).settings, [
    "EVENTS=0",
    "IMAGES=1",
    "PING=1",
    "VERSION=0",
  ]);
});

Deno.test("nearestSwitches() names the operations that no switch grants", () => {
  const { settings, ungoverned } = nearestSwitches([
    "debug.vars",
    "libpod.quadlet.list",
    "system.info",
  ]);
  assertEquals(namesOf(ungoverned), ["debug.vars", "libpod.quadlet.list"]);
  assert(settings.includes("INFO=1"));
});

Deno.test("nearestSwitches() throws on an unknown operation", () => {
  assertThrows(
    () => nearestSwitches(["container"]),
    Error,
    "unknown operation 'container'",
  );
});
