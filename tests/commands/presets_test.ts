import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { columns } from "../../lib/commands/columns.ts";
import { nearestSwitches } from "../../lib/commands/nearest_switches.ts";
import { bySectionAndClass } from "../../lib/commands/presets.ts";
import { OPERATION_BY_NAME, OPERATIONS } from "../../lib/docker/operations.ts";
import { PRESET_NAMES, PRESETS } from "../../lib/docker/presets.ts";
import { verdictOf } from "../../lib/policy/compile.ts";
import { runSockwarden } from "../e2e/sockwarden.ts";
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

// ---------------------------------------------------------- nearestSwitches

Deno.test("nearestSwitches() gives settings under which the policy grants the presets and what it says beyond, no more", () => {
  for (const { name, operations } of PRESETS) {
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
  for (const { name, operations } of PRESETS) {
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
  // Whatever CONTAINERS grants already needs no switch of its own.
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

Deno.test("nearestSwitches() throws on what is no operation", () => {
  assertThrows(() => nearestSwitches(["container"]), Error, "'container'");
});

// ----------------------------------------------------------------- printing

Deno.test("bySectionAndClass() groups by section, the gravest class first", () => {
  const operations = [
    "container.list",
    "exec.inspect",
    "container.create",
    "container.stats",
    "debug.vars",
  ].map((name) => OPERATION_BY_NAME.get(name)!);
  assertEquals(bySectionAndClass(operations), [
    ["CONTAINERS", "write", "container.create"],
    ["CONTAINERS", "read", "container.list, container.stats"],
    ["EXEC", "sensitive-read", "exec.inspect"],
    ["", "sensitive-read", "debug.vars"],
  ]);
});

Deno.test("columns() pads all but the last cell", () => {
  assertEquals(
    columns([["a", "bb", "c"], ["aaa", "b"], []]),
    [
      "a    bb  c\n",
      "aaa  b\n",
      "\n",
    ].join(""),
  );
});

// -------------------------------------------------------------- the command

Deno.test("presets lists every preset with its number of operations", async () => {
  const { code, stdout } = await runSockwarden(["presets"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^NAME +OPERATIONS +TITLE\n/);
  for (const name of PRESET_NAMES) {
    const { operations, title } = PRESETS.findLast((one) => one.name === name)!;
    const line = stdout.split("\n").find((one) => one.startsWith(`${name} `));
    assertEquals(line?.split(/ {2,}/), [
      name,
      String(operations.length),
      title,
    ]);
  }
});

Deno.test("presets NAME shows operations with their class, source and note, and the switches with what they grant beyond", async () => {
  const { code, stdout } = await runSockwarden(["presets", "autoheal@1"]);
  assertEquals(code, 0);
  const { source, note, operations } = PRESETS.find(({ name }) =>
    name === "autoheal"
  )!;
  const { beyond } = nearestSwitches(operations);
  assertStringIncludes(stdout, "autoheal@1: Autoheal");
  assertStringIncludes(stdout, source);
  assertStringIncludes(stdout, note);
  assertMatch(stdout, /^container\.list +read$/m);
  assertMatch(stdout, /^container\.restart +write$/m);
  assertMatch(
    stdout,
    /Nearest switches of docker-socket-proxy: CONTAINERS=1 .*ALLOW_RESTARTS=1$/m,
  );
  assertMatch(
    stdout,
    /^ {2}CONTAINERS +write +container\.kill, container\.stop$/m,
  );
  assertStringIncludes(stdout, `would grant ${beyond.length} more operations:`);
});

Deno.test("presets takes several names with commas and spaces, and compares them together", async () => {
  const { code, stdout } = await runSockwarden([
    "presets",
    "traefik,dozzle",
    "dozzle-actions, traefik@1",
  ]);
  assertEquals(code, 0);
  assertEquals(stdout.match(/^[a-z-]+@[0-9]+: /gm), [
    "traefik@1: ",
    "dozzle@1: ",
    "dozzle-actions@1: ",
  ]);
  assertEquals(stdout.match(/Nearest switches/g)?.length, 1);
});

Deno.test("presets ends with 2 on unknown names and gives the nearest right one", async () => {
  const { code, stdout, stderr } = await runSockwarden([
    "presets",
    "traefik",
    "trafik",
    "dozzle@7",
  ]);
  assertEquals(code, 2);
  assertEquals(stdout, "");
  assertMatch(stderr, /^sockwarden: 'trafik': .*; did you mean traefik\?$/m);
  assertMatch(stderr, /^sockwarden: 'dozzle@7': .* write dozzle@1$/m);
});
