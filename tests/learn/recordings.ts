/** Recordings for tests. */

import { readRecording } from "../../lib/learn/read_recording.ts";
import { createTally, type Tally } from "../../lib/learn/tally.ts";
import {
  type Entry,
  lineText,
  type RecordedObject,
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

/** What recordings of one run say. */
export function tallyOf(
  calls: readonly Partial<Entry>[],
  start: Partial<RunStart> = {},
): Tally {
  const tally = createTally();
  readRecording("r.jsonl", recordingText(start, calls), tally.take);
  return tally.result();
}

/** A call of another operation on no object. */
export function plain(
  operation: string,
  method: string,
  path: string,
  over: Partial<Entry> = {},
): Partial<Entry> {
  return {
    operation,
    method,
    path,
    query: undefined,
    object: undefined,
    status: 200,
    ...over,
  };
}

/** A creation that was carried out. */
export function creation(
  name: string,
  needs: readonly string[],
  over: Partial<Entry> = {},
): Partial<Entry> {
  return plain("container.create", "POST", "/containers/create", {
    query: ["name"],
    object: { kind: "container", name },
    body: { fields: ["Image"], needs, image: "postgres:17" },
    status: 201,
    ...over,
  });
}

/** Networks, as a call joins them. */
export function networks(...names: string[]): RecordedObject[] {
  return names.map((name) => ({ kind: "network", name }));
}

/** Volumes, as a call joins them. */
export function volumes(...names: string[]): RecordedObject[] {
  return names.map((name) => ({ kind: "volume", name }));
}

/** A call on a container that was carried out. */
export function onContainer(
  operation: string,
  name: string,
  over: Partial<Entry> = {},
): Partial<Entry> {
  return plain(operation, "POST", `/containers/${name}/x`, {
    object: { kind: "container", name },
    ...over,
  });
}

/** The same tally, as if its runs had been read from logs. */
export function asLog(tally: Tally): Tally {
  return {
    ...tally,
    runs: tally.runs.map((run) => ({
      ...run,
      start: { ...run.start!, log: true },
    })),
  };
}
