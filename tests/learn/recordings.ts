/** Recordings for tests. */

import {
  type Entry,
  lineText,
  RECORDING_VERSION,
  type RunStart,
} from "../../lib/learn/recording.ts";

/** The first line of a run. */
export function runStart(over: Partial<RunStart> = {}): RunStart {
  return {
    recording: RECORDING_VERSION,
    run: "a".repeat(32),
    sockwarden: "0.1.0",
    mode: "grants",
    engine: "29.0.0",
    started: "2026-11-20T10:00:00Z",
    ...over,
  };
}

/** A restart of shop-web-1 that was carried out. */
export function entry(over: Partial<Entry> = {}): Entry {
  return {
    run: "a".repeat(32),
    seq: 1,
    client: "ci",
    operation: "container.restart",
    method: "POST",
    path: "/containers/shop-web-1/restart",
    query: ["t"],
    object: {
      kind: "container",
      name: "shop-web-1",
      project: "shop",
      service: "web",
      labels: ["team=shop"],
    },
    agent: "docker-py/7.2.0",
    api: "1.41",
    status: 204,
    code: "request.completed",
    n: 1,
    first: "2026-11-20T10:00:01Z",
    last: "2026-11-20T10:00:01Z",
    ...over,
  };
}

/** The text of one run: its start, its calls with ascending numbers, its end. */
export function recordingText(
  start: Partial<RunStart>,
  calls: readonly Partial<Entry>[],
  ended: string | null = "2026-11-20T11:00:00Z",
): string {
  const first = runStart(start);
  const entries = calls.map((call, at) =>
    entry({ run: first.run, seq: at + 1, ...call })
  );
  return [
    first,
    ...entries,
    ...(ended === null ? [] : [{
      run: first.run,
      seq: entries.length + 1,
      ended,
      calls: entries.reduce((sum, { n }) => sum + n, 0),
      dropped: 0,
    }]),
  ].map(lineText).join("");
}
