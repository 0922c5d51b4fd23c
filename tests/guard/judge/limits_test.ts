import { assertEquals } from "@std/assert";
import type { JsonValue } from "../../../lib/guard/json.ts";
import {
  parseCeiling,
  REQUIRED_WORDS,
} from "../../../lib/guard/judge/limits.ts";
import { host, judged, type OwnKnobs, refused } from "./judging.ts";

Deno.test("parseCeiling() takes units of 1024 and fractions", () => {
  assertEquals(
    ["512m", "2g", "1.5", "100", "1.5G", "256MiB", "1kb"].map(parseCeiling),
    [2 ** 29, 2 ** 31, 1.5, 100, 1.5 * 2 ** 30, 2 ** 28, 1024],
  );
  assertEquals(
    ["", "x", "-1", "1e3", "m"].map(parseCeiling),
    Array(5).fill(NaN),
  );
});

/** Ceilings, a HostConfig that keeps to them, and others with the fields that do not. */
const CEILINGS: readonly [
  knobs: OwnKnobs,
  kept: Readonly<Record<string, JsonValue>>,
  over: readonly [Readonly<Record<string, JsonValue>>, string][],
][] = [
  [{ "memory-max": "512m" }, { Memory: 2 ** 29, MemorySwap: 2 ** 30 }, [
    [{ Memory: 2 ** 29 + 1 }, "Memory"],
    [{}, "Memory"],
    [{ Memory: 2 ** 20, MemorySwap: -1 }, "MemorySwap"],
    [{ Memory: 2 ** 20, MemorySwap: 2 ** 40 }, "MemorySwap"],
  ]],
  [{ "cpus-max": "1.5" }, { NanoCpus: 1.5e9 }, [
    [{ NanoCpus: 1.6e9 }, "NanoCpus"],
    [{}, "NanoCpus"],
    [{ CpuPeriod: 1000 }, "NanoCpus"],
    [{ CpuQuota: 200000 }, "CpuQuota"],
    [{ CpuQuota: 2000, CpuPeriod: 1000 }, "CpuQuota"],
    [{ CpuQuota: -1 }, "NanoCpus"],
  ]],
  [{ "cpus-max": "1.5" }, { CpuQuota: 150000 }, []],
  [{ "pids-max": "100" }, { PidsLimit: 100 }, [
    [{ PidsLimit: 101 }, "PidsLimit"],
    [{ PidsLimit: 0 }, "PidsLimit"],
    [{ PidsLimit: -1 }, "PidsLimit"],
    [{}, "PidsLimit"],
  ]],
  [{ "shm-max": "64m" }, { ShmSize: 2 ** 26 }, [
    [{ ShmSize: 2 ** 26 + 1 }, "ShmSize"],
  ]],
];

for (const [knobs, kept, over] of CEILINGS) {
  const [knob] = Object.keys(knobs);
  Deno.test(`${JSON.stringify(knobs)} passes ${JSON.stringify(kept)}, and no more`, () => {
    assertEquals(refused(host(kept), { knobs }), []);
    for (const [config, field] of over) {
      assertEquals(refused(host(config), { knobs }), [
        `${knob} HostConfig.${field}`,
      ]);
      assertEquals(refused(host(config)), []);
    }
  });
}

Deno.test("a limit at the root is judged too, but sets none", () => {
  const knobs = { "memory-max": "1k" };
  assertEquals(refused({ Image: "app", Memory: 2048 }, { knobs }), [
    "memory-max HostConfig.Memory",
    "memory-max Memory",
  ]);
});

const STRONG = {
  Image: "app",
  User: "1000:1000",
  HostConfig: {
    Memory: 2 ** 29,
    NanoCpus: 1e9,
    PidsLimit: 100,
    ReadonlyRootfs: true,
    SecurityOpt: ["no-new-privileges:true"],
    CapDrop: ["all"],
  },
};
const require = REQUIRED_WORDS;

Deno.test("'require' passes a creation that sets all of its words", () => {
  assertEquals(refused(STRONG, { knobs: { require } }), []);
});

Deno.test("'require' refuses a creation that sets none, each word at its place", () => {
  assertEquals(refused({ Image: "app" }, { knobs: { require } }), [
    "require HostConfig.Memory",
    "require HostConfig.NanoCpus",
    "require HostConfig.PidsLimit",
    "require User",
    "require HostConfig.ReadonlyRootfs",
    "require HostConfig.SecurityOpt",
    "require HostConfig.CapDrop",
  ]);
  // What stands at the root counts for older engines alone.
  const { Image, User, HostConfig } = STRONG;
  const atRoot = refused({ Image, User, ...HostConfig }, {
    knobs: { require },
  });
  assertEquals(atRoot.length, require.length - 1);
});

Deno.test("a user that is root in any spelling is not another user", () => {
  for (const User of ["", "0", "root", "0:0", "root:1000", "00", "+0", ":5"]) {
    const found = refused({ Image: "app", User }, {
      knobs: { require: ["user"] },
    });
    assertEquals([User, found], [User, ["require User"]]);
  }
  const knobs = { require: ["user"] };
  assertEquals(refused({ Image: "app", User: "10" }, { knobs }), []);
});

Deno.test("'require' refuses an update that takes a limit away, and no other", () => {
  const operation = "container.update";
  const found = (body: Record<string, JsonValue>) =>
    refused(body, { operation, knobs: { require } });
  for (
    const [field, ...values] of [
      ["Memory", -1],
      ["CpuQuota", -1],
      ["PidsLimit", -1, 0],
    ] as const
  ) {
    for (const value of values) {
      assertEquals(found({ [field]: value }), [`require ${field}`]);
      assertEquals(refused({ [field]: value }, { operation }), []);
    }
  }
  assertEquals(found({}), []);
  assertEquals(found({ Memory: 2 ** 26, CpuQuota: 5, PidsLimit: 9 }), []);
  assertEquals(found({ Memory: 0, CpuQuota: 0, PidsLimit: null }), []);
});

Deno.test("the remedy of 'require' is the list without that word", () => {
  const knobs = { require: ["memory", "pids", "user"] };
  assertEquals(
    judged({ Image: "app", User: "1" }, { knobs }).refused.map((one) =>
      one.remedy
    ),
    ["require: [pids, user]", "require: [memory, user]"],
  );
});
