import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { matchOperation } from "../../lib/docker/match.ts";
import { OPERATION_BY_NAME } from "../../lib/docker/operations.ts";
import {
  findPreset,
  lostWithUpgrade,
  type Preset,
  PRESET_NAMES,
  PRESETS,
} from "../../lib/docker/presets.ts";
import { PRESET_CALLS, REFUSED } from "./preset_calls.ts";
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

/** A made-up preset. */
function preset(version: number, operations: string): Preset {
  return {
    name: "app",
    version,
    title: "",
    source: "",
    operations: operations.split(" "),
    note: "",
  };
}

// ------------------------------------------------------------- the table

Deno.test("PRESETS have regular names and every version from 1 on in order", () => {
  const versions = new Map<string, number>();
  for (const { name, version } of PRESETS) {
    assertMatch(name, /^[a-z]+(?:-[a-z]+)*$/);
    assertEquals(version, (versions.get(name) ?? 0) + 1, name);
    versions.set(name, version);
  }
  assertEquals([...versions.keys()], PRESET_NAMES);
});

Deno.test("PRESETS hold known operations, each once", () => {
  for (const preset of PRESETS) {
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

Deno.test("PRESETS say where their needs come from", () => {
  for (const preset of PRESETS) {
    assert(preset.title !== "", keyOf(preset));
    assertMatch(preset.source, /^(?:Recorded|Documented|Read|Inferred)\b.*\.$/);
  }
});

Deno.test("the notes of PRESETS name operations that there are, and presets that there are", () => {
  for (const preset of PRESETS) {
    for (const [, name] of preset.note.matchAll(/--allow ([a-z.]*[a-z])/g)) {
      assert(OPERATION_BY_NAME.has(name!), `${keyOf(preset)}: ${name}`);
      assert(!preset.operations.includes(name!), `${keyOf(preset)}: ${name}`);
    }
    for (const [, name] of preset.note.matchAll(/--deny ([a-z.]*[a-z])/g)) {
      assert(preset.operations.includes(name!), `${keyOf(preset)}: ${name}`);
    }
    for (const [, name] of preset.note.matchAll(/preset ([a-z-]+)/g)) {
      assert(PRESET_NAMES.includes(name!), `${keyOf(preset)}: ${name}`);
    }
  }
});

Deno.test("a released preset never changes: a changed need is a new version", () => {
  for (const [key, operations] of Object.entries(LOCK)) {
    const preset = PRESETS.find((one) => keyOf(one) === key);
    assertEquals(
      preset && [...preset.operations].sort(),
      operations,
      `${key} was released with these operations: leave its row as it is, and add a row with the next version`,
    );
  }
});

Deno.test("every version of a preset is in presets.lock.json", () => {
  for (const preset of PRESETS) {
    const key = keyOf(preset);
    assert(
      key in LOCK,
      `add to presets.lock.json: ${JSON.stringify(key)}: ${
        JSON.stringify([...preset.operations].sort())
      }`,
    );
  }
});

// ---------------------------------------------------------- the contracts

Deno.test("every version of a preset has its calls, and no other has", () => {
  assertEquals(Object.keys(PRESET_CALLS).sort(), PRESETS.map(keyOf).sort());
});

for (const preset of PRESETS) {
  const key = keyOf(preset);
  const { known = [], needs = [], refused = [] } = PRESET_CALLS[key] ??
    { known: [] };
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
  assertEquals(found, PRESETS.filter(({ name }) => name === "traefik").at(-1));
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
