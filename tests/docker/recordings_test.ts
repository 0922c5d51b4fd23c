/** What real programs sent, replayed against the presets. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { matchOperation } from "../../lib/docker/match.ts";
import {
  findPreset,
  type Preset,
  presetNames,
} from "../../lib/docker/presets.ts";
import { compile } from "../../lib/policy/compile.ts";
import { decide, plainRequest } from "../../lib/policy/decide.ts";
import { config } from "../support/config.ts";
import {
  type ProgramCall,
  programRecordings,
  recordingTexts,
} from "../support/program_recordings.ts";
import { PROOFS } from "./proven.ts";

const RECORDINGS = programRecordings();

/** Calls that a proxy refused when they were recorded did not do anything for the program. */
function happened({ status }: ProgramCall): boolean {
  return status !== 403;
}

function newest(name: string): Preset {
  const found = findPreset(name);
  if ("problem" in found) throw new Error(`${name}: ${found.problem}`);
  return found;
}

/** The recordings that a preset is held against. */
function proofsOf(preset: string): string[] {
  return Object.keys(PROOFS).filter((name) =>
    PROOFS[name]!.presets.includes(preset)
  );
}

Deno.test("every recording is held against presets, or known to have none", () => {
  assertEquals(Object.keys(PROOFS).sort(), [...RECORDINGS.keys()].sort());
});

Deno.test("recordings say what they are from and name nobody", () => {
  for (const [name, { program, engine, recorded, made }] of RECORDINGS) {
    assert(program !== "" && made !== "", name);
    for (const one of engine.split(", ")) {
      assertMatch(one, /^dockerd \d+\.\d+\.\d+ \(API 1\.\d+\)$/);
    }
    assertMatch(recorded, /^20\d\d-\d\d-\d\d$/);
  }
  for (const text of recordingTexts()) {
    assertEquals(
      /\/(?:home|root|work|tmp|Users)\/|\b\d+\.\d+\.\d+\.\d+\b|@[a-z]+\.|password|token/i
        .exec(text),
      null,
    );
  }
});

Deno.test("recordings name the operations that the engine ran", () => {
  for (const [name, { calls }] of RECORDINGS) {
    assert(calls.length > 0, name);
    for (const { method, target, operation, count, status } of calls) {
      const match = matchOperation(method, target);
      assertEquals(
        match.kind === "operation" ? match.operation.name : match.kind,
        operation,
        `${name}: ${method} ${target}`,
      );
      assert(count > 0 && status > 100 && status < 600, `${name}: ${target}`);
    }
  }
});

for (const [name, { calls }] of RECORDINGS) {
  const { presets, beside = [] } = PROOFS[name] ?? { presets: [] };
  if (presets.length === 0) continue;

  Deno.test(`what ${name} sent is granted by ${presets.join(", ")}`, () => {
    const policy = compile(
      config([
        `--preset=${presets.join(",")}`,
        ...beside.length === 0 ? [] : [`--allow=${beside.join(",")}`],
      ]).grants,
    );
    for (const { method, target } of calls) {
      const { outcome } = decide(
        policy,
        { name: null },
        plainRequest(method, target),
      );
      assert(outcome !== "refused", `${method} ${target}`);
    }
    // Each preset has its part in it, and none of what stands beside is granted anyway.
    const sent = new Set(calls.filter(happened).map((call) => call.operation));
    for (const preset of presets) {
      assert(newest(preset).operations.some((one) => sent.has(one)), preset);
    }
    for (const one of beside) {
      assert(calls.some(({ operation }) => operation === one), one);
      for (const preset of presets) {
        assert(!newest(preset).operations.includes(one), `${preset}: ${one}`);
      }
    }
  });
}

/** What a preset's source names as not recorded. */
function exceptions({ source }: Preset): string[] {
  const clause = /, but for ([^;]*)/.exec(source)?.[1] ?? "";
  return [...clause.matchAll(/[a-z]+(?:\.[a-z]+)+/g)].map(([name]) => name);
}

Deno.test("a preset says what it grants that no recording of it shows", () => {
  for (const name of presetNames()) {
    const proofs = proofsOf(name);
    const preset = newest(name);
    const seen = new Set(
      proofs.flatMap((proof) => RECORDINGS.get(proof)!.calls)
        .filter(happened).map(({ operation }) => operation),
    );
    assertEquals(
      exceptions(preset).sort(),
      proofs.length === 0
        ? []
        : preset.operations.filter((one) => !seen.has(one)).sort(),
      name,
    );
  }
});

Deno.test("a preset says 'Recorded with' its programs and their versions where there are recordings, and nowhere else", () => {
  for (const preset of presetNames()) {
    const { source } = newest(preset);
    const proofs = proofsOf(preset);
    assertEquals(/recorded with/i.test(source), proofs.length > 0, preset);
    for (const proof of proofs) {
      const version = /-(\d+(?:\.\d+)*)$/.exec(proof)?.[1] ?? "";
      assert(source.includes(version), `${preset}: ${proof}`);
    }
  }
});
