import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { VARIABLE_PATTERN } from "../../lib/config/policy_format.ts";
import { matchOperation } from "../../lib/docker/match.ts";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import { presetNeeds } from "../../lib/docker/preset_needs.ts";
import {
  presetReason,
  PRESETS_WITH_REASONS,
} from "../../lib/docker/preset_reasons.ts";
import { PRESET_ROWS } from "../../lib/docker/preset_rows.ts";
import {
  allPresets,
  findPreset,
  lostWithUpgrade,
  type Preset,
  presetNames,
  versionsOf,
} from "../../lib/docker/presets.ts";
import { HIDE_WORDS } from "../../lib/guard/hide/words.ts";
import { guardWay } from "../../lib/guard/judge/rows.ts";
import { KNOB_ROWS } from "../../lib/guard/knobs.ts";
import { knobOf } from "../../lib/guard/rules.ts";
import { compile } from "../../lib/policy/compile.ts";
import { isJudged } from "../../lib/policy/guarded.ts";
import { canShow, hasGuard, hasHide } from "../../lib/policy/preset_needs.ts";
import { config } from "../support/config.ts";
import { PRESET_CALLS, REFUSED } from "./preset_calls.ts";
import { recordedCalls } from "./proven.ts";
import lock from "./presets.lock.json" with { type: "json" };

const LOCK: Readonly<Record<string, readonly string[]>> = lock;

function keyOf({ name, version }: Preset): string {
  return `${name}@${version}`;
}

/** The operation that the engine would run for `METHOD target`. */
function operationOf(call: string): string {
  const space = call.indexOf(" ");
  const match = matchOperation(call.slice(0, space), call.slice(space + 1));
  if (match.kind !== "operation") throw new Error(`${call} is ${match.kind}`);
  return match.operation.name;
}

function problemOf(text: string): string {
  const found = findPreset(text);
  return "problem" in found ? found.problem : "";
}

/** What never changes of a version: its operations, and what it needs where that takes something away. */
function lockedOf(preset: Preset): string[] {
  return [
    ...[...preset.operations].sort(),
    ...hasGuard(preset) ? [`guard: ${preset.guard}`] : [],
    ...hasHide(preset) ? [`hide: ${preset.hide}`] : [],
  ];
}

const HAS_ROW = new Set(
  PRESET_ROWS.map(([name, version]) => `${name}@${version}`),
);

/** A made-up preset. */
function preset(version: number, operations: string): Preset {
  return {
    name: "app",
    version,
    title: "",
    source: "",
    operations: operations.split(" "),
    note: "",
    guard: "",
    hide: "",
    earlier: [],
  };
}

// ------------------------------------------------------------- the table

Deno.test("presets have regular names and every version from 1 on in order", () => {
  const versions = new Map<string, number>();
  for (const { name, version } of allPresets()) {
    assertMatch(name, /^[a-z]+(?:-[a-z]+)*$/);
    assertEquals(version, (versions.get(name) ?? 0) + 1, name);
    versions.set(name, version);
  }
  assertEquals([...versions.keys()], presetNames());
});

Deno.test("presets hold known operations, each once", () => {
  for (const preset of allPresets()) {
    assertEquals(
      new Set(preset.operations).size,
      preset.operations.length,
      keyOf(preset),
    );
    for (const name of preset.operations) {
      assert(OPERATION_BY_NAME.has(name), `${keyOf(preset)}: ${name}`);
    }
  }
});

Deno.test("presets say where their needs come from", () => {
  for (const preset of allPresets()) {
    assert(preset.title !== "", keyOf(preset));
    assertMatch(
      preset.source,
      /^(?:Recorded (?:with|by others:) |From documentation: |Read in source[:,] |Inferred).*\.$/,
    );
  }
});

Deno.test("the notes of presets name operations that there are, and presets that there are", () => {
  for (const preset of allPresets()) {
    for (const [, name] of preset.note.matchAll(/--allow ([a-z.]*[a-z])/g)) {
      assert(OPERATION_BY_NAME.has(name!), `${keyOf(preset)}: ${name}`);
      assert(!preset.operations.includes(name!), `${keyOf(preset)}: ${name}`);
    }
    for (const [, name] of preset.note.matchAll(/--deny ([a-z.]*[a-z])/g)) {
      assert(preset.operations.includes(name!), `${keyOf(preset)}: ${name}`);
    }
    for (const [, name] of preset.note.matchAll(/preset ([a-z-]+)/g)) {
      assert(presetNames().includes(name!), `${keyOf(preset)}: ${name}`);
    }
  }
});

Deno.test("a released preset never changes: a changed need is a new version", () => {
  for (const [key, operations] of Object.entries(LOCK)) {
    const preset = allPresets().find((one) => keyOf(one) === key);
    assertEquals(
      preset && lockedOf(preset),
      operations,
      `${key} was released with these operations: leave its row as it is, and add a row with the next version`,
    );
  }
});

Deno.test("every version of a preset is in presets.lock.json", () => {
  for (const preset of allPresets()) {
    const key = keyOf(preset);
    assert(
      key in LOCK,
      `add to presets.lock.json: ${JSON.stringify(key)}: ${
        JSON.stringify(lockedOf(preset))
      }`,
    );
  }
});

// -------------------------------------------------------------- the needs

Deno.test("the newest version of every preset says what it needs of bodies and answers, with a reason, and no other preset does", () => {
  for (const name of presetNames()) {
    const { guard, hide } = findPreset(name) as Preset;
    assert(guard !== "" && hide !== "", name);
  }
  assertEquals([...PRESETS_WITH_REASONS], presetNames());
  for (const name of presetNames()) assertMatch(presetReason(name), /^It|\.$/);
  const keys = new Set(allPresets().map(keyOf));
  assertEquals([...presetNeeds().keys()].filter((key) => !keys.has(key)), []);
});

Deno.test("a version that changes nothing but its needs has the operations of the one before", () => {
  assertEquals(versionsOf("traefik", allPresets()).map(keyOf), [
    "traefik@1",
    "traefik@2",
  ]);
  for (const preset of allPresets()) {
    if (HAS_ROW.has(keyOf(preset))) continue;
    const before = allPresets()[allPresets().indexOf(preset) - 1]!;
    assertEquals(before.name, preset.name);
    assertEquals(preset.operations, before.operations);
    // Without a guard and with nothing hidden it would be the same once more.
    assert(hasGuard(preset) || hasHide(preset), keyOf(preset));
  }
});

Deno.test("a guard is standard with flags that it allows, and for what is judged", () => {
  for (const preset of allPresets()) {
    const key = keyOf(preset);
    const judged = preset.operations.some(isJudged);
    if (preset.guard === "-") assert(!judged, key);
    if (preset.guard === "none") assert(judged, key);
    if (!hasGuard(preset)) {
      assert(["", "-", "none"].includes(preset.guard), key);
      continue;
    }
    assert(judged, key);
    const [level, ...flags] = preset.guard.split(" ");
    assertEquals(level, "standard");
    for (const flag of flags) {
      const row = KNOB_ROWS.get(flag);
      assertEquals([row?.kind, row?.standard], ["flag", "deny"], key);
    }
  }
});

Deno.test("what is hidden is made of known words and variables, and is for answers that could show it", () => {
  for (const preset of allPresets()) {
    const key = keyOf(preset);
    const shows = preset.operations.some(canShow);
    if (preset.hide === "-") assert(!shows, key);
    if (preset.hide === "none") assert(shows, key);
    if (!hasHide(preset)) {
      assert(["", "-", "none"].includes(preset.hide), key);
      continue;
    }
    assert(shows, key);
    const parts = preset.hide.split(" ");
    const words = parts.filter((part) => !part.startsWith("except="));
    for (const word of words) assert(HIDE_WORDS.some((one) => one === word));
    const except = parts.find((part) => !words.includes(part));
    for (const name of except?.slice("except=".length).split(",") ?? []) {
      assertMatch(name, VARIABLE_PATTERN);
    }
  }
});

for (
  const preset of allPresets().filter((one) => hasGuard(one) || hasHide(one))
) {
  const key = keyOf(preset);
  const { rest } = compile(config([`--preset=${key}`]).grants);

  Deno.test(`preset ${key}: its guard and what it hides leave it all its operations`, () => {
    assertEquals(rest.guard !== null, hasGuard(preset));
    assertEquals(rest.hide !== null, hasHide(preset));
    for (const name of preset.operations) {
      assert(rest.verdicts.get(name)?.allowed, name);
      const { kind, knob } = guardWay(name);
      if (rest.guard === null || kind !== "never") continue;
      assertEquals(knobOf(rest.guard, knob ?? "").verdict, "allow", name);
    }
  });
}

Deno.test("what a note adds can stand beside what its preset hides and judges", () => {
  for (const name of presetNames()) {
    const { note } = findPreset(name) as Preset;
    const added = [...note.matchAll(/--allow ([a-z.]*[a-z])/g)]
      .map(([, operation]) => operation!);
    if (added.length === 0) continue;
    const { rest } = compile(
      config([`--preset=${name}`, `--allow=${added.join(",")}`]).grants,
    );
    for (const one of added) {
      assert(rest.verdicts.get(one)?.allowed, `${name}: ${one}`);
    }
  }
});

Deno.test("no preset hides from a program that writes back what it has inspected", () => {
  for (const preset of allPresets().filter(hasHide)) {
    const has = (name: string) => preset.operations.includes(name);
    for (
      const name of ["container.create", "service.create", "service.update"]
    ) {
      assert(!has(name), keyOf(preset));
    }
  }
});

Deno.test("who may run commands or copy files reads what is hidden all the same, so nothing is", () => {
  for (const preset of allPresets().filter(hasHide)) {
    for (
      const name of ["exec.start", "container.attach", "container.archive.get"]
    ) {
      assert(!preset.operations.includes(name), keyOf(preset));
    }
  }
});

// ---------------------------------------------------------- the contracts

Deno.test("every version with operations of its own has its calls, and no other has", () => {
  assertEquals(Object.keys(PRESET_CALLS).sort(), [...HAS_ROW].sort());
});

for (const preset of allPresets().filter((one) => HAS_ROW.has(keyOf(one)))) {
  const key = keyOf(preset);
  const { known: read, needs = [], refused = [] } = PRESET_CALLS[key] ??
    { known: [] };
  const known = [...recordedCalls(preset.name), ...read];
  const held = new Set(preset.operations);

  Deno.test(`preset ${key} grants what its client sends`, () => {
    assert(known.length > 0);
    for (const call of known) assert(held.has(operationOf(call)), call);
  });

  Deno.test(`preset ${key} holds nothing that its client does not send`, () => {
    const used = new Set(known.map(operationOf));
    assertEquals(preset.operations.filter((name) => !used.has(name)), []);
  });

  Deno.test(`preset ${key} grants none of the grave calls but those that it says it needs`, () => {
    const grave = new Set(REFUSED.map(operationOf));
    for (const name of needs) assert(grave.has(name), `${name} is not listed`);
    assertEquals(
      [...grave].filter((name) => held.has(name)).sort(),
      [...needs].sort(),
    );
    for (const call of refused) assert(!held.has(operationOf(call)), call);
  });
}

// ------------------------------------------------------------- the look-up

Deno.test("findPreset() gives the newest version, or the one that is named", () => {
  const found = findPreset("traefik");
  assertEquals(
    found,
    allPresets().filter(({ name }) => name === "traefik").at(-1),
  );
  assertEquals(keyOf(findPreset("traefik@1") as Preset), "traefik@1");
});

Deno.test("findPreset() says what is wrong with a name, and with a version", () => {
  for (const text of ["trafik", "Traefik", "", "@1", "constructor", "*"]) {
    assertStringIncludes(problemOf(text), "run sockwarden presets");
  }
  for (
    const text of ["traefik@", "traefik@01", "traefik@99", "traefik@1@1"]
  ) {
    assertStringIncludes(problemOf(text), "write traefik@1");
  }
});

Deno.test("lostWithUpgrade() names what an earlier version granted, and which does", () => {
  const all = [
    preset(1, "system.ping container.list system.events"),
    preset(2, "system.ping container.list container.inspect"),
    preset(3, "system.ping container.list"),
  ];
  assertEquals(
    lostWithUpgrade(all[2]!, all),
    "preset app is version 3 now and no longer grants system.events (app@1 does), container.inspect (app@2 does); to keep one, write its version",
  );
});

Deno.test("lostWithUpgrade() is silent where nothing was lost", () => {
  const first = preset(1, "system.ping container.list");
  const more = preset(2, "container.list system.ping system.events");
  assertEquals(lostWithUpgrade(first, [first]), null);
  assertEquals(lostWithUpgrade(more, [first, more]), null);
  const back = preset(3, "container.list system.ping system.events");
  const without = preset(2, "container.list");
  assertEquals(lostWithUpgrade(back, [first, without, back]), null);
});

Deno.test("lostWithUpgrade() is silent on an older version, which grants what it did", () => {
  const all = [
    preset(1, "system.ping system.events"),
    preset(2, "system.ping"),
  ];
  assertEquals(lostWithUpgrade(all[0]!, all), null);
});
