/** The union of recordings. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readRecording } from "../../lib/learn/read_recording.ts";
import type { Entry } from "../../lib/learn/recording.ts";
import { createTally, MAX_KINDS, type Tally } from "../../lib/learn/tally.ts";
import { entry, recordingText, runStart } from "./recordings.ts";

function tallyOf(...texts: string[]): Tally {
  const tally = createTally();
  for (const text of texts) {
    assertEquals(readRecording("r", text, tally.take), []);
  }
  return tally.result();
}

const A = recordingText({}, [
  {},
  { n: 5, last: "2026-11-20T10:30:00Z" },
  { operation: "container.list", method: "GET", path: "/containers/json" },
]);
const B = recordingText({
  run: "b".repeat(32),
  started: "2026-11-21T10:00:00Z",
}, [
  {
    first: "2026-11-21T10:00:01Z",
    last: "2026-11-21T10:00:09Z",
    path: "/v1.41/containers/shop-web-1/restart",
    api: "1.41",
    agent: "another/1",
  },
], "2026-11-21T11:00:00Z");

Deno.test("equal kinds are counted together over runs, with their first and last time", () => {
  const { kinds, runs, agents } = tallyOf(A, B);
  assertEquals(
    kinds.map(({ operation, n, first, last, path, runs }) => [
      operation,
      n,
      first,
      last,
      path,
      runs.length,
    ]),
    [
      [
        "container.list",
        1,
        "2026-11-20T10:00:01Z",
        "2026-11-20T10:00:01Z",
        "/containers/json",
        1,
      ],
      [
        "container.restart",
        7,
        "2026-11-20T10:00:01Z",
        "2026-11-21T10:00:09Z",
        "/containers/shop-web-1/restart",
        2,
      ],
    ],
  );
  assertEquals(
    runs.map(({ from, to, calls, counted, missing }) => [
      from,
      to,
      calls,
      counted,
      missing,
    ]),
    [
      ["2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z", 7, 7, 0],
      ["2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z", 1, 1, 0],
    ],
  );
  assertEquals([...agents], [["ci", ["another/1", "docker-py/7.2.0"]]]);
});

Deno.test("the order of the lines and of the files changes nothing, and what is read twice counts once", () => {
  const lines = (A + B).split("\n").filter((line) => line !== "");
  const once = tallyOf(A, B);
  assertEquals(tallyOf(B, A, B, A + B), once);
  fc.assert(fc.property(
    fc.shuffledSubarray([...lines, ...lines], { minLength: 2 * lines.length }),
    (shuffled) => assertEquals(tallyOf(shuffled.join("\n")), once),
  ));
});

Deno.test("calls that differ in what changes their meaning are different kinds", () => {
  const differing: Partial<Entry>[] = [
    {},
    { client: "other" },
    { query: ["force=1", "t"] },
    { object: { kind: "container", name: "other" } },
    { body: { needs: ["binds: [/srv]"] } },
    { joins: [{ kind: "network", name: "shop" }] },
    { status: 404 },
    { would: "policy.not_granted" },
  ];
  assertEquals(tallyOf(recordingText({}, differing)).kinds.length, 8);
  // The path, the version and the agent are examples.
  assertEquals(
    tallyOf(
      recordingText({}, [{}, { path: "/x", api: "", agent: "", up: 9 }]),
    ).kinds.length,
    1,
  );
  // Of an unknown route the path is the kind.
  assertEquals(
    tallyOf(recordingText({}, [
      { operation: "-", path: "/a" },
      { operation: "-", path: "/b" },
    ])).kinds.length,
    2,
  );
});

Deno.test("a run that was killed, and lines that are missing, can be told", () => {
  const killed = recordingText({}, [{}, {}, {}], null).split("\n");
  const [run] = tallyOf([killed[0], killed[1], killed[3], ""].join("\n")).runs;
  assertEquals([run!.ended, run!.missing, run!.start !== null], [
    null,
    1,
    true,
  ]);
  const [lost] = tallyOf(killed.slice(1).join("\n")).runs;
  assertEquals(lost!.start, null);
  assertEquals(lost!.from, "2026-11-20T10:00:01Z");
});

Deno.test("a run covers no more than its own seconds, whatever its clock was set to", () => {
  const calls = (first: string, up?: number): Partial<Entry>[] => [
    { first: "2026-11-20T10:00:01Z", last: "2026-11-20T10:00:01Z" },
    { first, last: first, ...(up === undefined ? {} : { up }) },
  ];
  const spanOf = (...of: Parameters<typeof calls>) => {
    const [run] = tallyOf(recordingText({}, calls(...of), null)).runs;
    return [run!.from, run!.to];
  };
  const started = "2026-11-20T10:00:00Z";
  // Set forward by a month, an hour after the start.
  assertEquals(spanOf("2026-12-20T11:00:00Z", 3600), [
    "2026-12-20T09:59:00Z",
    "2026-12-20T11:00:00Z",
  ]);
  assertEquals(spanOf("2026-11-20T11:00:00Z", 3590), [
    started,
    "2026-11-20T11:00:00Z",
  ]);
  // Set back: the seconds of the run prove no time that it did not see.
  assertEquals(spanOf("2026-11-20T09:00:00Z", 7200)[0], "2026-11-20T09:00:00Z");
  // A recording of an earlier version does not say them.
  assertEquals(spanOf("2026-12-20T11:00:00Z")[0], started);
});

Deno.test("what could not be recorded is summed up, with why", () => {
  const tally = createTally();
  tally.take(runStart());
  const { run } = entry();
  for (const seq of [1, 2, 2]) {
    tally.take({ run, seq, dropped: 12, why: "No space left on device" });
  }
  const [one] = tally.result().runs;
  assertEquals([one!.dropped, one!.why], [24, ["No space left on device"]]);
});

Deno.test("kinds beyond the bound are counted, not kept", () => {
  const tally = createTally();
  for (let i = 1; i <= MAX_KINDS + 5; i++) {
    tally.take(entry({ seq: i, client: `c${i}` }));
  }
  const { kinds, leftOut } = tally.result();
  assertEquals([kinds.length, leftOut], [MAX_KINDS, 5]);
});

Deno.test("the years before a clock was set do not count as recorded", () => {
  const { take, result } = createTally();
  const early = "1970-01-01T00:00:10Z";
  take(runStart({ run: "r", started: early }));
  take(entry({ run: "r", seq: 1, first: early, last: "2026-11-20T10:00:00Z" }));
  take({
    run: "r",
    seq: 2,
    ended: "2026-11-20T10:05:00Z",
    calls: 1,
    dropped: 0,
  });
  const [{ from, to } = { from: "", to: "" }] = result().runs;
  assertEquals([from, to], ["2026-11-20T10:00:00Z", "2026-11-20T10:05:00Z"]);
});
