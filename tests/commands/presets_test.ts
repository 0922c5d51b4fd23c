import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { nearestSwitches } from "../../lib/commands/nearest_switches.ts";
import { bySectionAndClass } from "../../lib/commands/presets.ts";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import { allPresets, presetNames } from "../../lib/docker/presets.ts";
import { runSockwarden } from "../e2e/sockwarden.ts";

Deno.test("bySectionAndClass() groups by section, the most severe class first", () => {
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

Deno.test("presets lists every preset with its number of operations", async () => {
  const { code, stdout } = await runSockwarden(["presets"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^NAME +OPERATIONS +TITLE\n/);
  for (const name of presetNames()) {
    const { operations, title } = allPresets().findLast((one) =>
      one.name === name
    )!;
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
  const { source, note, operations } = allPresets().find(({ name }) =>
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

Deno.test("presets NAME shows what a preset needs of bodies and answers, and why", async () => {
  const { stdout } = await runSockwarden([
    "presets",
    "sablier,watchtower,testcontainers-jvm,nginx-proxy,sablier@1",
  ]);
  const needs = stdout.split(/^(?=[a-z-]+@[0-9]+: )/m).map((part) =>
    part.split("\n").filter((line) => /^(?:guard|hide|why): /.test(line))
  );
  assertEquals(needs.map((lines) => lines.length), [3, 3, 3, 3, 0]);
  assertEquals(needs[0]!.slice(0, 2), [
    "guard:  requests keep to the guard 'standard' with targets: allow",
    "hide:   env, args, mounts",
  ]);
  assertEquals(needs[1]!.slice(0, 2), ["guard:  none", "hide:   none"]);
  assertStringIncludes(needs[1]![2]!, "as they were");
  assertEquals(needs[2]!.slice(0, 2), [
    "guard:  there is nothing to judge",
    "hide:   there is nothing to hide",
  ]);
  assertMatch(
    needs[3]![1]!,
    /^hide: {3}env but for VIRTUAL_\* .*, args, mounts$/,
  );
  assertStringIncludes(stdout, "other versions: sablier@1\n");
});

Deno.test("presets takes several names with commas and spaces, and compares them together", async () => {
  const { code, stdout } = await runSockwarden([
    "presets",
    "traefik,dozzle",
    "dozzle-actions, traefik@1",
  ]);
  assertEquals(code, 0);
  assertEquals(stdout.match(/^[a-z-]+@[0-9]+: /gm), [
    "traefik@2: ",
    "dozzle@2: ",
    "dozzle-actions@2: ",
    "traefik@1: ",
  ]);
  assertEquals(stdout.match(/Nearest switches/g)?.length, 1);
});

Deno.test("presets exits with 2 on unknown names and suggests the nearest one", async () => {
  const { code, stdout, stderr } = await runSockwarden([
    "presets",
    "traefik",
    "trafik",
    "dozzle@7",
  ]);
  assertEquals(code, 2);
  assertEquals(stdout, "");
  assertMatch(stderr, /^sockwarden: 'trafik': .*; did you mean traefik\?$/m);
  assertMatch(
    stderr,
    /^sockwarden: 'dozzle@7': .* write dozzle@1 or dozzle@2$/m,
  );
});
